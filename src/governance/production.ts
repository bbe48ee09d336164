import { globMatcher } from "./glob.ts";
import type { Finding } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import { touchedPaths } from "./plan-rules.ts";
import type { Policy } from "./policy.ts";

/**
 * `npm test`, `pytest`, `make lint`, `eslint .`, `cargo test`: the words are part of nearly every such command, and of
 * two that test nothing: `latest`, a tag, and `attest`.
 */
const TELLING = /(?<!la|at)test|lint/i;

/** Whether a command of the policy is a test or a linter. */
export function isCheck(command: string, { production }: Pick<Policy, "production">): boolean {
  return TELLING.test(command) || production.checks.includes(command);
}

/** The planned paths that run in production while no command tests or lints them; empty when all is well. */
export function findUnchecked(
  { files }: Pick<Plan, "files">,
  policy: Pick<Policy, "production" | "verification">,
): readonly Finding[] {
  if (policy.verification.some((command) => isCheck(command, policy))) return [];
  const isProduction = globMatcher(policy.production.paths.flatMap((glob) => [glob, `${glob}/**`]));
  return touchedPaths(files)
    .filter((path) => isProduction(path))
    .map((path) => ({
      code: "verification_missing",
      message: "This path runs in production, and nothing would test or lint it.",
      path,
      expected: "a test or lint command among `verification`",
      got: policy.verification.length === 0 ? "no command" : policy.verification.join("; "),
    }));
}
