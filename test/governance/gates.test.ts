import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  evaluateGates,
  FINAL_DECISION,
  GATE_NAMES,
  GATES,
  type GateFacts,
  type GateInput,
  type GateResult,
  SIGNED_GATE_NAMES,
  statusOf,
} from "../../src/governance/gates.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { requirementsOf } from "../../src/governance/risk.ts";
import { DECLARED, FACTS, gateInput, resultOf, SIGNED, signOff } from "./gate-builders.ts";

const statuses = (input: GateInput) =>
  Object.fromEntries(evaluateGates(input).map(({ gate, status }) => [gate, status]));
const withFacts = (facts: Partial<GateFacts>, text?: string) =>
  gateInput({ facts: { ...FACTS, ...facts }, ...(text === undefined ? {} : { text }) });
const lines = ({ evidence }: GateResult) => evidence.map(({ rule, subject, status }) => `${rule} ${subject} ${status}`);

test("the gates are these, each with a title, and people sign all but the last", () => {
  expect(GATE_NAMES).toEqual(["code-quality", "security", "operations", "communication", "final-decision"]);
  expect(GATE_NAMES.map((gate) => GATES[gate].title)).toEqual([
    "Code quality",
    "Security and behaviour",
    "Operations readiness",
    "Communication",
    "Final decision",
  ]);
  expect([...SIGNED_GATE_NAMES, FINAL_DECISION]).toEqual(GATE_NAMES);
});

test.each([
  [[], "pending"],
  [["pass"], "pass"],
  [["pass", "pending"], "pending"],
  [["pending", "fail", "pass"], "fail"],
] as const)("evidence of %j is, together, %s", (each, expected) => {
  expect(statusOf(each.map((status) => ({ status })))).toBe(expected);
});

describe("when everything is as it has to be", () => {
  test("every gate passes, in order, with what it rests on", () => {
    const results = evaluateGates(gateInput());
    expect(results.map(({ gate, status }) => `${gate} ${status}`)).toEqual(GATE_NAMES.map((gate) => `${gate} pass`));
    expect(results.map(lines)).toEqual([
      ["check build pass", "verification npm test pass"],
      ["parity  pass", "sign-off  pass"],
      ["declarations  pass", "rehearsal  pass", "sign-off  pass"],
      ["sign-off  pass"],
      ["decision  pass"],
    ]);
  });

  test("a sign-off is shown with who said what and when", () => {
    expect(resultOf(gateInput(), "final-decision").evidence).toEqual([
      {
        ...{ rule: "decision", subject: "", status: "pass", source: "sign-off", text: "All is well." },
        ...{ actor: "ada", at: "2026-11-20T10:20:00Z" },
      },
    ]);
  });

  test("a command is shown with its output", () => {
    expect(resultOf(gateInput(), "code-quality").evidence[1]).toEqual({
      ...{ rule: "verification", subject: "npm test", status: "pass", source: "fact" },
      text: "`npm test` ended with exit code 0.",
      command: { command: "npm test", exitCode: 0, output: "ok" },
    });
  });

  test("gates that the class does not require say nothing", () => {
    const policy = gateInput().policy;
    const requirements = { ...gateInput().requirements, gates: ["security", "final-decision"] as const };
    expect(statuses(gateInput({ policy, requirements }))).toEqual({
      "code-quality": "not required",
      security: "pass",
      operations: "not required",
      communication: "not required",
      "final-decision": "pass",
    });
    const none = requirementsOf(defaultPolicy(), "standard");
    expect(evaluateGates(gateInput({ requirements: none }))).toEqual(
      GATE_NAMES.map((gate) => ({ gate, status: "not required", evidence: [] })),
    );
  });
});

