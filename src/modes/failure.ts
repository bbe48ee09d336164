import { diskCodeOf } from "../governance/disk-failure.ts";
import {
  ConfigurationError,
  type ErrorCode,
  ExternalError,
  GovernanceError,
  IntegrityError,
} from "../governance/errors.ts";
import { InterruptedRun } from "../governance/guarded-request.ts";
import { type Outcome, outcome, type ReasonCode, type Stage } from "../governance/outcome.ts";

/** A failure as an outcome: always a deny. What is not ours is an error of this action, and says so. */
export function outcomeOf(thrown: unknown, stage: Stage): Outcome {
  const error = thrown instanceof InterruptedRun ? thrown.cause : thrown;
  const reasonCode = reasonOf(error);
  const message = error instanceof Error ? error.message : String(error);
  // One finding for each fault of a list: in a table's cell the lines would run into each other.
  const messages = error instanceof ConfigurationError ? message.split("\n- ") : [message];
  return outcome(
    reasonCode,
    stage,
    messages.map((each) => ({ code: reasonCode, message: each })),
  );
}

/** A disk that failed is named wherever it did, also below a failure of git or Codex. */
function reasonOf(error: unknown): ReasonCode {
  const isOwn = error instanceof GovernanceError;
  const disk = isOwn && !(error instanceof ExternalError) ? undefined : diskCodeOf(error);
  return disk ?? (isOwn ? error.code : "internal_error");
}

/** What no re-run cures: the same prompt meets the same answer, so a new plan is needed. */
const NEEDS_NEW_PLAN: ReadonlySet<ErrorCode> = new Set([
  "codex_policy_refused",
  "codex_work_too_large",
  "codex_gave_up",
]);

/**
 * True when a re-run may end better, at once or after somebody mended the service, and the approval itself is not in
 * doubt: the label then stays. Broken evidence is never such a failure.
 */
export function isTransient(thrown: unknown): boolean {
  const error = thrown instanceof InterruptedRun ? thrown.cause : thrown;
  if (error instanceof IntegrityError) return false;
  return !(error instanceof GovernanceError && NEEDS_NEW_PLAN.has(error.code));
}
