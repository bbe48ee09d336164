import { digestOf } from "./digest.ts";
import { assertSealed, type Evidence, type EvidenceName, openEvidence, type PlanEvidence } from "./evidence.ts";
import { type JournalRecord, linesOf, readJournal } from "./journal.ts";

/** A bundle before an auditor: what is asked of it is proved first. Throws IntegrityError where it is not so. */
export class Exhibit {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  #journal: string | undefined;
  #lines: readonly string[] | undefined;
  #records: readonly JournalRecord[] | undefined;
  #plan: PlanEvidence | undefined;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
  }

  assertSealed(): Evidence {
    return assertSealed(this.#files);
  }

  has(name: EvidenceName): boolean {
    return this.#files.has(name);
  }

  /** Of a file that is there. */
  bytes(name: EvidenceName): Uint8Array {
    return this.#files.get(name) as Uint8Array;
  }

  get journal(): string {
    this.#journal ??= new TextDecoder().decode(this.bytes("journal.jsonl"));
    return this.#journal;
  }

  /** The records as they are written, a line each. */
  get lines(): readonly string[] {
    this.#lines ??= linesOf(this.journal);
    return this.#lines;
  }

  get records(): readonly JournalRecord[] {
    this.#records ??= readJournal(this.journal);
    return this.#records;
  }

  /** Undefined in a bundle of a request that was refused before there was a plan. */
  get plan(): PlanEvidence | undefined {
    if (this.has("plan.json")) this.#plan ??= openEvidence(this.#files);
    return this.#plan;
  }

  /** The record of an execution that wrote a commit. */
  get executed(): JournalRecord | undefined {
    return this.records.find(({ decision, reasonCode }) => decision === "allow" && reasonCode === "plan_executed");
  }

  /** The record that was written right before the commit, when everything was proved. */
  get committed(): JournalRecord | undefined {
    return this.#lastBefore(this.executed, ({ step }) => step === "commit");
  }

  /** The record of the dry run that the approval rests on. */
  get approved(): JournalRecord | undefined {
    return this.#lastBefore(this.committed, ({ subject }) => subject.dryRunDigest !== undefined);
  }

  /** The last evaluation of the gates before the commit. */
  get gates(): JournalRecord | undefined {
    return this.#lastBefore(this.committed, ({ step }) => step === "gates");
  }

  /** Digest of a record's line: the head of the chain when it was the last. */
  headAt({ sequence }: JournalRecord): string {
    return digestOf(this.lines[sequence] as string);
  }

  #lastBefore(end: JournalRecord | undefined, isIt: (record: JournalRecord) => boolean): JournalRecord | undefined {
    return this.records.findLast((record) => (end === undefined || record.sequence < end.sequence) && isIt(record));
  }
}
