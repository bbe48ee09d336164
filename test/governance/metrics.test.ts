import { describe, expect, test } from "vitest";
import { type MetricsInput, measure } from "../../src/governance/metrics.ts";
import type { QualityFacts } from "../../src/governance/quality-facts.ts";
import type { Receipt } from "../../src/governance/receipts.ts";
import { digestWith } from "./builders.ts";
import {
  approved,
  committed,
  denied,
  evaluated,
  executed,
  published,
  receiptOf,
  refusalOf,
  type Step,
} from "./metric-journals.ts";

const ALWAYS = { since: null, until: null };

const at = (time: string) => `2026-11-10T${time}:00Z`;

const metricsOf = (receipts: readonly Receipt[], more: Partial<MetricsInput> = {}) =>
  measure({ receipts, period: ALWAYS, ...more });
const rateOf = (receipts: readonly Receipt[], name: string) => {
  const { numerator, denominator } = metricsOf(receipts).rates.find((rate) => rate.name === name) ?? {};
  return `${numerator} of ${denominator}`;
};
const timeOf = (receipts: readonly Receipt[], name: string, more: Partial<MetricsInput> = {}) => {
  const { n, median, p90 } = metricsOf(receipts, more).durations.find((each) => each.name === name) ?? {};
  return [n, median, p90];
};

const START = published(at("11:00"));
const EXECUTED = [START, approved(at("11:30")), committed(at("12:00")), executed(at("12:01"))];

let runs = 100;
/** Plans of their own, each by another run. */
const planOf = (...steps: readonly Step[]) => {
  runs += 1;
  return receiptOf([published(at("11:00"), { runId: runs }), ...steps]);
};

describe("how a plan ended", () => {
  test.each([
    ["executed", [approved(at("11:30")), executed(at("12:00"))]],
    ["executed", [denied(at("11:10"), "verification_failed"), approved(at("11:30")), executed(at("12:00"))]],
    ["executed", [executed(at("12:00")), denied(at("12:10"), "base_changed")]],
    ["drifted", [approved(at("11:30")), denied(at("12:00"), "plan_drifted")]],
    ["drifted", [approved(at("11:30")), denied(at("12:00"), "plan_drifted"), denied(at("12:30"), "head_moved")]],
    ["stale", [approved(at("11:30")), denied(at("12:00"), "head_moved")]],
    ["stale", [denied(at("12:00"), "approval_expired"), { ...approved(at("12:30")), step: "sign" }]],
    ["stale", [denied(at("12:00"), "policy_changed"), evaluated(at("12:30"), {})]],
    ["denied", [denied(at("12:00"), "parity_failed")]],
    ["denied", [denied(at("12:00"), "verification_changed_tree")]],
    ["denied", [denied(at("12:00"), "decision_no_go")]],
    ["failed", [denied(at("12:00"), "codex_timeout")]],
    ["failed", [denied(at("12:00"), "internal_error")]],
    ["open", []],
    ["open", [approved(at("11:30"))]],
    ["open", [executed(at("12:00"), { decision: "info" })]],
    ["open", [approved(at("11:30")), denied(at("12:00"), "gates_pending")]],
    ["open", [denied(at("11:30"), "head_moved"), denied(at("12:00"), "approval_withdrawn")]],
    ["open", [denied(at("11:30"), "codex_timeout"), approved(at("12:00"))]],
  ] as const)("is %s after %j", (ending, steps) => {
    const { endings } = metricsOf([planOf(...steps)]);
    expect(Object.entries(endings).filter(([, plans]) => plans > 0)).toEqual([[ending, 1]]);
  });

  test("is superseded when it was open and its pull request got a newer plan", () => {
    const [old, done, newest] = [
      planOf(approved(at("11:05"))),
      planOf(executed(at("11:06"))),
      receiptOf([published(at("14:00"))]),
    ];
    const elsewhere = receiptOf([published(at("10:00"), { pullRequest: 8 })]);
    const { endings } = metricsOf([newest, old, done, elsewhere]);
    expect(endings).toMatchObject({ superseded: 1, executed: 1, open: 2 });
    const before = metricsOf([newest, old], { period: { since: null, until: "2026-11-10" } });
    expect(before.endings).toMatchObject({ superseded: 1, open: 1 });
  });

  test("is not superseded by a request that never became a plan", () => {
    const { endings } = metricsOf([planOf(), refusalOf({ at: at("14:00"), runId: 901 })]);
    expect(endings).toMatchObject({ superseded: 0, open: 1 });
  });

  test("is open where nobody decided anything", () => {
    expect(metricsOf([receiptOf([published(at("11:00"), { decision: "info" })])]).endings).toMatchObject({ open: 1 });
  });
});

