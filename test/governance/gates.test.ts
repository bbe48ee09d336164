import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  evaluateGates,
  FINAL_DECISION,
  GATE_NAMES,
  GATES,
  type GateFacts,
  type GateInput,
  type GateName,
  type GateResult,
  journalPassedGates,
  SIGNED_GATE_NAMES,
  statusOf,
} from "../../src/governance/gates.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { requirementsOf } from "../../src/governance/risk.ts";
import { FACTS, gateInput, resultOf, SIGNED, signOff } from "./gate-builders.ts";

const statuses = (input: GateInput) =>
  Object.fromEntries(evaluateGates(input).map(({ gate, status }) => [gate, status]));
const withFacts = (facts: Partial<GateFacts>) => gateInput({ facts: { ...FACTS, ...facts } });
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

test("the journal is told of the gates that passed and of no other", () => {
  const results = (["pass", "fail", "pending", "not required", "pass"] as const).map((status, index): GateResult => {
    return { gate: GATE_NAMES[index] as GateName, status, evidence: [] };
  });
  expect(journalPassedGates(results)).toEqual({ "gate code-quality": "pass", "gate final-decision": "pass" });
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

  test("a rule that looks at one thing says what it found, and shows no command that there was not", () => {
    const [parity] = resultOf(gateInput(), "security").evidence;
    const [declarations, rehearsal] = resultOf(gateInput(), "operations").evidence;
    const fact = { subject: "", status: "pass", source: "fact" };
    expect([parity, declarations, rehearsal]).toStrictEqual([
      {
        ...{ rule: "parity", ...fact, at: "2026-11-20T10:02:00Z" },
        text: "The dry run stayed inside the plan and asked for nothing else.",
      },
      { rule: "declarations", ...fact, text: "Everything that must be declared is declared." },
      { rule: "rehearsal", ...fact, text: "The tree was as before.", at: "2026-11-20T10:03:00Z" },
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
    expect(result.evidence[0]?.text).toBe("`rollback-owner` is not declared.");
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

  test("is not signed by a decision or an approval, whatever gate it names", () => {
    for (const kind of ["decision", "approval"] as const) {
      const signOffs = [signOff(12, { kind, gate: "communication" })];
      expect(resultOf(gateInput({ signOffs }), "communication").evidence).toMatchObject([
        { rule: "sign-off", status: "pending", text: "Nobody has signed." },
      ]);
    }
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
