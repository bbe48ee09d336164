import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DECLARATIONS, parseTrailers, resolveDeclarations } from "../../src/governance/declarations.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { freezePrompt } from "../../src/governance/prompt.ts";

const ALL = `Move the sessions to the new store.

Risk-Class: high
Go-No-Go-Owner: @ada
Rollback-Trigger: more than 1% of logins fail: page us
Rollback-Owner: grace
Escalation-Channel: #incidents
Deadline-Policy: 8h`;

const VALUES = {
  "risk-class": "high",
  "go-no-go-owner": "ada",
  "rollback-trigger": "more than 1% of logins fail: page us",
  "rollback-owner": "grace",
  "escalation-channel": "#incidents",
  "deadline-policy": "8h",
};

const codesOf = (prompt: string) => parseTrailers(prompt).findings.map(({ code }) => code);

describe("the trailers of a prompt", () => {
  test("are its last paragraph, each value in its one notation", () => {
    expect(parseTrailers(ALL)).toEqual({ values: VALUES, findings: [] });
  });

  test("may be in any case, with blanks around the colon, in any order, and only some", () => {
    const prompt = "Do it.\n\nROLLBACK-OWNER :  @grace\nrisk-class:CRITICAL";
    expect(parseTrailers(prompt)).toEqual({
      values: { "rollback-owner": "grace", "risk-class": "critical" },
      findings: [],
    });
  });

  test.each([
    ["a prompt without trailers", "Do it."],
    ["a prompt of several paragraphs", "Do it.\n\nThen do that."],
    ["a last paragraph of other tokens", "Do it.\n\nCo-authored-by: ada\nNote: it is urgent"],
    ["a word that is far from a token", "Do it.\n\nRisk: none\nRollback: revert"],
    ["a token that is quoted", "Explain it.\n\n> Risk-Class: high"],
    ["a token in code", "Explain it.\n\n`Risk-Class: high`"],
    ["a token without a colon", "Explain Risk-Class high.\n\nRisk-Class"],
    ["an indented example", "Write this into the docs:\n\n    Risk-Class: high"],
  ])("are none in %s", (_, prompt) => {
    expect(parseTrailers(prompt)).toEqual({ values: {}, findings: [] });
  });

  test("are set off by a line of blanks too", () => {
    expect(parseTrailers("Do it.\n \t\nRisk-Class: high")).toEqual({ values: { "risk-class": "high" }, findings: [] });
  });

  test("read what a frozen comment has, and leave it as it is", () => {
    const frozen = freezePrompt(`/codex ${ALL.replaceAll("\n", "\r\n")}  `, "/codex");
    expect(frozen.status === "frozen" && frozen.prompt.text).toBe(ALL);
  });
});

