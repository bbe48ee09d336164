import type { PlanEvidence } from "../governance/evidence.ts";
import { type GateFactsRecord, readGateFacts, renderGateFacts } from "../governance/gate-facts.ts";
import type { GateFacts } from "../governance/gates.ts";
import { type JournalRecord, readJournal } from "../governance/journal.ts";
import type { RehearsalReport } from "../governance/rehearsal.ts";
import type { CommandResult } from "../ports.ts";
import { capCodePoints, oneLine } from "../report/markdown.ts";
import type { FoundPlan } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";

/** What the gates rest on but the checks, which are always read live, with the report that is shown. */
export interface KnownFacts {
  readonly gates: Omit<GateFacts, "checks">;
  readonly rehearsal: RehearsalReport | undefined;
}

/** Marks the journal records of the run that made the dry run, or that added to what is known of it. */
export const DRY_RUN = "dryRunDigest";

/** When GitHub stored the bundle that a run started from. */
export const STORED_AT = "evidenceStoredAt";

/** In code points. */
const MAX_REQUEST = 500;

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
  const facts = gateFactsOf(plan);
  if (facts === undefined) return NOTHING;
  const at = storedAt(plan, evidenceStoredAt);
  const { verification, rehearsal, declinedRequests } = facts;
  record.facts.verification = verification;
  return knownFacts({ verification, rehearsal, dryRun: { isInside: true, declinedRequests, at } }, at);
}

/** What was established together: in a bundle, or by this run. */
interface Established {
  readonly verification: readonly CommandResult[] | undefined;
  readonly rehearsal: RehearsalReport | undefined;
  readonly dryRun: GateFacts["dryRun"];
}

/** `at` is left out where a run proves anew what a decision was made on. */
export function knownFacts({ verification, rehearsal, dryRun }: Established, at?: string): KnownFacts {
  return {
    gates: {
      verification: verification?.map((each) => ({ ...each, at })),
      dryRun,
      rehearsal: rehearsal && { ...factOf(rehearsal), at },
    },
    rehearsal,
  };
}

/** What Codex asked for besides files in this run, each once, as it may be archived and shown. */
export function askedFor({ facts, ports }: RunRecord): readonly string[] {
  const texts = (facts.escalations ?? []).map(({ method, detail }) => ports.redact(`${method}: ${detail}`));
  return [...new Set(texts.map((text) => capCodePoints(oneLine(text), MAX_REQUEST)))];
}

/**
 * The dry run as an execution confirms it. What Codex asks for in the execution alone nobody can have seen: it becomes
 * part of the evidence, from now on, so that the next execution finds it signed or not.
 */
export function confirmDryRun(record: RunRecord, plan: PlanEvidence, dryRun: GateFacts["dryRun"]): GateFacts["dryRun"] {
  const facts = gateFactsOf(plan);
  const unseen = askedFor(record).filter((each) => !facts?.declinedRequests.includes(each));
  if (facts === undefined || unseen.length === 0) return dryRun;
  const all = [...facts.declinedRequests, ...unseen];
  record.write("gate-facts.json", renderGateFacts({ ...facts, declinedRequests: all }));
  record.subject[DRY_RUN] = facts.patchDigest;
  return { isInside: true, declinedRequests: unseen };
}

function gateFactsOf({ approval, evidence }: PlanEvidence): GateFactsRecord | undefined {
  const file = evidence.get("gate-facts.json");
  if (approval === undefined || file === undefined) return undefined;
  return readGateFacts(new TextDecoder().decode(file), approval.dryRun.patchDigest);
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
