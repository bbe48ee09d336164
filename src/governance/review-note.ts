import {
  ANALYTICS_ENDPOINTS,
  type AnalyticsReport,
  type AnalyticsSummary,
  summariseReport,
} from "./analytics-facts.ts";
import { groupBy } from "./grouping.ts";
import { evaluateInstructions, type RepositoryFacts } from "./instruction-staleness.ts";
import type { Finding } from "./outcome.ts";
import { byText, type PlanFacts } from "./plan-facts.ts";
import { REVIEW_RULES, type ReviewEntry, type ReviewSection, type Thresholds } from "./review-entry.ts";
import { evaluateRepository, evaluateReviewFindings, evaluateWorkflows } from "./review-rules.ts";

/** A half-open period, both ends ISO 8601 in UTC. */
export interface Period {
  readonly since: string;
  readonly until: string;
}

export interface ReviewInput {
  readonly period: Period;
  /** Of all sound bundles, one a plan. */
  readonly plans: readonly PlanFacts[];
  /** Bundles that are not believed, and chains that were forked. */
  readonly leftOut: readonly Finding[];
  /** Undefined when the Analytics API was not asked. */
  readonly reports: readonly AnalyticsReport[] | undefined;
  readonly repositories: readonly RepositoryFacts[];
  readonly thresholds: Thresholds;
}

/** The internal review note. It is about repositories and workflows, and has no field for a person. */
export interface ReviewNote {
  readonly version: 1;
  readonly period: Period;
  readonly thresholds: Thresholds;
  readonly repositories: readonly { readonly name: string; readonly plans: number; readonly executed: number }[];
  /** Sound plans that began before or after the period. */
  readonly outsidePeriod: number;
  /** Without what was expected and found: those may be people. */
  readonly leftOut: readonly Pick<Finding, "code" | "message">[];
  /** What the note cannot say, and what it would need. */
  readonly missing: readonly string[];
  readonly analytics: readonly AnalyticsSummary[];
  readonly sections: Readonly<Record<ReviewSection, readonly ReviewEntry[]>>;
}

/** Turns facts into a note; the same facts in whatever order give the same note. */
export function composeReviewNote(input: ReviewInput): ReviewNote {
  const { period, thresholds, leftOut, reports } = input;
  const plans = input.plans.filter((plan) => hasBegunWithin(period, plan));
  const byRepository = [...groupBy(plans, ({ repository }) => repository)].sort(([a], [b]) => byText(a, b));
  const entries = byRepository.flatMap(([name, own]) => [
    ...evaluateRepository(name, own, thresholds),
    ...evaluateReviewFindings(name, own, { reports: reports ?? [], thresholds }),
    ...input.repositories
      .filter(({ repository }) => repository === name)
      .flatMap((facts) => evaluateInstructions(facts, own, thresholds)),
    ...evaluateWorkflows(name, own, thresholds),
  ]);
  const section = (wanted: ReviewSection) =>
    entries.filter(({ rule }) => REVIEW_RULES[rule].section === wanted).sort(byPlace);
  return {
    version: 1,
    period,
    thresholds,
    repositories: byRepository.map(([name, own]) => ({
      name,
      plans: own.length,
      executed: own.filter(({ isExecuted }) => isExecuted).length,
    })),
    outsidePeriod: input.plans.length - plans.length,
    leftOut: leftOut.map(({ code, message }) => ({ code, message })).sort((a, b) => byText(a.message, b.message)),
    missing: findMissing(input, byRepository),
    analytics: (reports ?? []).map(summariseReport),
    sections: {
      repositories: section("repositories"),
      instructions: section("instructions"),
      workflows: section("workflows"),
    },
  };
}

/** Whether a plan is one that a note about this period tells of. */
export function hasBegunWithin({ since, until }: Period, { startedAt }: Pick<PlanFacts, "startedAt">): boolean {
  const time = Date.parse(startedAt);
  return time >= Date.parse(since) && time < Date.parse(until);
}

/** What asks for a decision first, then by repository and subject. Of one subject the rules are in their order already. */
function byPlace(a: ReviewEntry, b: ReviewEntry): number {
  return (
    Number(a.conclusion === "too few") - Number(b.conclusion === "too few") ||
    byText(a.repository, b.repository) ||
    byText(a.subject ?? "", b.subject ?? "")
  );
}

function findMissing(
  { reports, repositories }: ReviewInput,
  plans: readonly (readonly [repository: string, plans: readonly PlanFacts[]])[],
): readonly string[] {
  const known = new Set(repositories.map(({ repository }) => repository));
  return [
    ...(plans.length === 0 ? ["No sound bundle of a plan of this period was given."] : []),
    ...(reports === undefined ? ["The Codex Analytics API was not asked: no usage, no review findings."] : []),
    ...ANALYTICS_ENDPOINTS.flatMap((endpoint) => missingOf(reports?.find((each) => each.endpoint === endpoint))),
    ...plans
      .filter(([name]) => !known.has(name))
      .map(
        ([name]) =>
          `Instruction files of ${name} were not looked at: no clone with the base commit of its newest plan was given.`,
      ),
    ...repositories
      .filter(({ omitted }) => omitted > 0)
      .map(({ repository, omitted }) => `${omitted} further instruction files of ${repository} were not looked at.`),
    ...plans
      .filter(([, own]) => own.some(({ workflow }) => workflow === undefined))
      .map(([name]) => `Some evidence of ${name} does not name the workflow file.`),
  ];
}

function missingOf(report: AnalyticsReport | undefined): readonly string[] {
  if (report === undefined) return [];
  const { endpoint, rows, isPagingReported } = report;
  const isUnderstood = rows.some(({ figures }) => Object.keys(figures).length > 0);
  return [
    ...(rows.length > 0 && !isUnderstood
      ? [`No figure of ${endpoint} was understood: the fields have other names. The raw pages have them.`]
      : []),
    ...(rows.length === 0 ? [`${endpoint} reported no rows for this period.`] : []),
    ...(endpoint === "code_reviews" && isUnderstood && rows.every(({ pullRequest }) => pullRequest === undefined)
      ? ["code_reviews names no pull requests: its comments cannot be told apart by repository."]
      : []),
    ...(isPagingReported ? [] : [`${endpoint} did not say whether there are more pages.`]),
  ];
}
