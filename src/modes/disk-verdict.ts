import { type Outcome, outcome, type ReasonCode } from "../governance/outcome.ts";
import { outcomeOf } from "./failure.ts";
import type { RunRecord } from "./run-record.ts";

/** Ends that work on a disk without room may lead to, though neither plan, Codex nor a command is to blame. */
const DOUBTFUL: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "no_change",
  "parity_failed",
  "plan_invalid",
  "plan_drifted",
  "replay_failed",
  "rehearsal_failed",
  "verification_failed",
  "verification_changed_tree",
  "codex_missing",
  "sandbox_unavailable",
  "git_failed",
  "artifact_store_failed",
  "codex_service_failed",
  "codex_stream_cut",
  "codex_timeout",
  "codex_protocol",
  "codex_exited",
  "internal_error",
]);

/**
 * The outcome for which the runner's disk is to blame instead; undefined when the disk is well or has nothing to do
 * with it. What Codex asked for outside of the plan, or did there, is no fault of a disk.
 */
export async function findDiskFailure(record: RunRecord, found: Outcome): Promise<Outcome | undefined> {
  if (!DOUBTFUL.has(found.reasonCode) || isBeyondPlan(found)) return undefined;
  const failure = await record.ports.disk.findFailure().catch((error: Error) => {
    record.ports.log(`The disk could not be looked at: ${error.message}`);
    return undefined;
  });
  if (failure === undefined) return undefined;
  const { reasonCode, findings } = outcomeOf(failure, found.stage);
  // A drift is final; this is not.
  const stage = found.stage === "drifted" ? "denied" : found.stage;
  return outcome(reasonCode, stage, [...findings, ...found.findings]);
}

/** The one thing outside of a plan that a disk without room can do is half a rename. */
function isBeyondPlan({ reasonCode, findings }: Outcome): boolean {
  return reasonCode === "parity_failed" && findings.some(({ code }) => code !== "rename_incomplete");
}
