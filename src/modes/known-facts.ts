import type { PlanEvidence } from "../governance/evidence.ts";
import { readGateFacts } from "../governance/gate-facts.ts";
import type { GateFacts } from "../governance/gates.ts";
import { type JournalRecord, readJournal } from "../governance/journal.ts";
import type { RehearsalReport } from "../governance/rehearsal.ts";
import type { CommandResult } from "../ports.ts";
import type { FoundPlan } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";

/** What the gates rest on but the checks, which are always read live, with the report that is shown. */
export interface KnownFacts {
  readonly gates: Omit<GateFacts, "checks">;
  readonly rehearsal: RehearsalReport | undefined;
}

/** Marks the journal records of the run that made the dry run. */
export const DRY_RUN = "dryRunDigest";

/** When GitHub stored the bundle that a run started from. */
export const STORED_AT = "evidenceStoredAt";

const NOTHING: KnownFacts = {
  gates: { verification: undefined, dryRun: undefined, rehearsal: undefined },
  rehearsal: undefined,
};

/** What the bundle says of the approved dry run. It is shown until this run has something newer. */
export function recordedFacts(record: RunRecord, { plan, evidenceStoredAt }: FoundPlan): KnownFacts {
  const { approval } = plan;
  if (approval === undefined) return NOTHING;
  const patch = plan.evidence.get("dry-run.patch");
  if (patch) record.facts.patch = new TextDecoder().decode(patch);
  const { escalationsDeclined: declinedRequests, patchDigest } = approval.dryRun;
  const at = storedAt(plan, evidenceStoredAt);
  const dryRun = { isInside: true, declinedRequests, at };
  const file = plan.evidence.get("gate-facts.json");
  if (file === undefined) return { ...NOTHING, gates: { ...NOTHING.gates, dryRun } };
  const { verification, rehearsal } = readGateFacts(new TextDecoder().decode(file), patchDigest);
  record.facts.verification = verification;
  return {
    gates: {
      verification: verification.map((each) => ({ ...each, at })),
      dryRun,
      rehearsal: rehearsal && { ...factOf(rehearsal), at },
    },
    rehearsal,
  };
}

/** What this run found out itself. `at` is left out where it proves anew what a decision was made on. */
export function freshFacts(
  record: RunRecord,
  verification: readonly CommandResult[] | undefined,
  rehearsal: RehearsalReport | undefined,
  at?: string,
): KnownFacts {
  return {
    gates: {
      verification: verification?.map((each) => ({ ...each, at })),
      dryRun: { isInside: true, declinedRequests: record.facts.escalations?.length ?? 0, at },
      rehearsal: rehearsal && { ...factOf(rehearsal), at },
    },
    rehearsal,
  };
}

/** Whether something that the bundle says failed, so that only doing it again can tell whether it still does. */
export function hasFailed({ gates: { verification, rehearsal } }: KnownFacts): boolean {
  const isRed = verification?.some(({ exitCode, timedOut }) => exitCode !== 0 || timedOut) ?? false;
  return isRed || rehearsal?.isPassed === false;
}

function factOf(report: RehearsalReport) {
  const { command, exitCode = 1, output } = report.entries.find(({ status }) => status === "failed") ?? {};
  const isPassed = report.result === "pass";
  const text = isPassed
    ? "The rollback was rehearsed, and the tree is as it was."
    : `The rehearsal ended at the step \`${report.failedStep ?? "none"}\`.`;
  const failed = command === undefined ? undefined : { command, exitCode, output: output ?? "" };
  return { isPassed, text, failed };
}

/**
 * When GitHub stored the dry run. Decisions are ordered by GitHub's time, never by a runner's: the first run after the
 * dry run's own wrote down when the bundle that it loaded was stored.
 */
function storedAt({ journal }: PlanEvidence, evidenceStoredAt: string): string {
  const records = readJournal(journal);
  const last = records.findLastIndex(({ subject }) => subject[DRY_RUN] !== undefined);
  const isSameRun = (one: JournalRecord, other: JournalRecord | undefined) =>
    one.runId === other?.runId && one.runAttempt === other.runAttempt;
  const next = records.slice(last + 1).find((each) => !isSameRun(each, records[last]) && STORED_AT in each.subject);
  return String(next?.subject[STORED_AT] ?? evidenceStoredAt);
}
