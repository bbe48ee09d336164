import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  blockersOf,
  type EscalationInput,
  type Evaluation,
  escalatedAt,
  evaluateEscalations,
  GATES_STEP,
  isOverdue,
  journalBlockers,
  readEvaluations,
} from "../../src/governance/escalation.ts";
import { evaluateGates } from "../../src/governance/gates.ts";
import { appendRecord, readJournal } from "../../src/governance/journal.ts";
import { journalEntry } from "./builders.ts";
import { FACTS, gateInput } from "./gate-builders.ts";

const BUILD = "code-quality/check/build";
const TEST = "code-quality/verification/npm test";
const SIGN = "security/sign-off/";

type Found = Readonly<Record<string, "fail" | "pending">>;

/** Evaluations at 10:01, 10:02 and so on. */
const evaluations = (...found: readonly Found[]): readonly Evaluation[] =>
  found.map((unresolved, index) => ({
    at: `2026-11-20T10:${String(index + 1).padStart(2, "0")}:00.000Z`,
    unresolved: new Map(Object.entries(unresolved)),
  }));

const escalate = (found: readonly Found[], changes: Partial<EscalationInput> = {}) =>
  evaluateEscalations({
    evaluations: evaluations(...found),
    rotation: ["ada", "grace", "linus"],
    fallback: [],
    deadline: { amount: 8, unit: "hours" },
    calendar: null,
    ...changes,
  });
const shortly = (found: readonly Found[]) =>
  escalate(found).map(({ blocker, owner, openedAt, closedAt }) =>
    [blocker, owner, openedAt.slice(14, 16), closedAt?.slice(14, 16) ?? "open"].join(" "),
  );

const fail = { [BUILD]: "fail" } as const;
const wait = { [BUILD]: "pending" } as const;

describe("a blocker", () => {
  test("that fails in two evaluations is escalated, with an owner and a deadline", () => {
    expect(escalate([fail, fail])).toEqual([
      {
        blocker: BUILD,
        gate: "code-quality",
        owner: "ada",
        openedAt: "2026-11-20T10:02:00.000Z",
        deadline: "2026-11-20T18:02:00.000Z",
        closedAt: undefined,
      },
    ]);
  });

  test.each<[string, readonly Found[], readonly string[]]>([
    ["never failed", [{}, {}], []],
    ["failed once", [fail], []],
    ["was repaired in between", [fail, {}, fail], []],
    ["waited all the time", [wait, wait, wait], []],
    ["failed once and waits", [fail, wait], []],
    ["waited and failed once", [wait, fail], []],
    ["failed twice while it waited in between", [fail, wait, fail], [`${BUILD} ada 03 open`]],
    ["failed more often is escalated once", [fail, fail, fail, fail], [`${BUILD} ada 02 open`]],
    ["was repaired", [fail, fail, {}], [`${BUILD} ada 02 03`]],
    ["waits after its escalation is not repaired", [fail, fail, wait, wait], [`${BUILD} ada 02 open`]],
    ["waited and was repaired", [fail, fail, wait, {}], [`${BUILD} ada 02 04`]],
    ["failed once after its repair", [fail, fail, {}, fail], [`${BUILD} ada 02 03`]],
    ["failed twice after its repair", [fail, fail, {}, fail, fail], [`${BUILD} ada 02 03`, `${BUILD} grace 05 open`]],
    ["is another one each time", [fail, { [TEST]: "fail" }, fail], []],
  ])("that %s", (_, found, expected) => {
    expect(shortly(found)).toEqual(expected);
  });

  test("gets the next owner of the rotation, whatever the order in the journal", () => {
    const three: Found = { [SIGN]: "fail", [TEST]: "fail", [BUILD]: "fail" };
    const expected = [`${BUILD} ada 02 open`, `${TEST} grace 02 open`, `${SIGN} linus 02 open`];
    expect(shortly([three, three])).toEqual(expected);
    const turned = Object.fromEntries(Object.entries(three).reverse()) as Found;
    expect(shortly([turned, turned])).toEqual(expected);
    expect(shortly([three, three, {}, fail, fail]).at(-1)).toBe(`${BUILD} ada 05 open`);
  });

  test("gets the rollback's owner, then the decision's, where there is no rotation", () => {
    const two: Found = { [BUILD]: "fail", [TEST]: "fail" };
    const owners = (fallback: readonly (string | null)[]) =>
      escalate([two, two], { rotation: [], fallback }).map(({ owner }) => owner);
    expect(owners(["grace", "ada"])).toEqual(["grace", "ada"]);
    expect(owners([null, "ada"])).toEqual(["ada", "ada"]);
    expect(owners([null, null])).toEqual([null, null]);
  });

  test("of a gate is known by the gate", () => {
    const both: Found = { [SIGN]: "fail", "operations/check/deploy/eu": "fail" };
    expect(escalate([both, both]).map(({ gate }) => gate)).toEqual(["operations", "security"]);
  });
});

