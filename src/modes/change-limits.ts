import { countChangedLines } from "../governance/change-size.ts";
import { type Finding, type Outcome, outcome } from "../governance/outcome.ts";
import type { Plan } from "../governance/plan.ts";
import { touchedPaths } from "../governance/plan-rules.ts";
import type { Policy } from "../governance/policy.ts";
import { directoriesOf } from "../governance/review.ts";
import { lowest, type RiskClass, requirementsOf } from "../governance/risk.ts";

/** A plan with more files than its class may name, or spread over more directories than one change should be. */
export function findUnfocusedPlan({ files }: Plan, policy: Policy, riskClass: RiskClass): Outcome | undefined {
  const { maxFiles } = requirementsOf(policy, riskClass);
  const directories = directoriesOf(touchedPaths(files)).length;
  return tooLarge("refused", [
    ...findMore(`A plan of class ${riskClass} names too many files.`, ["file", "files"], maxFiles, files.length),
    ...findMore(
      "The plan is spread over too many directories.",
      ["directory", "directories"],
      policy["max-directories"],
      directories,
    ),
  ]);
}

/** A change with more lines than its class, or any change, may add and remove. */
export function findTooManyLines(patch: string, policy: Policy, riskClass: RiskClass): Outcome | undefined {
  const most = lowest(requirementsOf(policy, riskClass).maxLines, policy["max-lines"]);
  const message = `A change of class ${riskClass} adds and removes too many lines.`;
  return tooLarge("denied", findMore(message, ["line", "lines"], most, countChangedLines(patch)));
}

function findMore(
  message: string,
  [one, many]: readonly [string, string],
  most: number | null,
  got: number,
): readonly Finding[] {
  if (most === null || got <= most) return [];
  const expected = `at most ${most} ${most === 1 ? one : many}`;
  return [{ code: "change_too_large", message, expected, got: String(got) }];
}

function tooLarge(stage: "refused" | "denied", findings: readonly Finding[]): Outcome | undefined {
  return findings.length === 0 ? undefined : outcome("change_too_large", stage, findings);
}
