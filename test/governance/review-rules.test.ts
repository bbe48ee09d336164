import { describe, expect, test } from "vitest";
import type { AnalyticsReport } from "../../src/governance/analytics-facts.ts";
import { newestPlan } from "../../src/governance/instruction-staleness.ts";
import type { PlanFacts } from "../../src/governance/plan-facts.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { EXCERPTS, REVIEW_RULES, type RuleName, THRESHOLDS } from "../../src/governance/review-entry.ts";
import { composeReviewNote, type ReviewInput } from "../../src/governance/review-note.ts";
import { digestWith } from "./builders.ts";
import {
  analyticsRow,
  planFacts,
  plansOf,
  REFUSED,
  reportOf,
  repositoryFacts,
  reviewInput,
} from "./review-builders.ts";

const noteOf = (changes: Partial<ReviewInput> = {}) => composeReviewNote(reviewInput(changes));
const entriesOf = (changes: Partial<ReviewInput>) => Object.values(noteOf(changes).sections).flat();
const conclusionsOf = (changes: Partial<ReviewInput>) =>
  entriesOf(changes).map(({ rule, conclusion }) => `${rule}: ${conclusion}`);

const FAILED: Partial<PlanFacts> = { verification: "failed", denials: ["verification_failed"], isExecuted: false };
const UNVERIFIED: Partial<PlanFacts> = { verification: "not run", commands: 0 };
const OUTSIDE: Partial<PlanFacts> = { denials: ["parity_failed"], isExecuted: false };
const LARGE: Partial<PlanFacts> = { files: 21 };