describe("a rate", () => {
  const refused = refusalOf({ runId: 900 });
  const drifted = planOf(approved(at("11:30")), denied(at("12:00"), "plan_drifted"));
  const stale = planOf(denied(at("11:30"), "base_moved"), approved(at("12:00")));
  const wrong = planOf(approved(at("11:30")), denied(at("12:00"), "verification_failed", { runId: 7 }));
  const unapproved = planOf(denied(at("11:30"), "approver_is_bot", { step: "approve" }));
  const broken = planOf(denied(at("11:30"), "git_failed"));
  const all = [receiptOf(EXECUTED), refused, drifted, stale, wrong, unapproved, broken];

  test.each([
    ["refused", "1 of 7"],
    ["denied", "2 of 6"],
    ["stale", "1 of 6"],
    ["drifted", "1 of 4"],
    ["verified", "1 of 2"],
    ["executed", "1 of 4"],
    ["failed", "1 of 6"],
  ])("counts among those that could be counted: %s is %s", (name, expected) => {
    expect(rateOf(all, name)).toBe(expected);
  });

  test("is no rate where there is nothing to divide by", () => {
    for (const { rate, denominator } of metricsOf([]).rates) expect([rate, denominator]).toEqual([null, 0]);
    expect(
      metricsOf([refused])
        .rates.filter(({ rate }) => rate !== null)
        .map(({ name }) => name),
    ).toEqual(["refused"]);
  });

  test("of verification tells of runs, and of none where the policy has no commands", () => {
    const twice = planOf(
      denied(at("11:20"), "verification_failed", { runId: 6, decision: "info" }),
      denied(at("11:30"), "verification_failed", { runId: 7 }),
      denied(at("11:40"), "verification_failed", { runId: 7, runAttempt: 2 }),
      committed(at("12:00")),
    );
    expect(rateOf([twice], "verified")).toBe("1 of 3");
    expect(rateOf([receiptOf(EXECUTED, { hasVerification: false })], "verified")).toBe("0 of 0");
  });

  test("of refusals counts a command once, however often its run was repeated, and not if it became a plan", () => {
    const failed = (runAttempt: number) => refusalOf({ runId: 900, runAttempt, reasonCode: "codex_timeout" });
    expect(rateOf([failed(1), failed(2)], "refused")).toBe("1 of 1");
    expect(rateOf([failed(1), receiptOf([published(at("11:00"), { runId: 900, runAttempt: 2 })])], "refused")).toBe(
      "0 of 1",
    );
    // Run numbers are those of a repository.
    expect(rateOf([failed(1), refusalOf({ runId: 900, repository: "acme/other" })], "refused")).toBe("2 of 2");
  });
});

