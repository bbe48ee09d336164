import { countChangedLines } from "./change-size.ts";
import { type Digest, digestOf } from "./digest.ts";
import type { EvidenceName } from "./evidence.ts";
import { Exhibit } from "./exhibit.ts";
import { readGateFacts } from "./gate-facts.ts";
import { groupBy } from "./grouping.ts";
import type { JournalRecord } from "./journal.ts";
import type { NamedJournal } from "./journal-forks.ts";
import type { ReasonCode } from "./outcome.ts";

/**
 * What a bundle says of one plan, for statistics of repositories and workflows. It has no field for a person: who asked
 * and who approved cannot get from here into a note.
 */
export interface PlanFacts {
  readonly repository: string;
  readonly pullRequest: number | null;
  /** Path of the workflow file of the first run; undefined in bundles that are older than this field. */
  readonly workflow: string | undefined;
  readonly baseRef: string | undefined;
  /** The base commit that the plan was made on. */
  readonly baseSha: string | undefined;
  /** When the first record was written, ISO 8601. */
  readonly startedAt: string;
  readonly planDigest: Digest | undefined;
  readonly instructionChainDigest: Digest | undefined;
  readonly isApproved: boolean;
  readonly isExecuted: boolean;
  /** Reason codes of all denials, in their order. */
  readonly denials: readonly ReasonCode[];
  /** Of a refusal because of the size: what was there and what was allowed, in words. */
  readonly excess: string | undefined;
  /** Undefined when there never was a plan. */
  readonly files: number | undefined;
  /** Lines that the last patch adds and removes; undefined without a patch. */
  readonly lines: number | undefined;
  /** Verification commands of the plan; undefined when there never was one. */
  readonly commands: number | undefined;
  /** Whether the verification commands ran for the dry run or an execution, and whether they ever failed. */
  readonly verification: "not run" | "passed" | "failed";
}

/** Of the bundles of one plan the one with the longest journal; it has everything of the others. In order of name. */
export function newestBundles<Bundle extends NamedJournal>(bundles: readonly Bundle[]): readonly Bundle[] {
  const plans = groupBy(bundles, ({ journal }) => journal.slice(0, journal.indexOf("\n")));
  return [...plans.values()]
    .map((group) => group.sort((a, b) => b.journal.length - a.journal.length || byText(a.name, b.name))[0] as Bundle)
    .sort((a, b) => byText(a.name, b.name));
}

/**
 * The facts of a bundle of which an audit found nothing wrong. Throws IntegrityError `evidence_invalid` when
 * gate-facts.json, which no audit needs, is about another patch.
 */
export function readPlanFacts(files: ReadonlyMap<string, Uint8Array>): PlanFacts {
  const exhibit = new Exhibit(files);
  const { records, plan, executed } = exhibit;
  // A bundle without a record is not sound.
  const first = records[0] as JournalRecord;
  const denials = records.flatMap(({ decision, reasonCode }) => (decision === "deny" ? [reasonCode] : []));
  return {
    repository: first.repository,
    pullRequest: first.pullRequest,
    workflow: textOf(first, "workflow"),
    baseRef: plan?.binding.baseRef ?? textOf(first, "baseRef"),
    baseSha: plan?.binding.baseSha ?? commitOf(first),
    startedAt: first.at,
    planDigest: plan?.planDigest,
    instructionChainDigest: plan?.binding.instructionChainDigest,
    isApproved: plan?.approval !== undefined,
    isExecuted: executed !== undefined,
    denials,
    excess: excessOf(records),
    files: plan?.plan.files.length,
    lines: linesOf(exhibit),
    commands: plan?.plan.verification.length,
    verification: verificationOf(exhibit, denials),
  };
}

function textOf({ subject }: JournalRecord, name: string): string | undefined {
  const value = subject[name];
  return typeof value === "string" ? value : undefined;
}

const SIZE_CODES: readonly ReasonCode[] = ["plan_too_large", "change_too_large"];

/** Of a refused request no binding proves it, and it goes to git and into a command for people: an id and nothing else. */
function commitOf(record: JournalRecord): string | undefined {
  const id = textOf(record, "baseSha");
  return id !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(id) ? id : undefined;
}

function excessOf(records: readonly JournalRecord[]): string | undefined {
  const record = records.find(({ decision, reasonCode }) => decision === "deny" && SIZE_CODES.includes(reasonCode));
  const { expected = "?", got = "?" } = record?.findings[0] ?? {};
  return record && `${record.reasonCode}: ${got}, expected ${expected}`;
}

function linesOf(exhibit: Exhibit): number | undefined {
  const name = (["run.patch", "dry-run.patch"] as const).find((each) => exhibit.has(each));
  return name && countChangedLines(decode(exhibit, name));
}

function verificationOf(exhibit: Exhibit, denials: readonly ReasonCode[]): PlanFacts["verification"] {
  const inDryRun = exhibit.has("gate-facts.json")
    ? readGateFacts(decode(exhibit, "gate-facts.json"), digestOf(exhibit.bytes("dry-run.patch"))).verification
    : [];
  const hasFailed = inDryRun.some(({ exitCode, timedOut }) => exitCode !== 0 || timedOut);
  if (hasFailed || denials.some((code) => code === "verification_failed" || code === "verification_changed_tree")) {
    return "failed";
  }
  const commands = exhibit.executed && exhibit.plan ? exhibit.plan.plan.verification : inDryRun;
  return commands.length > 0 ? "passed" : "not run";
}

function decode(exhibit: Exhibit, name: EvidenceName): string {
  return new TextDecoder().decode(exhibit.bytes(name));
}

/** By UTF-16 units, whatever the locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
