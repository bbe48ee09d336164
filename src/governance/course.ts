import { type DenialKind, denialKindOf } from "./denial-kinds.ts";
import { type Evaluation, followBlockers, readEvaluations } from "./escalation.ts";
import type { JournalRecord } from "./journal.ts";
import type { ReasonCode } from "./outcome.ts";
import type { Case, PlanFacts } from "./receipts.ts";

/** Where a plan stands after all that is known of it; each plan has one. */
export const ENDINGS = ["executed", "denied", "drifted", "stale", "failed", "superseded", "open"] as const;
export type Ending = (typeof ENDINGS)[number];

/** What became of a case, read from its journal. */
export interface Course {
  /** `stray`: denied by a later step that could not open the plan's evidence, so nobody knows which plan it was. */
  readonly kind: "plan" | "refused" | "stray";
  readonly records: Case["records"];
  readonly plan: PlanFacts | undefined;
  /** ISO 8601; GitHub's time, the runner's in older bundles. */
  readonly startedAt: string;
  readonly repository: string;
  readonly pullRequest: number | null;
  readonly requester: string | undefined;
  readonly approvers: readonly string[];
  readonly ending: Ending;
  /** Every reason for which it was denied, each once. */
  readonly denials: ReadonlySet<ReasonCode>;
  readonly kinds: ReadonlySet<DenialKind>;
}

/** Of a case in itself. */
export function courseOf({ records, plan }: Case): Course {
  const [first] = records;
  const isPublished = plan !== undefined && records.some(({ reasonCode }) => reasonCode === "plan_published");
  const denials = new Set(records.filter(({ decision }) => decision === "deny").map(({ reasonCode }) => reasonCode));
  const approvals = records.filter(isApproval);
  return {
    kind: isPublished ? "plan" : first.step === "plan" ? "refused" : "stray",
    records,
    plan,
    startedAt: first.at,
    repository: first.repository,
    pullRequest: first.pullRequest,
    requester: plan?.requester ?? (first.step === "plan" ? (first.actor ?? undefined) : undefined),
    approvers: [...new Set(approvals.flatMap(({ actor }) => actor ?? []))],
    ending: endingOf(records),
    denials,
    kinds: new Set([...denials].map(denialKindOf)),
  };
}

/**
 * The same with the plans that nobody acted on any more because their pull request got a newer one: their own journal
 * does not say so.
 */
export function coursesOf(cases: readonly Case[]): readonly Course[] {
  const courses = cases.map(courseOf);
  const newest = new Map(courses.filter(({ kind }) => kind === "plan").map((course) => [pullOf(course), course]));
  return courses.map((course) => {
    const isOvertaken = course.kind === "plan" && course.ending === "open" && newest.get(pullOf(course)) !== course;
    return isOvertaken ? { ...course, ending: "superseded" } : course;
  });
}

/** `owner/name#7`, whatever the case of its letters. */
export function pullOf({ repository, pullRequest }: Course): string {
  return `${repository.toLowerCase()}#${pullRequest}`;
}

function isApproval({ decision, reasonCode }: JournalRecord): boolean {
  return decision === "allow" && reasonCode === "plan_approved";
}

function isExecution({ decision, reasonCode }: JournalRecord): boolean {
  return decision === "allow" && reasonCode === "plan_executed";
}

/** An execution and a drift are final; else the last decision counts. Looking at gates and signing decide nothing. */
function endingOf(records: readonly JournalRecord[]): Ending {
  if (records.some(isExecution)) return "executed";
  if (records.some(({ reasonCode }) => reasonCode === "plan_drifted")) return "drifted";
  const last = records.findLast(
    ({ decision, step }) => decision === "deny" || (decision === "allow" && step !== "sign"),
  );
  if (last?.decision !== "deny") return "open";
  const kind = denialKindOf(last.reasonCode);
  if (kind === "stale") return "stale";
  if (kind === "waiting") return "open";
  return kind === "failure" ? "failed" : "denied";
}

/** Milliseconds between two steps of a plan; undefined where one of them was not reached. */
export interface Times {
  readonly toApproval: number | undefined;
  readonly toExecution: number | undefined;
  readonly whole: number | undefined;
  readonly toDrift: number | undefined;
}

/** By the journal's times. */
export function timesOf({ records }: Course): Times {
  const execution = records.find(isExecution);
  const drift = records.find(({ reasonCode }) => reasonCode === "plan_drifted");
  return {
    toApproval: between(records[0], records.find(isApproval)),
    toExecution: between(approvalBefore(records, execution), execution),
    whole: between(records[0], execution),
    toDrift: between(approvalBefore(records, drift), drift),
  };
}

function between(start: JournalRecord | undefined, end: JournalRecord | undefined): number | undefined {
  return start && end && Date.parse(end.at) - Date.parse(start.at);
}

/** The approval that a step rests on. A run that is repeated approves the same label event again: the first counts. */
function approvalBefore(records: readonly JournalRecord[], step: JournalRecord | undefined): JournalRecord | undefined {
  const earlier = records.filter((record) => step && record.sequence < step.sequence && isApproval(record));
  const eventId = earlier.at(-1)?.subject.eventId;
  return earlier.find(({ subject }) => subject.eventId === eventId);
}

/** How verification ended, a run each: `true` where the commands passed. Empty where the policy has none. */
export function verificationsOf({ records, plan }: Course): readonly boolean[] {
  if (!plan?.hasVerification) return [];
  const runs = new Map<string, boolean>();
  for (const { runId, runAttempt, step, decision, reasonCode } of records) {
    const isFailure = decision === "deny" && denialKindOf(reasonCode) === "verification";
    // This record is written when everything had passed.
    if (isFailure || step === "commit") runs.set(`${runId} ${runAttempt}`, !isFailure);
  }
  return [...runs.values()];
}

/** The evaluations of a plan's gates, oldest first, with how each ended. */
export function evaluationsOf({ records }: Course): readonly (Evaluation & { readonly isPassed: boolean })[] {
  return records.flatMap((record) =>
    readEvaluations([record]).map((evaluation) => ({ ...evaluation, isPassed: record.reasonCode === "gates_passed" })),
  );
}

export interface EscalationCount {
  readonly opened: number;
  readonly closed: number;
  /** Blockers that a run found overdue. */
  readonly overdue: number;
}

/** The deadline is in the policy, which no bundle has: what is overdue is what a run said was. */
export function escalationsOf(course: Course): EscalationCount {
  const turns = [...followBlockers(evaluationsOf(course))];
  const overdue = course.records
    .flatMap(({ findings }) => findings)
    .filter(({ code }) => code === "escalation_overdue")
    .map(({ message }) => /^`(.+)` is overdue/.exec(message)?.[1] ?? message);
  return {
    opened: turns.flatMap(({ opened }) => opened).length,
    closed: turns.flatMap(({ closed }) => closed).length,
    overdue: new Set(overdue).size,
  };
}