describe("a time", () => {
  test("is measured from step to step", () => {
    const receipts = [receiptOf(EXECUTED)];
    expect(timeOf(receipts, "to_approval")).toEqual([1, 1_800, 1_800]);
    expect(timeOf(receipts, "to_execution")).toEqual([1, 1_860, 1_860]);
    expect(timeOf(receipts, "lead_time")).toEqual([1, 3_660, 3_660]);
    expect(timeOf(receipts, "to_drift")).toEqual([0, null, null]);
  });

  test("starts at the approval that counts: the first record of the last label event", () => {
    const again = [approved(at("11:10"), { subject: { eventId: 7 } }), denied(at("11:20"), "approval_withdrawn")];
    const twice = [approved(at("11:30")), approved(at("11:50"))];
    const later = approved(at("12:30"), { subject: { eventId: 502 } });
    const drift = planOf(...again, ...twice, denied(at("12:00"), "plan_drifted"), later);
    expect(timeOf([drift], "to_drift")).toEqual([1, 1_800, 1_800]);
    expect(timeOf([planOf(...again, ...twice, executed(at("12:00")))], "to_execution")).toEqual([1, 1_800, 1_800]);
    expect(timeOf([planOf(...again, ...twice)], "to_approval")).toEqual([1, 600, 600]);
    expect(timeOf([planOf(denied(at("12:00"), "plan_drifted"))], "to_drift")).toEqual([0, null, null]);
  });

  test("is not taken from an approval that only one branch of a forked journal has", () => {
    const both = [START, approved(at("11:30"))];
    const other = approved(at("11:50"), { subject: { eventId: 502 } });
    const receipts = [receiptOf([...both, executed(at("12:00"))]), receiptOf([...both, other])];
    expect(timeOf(receipts, "to_execution")).toEqual([1, 1_800, 1_800]);
  });

  test("ends at an approval that was given, not at a record that only tells of one", () => {
    const told = approved(at("11:20"), { decision: "info" });
    expect(timeOf([planOf(told, approved(at("11:30")))], "to_approval")).toEqual([1, 1_800, 1_800]);
  });

  test("is nothing where another runner's clock was behind", () => {
    expect(timeOf([planOf(approved(at("10:58")))], "to_approval")).toEqual([1, 0, 0]);
  });
});

describe("high-risk work", () => {
  const BUILD = "code-quality/check/build";
  const SIGN = "security/sign-off/";
  const overdueOf = (owner: string) => `\`${BUILD}\` is overdue; its owner is ${owner}.`;
  const overdue = { code: "escalation_overdue", message: overdueOf("ada") };
  const escalated = [
    { ...overdue, message: overdueOf("ben") },
    // Other words are counted as they are.
    { ...overdue, message: `Since noon \`${BUILD}\` is overdue.` },
    { code: "gate_failed", message: "The check failed." },
  ];
  const steps = [
    approved(at("11:30")),
    evaluated(at("11:31"), { [BUILD]: "fail", [SIGN]: "pending" }),
    evaluated(at("11:40"), { [BUILD]: "fail", [SIGN]: "pending" }),
    denied(at("11:41"), "escalation_open", { findings: [overdue, overdue] }),
    denied(at("11:42"), "escalation_open", { findings: escalated }),
  ];
  const stuck = receiptOf([published(at("11:00"), { runId: 71 }), ...steps], { riskClass: "high" });
  const repaired = [...steps.slice(0, 3), evaluated(at("12:00"), {}), executed(at("12:01"))];
  const passed = receiptOf([published(at("11:00"), { runId: 72 }), ...repaired], { riskClass: "critical" });

  test("tells which gates were in the way, and which still are", () => {
    const { gates } = metricsOf([stuck, passed, receiptOf(EXECUTED)]);
    expect(gates).toMatchObject({ plans: 2, evaluations: 5, passed: { numerator: 1, denominator: 2 } });
    const share = (numerator: number) => expect.objectContaining({ numerator, denominator: 2 });
    expect(gates.blocking).toEqual([
      { gate: "code-quality", failed: share(2), openAtLast: share(1) },
      { gate: "security", failed: share(0), openAtLast: share(1) },
    ]);
  });

  test.each([
    [[{}], 1],
    [[{ [BUILD]: "fail" }, {}], 1],
    [[{}, { [SIGN]: "pending" }], 0],
    [[{ [SIGN]: "pending" }], 0],
  ] as const)(
    "has passed its gates if its last evaluation found everything there: %j is %i of 1",
    (found, expected) => {
      const plan = planOf(...found.map((each) => evaluated(at("11:31"), each)));
      expect(metricsOf([plan]).gates.passed).toMatchObject({ numerator: expected, denominator: 1 });
    },
  );

  test("counts escalations once, whatever was said of them", () => {
    const receipts = [stuck, passed, planOf(...repaired)];
    expect(metricsOf(receipts).escalations).toEqual({ opened: 3, closed: 2, open: 1, overdue: 2 });
  });

  test("is shown by risk class, with how its plans ended", () => {
    const { riskClasses } = metricsOf([stuck, passed, receiptOf(EXECUTED)]);
    expect(riskClasses.map(({ riskClass, numerator, executed: done }) => [riskClass, numerator, done])).toEqual([
      ["standard", 1, 1],
      ["medium", 0, 0],
      ["high", 1, 0],
      ["critical", 1, 1],
    ]);
  });
});

