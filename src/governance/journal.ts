import { z } from "zod";
import { type Digest, digestOf, parseDigest } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import { type Finding, REASONS, type ReasonCode } from "./outcome.ts";

/** The link of the first record. */
export const JOURNAL_START: Digest = `sha256:${"0".repeat(64)}`;

/** Findings kept in one record; a hostile plan could otherwise fill the journal. */
const MAX_FINDINGS = 100;

/** A plan's journal has some dozens; what is made of the records grows faster than their number. */
const MAX_RECORDS = 10_000;

const digest = z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined);
const finding = z.strictObject({
  code: z.string(),
  message: z.string(),
  path: z.string().exactOptional(),
  expected: z.string().exactOptional(),
  got: z.string().exactOptional(),
});

const recordSchema = z.strictObject({
  schema: z.literal(1),
  sequence: z
    .number()
    .int()
    .min(0)
    .max(MAX_RECORDS - 1),
  /** Digest of the line before, without its line end. */
  previous: digest,
  at: z.iso.datetime(),
  /** For example `plan`, `approve`, `execute`, `commit`. */
  step: z.string(),
  decision: z.enum(["allow", "deny", "skip", "info"]),
  reasonCode: z.custom<ReasonCode>((value) => typeof value === "string" && Object.hasOwn(REASONS, value)),
  actor: z.string().nullable(),
  runId: z.number().int(),
  runAttempt: z.number().int(),
  repository: z.string(),
  pullRequest: z.number().int().nullable(),
  /** Digests, SHAs and ids that the step was about, by name. */
  subject: z.record(z.string(), z.union([z.string(), z.number()])),
  findings: z.array(finding).max(MAX_FINDINGS),
});

export type JournalRecord = Readonly<z.infer<typeof recordSchema>>;

/** What a step says of itself; the chain's own fields are added. */
export type JournalEntry = Omit<JournalRecord, "schema" | "sequence" | "previous" | "findings"> & {
  readonly findings: readonly Finding[];
};

/** The journal with one more record. The journal must be intact. */
export function appendRecord(journal: string, entry: JournalEntry): string {
  const records = readJournal(journal);
  const record: JournalRecord = recordSchema.parse({
    schema: 1,
    sequence: records.length,
    previous: journalHead(journal),
    ...entry,
    findings: entry.findings.slice(0, MAX_FINDINGS),
  });
  return `${journal}${JSON.stringify(record)}\n`;
}

/** Digest of the last line: the head of the chain. */
export function journalHead(journal: string): Digest {
  const last = linesOf(journal).at(-1);
  return last === undefined ? JOURNAL_START : digestOf(last);
}

/** The lines of a journal that was proved, a record each. */
export function linesOf(journal: string): readonly string[] {
  return journal.split("\n").slice(0, -1);
}

/** Reads a journal and proves its chain. Throws IntegrityError at the first record that is wrong. */
export function readJournal(journal: string): readonly JournalRecord[] {
  if (journal !== "" && !journal.endsWith("\n")) throw broken("its last record is cut off");
  const records: JournalRecord[] = [];
  let previous = JOURNAL_START;
  // Line by line: a few kilobytes can unpack to more lines than fit into memory, and the first is wrong.
  for (let start = 0; start < journal.length; ) {
    const sequence = records.length;
    const end = journal.indexOf("\n", start);
    const line = journal.slice(start, end);
    const record = parseRecord(line, sequence);
    if (record.sequence !== sequence) throw broken(`record ${sequence} says it is number ${record.sequence}`);
    if (record.previous !== previous) {
      throw broken(`record ${sequence} follows ${record.previous}, expected ${previous}`);
    }
    previous = digestOf(line);
    records.push(record);
    start = end + 1;
  }
  return records;
}

function parseRecord(line: string, sequence: number): JournalRecord {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw broken(`record ${sequence} is not a record of schema 1`, cause);
  }
}

function broken(what: string, cause?: unknown): IntegrityError {
  return new IntegrityError(
    "evidence_invalid",
    `The journal does not hold together: ${what}. The bundle was changed after it was written. Ask for a new plan.`,
    { cause },
  );
}
