import { auditBundle } from "./audit.ts";
import { type Digest, digestOf } from "./digest.ts";
import { openEvidence } from "./evidence.ts";
import { type JournalRecord, linesOf, readJournal } from "./journal.ts";
import type { Finding } from "./outcome.ts";
import type { RiskClass } from "./risk.ts";

/** What counting needs of a plan. */
export interface PlanFacts {
  readonly digest: Digest;
  readonly riskClass: RiskClass;
  /** Login. */
  readonly requester: string;
  /** Id of the comment that asked. */
  readonly commentId: number;
  /** Whether the policy had commands that must pass before the commit. */
  readonly hasVerification: boolean;
}

/** A sound bundle, as far as it is counted. */
export interface Receipt {
  readonly name: string;
  readonly journal: string;
  /** Undefined of a request that was refused before there was a plan. */
  readonly plan: PlanFacts | undefined;
}

/** How the bundles of a report held together. What is not sound is told, and counts nowhere. */
export interface EvidenceState {
  readonly bundles: number;
  readonly unsound: readonly { readonly name: string; readonly finding: Finding }[];
  /** Chains that went on twice; both branches count. */
  readonly forks: readonly Finding[];
}

/** All that the bundles of one journal say: of one plan, or of one request that never became a plan. */
export interface Case {
  /** At least one; each once, in the order of the chain. */
  readonly records: readonly [JournalRecord, ...JournalRecord[]];
  readonly plan: PlanFacts | undefined;
}

/** Proves a bundle and takes out what is counted. Of one that is not sound there is only what is wrong with it. */
export function readReceipt(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): { readonly receipt: Receipt } | { readonly finding: Finding } {
  const { finding } = auditBundle(files);
  if (finding) return { finding };
  const journal = new TextDecoder().decode(files.get("journal.jsonl"));
  return { receipt: { name, journal, plan: files.has("plan.json") ? planFactsOf(files) : undefined } };
}

function planFactsOf(files: ReadonlyMap<string, Uint8Array>): PlanFacts {
  const { planDigest, riskClass, binding, plan } = openEvidence(files);
  const { requester, commentId } = binding;
  return { digest: planDigest, riskClass, requester, commentId, hasVerification: plan.verification.length > 0 };
}

/**
 * The cases that receipts are about, oldest first. Bundles of one plan carry one journal on, and each has all of what
 * was before: a record is known by the digest of its line, which chains it to those before, and counts once.
 */
export function casesOf(receipts: readonly Receipt[]): readonly Case[] {
  const cases = new Map<Digest, { records: Map<Digest, JournalRecord>; plan: PlanFacts | undefined }>();
  for (const { journal, plan } of receipts) {
    const lines = linesOf(journal).map(digestOf);
    const start = lines[0] as Digest;
    const known = cases.get(start) ?? { records: new Map(), plan };
    cases.set(start, known);
    for (const [index, record] of readJournal(journal).entries()) known.records.set(lines[index] as Digest, record);
  }
  return [...cases]
    .map(([start, { records, plan }]) => ({ start, records: inOrder(records), plan }))
    .sort((a, b) => timeOf(a.records[0]) - timeOf(b.records[0]) || compare(a.start, b.start))
    .map(({ records, plan }) => ({ records, plan }));
}

/** Of a forked chain, two records may be the next one: the order must not depend on which bundle was read first. */
function inOrder(records: ReadonlyMap<Digest, JournalRecord>): Case["records"] {
  const sorted = [...records].sort(
    ([a, one], [b, other]) => one.sequence - other.sequence || timeOf(one) - timeOf(other) || compare(a, b),
  );
  // A sound bundle has a record.
  return sorted.map(([, record]) => record) as unknown as Case["records"];
}

/** Milliseconds. */
function timeOf({ at }: JournalRecord): number {
  return Date.parse(at);
}

/** Of two digests that differ. */
function compare(a: Digest, b: Digest): number {
  return a < b ? -1 : 1;
}