describe("code quality", () => {
  const check = (conclusion: string | undefined, at?: string) => ({ name: "build", conclusion, ...(at ? { at } : {}) });

  test.each<[string, GateFacts["checks"], string, string]>([
    ["the checks cannot be read", undefined, "pending", "Check `build` has no result on the head commit."],
    ["the check is not there", [], "pending", "Check `build` has no result on the head commit."],
    [
      "only others are there",
      [{ name: "Build", conclusion: "success" }],
      "pending",
      "Check `build` has no result on the head commit.",
    ],
    ["the check runs", [check(undefined)], "pending", "Check `build` has no result on the head commit."],
    [
      "it succeeded and runs again",
      [check("success"), check(undefined)],
      "pending",
      "Check `build` has no result on the head commit.",
    ],
    ["the check failed", [check("failure")], "fail", "Check `build` ended with `failure`."],
    ["the check was skipped", [check("skipped")], "fail", "Check `build` ended with `skipped`."],
    ["the check is neutral", [check("neutral")], "fail", "Check `build` ended with `neutral`."],
    ["one of two succeeded", [check("success"), check("cancelled")], "fail", "Check `build` ended with `cancelled`."],
    ["it failed and runs again", [check("failure"), check(undefined)], "fail", "Check `build` ended with `failure`."],
    ["both of two succeeded", [check("success"), check("success")], "pass", "Check `build` succeeded."],
  ])("when %s", (_, checks, status, text) => {
    const result = resultOf(withFacts({ checks }), "code-quality");
    expect(result.status).toBe(status);
    expect(result.evidence[0]).toMatchObject({ rule: "check", subject: "build", status, text });
  });

  test("shows when the latest of several checks of a name ended", () => {
    const checks = [
      check("success", "2026-11-20T10:05:00Z"),
      check("success"),
      check("success", "2026-11-20T10:06:00Z"),
      check("success", "2026-11-20T10:04:00Z"),
    ];
    expect(resultOf(withFacts({ checks }), "code-quality").evidence[0]?.at).toBe("2026-11-20T10:06:00Z");
    expect(resultOf(withFacts({ checks: [check("success")] }), "code-quality").evidence[0]).not.toHaveProperty("at");
  });

  test.each<[string, GateFacts["verification"], string, string]>([
    ["no command was run", undefined, "pending", "`npm test` was not run."],
    [
      "another command was run",
      [{ command: "npm", exitCode: 0, output: "", timedOut: false }],
      "pending",
      "`npm test` was not run.",
    ],
    [
      "the command failed",
      [{ command: "npm test", exitCode: 1, output: "1 failed", timedOut: false }],
      "fail",
      "`npm test` ended with exit code 1.",
    ],
    [
      "the command took too long",
      [{ command: "npm test", exitCode: 0, output: "", timedOut: true }],
      "fail",
      "`npm test` ran out of time.",
    ],
    [
      "the command failed in one of two runs",
      [
        { command: "npm test", exitCode: 0, output: "", timedOut: false },
        { command: "npm test", exitCode: 2, output: "", timedOut: false },
      ],
      "fail",
      "`npm test` ended with exit code 2.",
    ],
  ])("when %s", (_, verification, status, text) => {
    const result = resultOf(withFacts({ verification }), "code-quality");
    expect(result.status).toBe(status);
    expect(result.evidence[1]).toMatchObject({ rule: "verification", subject: "npm test", status, text });
  });

  test("needs a person where neither a check nor a command speaks for it", () => {
    const text = "version: 1";
    expect(resultOf(gateInput({ text }), "code-quality")).toEqual({
      gate: "code-quality",
      status: "pending",
      evidence: [{ rule: "sign-off", subject: "", status: "pending", source: "sign-off", text: "Nobody has signed." }],
    });
    const signOffs = [...SIGNED, signOff(13, { kind: "gate", gate: "code-quality" })];
    expect(resultOf(gateInput({ text, signOffs }), "code-quality").status).toBe("pass");
  });

  test("needs a person where the policy says so, and fails where a person says so unasked", () => {
    const text = "verification: [npm test]\ngates: { code-quality: { sign-off: true } }";
    expect(resultOf(gateInput({ text }), "code-quality").status).toBe("pending");
    const signOffs = [...SIGNED, signOff(13, { kind: "gate", gate: "code-quality", verdict: "fail" })];
    expect(resultOf(gateInput({ signOffs }), "code-quality").status).toBe("fail");
  });

  test("names a check and a command once, however often the policy does", () => {
    const text = "verification: [npm test, npm test]\ngates: { code-quality: { checks: [build, build] } }";
    expect(lines(resultOf(gateInput({ text }), "code-quality"))).toEqual([
      "check build pass",
      "verification npm test pass",
    ]);
  });
});

describe("security", () => {
  test.each<[string, GateFacts["dryRun"], string, string]>([
    ["there was no dry run", undefined, "pending", "There was no dry run."],
    ["the dry run left the plan", { isInside: false, declinedRequests: [] }, "fail", "The dry run left the plan."],
    [
      "the dry run left the plan and asked for more than files",
      { isInside: false, declinedRequests: ["exec: curl x"] },
      "fail",
      "The dry run left the plan.",
    ],
  ])("when %s", (_, dryRun, status, text) => {
    const result = resultOf(withFacts({ dryRun }), "security");
    expect(result.status).toBe(status);
    expect(result.evidence[0]).toMatchObject({ rule: "parity", source: "fact", status, text });
  });

  test("passes on the dry run alone only where the policy asks nobody", () => {
    expect(resultOf(gateInput({ signOffs: [] }), "security").status).toBe("pending");
    const text = "gates: { security: { sign-off: false } }";
    expect(resultOf(gateInput({ signOffs: [], text }), "security").status).toBe("pass");
  });

  test("waits for its own checks, not for those of other gates", () => {
    const text = "gates: { security: { checks: [scan] } }";
    expect(lines(resultOf(gateInput({ text }), "security"))).toEqual([
      "check scan pending",
      "parity  pass",
      "sign-off  pass",
    ]);
  });
});

