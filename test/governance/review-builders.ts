import fc from "fast-check";
import {
  ANALYTICS_ENDPOINTS,
  type AnalyticsEndpoint,
  type AnalyticsReport,
  type AnalyticsRow,
  FIGURES,
} from "../../src/governance/analytics-facts.ts";
import type { RepositoryFacts } from "../../src/governance/instruction-staleness.ts";
import type { PlanFacts } from "../../src/governance/plan-facts.ts";
import { THRESHOLDS } from "../../src/governance/review-entry.ts";
import type { ReviewInput } from "../../src/governance/review-note.ts";
import { BASE, digestWith } from "./builders.ts";

export const PERIOD = { since: "2026-11-01T00:00:00.000Z", until: "2026-12-01T00:00:00.000Z" };

/** An executed plan of a repository that verifies its changes: no rule has anything against it. */
export function planFacts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    repository: "acme/shop",
    pullRequest: 7,
    workflow: ".github/workflows/codex.yml",
    baseRef: "main",
    baseSha: BASE,
    startedAt: "2026-11-10T11:00:00Z",
    planDigest: digestWith("2"),
    instructionChainDigest: digestWith("5"),
    isApproved: true,
    isExecuted: true,
    denials: [],
    excess: undefined,
    files: 3,
    lines: 40,
    commands: 2,
    verification: "passed",
    ...changes,
  };
}

/** So many plans of pull requests 1, 2, 3 …; the first ones have the changes. */
export function plansOf(total: number, cases: number, changes: Partial<PlanFacts>): readonly PlanFacts[] {
  return Array.from({ length: total }, (_, index) =>
    planFacts({ pullRequest: index + 1, ...(index < cases ? changes : {}) }),
  );
}

export const REFUSED: Partial<PlanFacts> = {
  planDigest: undefined,
  instructionChainDigest: undefined,
  isApproved: false,
  isExecuted: false,
  denials: ["plan_too_large"],
  excess: "plan_too_large: 250, expected at most 100",
  files: undefined,
  lines: undefined,
  commands: undefined,
  verification: "not run",
};

export function analyticsRow(figures: AnalyticsRow["figures"], changes: Partial<AnalyticsRow> = {}): AnalyticsRow {
  return { repository: "acme/shop", pullRequest: 1, namesPerson: false, figures, ...changes };
}

export function reportOf(
  endpoint: AnalyticsEndpoint,
  rows: readonly AnalyticsRow[],
  changes: Partial<AnalyticsReport> = {},
): AnalyticsReport {
  return { endpoint, pages: 1, rows, unknownFields: [], isPagingReported: true, ...changes };
}

export function repositoryFacts(changes: Partial<RepositoryFacts> = {}): RepositoryFacts {
  return {
    repository: "acme/shop",
    commit: BASE,
    committedAt: "2026-11-09T12:00:00.000Z",
    instructions: [
      {
        path: "billing/AGENTS.md",
        changedCommit: "d".repeat(40),
        changedAt: "2026-06-01T12:00:00.000Z",
        filesSince: 48,
        linesSince: 3_120,
      },
    ],
    omitted: 0,
    ...changes,
  };
}

export function reviewInput(changes: Partial<ReviewInput> = {}): ReviewInput {
  return {
    period: PERIOD,
    plans: plansOf(6, 0, {}),
    leftOut: [],
    reports: ANALYTICS_ENDPOINTS.map((endpoint) => reportOf(endpoint, [])),
    repositories: [],
    thresholds: THRESHOLDS,
    ...changes,
  };
}

const digit = fc.constantFrom("1", "2", "3");
const repository = fc.constantFrom("acme/shop", "acme/api", "Acme/Shop");

/** Plans that contradict each other in every way: no rule may rely on what only an honest journal has. */
const anyPlan: fc.Arbitrary<PlanFacts> = fc.record({
  repository,
  pullRequest: fc.option(fc.integer({ min: 1, max: 9 })),
  workflow: fc.option(fc.constantFrom("a.yml", "b.yml"), { nil: undefined }),
  baseRef: fc.option(fc.constantFrom("main", "next"), { nil: undefined }),
  baseSha: fc.option(fc.constant(BASE), { nil: undefined }),
  startedAt: fc.constantFrom("2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z", "2026-11-20T10:00:00Z", PERIOD.until),
  planDigest: fc.option(digit.map(digestWith), { nil: undefined }),
  instructionChainDigest: fc.option(digit.map(digestWith), { nil: undefined }),
  isApproved: fc.boolean(),
  isExecuted: fc.boolean(),
  denials: fc.array(fc.constantFrom("plan_too_large", "parity_failed", "verification_failed"), { maxLength: 3 }),
  excess: fc.option(fc.constant("change_too_large: 900, expected at most 400 lines"), { nil: undefined }),
  files: fc.option(fc.nat(60), { nil: undefined }),
  lines: fc.option(fc.nat(900), { nil: undefined }),
  commands: fc.option(fc.nat(3), { nil: undefined }),
  verification: fc.constantFrom("not run", "passed", "failed"),
});

const anyReport: fc.Arbitrary<AnalyticsReport> = fc.constantFrom(...ANALYTICS_ENDPOINTS).chain((endpoint) =>
  fc.record({
    endpoint: fc.constant(endpoint),
    pages: fc.nat(3),
    rows: fc.array(
      fc.record({
        repository: fc.option(repository, { nil: undefined }),
        pullRequest: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        namesPerson: fc.boolean(),
        figures: fc.dictionary(fc.constantFrom(...FIGURES[endpoint]), fc.nat(20)),
      }),
      { maxLength: 6 },
    ),
    unknownFields: fc.constant(["other"]),
    isPagingReported: fc.boolean(),
  }),
);

export const reviewInputs: fc.Arbitrary<ReviewInput> = fc.record({
  period: fc.constant(PERIOD),
  plans: fc.array(anyPlan, { maxLength: 25 }),
  leftOut: fc.array(
    fc.constantFrom("a", "b").map((message) => ({ code: "evidence_invalid", message })),
    { maxLength: 3 },
  ),
  reports: fc.option(fc.uniqueArray(anyReport, { selector: ({ endpoint }) => endpoint }), { nil: undefined }),
  repositories: fc.constantFrom([], [repositoryFacts()], [repositoryFacts({ omitted: 3 })]),
  thresholds: fc.constant(THRESHOLDS),
});