describe("a rule on a share of plans", () => {
  test.each<
    [rule: RuleName, total: number, cases: number, changes: Partial<PlanFacts>, conclusion: string | undefined]
  >([
    ["verification-failures", 10, 2, FAILED, "approval"],
    ["verification-failures", 11, 2, FAILED, undefined],
    ["verification-failures", 5, 1, FAILED, undefined],
    ["verification-failures", 5, 2, FAILED, "approval"],
    ["verification-failures", 4, 1, FAILED, "too few"],
    ["verification-failures", 4, 0, FAILED, undefined],
    ["unverified-executions", 6, 3, UNVERIFIED, "approval"],
    ["unverified-executions", 7, 3, UNVERIFIED, undefined],
    ["unverified-executions", 1, 1, UNVERIFIED, "too few"],
    ["outside-plan", 10, 2, OUTSIDE, "approval"],
    ["outside-plan", 11, 2, OUTSIDE, undefined],
    ["outside-plan", 3, 1, { ...OUTSIDE, isApproved: false }, "too few"],
    ["unreviewable-changes", 10, 2, REFUSED, "follow-up"],
    ["unreviewable-changes", 10, 2, { excess: "change_too_large: 900, expected at most 400 lines" }, "follow-up"],
    ["unreviewable-changes", 11, 2, REFUSED, undefined],
    ["unreviewable-changes", 2, 1, REFUSED, "too few"],
    ["large-changes", 10, 3, LARGE, "approval"],
    ["large-changes", 10, 3, { lines: 401 }, "approval"],
    ["large-changes", 10, 3, { files: 20, lines: 400 }, undefined],
    ["large-changes", 10, 2, LARGE, undefined],
    ["large-changes", 4, 2, LARGE, "too few"],
  ])("%s, of %d plans %d %j: %s", (rule, total, cases, changes, conclusion) => {
    const found = entriesOf({ plans: plansOf(total, cases, changes) });
    expect(found.map((entry) => [entry.rule, entry.conclusion])).toEqual(
      conclusion === undefined ? [] : [[rule, conclusion]],
    );
    for (const entry of found) {
      const [sample, among] = entry.figures;
      expect(sample?.value).toBeLessThanOrEqual(total);
      expect(among).toMatchObject({ value: cases, of: sample?.value });
      expect(entry.plans.map(({ pullRequest }) => pullRequest)).toEqual(Array.from({ length: cases }, (_, i) => i + 1));
      expect(entry.excerpt).toBe(conclusion === "approval" ? EXCERPTS[rule] : undefined);
    }
  });

  test.each<[string, Partial<PlanFacts>]>([
    ["a verification that did not run is in no sample", { verification: "not run" }],
    ["a plan that waits is no execution", { ...UNVERIFIED, isExecuted: false }],
    ["a refused plan is not large as well", { ...REFUSED, files: 500, lines: 9_000 }],
  ])("looks at what it is about: %s", (_, changes) => {
    const plans = plansOf(6, 1, changes);
    const { figures } = entriesOf({ plans: [...plans, ...plansOf(6, 6, { ...FAILED, ...LARGE })] })[0] ?? {};
    expect(figures?.[1]?.value).toBe(6);
    expect(conclusionsOf({ plans })).toEqual([]);
  });

  const REFUSED_OTHERWISE: Partial<PlanFacts> = { ...REFUSED, denials: ["prompt_empty"], excess: undefined };
  test.each<[rule: RuleName, cases: Partial<PlanFacts>, others: Partial<PlanFacts>, what: string]>([
    ["verification-failures", FAILED, { verification: "not run" }, "verification failed"],
    ["unverified-executions", UNVERIFIED, { isExecuted: false }, "no verification command"],
    ["outside-plan", OUTSIDE, { isApproved: false, isExecuted: false, denials: ["prompt_empty"] }, "parity_failed"],
    ["unreviewable-changes", REFUSED, REFUSED_OTHERWISE, "plan_too_large: 250, expected at most 100"],
    ["large-changes", LARGE, REFUSED_OTHERWISE, "21 files, 40 lines"],
    ["large-changes", LARGE, REFUSED, "21 files, 40 lines"],
    ["large-changes", LARGE, { excess: "change_too_large: 900, expected at most 400 lines" }, "21 files, 40 lines"],
  ])("%s counts %j, and of %j nothing at all", (rule, cases, others, what) => {
    const entry = entriesOf({ plans: [...plansOf(6, 6, cases), ...plansOf(6, 6, others)] }).find(
      (each) => each.rule === rule,
    );
    expect(entry?.figures.map(({ value, of }) => [value, of])).toEqual([
      [6, undefined],
      [6, 6],
    ]);
    expect(entry?.plans.map((plan) => plan.what)).toEqual(Array(6).fill(what));
  });

  test("orders what was refused of one pull request by what it was", () => {
    const excesses = ["change_too_large: 9", "change_too_large: 5", "plan_too_large: 7"];
    const plans = excesses.map((excess) => planFacts({ ...REFUSED, excess }));
    const [entry] = entriesOf({ plans });
    expect(entry?.plans.map(({ what }) => what)).toEqual([...excesses].sort());
  });

  test("says what was too large, and where to look", () => {
    const [refused, large] = [plansOf(6, 6, REFUSED), plansOf(6, 6, { files: 30, lines: undefined })].map(
      (plans) => entriesOf({ plans })[0],
    );
    expect(refused?.plans[0]).toEqual({
      pullRequest: 1,
      planDigest: undefined,
      what: "plan_too_large: 250, expected at most 100",
    });
    expect(large?.plans[0]).toEqual({
      pullRequest: 1,
      planDigest: digestWith("2"),
      what: "30 files, lines not known",
    });
    const [sized] = entriesOf({ plans: plansOf(6, 6, { files: undefined, lines: 500 }) });
    expect(sized?.plans[0]?.what).toBe("? files, 500 lines");
  });

  test("looks at each workflow and each repository alone", () => {
    const plans = [
      ...plansOf(5, 5, LARGE),
      ...plansOf(5, 5, { ...LARGE, workflow: undefined }),
      ...plansOf(5, 0, { repository: "acme/api" }).map((plan) => ({ ...plan, repository: "acme/api" })),
      ...plansOf(2, 2, { ...FAILED, repository: "acme/old" }),
    ];
    expect(
      entriesOf({ plans }).map(({ repository, subject, conclusion }) => [repository, subject, conclusion]),
    ).toEqual([
      ["acme/old", undefined, "too few"],
      ["acme/shop", ".github/workflows/codex.yml", "approval"],
      ["acme/shop", "workflow not recorded", "approval"],
    ]);
  });

  test("takes other thresholds, and says which", () => {
    const thresholds = { ...THRESHOLDS, minPlans: 2, verificationFailures: 0.9 };
    const plans = plansOf(4, 3, FAILED);
    expect(conclusionsOf({ plans, thresholds })).toEqual([]);
    const [entry] = entriesOf({ plans, thresholds: { ...thresholds, verificationFailures: 0.75 } });
    expect(entry).toMatchObject({
      conclusion: "approval",
      threshold: "at least 75 % and at least 2, of at least 2 plans",
    });
  });
});

