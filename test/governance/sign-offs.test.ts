import { describe, expect, test } from "vitest";
import { SIGNED_GATE_NAMES } from "../../src/governance/gates.ts";
import { parseSignOff, signOffCommands } from "../../src/governance/sign-offs.ts";

const read = (body: string) => parseSignOff(body, "/codex");
const messageOf = (body: string) => {
  const result = read(body);
  if (result.status !== "refused") throw new Error(`${body} was not refused but ${result.status}.`);
  return result.findings.map(({ message }) => message).join(" ");
};

describe("a sign-off", () => {
  test.each(SIGNED_GATE_NAMES)("of the gate %s passes or fails it, with evidence", (gate) => {
    expect(read(`/codex-gate ${gate} pass Read the diff.`)).toEqual({
      status: "signed",
      signOff: { kind: "gate", gate, verdict: "pass", evidence: "Read the diff." },
    });
    expect(read(`/codex-gate ${gate} fail It logs tokens.`)).toEqual({
      status: "signed",
      signOff: { kind: "gate", gate, verdict: "fail", evidence: "It logs tokens." },
    });
  });

  test.each([
    ["/codex-decision go All gates pass.", { kind: "decision", verdict: "pass", evidence: "All gates pass." }],
    ["/codex-decision no-go Freeze.", { kind: "decision", verdict: "fail", evidence: "Freeze." }],
    ["/codex-approve", { kind: "approval", verdict: "pass", evidence: "" }],
    ["/codex-approve Read it twice.", { kind: "approval", verdict: "pass", evidence: "Read it twice." }],
    ["/codex-approve  \r\n ", { kind: "approval", verdict: "pass", evidence: "" }],
    [
      "/codex-gate\nSecurity\r\nPASS\n\nTwo\nlines  here.",
      { kind: "gate", gate: "security", verdict: "pass", evidence: "Two\nlines  here." },
    ],
    ["/codex-decision GO\nIt is fine.", { kind: "decision", verdict: "pass", evidence: "It is fine." }],
    [
      "/codex-decision go <https://ci.example/run/7>",
      { kind: "decision", verdict: "pass", evidence: "<https://ci.example/run/7>" },
    ],
    [
      "/codex-gate security pass <evidence> Read the diff.",
      { kind: "gate", gate: "security", verdict: "pass", evidence: "<evidence> Read the diff." },
    ],
    [
      "/codex-gate security pass 3 < 4 and 5 > 4",
      { kind: "gate", gate: "security", verdict: "pass", evidence: "3 < 4 and 5 > 4" },
    ],
    [
      "/codex-gate security fail As in:\n> /codex-gate security fail No.\n  /codex-approve",
      {
        kind: "gate",
        gate: "security",
        verdict: "fail",
        evidence: "As in:\n> /codex-gate security fail No.\n  /codex-approve",
      },
    ],
    ["/codex-decision go 1", { kind: "decision", verdict: "pass", evidence: "1" }],
  ])("is read from %j", (body, signOff) => {
    expect(read(body)).toEqual({ status: "signed", signOff });
  });

  test.each([
    "",
    "/codex do it",
    "/codex-gates security pass x",
    "/codex-gated",
    " /codex-gate security pass x",
    "> /codex-gate security pass x",
    "Please /codex-approve",
    "/fix-gate security pass x",
  ])("is not %j", (body) => {
    expect(read(body)).toEqual({ status: "not_command" });
  });

  test("has the words of the policy's own command", () => {
    expect(signOffCommands("/fix")).toEqual(["/fix-gate", "/fix-decision", "/fix-approve"]);
    expect(parseSignOff("/fix-approve", "/fix").status).toBe("signed");
  });
});

describe("a sign-off is refused", () => {
  test.each([
    ["without anything", "/codex-gate", "There is no gate of this name."],
    ["of an unknown gate", "/codex-gate taste pass x", "There is no gate of this name."],
    ["of a misspelt gate", "/codex-gate securty pass x", "There is no gate of this name. Did you mean `security`?"],
    [
      "of the final decision",
      "/codex-gate final-decision pass x",
      "`final-decision` is decided with `/codex-decision`.",
    ],
    ["without a verdict", "/codex-gate security", "A gate passes or fails."],
    ["with another verdict", "/codex-gate security ok x", "A gate passes or fails."],
    ["without evidence", "/codex-gate security pass", "A sign-off needs evidence."],
    ["with dots for evidence", "/codex-gate security pass ... -- !", "A sign-off needs evidence."],
    ["with the placeholder of our own hints", "/codex-gate security pass <evidence>", "A sign-off needs evidence."],
    ["with placeholders in code", "/codex-gate security fail `<what you saw>` <Reason>.", "A sign-off needs evidence."],
    ["that is decided with a placeholder", "/codex-decision go <reason>", "A decision needs a reason."],
    [
      "that is decided against with a placeholder",
      "/codex-decision no-go\n<your-reason>",
      "A decision needs a reason.",
    ],
    ["without a decision", "/codex-decision", "A decision is GO or NO-GO."],
    ["with another decision", "/codex-decision maybe later", "A decision is GO or NO-GO."],
    ["that is decided without a reason", "/codex-decision go", "A decision needs a reason."],
    ["that is decided with a dash for a reason", "/codex-decision no-go -", "A decision needs a reason."],
    [
      "with a second one below it",
      "/codex-gate security pass Read it.\r\n\r\n/codex-gate operations fail No dashboard.",
      "There is another sign-off in it, which nobody would count. Each is a comment of its own.",
    ],
    [
      "with characters that a reader cannot see",
      "/codex-gate security pass fine\u{200B}",
      "U+200B occurs 1 time, first on line 1 of the prompt.",
    ],
    [
      "with text that GitHub does not show",
      "/codex-approve <!-- not really -->",
      "An HTML comment starts (`<!--`); GitHub does not show it.",
    ],
  ])("%s", (_, body, message) => {
    expect(messageOf(body)).toBe(message);
  });

  test.each([
    ["/codex-gate security", "A gate passes or fails.", "pass or fail", "nothing"],
    [
      "/codex-gate taste",
      "There is no gate of this name.",
      "code-quality, security, operations, communication",
      "taste",
    ],
    ["/codex-gate security pass ...", "A sign-off needs evidence.", "what was looked at, and what was seen", "..."],
    ["/codex-decision perhaps", "A decision is GO or NO-GO.", "go or no-go", "perhaps"],
    ["/codex-decision go", "A decision needs a reason.", "why", "nothing"],
    ["/codex-decision no-go - -", "A decision needs a reason.", "why", "- -"],
    [
      "/codex-approve Fine.\n/codex-gate security fail No.",
      "There is another sign-off in it, which nobody would count. Each is a comment of its own.",
      "one sign-off",
      "/codex-gate security fail No.",
    ],
  ])("with what was expected and what was there: %j", (body, message, expected, got) => {
    expect(read(body)).toEqual({ status: "refused", findings: [{ code: "sign_off_invalid", message, expected, got }] });
  });
});
