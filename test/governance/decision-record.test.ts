import { describe, expect, test } from "vitest";
import { type DecisionRecord, decisionRecordOf } from "../../src/governance/decision-record.ts";
import { evaluateGates } from "../../src/governance/gates.ts";
import { digestWith, HEAD, richPlan } from "./builders.ts";
import { DECLARED, gateInput, SIGNED, signOff } from "./gate-builders.ts";

const DIGESTS: DecisionRecord["digests"] = {
  plan: digestWith("1"),
  binding: digestWith("2"),
  prompt: digestWith("3"),
  policy: digestWith("4"),
  head: HEAD,
  evidence: undefined,
};

function recordOf(signOffs = SIGNED, gates = evaluateGates(gateInput({ signOffs }))): DecisionRecord {
  return decisionRecordOf({
    plan: richPlan,
    riskClass: "high",
    gates,
    declarations: DECLARED,
    signOffs,
    digests: DIGESTS,
  });
}

const decide = (minute: number, verdict: "pass" | "fail") =>
  signOff(minute, { kind: "decision", verdict, actor: "ada", actorId: 24, evidence: "Because." });

test("a record says what is decided, on what, by whom and when", () => {
  expect(recordOf()).toEqual({
    scope: { summary: richPlan.summary, files: richPlan.files },
    riskClass: "high",
    gates: evaluateGates(gateInput()),
    residualRisks: ["It may break"],
    rollbackTrigger: "more than 1% of logins fail",
    rollbackOwner: "grace",
    escalationChannel: "#incidents",
    decisionOwner: "ada",
    decision: { verdict: "go", at: "2026-11-20T10:20:00Z", actor: "ada", reason: "All is well." },
    digests: DIGESTS,
  });
});

describe("the decision is", () => {
  test("open while nobody has decided", () => {
    expect(recordOf(SIGNED.slice(0, 3)).decision).toEqual({ verdict: "open" });
  });

  test("open when a gate changed after the GO", () => {
    expect(recordOf([...SIGNED.slice(0, 3), decide(5, "pass")]).decision).toEqual({ verdict: "open" });
  });

  test("open when the gates are said to pass and nobody has decided", () => {
    expect(recordOf(SIGNED.slice(0, 3), evaluateGates(gateInput())).decision).toEqual({ verdict: "open" });
  });

  test("open when the final decision is not among the gates", () => {
    const gates = evaluateGates(gateInput()).filter(({ gate }) => gate !== "final-decision");
    expect(recordOf(SIGNED, gates).decision).toEqual({ verdict: "open" });
  });

  test("a NO-GO whenever it was said", () => {
    expect(recordOf([...SIGNED.slice(0, 3), decide(5, "fail")]).decision).toEqual({
      verdict: "no-go",
      at: "2026-11-20T10:05:00Z",
      actor: "ada",
      reason: "Because.",
    });
  });
});