describe("adoption", () => {
  test("counts people, pull requests and repositories once, whatever the case of their names", () => {
    const other = { repository: "acme/Other", pullRequest: 9, runId: 55 };
    const receipts = [
      receiptOf(EXECUTED),
      receiptOf([published(at("11:00"), other), approved(at("11:30"), { ...other, actor: "ANNA" })], {
        requester: "Rita",
      }),
      refusalOf({ runId: 56, actor: "eve" }),
      refusalOf({ runId: 57, actor: null }),
      // Who set the label is not always known.
      receiptOf([published(at("11:00"), { runId: 58 }), approved(at("11:30"), { actor: null })]),
      receiptOf([published(at("11:00"), { runId: 59 })]),
    ];
    expect(metricsOf(receipts).adoption).toEqual({
      requests: 6,
      plans: 4,
      approved: 3,
      executed: 1,
      requesters: 2,
      approvers: 1,
      pullRequests: 2,
      repositories: 2,
    });
  });

  test("has no plan whose bundle does not hold one, whatever its journal says", () => {
    const { adoption, rates } = metricsOf([{ ...receiptOf([START]), plan: undefined }]);
    expect(adoption).toMatchObject({ requests: 1, plans: 0 });
    expect(rates[0]).toMatchObject({ name: "refused", rate: 1 });
  });

  test("leaves out what a later step could not open, and tells of it apart", () => {
    const stray = refusalOf({ step: "execute", reasonCode: "artifact_expired", actor: "anna" });
    const metrics = metricsOf([stray]);
    expect(metrics).toMatchObject({ strays: 1, adoption: { requests: 0, plans: 0, requesters: 0 } });
    expect(metrics.weeks).toMatchObject([{ week: "2026-11-09", requests: 0, plans: 0, requesters: 0 }]);
    expect(metrics.reasons).toEqual([
      { reasonCode: "artifact_expired", kind: "failure", title: "The evidence artifact has expired", cases: 1 },
    ]);
  });

  test("tells why, the most frequent reason first, each once a case", () => {
    const twice = planOf(denied(at("11:30"), "head_moved"), denied(at("11:40"), "head_moved"));
    const other = planOf(denied(at("11:30"), "parity_failed"), denied(at("11:40"), "base_moved"));
    const receipts = [other, twice, planOf(denied(at("11:30"), "head_moved"))];
    expect(metricsOf(receipts).reasons.map(({ reasonCode, cases }) => [reasonCode, cases])).toEqual([
      ["head_moved", 2],
      ["base_moved", 1],
      ["parity_failed", 1],
    ]);
  });
});

describe("a period", () => {
  const day = (name: string, runId: number) => receiptOf([published(`${name}T12:00:00Z`, { runId })]);
  const receipts = [
    day("2026-11-08", 1),
    receiptOf([published("2026-11-09T00:00:00Z", { runId: 2 }), executed("2026-12-24T12:00:00Z")]),
    receiptOf([published("2026-11-15T23:59:59.999Z", { runId: 3 })]),
    day("2026-11-16", 4),
  ];

  test("has the plans that began in it, both days included, with all that became of them", () => {
    const inside = metricsOf(receipts, { period: { since: "2026-11-09", until: "2026-11-15" } });
    expect(inside.adoption).toMatchObject({ plans: 2, executed: 1 });
    expect(inside.weeks.map(({ week, plans }) => [week, plans])).toEqual([["2026-11-09", 2]]);
    expect(metricsOf(receipts, { period: { since: "2026-11-16", until: null } }).adoption.plans).toBe(1);
  });

  test("shows weeks without anything between others", () => {
    const { weeks } = metricsOf([...receipts, day("2026-12-01", 5)]);
    expect(weeks.map(({ week, plans }) => [week, plans])).toEqual([
      ["2026-11-02", 1],
      ["2026-11-09", 2],
      ["2026-11-16", 1],
      ["2026-11-23", 0],
      ["2026-11-30", 1],
    ]);
    expect(weeks[3]).toMatchObject({ requesters: 0, verified: { rate: null }, defects: null, incidents: null });
  });

  test("is not filled up to a time that no runner can have had", () => {
    const { weeks } = metricsOf([day("0000-01-01", 1), day("9999-12-31", 2), day("2026-11-10", 3)]);
    expect(weeks.map(({ week }) => week)).toEqual(["1969-12-29", "2026-11-09", "9999-12-27"]);
  });
});

