import { countChangedLines } from "../governance/change-size.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import type { Plan } from "../governance/plan.ts";
import type { Policy } from "../governance/policy.ts";
import { type RiskClass, requirementsOf } from "../governance/risk.ts";

/** A plan with more files than its class may name. */
export function findTooManyFiles({ files }: Plan, policy: Policy, riskClass: RiskClass): Outcome | undefined {
  const { maxFiles } = requirementsOf(policy, riskClass);
  return tooLarge("refused", riskClass, { what: "files", most: maxFiles, got: files.length });
}

/** A change with more lines than its class may add and remove. */
export function findTooManyLines(patch: string, policy: Policy, riskClass: RiskClass): Outcome | undefined {
  const { maxLines } = requirementsOf(policy, riskClass);
  return tooLarge("denied", riskClass, { what: "lines", most: maxLines, got: countChangedLines(patch) });
}

function tooLarge(
  stage: "refused" | "denied",
  riskClass: RiskClass,
  { what, most, got }: { readonly what: string; readonly most: number | null; readonly got: number },
): Outcome | undefined {
  if (most === null || got <= most) return undefined;
  const message = `A change of class ${riskClass} has too many ${what}.`;
  return outcome("change_too_large", stage, [
    { code: "change_too_large", message, expected: `at most ${most} ${what}`, got: String(got) },
  ]);
}
