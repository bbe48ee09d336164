import { type AnalyticsReport, type AnalyticsRow, sumOf } from "./analytics-facts.ts";
import { groupBy } from "./grouping.ts";
import type { PlanFacts } from "./plan-facts.ts";
import { concluded, percent, type ReviewEntry, type RuleName, referencesOf, type Thresholds } from "./review-entry.ts";

/** A rule on how many of the plans that are looked at are of a kind. */
interface ShareRule {
  readonly rule: RuleName;
  /** What the plans that are looked at are called, and which they are. */
  readonly sample: string;
  readonly isInSample: (plan: PlanFacts) => boolean;
  /** What the plans of the kind are called, and which they are. */
  readonly cases: string;
  readonly isCase: (plan: PlanFacts, thresholds: Thresholds) => boolean;
  readonly share: (thresholds: Thresholds) => number;
  readonly what: (plan: PlanFacts) => string;
}

const isTooLarge = ({ excess }: PlanFacts) => excess !== undefined;
const sizeText = ({ files, lines }: PlanFacts) =>
  `${files ?? "?"} files, ${lines === undefined ? "lines not known" : `${lines} lines`}`;

const REPOSITORY_RULES: readonly ShareRule[] = [
  {
    rule: "verification-failures",
    sample: "plans whose verification ran",
    isInSample: ({ verification }) => verification !== "not run",
    cases: "of them with a failed verification",
    isCase: ({ verification }) => verification === "failed",
    share: ({ verificationFailures }) => verificationFailures,
    what: () => "verification failed",
  },
  {
    rule: "unverified-executions",
    sample: "executed plans",
    isInSample: ({ isExecuted }) => isExecuted,
    cases: "of them without a verification command",
    isCase: ({ commands }) => commands === 0,
    share: ({ unverifiedExecutions }) => unverifiedExecutions,
    what: () => "no verification command",
  },
  {
    rule: "outside-plan",
    sample: "plans of which Codex made a change",
    isInSample: ({ isApproved, denials }) => isApproved || denials.includes("parity_failed"),
    cases: "of them with changes outside of the plan",
    isCase: ({ denials }) => denials.includes("parity_failed"),
    share: ({ outsidePlan }) => outsidePlan,
    what: () => "parity_failed",
  },
];

const WORKFLOW_RULES: readonly ShareRule[] = [
  {
    rule: "unreviewable-changes",
    sample: "plans",
    isInSample: (plan) => plan.planDigest !== undefined || isTooLarge(plan),
    cases: "of them refused as too large",
    isCase: isTooLarge,
    share: ({ unreviewable }) => unreviewable,
    what: ({ excess = "" }) => excess,
  },
  {
    rule: "large-changes",
    sample: "plans within the policy's limits",
    isInSample: (plan) => plan.planDigest !== undefined && !isTooLarge(plan),
    cases: "of them large",
    isCase: ({ files = 0, lines = 0 }, { largeFiles, largeLines }) => files > largeFiles || lines > largeLines,
    share: ({ largeChanges }) => largeChanges,
    what: sizeText,
  },
];

/** What the plans of each repository say, in the order of the rules. */
export function evaluateRepository(
  repository: string,
  plans: readonly PlanFacts[],
  thresholds: Thresholds,
): readonly ReviewEntry[] {
  return REPOSITORY_RULES.flatMap((rule) => evaluateShare(rule, { repository, subject: undefined, plans }, thresholds));
}

/** The name of a workflow whose evidence does not name it. */
export const UNNAMED_WORKFLOW = "workflow not recorded";

/** The same for each workflow of a repository. */
export function evaluateWorkflows(
  repository: string,
  plans: readonly PlanFacts[],
  thresholds: Thresholds,
): readonly ReviewEntry[] {
  const workflows = groupBy(plans, ({ workflow }) => workflow ?? UNNAMED_WORKFLOW);
  return [...workflows].flatMap(([subject, own]) =>
    WORKFLOW_RULES.flatMap((rule) => evaluateShare(rule, { repository, subject, plans: own }, thresholds)),
  );
}

interface Group {
  readonly repository: string;
  readonly subject: string | undefined;
  readonly plans: readonly PlanFacts[];
}

function evaluateShare(rule: ShareRule, group: Group, thresholds: Thresholds): readonly ReviewEntry[] {
  const sample = group.plans.filter(rule.isInSample);
  const cases = sample.filter((plan) => rule.isCase(plan, thresholds));
  const share = rule.share(thresholds);
  const { minCases, minPlans } = thresholds;
  const isSampleLarge = sample.length >= minPlans;
  // Of few plans one case is told of; of enough, what happened once is no habit.
  if (cases.length < (isSampleLarge ? minCases : 1) || cases.length < share * sample.length) return [];
  const observation = {
    rule: rule.rule,
    repository: group.repository,
    subject: group.subject,
    figures: [
      { name: rule.sample, value: sample.length },
      { name: rule.cases, value: cases.length, of: sample.length },
    ],
    threshold: `at least ${percent(share)} and at least ${minCases}, of at least ${minPlans} plans`,
    plans: referencesOf(cases, rule.what),
  };
  return [concluded(observation, isSampleLarge)];
}

/**
 * What Codex's reviews found on pull requests with an executed plan. Only rows that name the pull request count:
 * others are about changes that this action had no part in, as far as anybody can tell.
 */
export function evaluateReviewFindings(
  repository: string,
  plans: readonly PlanFacts[],
  { reports, thresholds }: { readonly reports: readonly AnalyticsReport[]; readonly thresholds: Thresholds },
): readonly ReviewEntry[] {
  const executed = plans.filter(({ isExecuted }) => isExecuted);
  const numbers = new Set<unknown>(executed.map(({ pullRequest }) => pullRequest));
  const rowsOf = (endpoint: AnalyticsReport["endpoint"]) =>
    (reports.find((report) => report.endpoint === endpoint)?.rows ?? []).filter(
      (row) => isSameRepository(row, repository) && numbers.has(row.pullRequest),
    );
  const rows = rowsOf("code_reviews");
  const [p0, p1] = [sumOf(rows, "p0"), sumOf(rows, "p1")];
  const severe = (p0 ?? 0) + (p1 ?? 0);
  const { minPlans, severeComments } = thresholds;
  if (severe === 0 || severe < severeComments * executed.length) return [];
  const touched = new Set<unknown>(rows.filter(isSevere).map(({ pullRequest }) => pullRequest));
  const responses = rowsOf("code_review_responses");
  const observation = {
    rule: "review-findings" as const,
    repository,
    subject: undefined,
    figures: [
      { name: "executed plans", value: executed.length },
      { name: "reviews of their pull requests", value: sumOf(rows, "reviews") },
      { name: "comments P0", value: p0 },
      { name: "comments P1", value: p1 },
      { name: "positive reactions to them", value: sumOf(responses, "positive") },
      { name: "negative reactions to them", value: sumOf(responses, "negative") },
    ],
    threshold: `at least ${severeComments} P0 or P1 comments for each of at least ${minPlans} executed plans`,
    plans: referencesOf(
      executed.filter(({ pullRequest }) => touched.has(pullRequest)),
      () => "severe comments",
    ),
  };
  return [concluded(observation, executed.length >= minPlans)];
}

const isSevere = ({ figures: { p0 = 0, p1 = 0 } }: AnalyticsRow) => p0 + p1 > 0;

/** GitHub does not tell the cases of a repository's name apart. */
function isSameRepository(row: AnalyticsRow, repository: string): boolean {
  return row.repository?.toLowerCase() === repository.toLowerCase();
}
