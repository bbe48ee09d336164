import { describe, expect, test } from "vitest";
import type { Escalation } from "../../src/governance/escalation.ts";
import { evaluateGates, type GateInput } from "../../src/governance/gates.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { evaluateReadiness, type ReadinessInput } from "../../src/governance/readiness.ts";
import { requirementsOf } from "../../src/governance/risk.ts";
import { FACTS, gateInput, SIGNED, signOff } from "./gate-builders.ts";

const ANNA = { actorId: 22, actor: "anna" };
const GRACE = { actorId: 23, actor: "grace" };

/** What the gates say of an input, ready in every other respect. */
function readinessOf(changes: Partial<GateInput> = {}, others: Partial<ReadinessInput> = {}) {
  const input = gateInput(changes);
  return evaluateReadiness({
    requirements: input.requirements,
    gates: evaluateGates(input),
    approvals: [ANNA],
    missing: [],
    escalations: [],
    ...others,
  });
}

const messages = ({ findings }: ReturnType<typeof readinessOf>) =>
  findings.map(({ code, message }) => `${code}: ${message}`);

const decision = (minute: number, verdict: "pass" | "fail") =>
  signOff(minute, { kind: "decision", verdict, actor: "ada", actorId: 24, evidence: "Not in this week." });
const FAILED = { ...FACTS, checks: [{ name: "build", conclusion: "failure" }] };
const OPEN: Escalation = {
  blocker: "code-quality/check/build",
  gate: "code-quality",
  owner: "ada",
  openedAt: "2026-11-20T10:02:00.000Z",
  deadline: "2026-11-20T18:02:00.000Z",
  closedAt: undefined,
};

test("a plan is ready when nothing that it needs is open", () => {
  expect(readinessOf()).toEqual({ isReady: true, reasonCode: undefined, findings: [] });
});

test("a plan without requirements is always ready", () => {
  const requirements = requirementsOf(defaultPolicy(), "standard");
  const gates = evaluateGates(gateInput({ requirements, signOffs: [] }));
  const input = { requirements, gates, approvals: [], missing: [], escalations: [] };
  expect(evaluateReadiness(input).isReady).toBe(true);
});

describe("a plan is not ready", () => {
  test("while something is not declared", () => {
    expect(readinessOf({}, { missing: ["rollback-owner"] })).toEqual({
      isReady: false,
      reasonCode: "declarations_missing",
      findings: [
        {
          code: "declarations_missing",
          message: "`rollback-owner` is not declared.",
          expected: "a value",
          got: "none",
        },
      ],
    });
  });

  test("while too few people have approved, however often they did", () => {
    const requirements = requirementsOf(defaultPolicy(), "critical");
    const approvedBy = (...approvals: ReadinessInput["approvals"]) => readinessOf({ requirements }, { approvals });
    expect(approvedBy(ANNA, { ...ANNA, actor: "Anna" })).toMatchObject({
      reasonCode: "approvals_missing",
      findings: [{ message: "Too few people have approved.", expected: "2 different people", got: "1: Anna" }],
    });
    expect(approvedBy().findings[0]?.got).toBe("0");
    expect(approvedBy(ANNA, GRACE).isReady).toBe(true);
    const three = readinessOf({ requirements: { ...requirements, approvals: 3 } }, { approvals: [ANNA, GRACE, ANNA] });
    expect(three.findings).toMatchObject([{ expected: "3 different people", got: "2: anna, grace" }]);
  });

  test("while a gate fails", () => {
    expect(readinessOf({ facts: FAILED })).toEqual({
      isReady: false,
      reasonCode: "gate_failed",
      findings: [
        {
          code: "gate_failed",
          message: "code-quality: Check `build` ended with `failure`.",
          expected: "pass",
          got: "fail",
        },
      ],
    });
  });

  test("after a NO-GO", () => {
    const found = readinessOf({ signOffs: [...SIGNED.slice(0, 3), decision(20, "fail")] });
    expect(found.reasonCode).toBe("decision_no_go");
    expect(messages(found)).toEqual(["decision_no_go: final-decision: Not in this week."]);
  });

  test("while a gate waits", () => {
    const found = readinessOf({ signOffs: SIGNED.slice(1) });
    expect(found.reasonCode).toBe("gates_pending");
    expect(messages(found)).toEqual(["gates_pending: security: Nobody has signed."]);
  });

  test("while nobody has decided", () => {
    const found = readinessOf({ signOffs: SIGNED.slice(0, 3) });
    expect(found.reasonCode).toBe("decision_missing");
    expect(messages(found)).toEqual(["decision_missing: final-decision: Nobody has decided, `ada` has to."]);
  });

  test("when a gate changed after the GO", () => {
    const found = readinessOf({ signOffs: [...SIGNED.slice(0, 3), decision(11, "pass")] });
    expect(found.reasonCode).toBe("decision_stale");
    expect(messages(found)).toEqual([
      "decision_stale: final-decision: A gate changed at 2026-11-20T10:11:00Z, not before the GO.",
    ]);
  });

  test("while an escalation is open, even if the gates pass", () => {
    const found = readinessOf({}, { escalations: [{ ...OPEN, closedAt: "2026-11-20T11:00:00Z" }, OPEN] });
    expect(found.reasonCode).toBe("escalation_open");
    expect(found.findings).toEqual([
      {
        code: "escalation_open",
        message: "`code-quality/check/build` is escalated to ada, to be removed by 2026-11-20T18:02:00.000Z.",
        expected: "no open escalation",
        got: "open",
      },
    ]);
    const nobody = readinessOf({}, { escalations: [{ ...OPEN, owner: null }] });
    expect(nobody.findings[0]?.message).toContain("escalated to nobody");
  });

  test("when a required gate has no result, or one that nothing speaks for", () => {
    const security = { gate: "security", status: "pending", evidence: [] } as const;
    const gates = evaluateGates(gateInput()).filter(({ gate }) => gate !== "security" && gate !== "final-decision");
    const found = readinessOf({}, { gates: [...gates, security] });
    expect(found.reasonCode).toBe("gates_pending");
    const silent = { expected: "pass", got: "pending" };
    expect(found.findings).toEqual([
      { code: "gates_pending", message: "security: nothing speaks for it.", ...silent },
      { code: "decision_missing", message: "final-decision: nothing speaks for it.", ...silent },
    ]);
  });
});

test("the first reason counts, and everything that is open is told in one order", () => {
  const requirements = { ...requirementsOf(defaultPolicy(), "critical"), approvals: 2 };
  const found = readinessOf(
    { requirements, facts: FAILED, signOffs: SIGNED.slice(1, 3) },
    { missing: ["deadline-policy"], escalations: [OPEN] },
  );
  expect(found.isReady).toBe(false);
  expect(found.reasonCode).toBe("declarations_missing");
  expect(found.findings.map(({ code }) => code)).toEqual([
    "declarations_missing",
    "approvals_missing",
    "gate_failed",
    "gates_pending",
    "decision_missing",
    "escalation_open",
  ]);
});
