import { GovernanceError, IntegrityError } from "../governance/errors.ts";
import { InterruptedRun } from "../governance/guarded-request.ts";
import { type Outcome, outcome, type ReasonCode, type Stage } from "../governance/outcome.ts";

/** A failure as an outcome: always a deny. What is not ours is an error of this action, and says so. */
export function outcomeOf(thrown: unknown, stage: Stage): Outcome {
  const error = thrown instanceof InterruptedRun ? thrown.cause : thrown;
  const reasonCode: ReasonCode = error instanceof GovernanceError ? error.code : "internal_error";
  const message = error instanceof Error ? error.message : String(error);
  return outcome(reasonCode, stage, [{ code: reasonCode, message }]);
}

/**
 * True when a plain re-run may end better and the approval itself is not in doubt: the label then stays. Broken
 * evidence is never such a failure.
 */
export function isTransient(error: unknown): boolean {
  return !(error instanceof IntegrityError);
}
