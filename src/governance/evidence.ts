import { z } from "zod";
import { type Binding, readBinding } from "./binding.ts";
import { type Digest, digestOf, parseDigest, renderChecksums } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import { readJournal } from "./journal.ts";
import { type Plan, readPlanJson, renderPlanText } from "./plan.ts";
import { RISK_CLASSES, type RiskClass } from "./risk.ts";
import { scopeDigest, scopeOf } from "./scope.ts";

/** The names that an evidence bundle may hold. */
export const EVIDENCE_NAMES = [
  "prompt.txt",
  "plan.json",
  "plan.txt",
  "plan.sha256",
  "binding.json",
  "approval.json",
  "dry-run.patch",
  "gate-facts.json",
  "drift.diff",
  "run.patch",
  "run-log.jsonl",
  "ledger.md",
  "decision-record.md",
  "journal.jsonl",
  "evidence.sha256",
] as const;

export type EvidenceName = (typeof EVIDENCE_NAMES)[number];

/** An evidence bundle in memory. */
export type Evidence = ReadonlyMap<EvidenceName, Uint8Array>;

/** Under what name a journal record has the digest of the files. */
export const FILES_DIGEST = "filesDigest";

/** Under what name it has the policy's `strategy`. */
export const STRATEGY = "strategy";

/** The files whose digests are the plan's identity. */
const SEALED: readonly EvidenceName[] = ["binding.json", "plan.json", "plan.txt", "prompt.txt"];

/** The text of plan.sha256 over the sealed files of a bundle; `sha256sum -c` accepts it. */
export function renderSeal(evidence: Evidence): string {
  return renderChecksums(new Map(SEALED.map((name) => [name, bytesOf(evidence, name)])));
}

/**
 * Far above what a run writes. A zip of some kilobytes can unpack to a text that no list of its lines, or no object of
 * its keys, fits into memory.
 */
const MAX_TEXT_BYTES = 16 * 1024 ** 2;
const MAX_MANIFEST_BYTES = 64 * 1024;

/** Written last, after what they are about. */
const LATE: readonly EvidenceName[] = ["journal.jsonl", "evidence.sha256"];

function checksumsWithout(evidence: Evidence, left: readonly EvidenceName[]): string {
  return renderChecksums(new Map([...evidence].filter(([name]) => !left.includes(name))));
}

/** What a journal record says of the bundle it was written into: one digest over all other files. */
export function filesDigest(evidence: Evidence): Digest {
  return digestOf(checksumsWithout(evidence, LATE));
}

/** The text of evidence.sha256 over all files of a bundle, the journal too; `sha256sum -c` accepts it. */
export function renderManifest(evidence: Evidence): string {
  return checksumsWithout(evidence, ["evidence.sha256"]);
}

/**
 * Proves that every file of a bundle is the one that was sealed: by the manifest, and by the last word of the
 * journal. Throws IntegrityError `evidence_invalid`.
 */
export function assertSealed(files: ReadonlyMap<string, Uint8Array>): Evidence {
  const evidence = readNames(files);
  const text = (name: EvidenceName, most?: number) => decode(name, bytesOf(evidence, name), most);
  const manifest = text("evidence.sha256", MAX_MANIFEST_BYTES);
  // File by file first, so that the one that is wrong is named.
  for (const [name, digest] of readChecksums(manifest)) {
    expectEqual(name, digest, digestOf(bytesOf(evidence, name as EvidenceName)));
  }
  expectEqual("evidence.sha256", renderManifest(evidence), manifest);
  const last = readJournal(text("journal.jsonl")).at(-1);
  expectEqual("the journal's last word on the files", String(last?.subject[FILES_DIGEST]), filesDigest(evidence));
  return evidence;
}

function readChecksums(text: string): readonly (readonly [name: string, digest: Digest])[] {
  return text.split("\n").flatMap((line): (readonly [string, Digest])[] => {
    const digest = parseDigest(`sha256:${line.slice(0, 64)}`);
    return digest === undefined ? [] : [[line.slice(66), digest]];
  });
}

const approvalSchema = z.strictObject({
  version: z.literal(1),
  approver: z.string(),
  approverId: z.number().int(),
  eventId: z.number().int(),
  approvedAt: z.string(),
  expiresAt: z.string(),
  isFourEyes: z.boolean(),
  planDigest: z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined),
  bindingDigest: z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined),
  dryRun: z.strictObject({
    result: z.literal("inside"),
    patchDigest: z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined),
    files: z.array(z.strictObject({ path: z.string(), operation: z.string() })),
    escalationsDeclined: z.number().int(),
  }),
});