describe("what GitHub knows", () => {
  const facts: QualityFacts = {
    repository: "ACME/shop",
    labels: { defect: "bug", incident: "incident" },
    defects: ["2026-11-10T10:00:00Z", "2026-11-25T10:00:00Z", "2026-10-01T10:00:00Z"],
    incidents: ["2026-11-18T10:00:00Z", "2026-12-01T00:00:00Z"],
    pullRequests: [
      {
        number: 7,
        reviewFindings: { people: 3, bots: 1 },
        planComments: [
          { planDigest: digestWith("2"), postedAt: at("11:20"), up: 0, down: 0 },
          { planDigest: digestWith("2"), postedAt: at("11:01"), up: 2, down: 1 },
          { planDigest: digestWith("2"), postedAt: at("10:50"), up: 1, down: 0 },
          { planDigest: digestWith("9"), postedAt: at("11:02"), up: 50, down: 50 },
        ],
        postedAt: new Map([
          [31, at("10:56")],
          [33, at("11:01")],
        ]),
      },
      { number: 8, reviewFindings: { people: 100, bots: 100 }, planComments: [], postedAt: new Map() },
    ],
  };
  const elsewhere = receiptOf([published(at("11:00"), { repository: "acme/other" })]);
  const period = { since: "2026-11-01", until: "2026-11-30" };

  test("counts for the plans of its repository only, and issues of the period", () => {
    const { quality, weeks } = metricsOf([receiptOf(EXECUTED), elsewhere], { quality: facts, period });
    expect(quality).toEqual({
      repository: "ACME/shop",
      plans: 1,
      pullRequests: 1,
      reviewFindings: { people: 3, bots: 1 },
      feedback: { up: 3, down: 1 },
      defects: 2,
      incidents: 1,
      labels: { defect: "bug", incident: "incident" },
    });
    expect(weeks.map(({ week, defects, incidents }) => [week, defects, incidents])).toEqual([
      ["2026-11-09", 1, 0],
      ["2026-11-16", 0, 1],
      ["2026-11-23", 1, 0],
    ]);
  });

  test("tells how long planning took: to the first comment with the plan after the command", () => {
    expect(timeOf([receiptOf(EXECUTED)], "planning", { quality: facts })).toEqual([1, 300, 300]);
    // GitHub's times have no parts of a second.
    expect(timeOf([receiptOf(EXECUTED, { commentId: 33 })], "planning", { quality: facts })).toEqual([1, 0, 0]);
    const unknown = receiptOf(EXECUTED, { commentId: 32 });
    const unseen = receiptOf(EXECUTED, { digest: digestWith("5") });
    const unlisted = receiptOf([published(at("11:00"), { pullRequest: 9 })]);
    for (const receipt of [unknown, unseen, elsewhere, unlisted]) {
      expect(timeOf([receipt], "planning", { quality: facts })).toEqual([0, null, null]);
    }
    expect(metricsOf([receiptOf(EXECUTED)]).durations.map(({ name }) => name)).not.toContain("planning");
  });

  test("comes with a title and a definition for every figure", () => {
    const { rates, durations } = metricsOf([receiptOf(EXECUTED)], { quality: facts });
    for (const { title, definition } of [...rates, ...durations]) {
      expect([title, definition]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    }
  });
});
