import { type Digest, parseDigest, shortDigest } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import { followBlockers, GATES_STEP, readEvaluations, type Turn } from "./escalation.ts";
import { Exhibit } from "./exhibit.ts";
import type { JournalRecord } from "./journal.ts";

/** What a column can hold: what Athena's Hive JSON SerDe and DuckDB both read without a guess. */
type Cell = string | number | null | readonly string[];

/** One record of a journal as a row of a table: flat, and with the record's own line. The names are the columns of `docs/athena/journal.sql`. */
export type JournalRow = Readonly<Record<(typeof JOURNAL_COLUMNS)[number], Cell>>;

/** The columns, in the order of the table. */
export const JOURNAL_COLUMNS = [
  ...["layout", "object_name", "record_digest", "previous", "sequence", "recorded_at", "repository", "pull_request"],
  ...["run_id", "run_attempt", "step", "decision", "reason_code", "actor"],
  ...["plan_digest", "binding_digest", "risk_class", "requester", "requester_id", "base_ref", "base_sha", "head_sha"],
  ...["codex_version", "model", "effort", "action_version"],
  ...["event_id", "approver_id", "dry_run_digest", "commit_sha", "verification_commands", "files_digest"],
  ...["open_escalations", "finding_codes", "record"],
] as const;

/** A record with what is needed to give it a place. */
export interface PlacedRow {
  /** UTC, `YYYY-MM-DD`. */
  readonly date: string;
  /** `owner/name` */
  readonly repository: string;
  /** `<run>-<attempt>-<step>-<12 hex digits>`: the digits are the journal's head right after this record. */
  readonly name: string;
  readonly row: JournalRow;
}

/**
 * The rows of a bundle's journal, oldest first. A row follows from its record, the records before it and the plan, so
 * every later bundle of the plan gives the same row again. Throws IntegrityError `evidence_invalid`.
 */
export function journalRows(files: ReadonlyMap<string, Uint8Array>): readonly PlacedRow[] {
  const exhibit = new Exhibit(files);
  const escalations = openEscalations(exhibit.records);
  return exhibit.records.map((record) => {
    const date = new Date(record.at).toISOString();
    const digest = exhibit.headAt(record) as Digest;
    const name = nameOf(record, digest);
    const head = { layout: 1, object_name: name, record_digest: digest };
    const tail = {
      open_escalations: escalations[record.sequence] as readonly string[],
      finding_codes: record.findings.map(({ code }) => code),
    };
    const row = { ...head, ...factsOf(record, date), ...planFactsOf(exhibit), ...subjectOf(record), ...tail };
    return {
      date: date.slice(0, 10),
      repository: record.repository,
      name,
      row: { ...row, record: exhibit.lines[record.sequence] as string },
    };
  });
}

/** Steps are words of ours; a journal that says otherwise must not choose where something is stored. */
function nameOf({ runId, runAttempt, step }: JournalRecord, head: Digest): string {
  if (/^[a-z][a-z-]{0,39}$/.test(step)) return `${runId}-${runAttempt}-${step}-${shortDigest(head)}`;
  throw new IntegrityError(
    "evidence_invalid",
    `The journal has the step ${JSON.stringify(step).slice(0, 80)}, expected a word in lower case. Look at who wrote it.`,
  );
}

/** A time as both dialects cast it: without a `T` and a zone, in UTC, to the millisecond. */
const timestamp = (iso: string): string => iso.replace("T", " ").replace("Z", "");

function factsOf(record: JournalRecord, at: string) {
  return {
    previous: record.previous,
    sequence: record.sequence,
    recorded_at: timestamp(at),
    repository: record.repository,
    pull_request: record.pullRequest,
    run_id: record.runId,
    run_attempt: record.runAttempt,
    step: record.step,
    decision: record.decision,
    reason_code: record.reasonCode,
    actor: record.actor,
  };
}

/** What the binding says; nothing of a request that was refused before there was a plan. */
function planFactsOf({ plan }: Exhibit) {
  const binding = plan?.binding;
  return {
    risk_class: plan?.riskClass ?? null,
    requester: binding?.requester ?? null,
    requester_id: binding?.requesterId ?? null,
    base_ref: binding?.baseRef ?? null,
    codex_version: binding?.codexVersion ?? null,
    model: binding?.model ?? null,
    effort: binding?.effort ?? null,
    action_version: binding?.actionVersion ?? null,
  };
}

function subjectOf({ subject }: JournalRecord) {
  const text = (name: string) => (subject[name] === undefined ? null : String(subject[name]));
  // The columns are whole numbers: one row with another could keep the whole table from being read.
  const number = (name: string) => (Number.isSafeInteger(subject[name]) ? (subject[name] as number) : null);
  const digest = (name: string) => parseDigest(String(subject[name])) ?? null;
  return {
    plan_digest: digest("planDigest"),
    binding_digest: digest("bindingDigest"),
    head_sha: text("headSha"),
    base_sha: text("baseSha"),
    event_id: number("eventId"),
    approver_id: number("approverId"),
    dry_run_digest: digest("dryRunDigest"),
    commit_sha: text("commitSha"),
    verification_commands: number("verificationCommands"),
    files_digest: digest("filesDigest"),
  };
}

/** Which blockers are escalated after each record. Who owns them and until when is the policy's, which is not here. */
function openEscalations(records: readonly JournalRecord[]): readonly (readonly string[])[] {
  const turns = followBlockers(readEvaluations(records));
  let open: readonly string[] = [];
  return records.map(({ step }) => {
    if (step === GATES_STEP) open = (turns.next().value as Turn).open;
    return open;
  });
}