describe("a declaration is refused", () => {
  test.each([
    ["that is there twice", "Do it.\n\nRisk-Class: high\nRisk-Class: high", "`Risk-Class` is declared twice."],
    [
      "that is there twice in different spellings",
      "Do it.\n\nRisk-Class: high\nrisk-class: critical",
      "`Risk-Class` is declared twice.",
    ],
    [
      "that is unknown beside known ones",
      "Do it.\n\nRisk-Class: high\nRolback-Owner: ada",
      "There is no declaration `Rolback-Owner`. Did you mean `Rollback-Owner`?",
    ],
    [
      "that is unknown and near to none",
      "Do it.\n\nRisk-Class: high\nSigned-off-by: ada",
      "There is no declaration `Signed-off-by`.",
    ],
    [
      "that is alone and misspelt",
      "Do it.\n\nRisk-Clas: critical",
      "There is no declaration `Risk-Clas`. Did you mean `Risk-Class`?",
    ],
    [
      "in a paragraph with other text",
      "Do it.\nRisk-Class: high",
      "`Risk-Class` stands where it is not read as a declaration.",
    ],
    [
      "in a paragraph before the last",
      "Do it.\n\nRisk-Class: high\n\nThank you.",
      "`Risk-Class` stands where it is not read as a declaration.",
    ],
    [
      "outside of the last paragraph, which has others",
      "Rollback-Owner: ada\n\nRisk-Class: high",
      "`Rollback-Owner` stands where it is not read as a declaration.",
    ],
    [
      "with blanks for hyphens",
      "Do it.\n\nRisk class: high",
      "`Risk-Class` stands where it is not read as a declaration.",
    ],
    [
      "with underscores for hyphens",
      "Do it.\n\nrisk_class : high",
      "`Risk-Class` stands where it is not read as a declaration.",
    ],
    ["without a request", "Risk-Class: high", "The prompt has declarations, but no request."],
  ])("%s", (_, prompt, message) => {
    const { findings } = parseTrailers(prompt);
    expect(findings.map((finding) => finding.message)).toEqual([message]);
  });

  test("with what was expected where it stands in the wrong place", () => {
    expect(parseTrailers("Do it.\nRisk-Class: high").findings).toEqual([
      {
        code: "declaration_misplaced",
        message: "`Risk-Class` stands where it is not read as a declaration.",
        expected: "`Risk-Class: value` in the last paragraph, which has declarations alone",
        got: "Risk-Class: high",
      },
    ]);
  });

  test("with a code of its own where there is no request", () => {
    expect(codesOf("Risk-Class: high")).toEqual(["declaration_alone"]);
  });

  test.each([
    ["Risk-Class", ""],
    ["Risk-Class", "low"],
    ["Risk-Class", "high, I think"],
    ["Go-No-Go-Owner", ""],
    ["Go-No-Go-Owner", "@"],
    ["Go-No-Go-Owner", "@@ada"],
    ["Go-No-Go-Owner", "ada@"],
    ["Go-No-Go-Owner", "ada@acme"],
    ["Go-No-Go-Owner", "Ada Lovelace"],
    ["Go-No-Go-Owner", "@acme/security"],
    ["Go-No-Go-Owner", "nobody"],
    ["Go-No-Go-Owner", "@TBD"],
    ["Go-No-Go-Owner", "-ada"],
    ["Go-No-Go-Owner", "ada-"],
    ["Go-No-Go-Owner", "dependabot[bot]"],
    ["Rollback-Owner", "a".repeat(101)],
    ["Rollback-Trigger", ""],
    ["Rollback-Trigger", "none"],
    ["Rollback-Trigger", "None."],
    ["Rollback-Trigger", "N/A"],
    ["Rollback-Trigger", "---"],
    ["Rollback-Trigger", "???"],
    ["Rollback-Trigger", "…\u{200B}"],
    ["Rollback-Trigger", "a  b"],
    ["Rollback-Trigger", "a".repeat(501)],
    ["Escalation-Channel", "tbd"],
    ["Deadline-Policy", ""],
    ["Deadline-Policy", "soon"],
    ["Deadline-Policy", "0h"],
    ["Deadline-Policy", "8 hours"],
  ])("%s: %.60j", (token, value) => {
    const declaration = DECLARATIONS.find((each) => each.token === token);
    expect(parseTrailers(`Do it.\n\n${token}: ${value}`)).toEqual({
      values: {},
      findings: [
        {
          code: "declaration_value",
          message: `\`${token}\` has no usable value.`,
          expected: declaration?.expected,
          got: value,
        },
      ],
    });
  });

  test("with every other fault of the comment", () => {
    const prompt = "Risk-Class: high\nDo it.\n\nRisk-Class: low\nRollback-Owner: tbd\nX: y\nRisk-Class: high";
    expect(codesOf(prompt)).toEqual([
      "declaration_misplaced",
      "declaration_value",
      "declaration_value",
      "declaration_unknown",
      "declaration_twice",
    ]);
  });
});

describe("a value is taken", () => {
  test.each([
    ["Risk-Class", "standard", "standard"],
    ["Go-No-Go-Owner", "a", "a"],
    ["Go-No-Go-Owner", "@octo-cat_acme", "octo-cat_acme"],
    ["Go-No-Go-Owner", "a".repeat(100), "a".repeat(100)],
    ["Rollback-Trigger", "ab".repeat(250), "ab".repeat(250)],
    ["Rollback-Trigger", "none of the probes answers", "none of the probes answers"],
    ["Escalation-Channel", "https://chat.example/incidents", "https://chat.example/incidents"],
    ["Deadline-Policy", "2 business days", "2 business days"],
  ])("%s: %.60s", (token, value, expected) => {
    const name = DECLARATIONS.find((each) => each.token === token)?.name ?? "";
    expect(parseTrailers(`Do it.\n\n${token}: ${value}`)).toEqual({ values: { [name]: expected }, findings: [] });
  });
});