describe("operations", () => {
  test("fails for each declaration that is missing", () => {
    const result = resultOf(gateInput({ missing: ["rollback-owner", "deadline-policy"] }), "operations");
    expect(result.status).toBe("fail");
    expect(lines(result).slice(0, 2)).toEqual([
      "declarations rollback-owner fail",
      "declarations deadline-policy fail",
    ]);
  });

  test("asks for nothing that the class does not require", () => {
    const requirements = { ...gateInput().requirements, declarations: false, rehearsal: false };
    const facts = { ...FACTS, rehearsal: undefined };
    expect(lines(resultOf(gateInput({ requirements, facts }), "operations"))).toEqual(["sign-off  pass"]);
  });

  test("does not pass without the rehearsal that the class requires", () => {
    const result = resultOf(withFacts({ rehearsal: undefined }), "operations");
    expect(result.status).toBe("pending");
    expect(result.evidence[1]).toMatchObject({ rule: "rehearsal", text: "The rollback was not rehearsed." });
  });

  test("fails when a rehearsal failed, required or not, and shows the command", () => {
    const failed = { command: "npm run down", exitCode: 1, output: "no such table" };
    const facts = { ...FACTS, rehearsal: { isPassed: false, text: "The tree was not as before.", failed } };
    for (const rehearsal of [true, false]) {
      const requirements = { ...gateInput().requirements, rehearsal };
      const result = resultOf(gateInput({ requirements, facts }), "operations");
      expect(result.status).toBe("fail");
      expect(result.evidence[1]).toMatchObject({ text: "The tree was not as before.", command: failed });
    }
  });
});

describe("communication", () => {
  test("needs a person even where the policy asks nobody, because nothing else speaks", () => {
    const text = "gates: { communication: { sign-off: false } }";
    expect(resultOf(gateInput({ signOffs: [], text }), "communication").status).toBe("pending");
    const withCheck = "gates: { communication: { sign-off: false, checks: [build] } }";
    expect(resultOf(gateInput({ signOffs: [], text: withCheck }), "communication").status).toBe("pass");
  });
});

describe("the final decision", () => {
  const decide = (minute: number, verdict: "pass" | "fail" = "pass") =>
    signOff(minute, { kind: "decision", verdict, actor: "ada", actorId: 24 });
  const final = (signOffs: GateInput["signOffs"], changes: Partial<GateInput> = {}) =>
    resultOf(gateInput({ signOffs, ...changes }), "final-decision");

  test("waits for the named owner", () => {
    expect(final(SIGNED.slice(0, 3))).toMatchObject({
      status: "pending",
      evidence: [{ rule: "decision", text: "Nobody has decided, `ada` has to." }],
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

  test("says what changed after the GO", () => {
    const input = withFacts({ dryRun: { isInside: true, declinedRequests: [], at: "2026-11-20T10:21:00Z" } });
    expect(resultOf(input, "final-decision").evidence[1]?.text).toBe(
      "A gate changed at 2026-11-20T10:21:00Z, not before the GO.",
    );
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
    const requirements = { ...gateInput().requirements, gates: ["security", "final-decision"] as const };
    const other = signOff(30, { kind: "gate", gate: "operations" });
    expect(final([...SIGNED.slice(0, 1), other, decide(20)], { requirements }).status).toBe("pass");
    expect(final([...SIGNED, signOff(31, { kind: "approval" })]).status).toBe("pass");
  });
});

test("whatever the facts, a gate passes only when something spoke for it and nothing against it", () => {
  const conclusion = fc.constantFrom("success", "failure", undefined);
  const facts: fc.Arbitrary<GateFacts> = fc.record({
    checks: fc.option(fc.array(fc.record({ name: fc.constantFrom("build", "scan"), conclusion })), { nil: undefined }),
    verification: fc.option(
      fc.array(
        fc.record({
          command: fc.constantFrom("npm test", "npm run lint"),
          exitCode: fc.constantFrom(0, 1),
          output: fc.constant(""),
          timedOut: fc.boolean(),
        }),
      ),
      { nil: undefined },
    ),
    dryRun: fc.option(fc.record({ isInside: fc.boolean(), declinedRequests: fc.subarray(["exec: curl x"]) }), {
      nil: undefined,
    }),
    rehearsal: fc.option(fc.record({ isPassed: fc.boolean(), text: fc.constant("") }), { nil: undefined }),
  });
  const text = "verification: [npm test]\ngates: { code-quality: { checks: [build] }, security: { checks: [scan] } }";
  const input = gateInput({ text });
  fc.assert(
    fc.property(facts, fc.subarray([...SIGNED]), (found, signOffs) => {
      for (const { status, evidence } of evaluateGates({ ...input, facts: found, signOffs })) {
        const bad = evidence.filter((each) => each.status !== "pass");
        expect(status === "pass").toBe(bad.length === 0 && evidence.length > 0);
        expect(status === "fail").toBe(bad.some((each) => each.status === "fail"));
      }
    }),
  );
});
