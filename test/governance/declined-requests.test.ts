import { describe, expect, test } from "vitest";
import type { GateResult } from "../../src/governance/gates.ts";
import type { SignOff } from "../../src/governance/sign-offs.ts";
import { FACTS, gateInput, resultOf, signOff } from "./gate-builders.ts";

const lines = ({ evidence }: GateResult) => evidence.map(({ rule, subject, status }) => `${rule} ${subject} ${status}`);

describe("security, when Codex asked for more than files and was declined,", () => {
  const sign = (minute: number, verdict: "pass" | "fail" = "pass") =>
    signOff(minute, { kind: "gate", gate: "security", verdict } as Parameters<typeof signOff>[1]);
  const asked = (signOffs: readonly SignOff[], declinedRequests = ["exec: curl x"], at?: string) =>
    resultOf(
      gateInput({
        text: "gates: { security: { sign-off: false } }",
        facts: { ...FACTS, dryRun: { isInside: true, declinedRequests, ...(at === undefined ? {} : { at }) } },
        signOffs,
      }),
      "security",
    );
  const AT = "2026-11-20T10:12:00Z";

  test.each<[string, readonly SignOff[], string | undefined, string, readonly string[]]>([
    ["waits for a person, also where the policy asks nobody", [], AT, "pending", ["parity  pending"]],
    ["passes once a person has", [sign(13)], AT, "pass", ["parity  pass", "sign-off  pass"]],
    ["fails when a person says so", [sign(13, "fail")], AT, "fail", ["parity  pending", "sign-off  fail"]],
    ["waits on after an earlier pass", [sign(11)], AT, "pending", ["parity  pending", "sign-off  pass"]],
    ["waits on after one of the same second", [sign(12)], AT, "pending", ["parity  pending", "sign-off  pass"]],
    [
      "waits on when it was asked in this very run",
      [sign(13)],
      undefined,
      "pending",
      ["parity  pending", "sign-off  pass"],
    ],
    [
      "waits on when another gate was passed",
      [signOff(13, { kind: "gate", gate: "operations" })],
      AT,
      "pending",
      ["parity  pending"],
    ],
  ])("%s", (_, signOffs, at, status, expected) => {
    const result = asked(signOffs, undefined, at);
    expect(result.status).toBe(status);
    expect(lines(result)).toEqual(expected);
  });

  test("shows the requests, and asks for a person while it waits", () => {
    expect(asked([], undefined, AT).evidence[0]).toEqual({
      ...{ rule: "parity", subject: "", status: "pending", source: "sign-off", at: AT },
      text: "Codex asked for more than files and was declined: `exec: curl x`.",
    });
    expect(asked([sign(13)], undefined, AT).evidence[0]).toMatchObject({ source: "fact", status: "pass" });
  });

  test("shows a request of the longest length whole", () => {
    expect(asked([], ["x".repeat(200)], AT).evidence[0]?.text).toBe(
      `Codex asked for more than files and was declined: \`${"x".repeat(200)}\`.`,
    );
  });

  test("shows some of many, each cut, and none that ends its own code", () => {
    const many = ["a`b", "x".repeat(500), ..."cdefg"];
    const text = asked([], many, AT).evidence[0]?.text ?? "";
    expect(text).toBe(
      `Codex asked for more than files and was declined: \`a'b\`, \`${"x".repeat(200)}…\`, \`c\`, \`d\`, \`e\`, and 2 more.`,
    );
  });
});