describe("the deadline", () => {
  test("counts business days from the escalation", () => {
    const calendar = { timezone: "UTC", days: ["mon"], start: "09:00", end: "17:00", holidays: [] } as const;
    const [escalation] = escalate([fail, fail], { deadline: { amount: 1, unit: "business days" }, calendar });
    expect(escalation?.deadline).toBe("2026-11-30T09:00:00.000Z");
  });

  test("is overdue once it has passed, until the escalation is closed", () => {
    const [open] = escalate([fail, fail]);
    const [closed] = escalate([fail, fail, {}]);
    if (open === undefined || closed === undefined) throw new Error("Both were to be escalated.");
    expect(isOverdue(open, "2026-11-20T18:02:00.000Z")).toBe(false);
    expect(isOverdue(open, "2026-11-20T18:02:00.001Z")).toBe(true);
    expect(isOverdue(closed, "2026-11-20T18:02:00.001Z")).toBe(false);
  });
});

test("a gate was escalated last when its latest escalation was opened, open or not", () => {
  const found = [fail, fail, {}, fail, { ...fail, [SIGN]: "fail" }, { ...fail, [SIGN]: "fail" }] as const;
  expect(escalatedAt(escalate(found))).toEqual(
    new Map([
      ["code-quality", "2026-11-20T10:05:00.000Z"],
      ["security", "2026-11-20T10:06:00.000Z"],
    ]),
  );
});

test("whatever happens, each escalation failed twice, has a deadline after it, and is open only while it is not repaired", () => {
  const status = fc.constantFrom("fail", "pending", "pass");
  const evaluation = fc.record({ [BUILD]: status, [TEST]: status }) as fc.Arbitrary<Readonly<Record<string, string>>>;
  fc.assert(
    fc.property(fc.array(evaluation, { maxLength: 12 }), (all) => {
      const found = all.map(
        (each) => Object.fromEntries(Object.entries(each).filter(([, how]) => how !== "pass")) as Found,
      );
      for (const { blocker, openedAt, deadline, closedAt } of escalate(found)) {
        const opened = Number(openedAt.slice(14, 16));
        const failures = all.slice(0, opened).filter((each) => each[blocker] === "fail");
        expect(failures.length).toBeGreaterThanOrEqual(2);
        expect(Date.parse(deadline)).toBeGreaterThan(Date.parse(openedAt));
        const repaired = all.findIndex((each, index) => index >= opened && each[blocker] === "pass");
        expect(closedAt === undefined ? -1 : Number(closedAt.slice(14, 16)) - 1).toBe(repaired);
      }
    }),
  );
});

describe("the journal", () => {
  const results = evaluateGates(
    gateInput({ facts: { ...FACTS, checks: [{ name: "build", conclusion: "failure" }] }, signOffs: [] }),
  );

  test("names what does not pass by gate, rule and subject", () => {
    expect(journalBlockers(results)).toEqual({
      "blocker code-quality/check/build": "fail",
      "blocker security/sign-off/": "pending",
      "blocker operations/sign-off/": "pending",
      "blocker communication/sign-off/": "pending",
      "blocker final-decision/decision/": "pending",
    });
    expect(blockersOf(results)[0]).toMatchObject({ id: BUILD, gate: "code-quality", evidence: { subject: "build" } });
  });

  test("gives the evaluations back, oldest first, and only those of the gates", () => {
    const subject = { head: "x", ...journalBlockers(results) };
    let journal = appendRecord("", journalEntry({ subject }));
    for (const at of ["2026-11-20T10:01:00Z", "2026-11-20T10:02:00Z"]) {
      journal = appendRecord(journal, journalEntry({ step: GATES_STEP, at, subject }));
    }
    const read = readEvaluations(readJournal(journal));
    expect(read.map(({ at }) => at)).toEqual(["2026-11-20T10:01:00Z", "2026-11-20T10:02:00Z"]);
    expect([...(read[0]?.unresolved ?? [])].map(([id, how]) => `${id} ${how}`)).toEqual([
      `${BUILD} fail`,
      "security/sign-off/ pending",
      "operations/sign-off/ pending",
      "communication/sign-off/ pending",
      "final-decision/decision/ pending",
    ]);
    expect(evaluateEscalations({ ...NO_ROTATION, evaluations: read }).map(({ blocker }) => blocker)).toEqual([BUILD]);
  });
});

const NO_ROTATION = {
  rotation: [],
  fallback: ["ada"],
  deadline: { amount: 8, unit: "hours" },
  calendar: null,
} as const;