describe("the rule on Codex's own reviews", () => {
  const reports = (rows: AnalyticsReport["rows"], responses: AnalyticsReport["rows"] = []) => [
    reportOf("code_reviews", rows),
    reportOf("code_review_responses", responses),
  ];
  const rows = (severe: number) => [
    analyticsRow({ reviews: 2, p0: 1 }),
    analyticsRow({ p1: severe - 1 }, { pullRequest: 2, repository: "ACME/Shop" }),
    analyticsRow({ reviews: 1 }, { pullRequest: 3 }),
  ];

  test.each([
    [6, 6, "approval"],
    [6, 5, undefined],
    [5, 5, "approval"],
    [4, 4, "too few"],
  ])("of %d executed plans with %d severe comments says %s", (total, severe, conclusion) => {
    const found = entriesOf({ plans: plansOf(total, 0, {}), reports: reports(rows(severe)) });
    expect(found.map((entry) => entry.conclusion)).toEqual(conclusion === undefined ? [] : [conclusion]);
  });

  test("gives its figures, with what nobody reported left open", () => {
    const [entry] = entriesOf({ reports: reports(rows(9), [analyticsRow({ negative: 4 })]) });
    expect(entry?.figures.map(({ name, value }) => [name, value])).toEqual([
      ["executed plans", 6],
      ["reviews of their pull requests", 3],
      ["comments P0", 1],
      ["comments P1", 8],
      ["positive reactions to them", undefined],
      ["negative reactions to them", 4],
    ]);
    expect(entry?.plans.map(({ pullRequest, what }) => [pullRequest, what])).toEqual([
      [1, "severe comments"],
      [2, "severe comments"],
    ]);
  });

  test("says which thresholds it took, and what people thought of the comments", () => {
    const [entry] = entriesOf({
      thresholds: { ...THRESHOLDS, minPlans: 2, severeComments: 1.5 },
      reports: reports(rows(9), [analyticsRow({ positive: 2 }), analyticsRow({ positive: 1 })]),
    });
    expect(entry?.threshold).toBe("at least 1.5 P0 or P1 comments for each of at least 2 executed plans");
    expect(entry?.figures.find(({ name }) => name === "positive reactions to them")?.value).toBe(3);
  });

  test.each<[string, Partial<AnalyticsReport["rows"][number]>]>([
    ["another repository", { repository: "acme/api" }],
    ["no repository", { repository: undefined }],
    ["no pull request", { pullRequest: undefined }],
    ["a pull request without an execution", { pullRequest: 99 }],
  ])("does not use rows with %s", (_, changes) => {
    const plans = [...plansOf(6, 0, {}), planFacts({ pullRequest: null })];
    expect(entriesOf({ plans, reports: reports([analyticsRow({ p0: 50 }, changes)]) })).toEqual([]);
  });

  test("says nothing without that report, without findings and without executions", () => {
    expect(entriesOf({ reports: undefined })).toEqual([]);
    expect(entriesOf({ reports: reports([analyticsRow({ p2: 50 })]) })).toEqual([]);
    expect(entriesOf({ plans: plansOf(6, 6, { isExecuted: false }), reports: reports(rows(9)) })).toEqual([]);
  });
});