test("whatever the text, nothing is declared that no line of the last paragraph says", () => {
  const line = fc.oneof(
    fc.constantFrom("", "Do it.", "Risk-Class: high", "Rollback-Owner: ada", "Rollback-Owner: grace", "X: y"),
    fc.string({ maxLength: 20 }).map((text) => text.replaceAll("\n", "")),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const { values, findings } = parseTrailers(lines.join("\n"));
      const last = lines.slice(lines.findLastIndex((each) => each.trim() === "") + 1);
      for (const [name, value] of Object.entries(values)) {
        const token = DECLARATIONS.find((each) => each.name === name)?.token;
        expect(last).toContain(`${token}: ${value}`);
        expect(last.filter((each) => each.startsWith(`${token}: `))).toSatisfy(
          (found: string[]) => found.length === 1 || findings.some(({ code }) => code === "declaration_twice"),
        );
      }
    }),
  );
});

describe("resolved declarations", () => {
  const policy = parsePolicy(
    "declarations: { rollback-owner: linus, escalation-channel: '#ops' }\nrisk: { medium: { declarations: true } }",
    "policy.yml",
  );

  test("are the comment's, else the policy's, and the class that the plan has in the end", () => {
    expect(resolveDeclarations(ALL, policy, "high")).toEqual({
      declarations: VALUES,
      sources: Object.fromEntries(DECLARATIONS.map(({ name }) => [name, "comment"])),
      missing: [],
      findings: [],
    });
    expect(resolveDeclarations("Do it.\n\nRollback-Owner: grace", policy, "critical")).toEqual({
      declarations: {
        "risk-class": "critical",
        "go-no-go-owner": null,
        "rollback-trigger": null,
        "rollback-owner": "grace",
        "escalation-channel": "#ops",
        "deadline-policy": null,
      },
      sources: { "risk-class": "paths", "rollback-owner": "comment", "escalation-channel": "policy" },
      missing: ["go-no-go-owner", "rollback-trigger", "deadline-policy"],
      findings: [],
    });
  });

  test("say that the paths gave the class when a lower one was declared", () => {
    const { declarations, sources } = resolveDeclarations(ALL, policy, "critical");
    expect([declarations["risk-class"], sources["risk-class"]]).toEqual(["critical", "paths"]);
  });

  test("are missing only where the class demands them", () => {
    expect(resolveDeclarations("Do it.", policy, "standard").missing).toEqual([]);
    expect(resolveDeclarations("Do it.", policy, "medium").missing).toHaveLength(3);
    expect(resolveDeclarations("Do it.", defaultPolicy(), "medium").missing).toEqual([]);
    expect(resolveDeclarations("Do it.", defaultPolicy(), "high").missing).toHaveLength(5);
  });

  test("are missing where the value is refused", () => {
    const { missing, findings } = resolveDeclarations("Do it.\n\nDeadline-Policy: soon", policy, "high");
    expect(missing).toContain("deadline-policy");
    expect(findings.map(({ code }) => code)).toEqual(["declaration_value"]);
  });

  test("cannot have business days without a calendar", () => {
    const prompt = "Do it.\n\nDeadline-Policy: 2 business days";
    expect(resolveDeclarations(prompt, policy, "high").findings).toEqual([
      {
        code: "declaration_value",
        message: "A deadline in business days needs `escalation.calendar` in the policy.",
        expected: "hours (`8h`) or days (`2d`)",
        got: "business days",
      },
    ]);
    const withCalendar = parsePolicy("escalation: { calendar: {} }", "policy.yml");
    expect(resolveDeclarations(prompt, withCalendar, "high").findings).toEqual([]);
  });
});
