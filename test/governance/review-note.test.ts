import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnalyticsReport, summariseReport } from "../../src/governance/analytics-facts.ts";
import type { PlanFacts } from "../../src/governance/plan-facts.ts";
import { composeReviewNote, type ReviewInput } from "../../src/governance/review-note.ts";
import {
  analyticsRow,
  PERIOD,
  planFacts,
  plansOf,
  REFUSED,
  reportOf,
  repositoryFacts,
  reviewInput,
  reviewInputs,
} from "./review-builders.ts";

const noteOf = (changes: Partial<ReviewInput> = {}) => composeReviewNote(reviewInput(changes));

const FAILED: Partial<PlanFacts> = { verification: "failed", denials: ["verification_failed"], isExecuted: false };
const UNVERIFIED: Partial<PlanFacts> = { verification: "not run", commands: 0 };
const OUTSIDE: Partial<PlanFacts> = { denials: ["parity_failed"], isExecuted: false };
const LARGE: Partial<PlanFacts> = { files: 21 };

describe("the note", () => {
  test("counts plans by repository and leaves those of other times out", () => {
    const plans = [
      planFacts({ repository: "b/b", startedAt: PERIOD.since }),
      planFacts({ repository: "a/a", isExecuted: false, startedAt: "2026-11-30T23:59:59Z" }),
      planFacts({ repository: "b/b", startedAt: PERIOD.until }),
      planFacts({ repository: "b/b", startedAt: "2026-10-31T23:59:59Z" }),
    ];
    expect(noteOf({ plans })).toMatchObject({
      repositories: [
        { name: "a/a", plans: 1, executed: 0 },
        { name: "b/b", plans: 1, executed: 1 },
      ],
      outsidePeriod: 2,
    });
  });

  test("says what is missing", () => {
    expect(noteOf({ plans: [], reports: undefined }).missing).toEqual([
      "No sound bundle of a plan of this period was given.",
      "The Codex Analytics API was not asked: no usage, no review findings.",
    ]);
    const reports = [
      reportOf("usage", [analyticsRow({})], { isPagingReported: false }),
      reportOf("code_reviews", [analyticsRow({ p0: 0 }, { pullRequest: undefined })]),
      reportOf("code_review_responses", []),
    ];
    const plans = plansOf(6, 1, { workflow: undefined });
    expect(
      noteOf({ plans, reports, repositories: [repositoryFacts({ omitted: 4, instructions: [] })] }).missing,
    ).toEqual([
      "No figure of usage was understood: the fields have other names. The raw pages have them.",
      "usage did not say whether there are more pages.",
      "code_reviews names no pull requests: its comments cannot be told apart by repository.",
      "code_review_responses reported no rows for this period.",
      "4 further instruction files of acme/shop were not looked at.",
      "Some evidence of acme/shop does not name the workflow file.",
    ]);
    expect(noteOf({ reports: [reportOf("code_reviews", [analyticsRow({ p0: 0 })])] }).missing).toEqual([
      "Instruction files of acme/shop were not looked at: no clone with the base commit of its newest plan was given.",
    ]);
  });

  test.each<[string, AnalyticsReport]>([
    [
      "usage that is about no pull request",
      reportOf("usage", [analyticsRow({ threads: 1 }, { pullRequest: undefined })]),
    ],
    ["rows of which some have figures", reportOf("usage", [analyticsRow({}), analyticsRow({ threads: 1 })])],
    [
      "reviews of which some name their pull request",
      reportOf("code_reviews", [analyticsRow({ p0: 0 }, { pullRequest: undefined }), analyticsRow({ p0: 0 })]),
    ],
  ])("misses nothing with every instruction file and %s", (_, report) => {
    expect(noteOf({ reports: [report], repositories: [repositoryFacts({ omitted: 0 })] }).missing).toEqual([]);
  });

  test("sums what is reported and invents no zero", () => {
    const rows = [
      analyticsRow({ threads: 2 }, { namesPerson: true }),
      analyticsRow({ threads: 3, turns: 0 }, { repository: undefined }),
      analyticsRow({}),
    ];
    expect(summariseReport(reportOf("usage", rows, { pages: 2, unknownFields: ["x"] }))).toEqual({
      endpoint: "usage",
      pages: 2,
      rows: 3,
      rowsWithoutFigures: 1,
      rowsWithoutRepository: 1,
      rowsNamingPeople: 1,
      totals: [
        { name: "threads", value: 5 },
        { name: "turns", value: 0 },
        { name: "credits", value: undefined },
      ],
      unknownFields: ["x"],
      isPagingReported: true,
    });
  });

  test("leaves out whom a broken bundle names", () => {
    const leftOut = [
      {
        code: "evidence_invalid",
        message: "b.zip: The approver in the journal is another one.",
        expected: "anna",
        got: "rita",
      },
      { code: "evidence_invalid", message: "a.zip: cut off" },
    ];
    expect(noteOf({ leftOut }).leftOut).toEqual([
      { code: "evidence_invalid", message: "a.zip: cut off" },
      { code: "evidence_invalid", message: "b.zip: The approver in the journal is another one." },
    ]);
  });

  test("puts what asks for a decision before what is too few, then goes by repository, subject and rule", () => {
    const plans = [
      ...plansOf(2, 2, { ...FAILED, repository: "a/a" }),
      ...plansOf(6, 6, { ...FAILED, ...OUTSIDE, repository: "c/c" }),
      ...plansOf(6, 6, { ...UNVERIFIED, repository: "b/b" }),
      ...plansOf(9, 6, { ...LARGE, repository: "b/b", workflow: "z.yml" }),
      ...plansOf(6, 6, { ...LARGE, repository: "b/b", workflow: "a.yml" }),
      ...plansOf(6, 6, { ...REFUSED, repository: "b/b", workflow: "z.yml" }),
    ].map((plan) => ({ ...plan, repository: plan.repository === "acme/shop" ? "b/b" : plan.repository }));
    const { sections } = noteOf({ plans });
    const placed = (entries: readonly { repository: string; subject: string | undefined; rule: string }[]) =>
      entries.map(({ repository, subject, rule }) => [repository, subject ?? "", rule].join(" "));
    expect(placed(sections.repositories)).toEqual([
      "c/c  verification-failures",
      "c/c  outside-plan",
      "a/a  verification-failures",
    ]);
    expect(placed(sections.workflows)).toEqual([
      "b/b a.yml large-changes",
      "b/b z.yml unreviewable-changes",
      "b/b z.yml large-changes",
    ]);
  });

  test("is the same whatever the order of what it is made from", () => {
    const turned = <T>(list: readonly T[]) => [...list].reverse();
    fc.assert(
      fc.property(reviewInputs, (input) => {
        const other = { ...input, plans: turned(input.plans), leftOut: turned(input.leftOut) };
        expect(composeReviewNote(other)).toEqual(composeReviewNote(input));
      }),
    );
  });

  test("concludes nothing from fewer plans than it must have, and nothing without a case to show", () => {
    fc.assert(
      fc.property(reviewInputs, (input) => {
        for (const entry of Object.values(composeReviewNote(input).sections).flat()) {
          const sample = entry.figures[0]?.value ?? 0;
          expect(entry.conclusion === "too few").toBe(sample < input.thresholds.minPlans);
          expect(entry.plans.length).toBeGreaterThan(0);
          expect(entry.excerpt !== undefined).toBe(entry.conclusion === "approval");
        }
      }),
    );
  });
});