describe("the rule on instruction files", () => {
  const at = (file: object) =>
    repositoryFacts({ instructions: [{ ...repositoryFacts().instructions[0], ...file } as never] });

  test("tells of a file that stayed while what is under it moved", () => {
    const [entry] = entriesOf({ repositories: [repositoryFacts()] });
    expect(entry).toMatchObject({
      rule: "stale-instructions",
      subject: "billing/AGENTS.md",
      conclusion: "follow-up",
      excerpt: undefined,
      command: `git diff --stat ${"d".repeat(40)} ${"b".repeat(40)} -- billing`,
    });
    expect(entry?.figures.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      "plans with one and the same instruction chain: 6",
      "days since the file changed: 161",
      "files changed under it since: 48",
      "lines added and removed in them: 3120",
    ]);
    expect(entry?.plans.map(({ what }) => what)).toEqual(Array(6).fill("instruction chain unchanged"));
  });

  test("says which thresholds it took", () => {
    const thresholds = { ...THRESHOLDS, minPlans: 3, staleDays: 7, staleFiles: 9 };
    const [entry] = entriesOf({ repositories: [repositoryFacts()], thresholds });
    expect(entry?.threshold).toBe(
      "unchanged for at least 7 days, at least 9 files changed under it, one chain in at least 3 plans",
    );
  });

  test.each<[string, Partial<ReviewInput>, readonly string[]]>([
    [
      "just old enough and just enough moved",
      { repositories: [at({ changedAt: "2026-10-10T12:00:00.000Z", filesSince: 20 })] },
      ["follow-up"],
    ],
    ["too young", { repositories: [at({ changedAt: "2026-10-10T12:00:01.000Z" })] }, []],
    ["too little moved", { repositories: [at({ filesSince: 19 })] }, []],
    ["few plans", { plans: plansOf(4, 0, {}), repositories: [repositoryFacts()] }, ["too few"]],
    [
      "a chain that changed",
      { plans: plansOf(6, 1, { instructionChainDigest: digestWith("6") }), repositories: [repositoryFacts()] },
      [],
    ],
    [
      "no plan with a chain",
      { plans: plansOf(6, 6, { instructionChainDigest: undefined }), repositories: [repositoryFacts()] },
      [],
    ],
    ["another repository's clone", { repositories: [repositoryFacts({ repository: "acme/api" })] }, []],
    [
      "another chain on another base branch, older than the newest plan",
      {
        plans: [
          ...plansOf(5, 0, {}),
          planFacts({ baseRef: "next", instructionChainDigest: digestWith("6"), startedAt: "2026-11-09T11:00:00Z" }),
        ],
        repositories: [repositoryFacts()],
      },
      ["follow-up"],
    ],
    [
      "a newest plan without a base commit",
      {
        plans: [
          ...plansOf(5, 0, {}),
          planFacts({ ...REFUSED, baseRef: undefined, baseSha: undefined, startedAt: "2026-11-29T11:00:00Z" }),
        ],
        repositories: [repositoryFacts()],
      },
      ["follow-up"],
    ],
  ])("with %s", (_, input, conclusions) => {
    const found = entriesOf(input).filter(({ rule }) => rule === "stale-instructions");
    expect(found.map(({ conclusion }) => conclusion)).toEqual(conclusions);
  });

  test.each([
    ["AGENTS.md", "."],
    ["billing/eu/AGENTS.md", "billing/eu"],
    ["a b/AGENTS.md", "'a b'"],
    ["it's $(x)/AGENTS.md", "'it'\\''s $(x)'"],
    ["-x/AGENTS.md", "'-x'"],
  ])("gives a command in which %s is one word", (path, word) => {
    const [entry] = entriesOf({ repositories: [at({ path })] });
    expect(entry?.command?.split(" -- ")[1]).toBe(word);
  });
});

describe("the newest plan", () => {
  const [early, late] = ["2026-11-10T11:00:00Z", "2026-11-10T12:00:00Z"];
  test.each<[string, newer: Partial<PlanFacts>, older: Partial<PlanFacts>]>([
    ["that was asked for later", { startedAt: late }, { startedAt: early, planDigest: digestWith("9") }],
    ["that was later, whatever its zone", { startedAt: late }, { startedAt: "2026-11-10T13:00:00+02:00" }],
    ["with the greater digest, at one time", { planDigest: digestWith("3") }, { planDigest: digestWith("2") }],
    ["with a digest, at one time", { planDigest: digestWith("3") }, { planDigest: undefined }],
    ["with a base commit", { startedAt: early }, { startedAt: late, baseSha: undefined }],
  ])("is the one %s", (_, newer, older) => {
    const plans = [planFacts(newer), planFacts(older)];
    expect(newestPlan(plans)).toEqual(planFacts(newer));
    expect(newestPlan([...plans].reverse())).toEqual(planFacts(newer));
  });

  test("is none of those without a base commit", () => {
    expect(newestPlan([planFacts({ baseSha: undefined })])).toBeUndefined();
  });
});

describe("the excerpts of a policy", () => {
  test.each(Object.entries(EXCERPTS))(
    "for %s is a policy that is read and says more than the default",
    (_, excerpt) => {
      expect(parsePolicy(excerpt, "policy.yml")).not.toEqual(parsePolicy("", "policy.yml"));
    },
  );

  test("keep the limits that the rule judges by", () => {
    const policy = parsePolicy(EXCERPTS["large-changes"] ?? "", "policy.yml");
    expect([policy["max-files"], policy["max-lines"]]).toEqual([THRESHOLDS.largeFiles, THRESHOLDS.largeLines]);
  });

  test("are of rules that there are", () => {
    expect(Object.keys(REVIEW_RULES)).toEqual(expect.arrayContaining(Object.keys(EXCERPTS)));
  });
});
