import { ConfigurationError, GovernanceError, IntegrityError } from "../governance/errors.ts";
import { InterruptedRun } from "../governance/guarded-request.ts";
import { type Outcome, outcome, type ReasonCode, type Stage } from "../governance/outcome.ts";

/** A failure as an outcome: always a deny. What is not ours is an error of this action, and says so. */
export function outcomeOf(thrown: unknown, stage: Stage): Outcome {
  const error = thrown instanceof InterruptedRun ? thrown.cause : thrown;
  const reasonCode: ReasonCode = error instanceof GovernanceError ? error.code : "internal_error";
  const message = error instanceof Error ? error.message : String(error);
  // One finding for each fault of a list: in a table's cell the lines would run into each other.
  const messages = error instanceof ConfigurationError ? message.split("\n- ") : [message];
  return outcome(
    reasonCode,
    stage,
    messages.map((each) => ({ code: reasonCode, message: each })),
  );
}

/**
 * True when a plain re-run may end better and the approval itself is not in doubt: the label then stays. Broken
 * evidence is never such a failure.
 */
export function isTransient(error: unknown): boolean {
  return !(error instanceof IntegrityError);
}