/** approval.json: who approved what, when, and how the dry run ended. */
export type ApprovalRecord = Readonly<z.infer<typeof approvalSchema>>;

export function renderApproval(approval: ApprovalRecord): string {
  return `${JSON.stringify(approvalSchema.parse(approval), undefined, 2)}\n`;
}

/** The plan part of a bundle, proved in itself. */
export interface PlanEvidence {
  readonly evidence: Evidence;
  readonly prompt: string;
  readonly plan: Plan;
  readonly planDigest: Digest;
  readonly planText: string;
  readonly riskClass: RiskClass;
  readonly binding: Binding;
  readonly bindingDigest: Digest;
  readonly journal: string;
  /** Undefined before the approval. */
  readonly approval: ApprovalRecord | undefined;
}

/**
 * Opens a bundle and proves that its plan part holds together: names, seal, digests in the binding, the readable plan, the
 * journal's chain and, when there is one, the approval. Throws IntegrityError `evidence_invalid`.
 */
export function openEvidence(files: ReadonlyMap<string, Uint8Array>): PlanEvidence {
  const evidence = readNames(files);
  const text = (name: EvidenceName) => decode(name, bytesOf(evidence, name));
  expectEqual("plan.sha256", renderSeal(evidence), text("plan.sha256"));
  const binding = readBinding(text("binding.json"));
  expectEqual("prompt.txt", binding.promptDigest, digestOf(bytesOf(evidence, "prompt.txt")));
  expectEqual("plan.json", binding.planDigest, digestOf(bytesOf(evidence, "plan.json")));
  const plan = readPlan(text("plan.json"));
  expectEqual("plan.txt", renderPlanText(plan), text("plan.txt"));
  const riskClass = RISK_CLASSES.find((risk) => scopeDigest(scopeOf(plan, risk)) === binding.scopeDigest);
  if (riskClass === undefined) throw mismatch("the scope digest", binding.scopeDigest, "no risk class gives it");
  const journal = text("journal.jsonl");
  readJournal(journal);
  const bindingDigest = digestOf(bytesOf(evidence, "binding.json"));
  return {
    evidence,
    prompt: text("prompt.txt"),
    plan,
    planDigest: binding.planDigest,
    planText: text("plan.txt"),
    riskClass,
    binding,
    bindingDigest,
    journal,
    approval: evidence.has("approval.json")
      ? readApproval(text("approval.json"), evidence, binding.planDigest, bindingDigest)
      : undefined,
  };
}

function readNames(files: ReadonlyMap<string, Uint8Array>): Evidence {
  const known = new Set<string>(EVIDENCE_NAMES);
  for (const name of files.keys()) {
    if (!known.has(name)) throw mismatch("a file name", "one of the bundle's names", JSON.stringify(name));
  }
  return files as Evidence;
}

function readPlan(text: string): Plan {
  try {
    return readPlanJson(text);
  } catch (cause) {
    throw mismatch("plan.json", "a plan of this version", "something else", cause);
  }
}

function readApproval(text: string, evidence: Evidence, planDigest: Digest, bindingDigest: Digest): ApprovalRecord {
  let approval: ApprovalRecord;
  try {
    approval = approvalSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw mismatch("approval.json", "an approval of version 1", "something else", cause);
  }
  expectEqual("approval.json's plan", planDigest, approval.planDigest);
  expectEqual("approval.json's binding", bindingDigest, approval.bindingDigest);
  expectEqual("dry-run.patch", approval.dryRun.patchDigest, digestOf(bytesOf(evidence, "dry-run.patch")));
  return approval;
}

function bytesOf(evidence: Evidence, name: EvidenceName): Uint8Array {
  const bytes = evidence.get(name);
  if (bytes === undefined) throw mismatch(name, "to be in the bundle", "nothing");
  return bytes;
}

function decode(name: string, bytes: Uint8Array, most = MAX_TEXT_BYTES): string {
  if (bytes.length > most) throw mismatch(name, `at most ${most} bytes`, String(bytes.length));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw mismatch(name, "UTF-8", "other bytes", cause);
  }
}

function expectEqual(what: string, expected: string, got: string): void {
  if (expected !== got) throw mismatch(what, expected, got);
}

function mismatch(what: string, expected: string, got: string, cause?: unknown): IntegrityError {
  const short = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
  const difference = { expected: short(expected), got: short(got) };
  return new IntegrityError(
    "evidence_invalid",
    `The evidence bundle does not hold together at ${what}: expected ${difference.expected}, got ${difference.got}. Ask for a new plan.`,
    { cause, ...difference },
  );
}
