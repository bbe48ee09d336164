import { describe, expect, test } from "vitest";
import type { GateFacts, GateInput, GateResult } from "../../src/governance/gates.ts";
import { DECLARED, FACTS, gateInput, resultOf, SIGNED, signOff } from "./gate-builders.ts";

const withFacts = (facts: Partial<GateFacts>) => gateInput({ facts: { ...FACTS, ...facts } });
const lines = ({ evidence }: GateResult) => evidence.map(({ rule, subject, status }) => `${rule} ${subject} ${status}`);

describe("the final decision", () => {
  const decide = (minute: number, verdict: "pass" | "fail" = "pass") =>
    signOff(minute, { kind: "decision", verdict, actor: "ada", actorId: 24 });
  const final = (signOffs: GateInput["signOffs"], changes: Partial<GateInput> = {}) =>
    resultOf(gateInput({ signOffs, ...changes }), "final-decision");

  test("waits for the named owner", () => {
    expect(final(SIGNED.slice(0, 3))).toMatchObject({
      status: "pending",
      evidence: [{ rule: "decision", source: "sign-off", text: "Nobody has decided, `ada` has to." }],
    });
  });

  test("waits for somebody to be named where nobody is", () => {
    const declarations = { ...DECLARED, "go-no-go-owner": null };
    expect(final([], { declarations }).evidence[0]?.text).toBe("Nobody has decided, and nobody is named who may.");
  });

  test("fails on a NO-GO, whenever it came", () => {
    expect(final([decide(1, "fail")])).toMatchObject({ status: "fail" });
    expect(lines(final([decide(1, "fail")]))).toEqual(["decision  fail"]);
  });

  test.each([
    ["a sign-off", gateInput({ signOffs: [signOff(21, { kind: "gate", gate: "security" }), decide(20)] })],
    ["a check", withFacts({ checks: [{ name: "build", conclusion: "success", at: "2026-11-20T10:20:01Z" }] })],
    ["the dry run", withFacts({ dryRun: { isInside: true, declinedRequests: [], at: "2026-11-20T10:21:00Z" } })],
    ["the rehearsal", withFacts({ rehearsal: { isPassed: true, text: "", at: "2026-11-20T10:21:00Z" } })],
    [
      "a command",
      withFacts({
        verification: [{ command: "npm test", exitCode: 0, output: "", timedOut: false, at: "2026-11-20T10:21:00Z" }],
      }),
    ],
    [
      "a fact of the very second",
      withFacts({ checks: [{ name: "build", conclusion: "success", at: "2026-11-20T10:20:00Z" }] }),
    ],
    ["a fact of no known time", withFacts({ checks: [{ name: "build", conclusion: "success", at: "once" }] })],
  ])("is stale when %s is not older than the GO", (_, input) => {
    const result = resultOf(input, "final-decision");
    expect(result.status).toBe("pending");
    expect(lines(result)).toEqual(["decision  pass", "freshness  pending"]);
  });

  test("says what changed after the GO, and asks for a person", () => {
    const input = withFacts({ dryRun: { isInside: true, declinedRequests: [], at: "2026-11-20T10:21:00Z" } });
    expect(resultOf(input, "final-decision").evidence[1]).toEqual({
      ...{ rule: "freshness", subject: "", status: "pending", source: "sign-off", at: "2026-11-20T10:21:00Z" },
      text: "A gate changed at 2026-11-20T10:21:00Z, not before the GO.",
    });
  });

  test("is told apart from sign-offs of the same second by the comments' ids", () => {
    const at = "2026-11-20T10:20:00Z";
    const signed = (commentId: number) => [signOff(21, { kind: "gate", gate: "security", at, commentId }), decide(20)];
    expect(final(signed(1_019)).status).toBe("pass");
    expect(final(signed(1_021)).status).toBe("pending");
  });

  test("goes by time first: a comment's id tells apart those of one second only", () => {
    const earlier = (id: number) => signOff(10, { kind: "gate", gate: "security", commentId: id });
    const later = (id: number) => signOff(21, { kind: "gate", gate: "security", commentId: id });
    expect(final([earlier(9_999), decide(20)]).status).toBe("pass");
    expect(final([later(1), decide(20)]).status).toBe("pending");
  });

  test("does not depend on what no required gate rests on", () => {
    const later = { name: "deploy", conclusion: "success", at: "2026-11-20T12:00:00Z" };
    expect(resultOf(withFacts({ checks: [...(FACTS.checks ?? []), later] }), "final-decision").status).toBe("pass");
    expect(resultOf(withFacts({ checks: undefined }), "final-decision").status).toBe("pass");
    expect(resultOf(withFacts({ verification: undefined }), "final-decision").status).toBe("pass");
    const requirements = { ...gateInput().requirements, gates: ["security", "final-decision"] as const };
    const other = signOff(30, { kind: "gate", gate: "operations" });
    const ofCodeQuality = [{ name: "build", conclusion: "success", at: "2026-11-20T12:00:00Z" }];
    expect(final(SIGNED, { requirements, facts: { ...FACTS, checks: ofCodeQuality } }).status).toBe("pass");
    expect(final([...SIGNED.slice(0, 1), other, decide(20)], { requirements }).status).toBe("pass");
    expect(final([...SIGNED, signOff(31, { kind: "approval" })]).status).toBe("pass");
    expect(final([...SIGNED, signOff(31, { kind: "approval", gate: "security" })]).status).toBe("pass");
  });
});
