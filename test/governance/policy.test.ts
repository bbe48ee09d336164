import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/governance/errors.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { errorOf } from "./builders.ts";

const PATH = ".github/codex-governance.yml";
const read = (text: string) => parsePolicy(text, PATH);

/** The faults of a wrong policy, one a line. */
function faultsOf(text: string): string[] {
  const error = errorOf(() => read(text));
  expect(error).toBeInstanceOf(ConfigurationError);
  const { code, message } = error as ConfigurationError;
  expect(code).toBe("policy_invalid");
  const [head, ...faults] = message.split("\n");
  expect(head).toBe(`The policy file \`${PATH}\` on the base branch is wrong:`);
  return faults.map((fault) => fault.replace(/^- /, ""));
}

const CLASS = { paths: [], approvers: [], "max-files": null, "max-lines": null };
const FOUR_GATES = ["code-quality", "security", "operations", "communication"];

const DEFAULTS = {
  version: 1,
  command: "/codex",
  label: "approved-plan",
  "protected-paths": [],
  "four-eyes": true,
  "approval-expires-days": 7,
  drift: "scope",
  "base-moved": "stale",
  strategy: "run",
  verification: [],
  "check-app": null,
  "max-files": 100,
  "max-lines": null,
  "max-directories": null,
  notices: ["drift", "denial", "escalation"],
  "drift-rotation": [],
  production: { paths: [], checks: [] },
  "impacted-tests": { suites: {}, otherwise: null },
  risk: {
    presets: ["auth", "billing", "permissions", "migrations"],
    medium: { ...CLASS, declarations: false, approvals: 1, gates: [], rehearsal: false },
    high: { ...CLASS, declarations: true, approvals: 1, gates: FOUR_GATES, rehearsal: true },
    critical: { ...CLASS, declarations: true, approvals: 2, gates: FOUR_GATES, rehearsal: true },
  },
  declarations: {
    "go-no-go-owner": null,
    "rollback-trigger": null,
    "rollback-owner": null,
    "escalation-channel": null,
    "deadline-policy": null,
  },
  gates: {
    "code-quality": { checks: [], "sign-off": false, signers: [] },
    security: { checks: [], "sign-off": true, signers: [] },
    operations: { checks: [], "sign-off": true, signers: [] },
    communication: { checks: [], "sign-off": true, signers: [] },
  },
  escalation: { rotation: [], deadline: "24h", calendar: null },
  rehearsal: { up: [], verify: [], down: [] },
  codex: { version: "0.171.0", model: "gpt-5.5", effort: "medium", "timeout-minutes": 20, "readable-directories": [] },
};

describe("the defaults", () => {
  test("are these", () => {
    expect(defaultPolicy()).toEqual(DEFAULTS);
  });

  test.each([
    ["an empty file", ""],
    ["a file of comments", "# nothing\n"],
    ["a file that says null", "null\n"],
    ["a file that says ~", "~"],
    ["an empty map", "{}"],
    ["an empty Codex", "codex: {}"],
  ])("hold for %s", (_, text) => {
    expect(read(text)).toEqual(DEFAULTS);
  });

  test("fill in what a Codex of one key leaves open", () => {
    expect(read("codex:\n  effort: high\n").codex).toEqual({ ...DEFAULTS.codex, effort: "high" });
  });
});

test("a policy of every everyday key is read as it stands", () => {
  const text = `
version: 1
command: /fix-2
label: " go "
protected-paths: ["infra/**", "*.pem", "a/{b,c}/?"]
four-eyes: false
approval-expires-days: 30
drift: strict
base-moved: allow
strategy: replay
verification:
  - npm test
  - npm run lint
check-app: acme-governance-2
max-files: 5
codex:
  version: 1.2.3-alpha.1
  model: org/model:v1.2_x-y
  effort: xhigh
  timeout-minutes: 0.5
  readable-directories: [~/.m2/repository]
`;
  expect(read(text)).toEqual({
    ...DEFAULTS,
    version: 1,
    command: "/fix-2",
    label: "go",
    "protected-paths": ["infra/**", "*.pem", "a/{b,c}/?"],
    "four-eyes": false,
    "approval-expires-days": 30,
    drift: "strict",
    "base-moved": "allow",
    strategy: "replay",
    verification: ["npm test", "npm run lint"],
    "check-app": "acme-governance-2",
    "max-files": 5,
    codex: {
      version: "1.2.3-alpha.1",
      model: "org/model:v1.2_x-y",
      effort: "xhigh",
      "timeout-minutes": 0.5,
      "readable-directories": ["~/.m2/repository"],
    },
  });
});

describe("a value at its boundary is taken", () => {
  test.each([
    "approval-expires-days: 1",
    "approval-expires-days: 90",
    "max-files: 1",
    "max-files: 1000",
    "codex: { timeout-minutes: 0.05 }",
    "codex: { timeout-minutes: 120 }",
    "command: /a",
    `label: ${"x".repeat(50)}`,
    `verification: [${"x".repeat(1_000)}]`,
    `verification: [${Array(50).fill("x").join(", ")}]`,
    `protected-paths: [${Array(500).fill("x").join(", ")}]`,
    "protected-paths: [my docs/**, a..b/c]",
    "drift: scope",
    "base-moved: stale",
    "strategy: run",
    "codex: { model: m }",
    "codex: { version: 0.1.0 }",
    "codex: { version: 10.20.30 }",
    ...["none", "minimal", "low", "medium", "high", "xhigh"].map((effort) => `codex: { effort: ${effort} }`),
  ])("%s", (text) => {
    expect(() => read(text)).not.toThrow();
  });
});

describe("the app whose check runs are believed", () => {
  test.each([
    ["github-actions", "github-actions"],
    ["a", "a"],
    ["1password", "1password"],
    ["'7'", "7"],
    ["a-", "a-"],
    ["a--b9", "a--b9"],
    ["null", null],
    ["~", null],
    ["", null],
  ])("is, for %j, %j", (text, expected) => {
    expect(read(`check-app: ${text}`)).toEqual({ ...DEFAULTS, "check-app": expected });
  });

  test.each(["GitHub", "aB", "-a", "a_b", "a b", "a.b", "a/b", "app[bot]", "@app", " a", "a ", "a\n", "\na", "é", ""])(
    "is no slug when it is %j",
    (slug) => {
      expect(faultsOf(`check-app: ${JSON.stringify(slug)}`)).toEqual([
        "line 1, column 12: `check-app`: must be the slug of a GitHub App",
      ]);
    },
  );

  test.each([
    ["7", "number"],
    ["true", "boolean"],
    ["[a]", "array"],
    ["{ a: b }", "object"],
  ])("is no text when it is %s", (text, type) => {
    expect(faultsOf(`check-app: ${text}`)).toEqual([
      `line 1, column 12: \`check-app\`: Invalid input: expected string, received ${type}`,
    ]);
  });
});

const NO_GLOB =
  "is not a glob of files (no `!` or `/` in front, no `/` at the end, no `..`, `//` or `\\` as a separator, no open bracket)";

describe("a wrong value is told with its place", () => {
  test.each([
    ["? [a, b]\n: 1", "unknown key `[ a, b ]`."],
    ["version: 2", "line 1, column 10: `version`: Invalid input: expected 1"],
    ["command: codex", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ["command: /Codex", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ["command: /1x", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ["command: /", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ["command: /a b", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ["command: x/a", "line 1, column 10: `command`: must be `/` and a lower-case word"],
    ['label: " "', "line 1, column 8: `label`: Too small: expected string to have >=1 characters"],
    [`label: ${"x".repeat(51)}`, "line 1, column 8: `label`: Too big: expected string to have <=50 characters"],
    ["protected-paths: x", "line 1, column 18: `protected-paths`: Invalid input: expected array, received string"],
    ["protected-paths:\n  - a\n  - '!a'", `line 3, column 5: \`protected-paths.1\`: ${NO_GLOB}`],
    ["protected-paths: [/a]", `line 1, column 19: \`protected-paths.0\`: ${NO_GLOB}`],
    ...["../a", "a/../b", "a/..", "..", "a//b", "a\\b", "a ", "src/{a,b", "src/[a", "src/(a"].map((pattern) => [
      `protected-paths: ['${pattern}']`,
      `line 1, column 19: \`protected-paths.0\`: ${NO_GLOB}`,
    ]),
    ["protected-paths: [a/]", `line 1, column 19: \`protected-paths.0\`: ${NO_GLOB}`],
    [`protected-paths: [${"x".repeat(70_000)}]`, `line 1, column 19: \`protected-paths.0\`: ${NO_GLOB}`],
    [
      `protected-paths: [${Array(501).fill("x").join(", ")}]`,
      "line 1, column 18: `protected-paths`: Too big: expected array to have <=500 items",
    ],
    ["four-eyes: yes", "line 1, column 12: `four-eyes`: Invalid input: expected boolean, received string"],
    ["approval-expires-days: 0", "line 1, column 24: `approval-expires-days`: Too small: expected number to be >=1"],
    ["approval-expires-days: 91", "line 1, column 24: `approval-expires-days`: Too big: expected number to be <=90"],
    [
      "approval-expires-days: 1.5",
      "line 1, column 24: `approval-expires-days`: Invalid input: expected int, received number",
    ],
    ["drift: none", 'line 1, column 8: `drift`: Invalid option: expected one of "scope"|"strict"'],
    ["base-moved: ignore", 'line 1, column 13: `base-moved`: Invalid option: expected one of "stale"|"allow"'],
    ["strategy: copy", 'line 1, column 11: `strategy`: Invalid option: expected one of "run"|"replay"'],
    ...["  ", "a  b", " a", "a\\nb", "a\\tb", "a\\u200bb", "cafe\\u0301"].map((text) => [
      `verification: ["${text}"]`,
      "line 1, column 16: `verification.0`: must be one line without repeated blanks or hidden characters; put more into a script",
    ]),
    [
      `verification: [${"x".repeat(1_001)}]`,
      "line 1, column 16: `verification.0`: Too big: expected string to have <=1000 characters",
    ],
    [
      `verification: [${Array(51).fill("x").join(", ")}]`,
      "line 1, column 15: `verification`: Too big: expected array to have <=50 items",
    ],
    ["max-files: 0", "line 1, column 12: `max-files`: Too small: expected number to be >=1"],
    ["max-files: 1001", "line 1, column 12: `max-files`: Too big: expected number to be <=1000"],
    ["max-files: 1.5", "line 1, column 12: `max-files`: Invalid input: expected int, received number"],
    ["codex:", "line 1, column 7: `codex`: Invalid input: expected object, received null"],
    ...["latest", "^0.171.0", "0.169", "0.171.0 ", "v0.171.0", "0.171.0-", "0.171.0+x"].map((version) => [
      `codex:\n  version: "${version}"`,
      "line 2, column 12: `codex.version`: must be an exact version such as 0.171.0",
    ]),
    ["codex: { model: '-c x' }", "line 1, column 17: `codex.model`: must be a model name"],
    ["codex: { model: 'a b' }", "line 1, column 17: `codex.model`: must be a model name"],
    [
      "codex: { effort: huge }",
      'line 1, column 18: `codex.effort`: Invalid option: expected one of "none"|"minimal"|"low"|"medium"|"high"|"xhigh"',
    ],
    [
      "codex: { timeout-minutes: 0.04 }",
      "line 1, column 27: `codex.timeout-minutes`: Too small: expected number to be >=0.05",
    ],
    [
      "codex: { timeout-minutes: 121 }",
      "line 1, column 27: `codex.timeout-minutes`: Too big: expected number to be <=120",
    ],
    ["just a text", "`policy`: Invalid input: expected object, received string"],
    ["- a", "`policy`: Invalid input: expected object, received array"],
  ] as [string, string][])("%.60s", (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test("and all faults are told", () => {
    expect(faultsOf("drift: x\nmax-files: 0\ncodex:\n  modle: y")).toEqual([
      'line 1, column 8: `drift`: Invalid option: expected one of "scope"|"strict"',
      "line 2, column 12: `max-files`: Too small: expected number to be >=1",
      "line 4, column 3: unknown key `codex.modle`. Did you mean `model`?",
    ]);
  });

  test("in the order of the file", () => {
    expect(faultsOf("riks:\n  high: {}\nescalation:\n  deadline: 8 hours").map((fault) => fault.slice(0, 17))).toEqual([
      "line 1, column 1:",
      "line 4, column 13",
    ]);
  });

  test("an empty glob is told as both of its faults", () => {
    expect(faultsOf('protected-paths: [""]')).toEqual([
      "line 1, column 19: `protected-paths.0`: Too small: expected string to have >=1 characters",
      `line 1, column 19: \`protected-paths.0\`: ${NO_GLOB}`,
    ]);
  });
});

test("a check of production that nothing would run is told where it stands", () => {
  const checks = (names: string) => `verification: [npm test]\nproduction: { checks: [${names}] }`;
  expect(faultsOf(checks("npm test, make verify"))).toEqual([
    "line 2, column 34: `production.checks.1`: is no command of `verification`: nothing would run it",
  ]);
  expect(read(checks("npm test")).production.checks).toEqual(["npm test"]);
});

test("a name that a suite cannot have is told with the rule for names", () => {
  expect(faultsOf("impacted-tests: { suites: { 'end to end': [x] } }")).toEqual([
    "line 1, column 43: `impacted-tests.suites.end to end`: must be a name of letters, digits, `_`, `.`, `:` and `-`",
  ]);
});

describe("an unknown key is an error", () => {
  test.each([
    ["lable: x", "line 1, column 1: unknown key `lable`. Did you mean `label`?"],
    ["label: x\nlable: y", "line 2, column 1: unknown key `lable`. Did you mean `label`?"],
    ["four_eyes: false", "line 1, column 1: unknown key `four_eyes`. Did you mean `four-eyes`?"],
    ["check_app: x", "line 1, column 1: unknown key `check_app`. Did you mean `check-app`?"],
    ["codex:\n  check-app: x", "line 2, column 3: unknown key `codex.check-app`."],
    ["model: x", "line 1, column 1: unknown key `model`. Did you mean `codex`?"],
    ["risc: x", "line 1, column 1: unknown key `risc`. Did you mean `risk`?"],
    ["risk: { hihg: {} }", "line 1, column 9: unknown key `risk.hihg`. Did you mean `high`?"],
    ["risk:\n  high:\n    gate: []", "line 3, column 5: unknown key `risk.high.gate`. Did you mean `gates`?"],
    ["risk:\n  high:\n    rotation: []", "line 3, column 5: unknown key `risk.high.rotation`."],
    [
      "gates: { security: { signer: [] } }",
      "line 1, column 22: unknown key `gates.security.signer`. Did you mean `signers`?",
    ],
    [
      "escalation:\n  calendar:\n    timezones: UTC",
      "line 3, column 5: unknown key `escalation.calendar.timezones`. Did you mean `timezone`?",
    ],
    [
      "declarations: { rollback-owners: ada }",
      "line 1, column 17: unknown key `declarations.rollback-owners`. Did you mean `rollback-owner`?",
    ],
    ["gates: { final-decision: {} }", "line 1, column 10: unknown key `gates.final-decision`."],
    ["codex:\n  label: x", "line 2, column 3: unknown key `codex.label`."],
    ["codex:\n  entirely-else: x", "line 2, column 3: unknown key `codex.entirely-else`."],
    ["__proto__:\n  label: x", "line 1, column 1: unknown key `__proto__`."],
    ["<<: { label: x }", "line 1, column 1: unknown key `<<`."],
  ])("%j", (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test("even when it is a number, which is found by its parent or not at all", () => {
    expect(faultsOf("1: x")).toEqual(["line 1, column 1: unknown key `1`."]);
    expect(faultsOf("codex:\n  1: x")).toEqual(["line 2, column 3: unknown key `codex.1`."]);
  });
});

describe("what is no plain YAML is refused", () => {
  test.each([
    ["a key that is there twice", "label: a\nlabel: b", "Map keys must be unique at line 2, column 1:"],
    [
      "a nested key that is there twice",
      "codex:\n  model: a\n  model: b",
      "Map keys must be unique at line 3, column 3:",
    ],
    ["broken YAML", "a: b: c", "Nested mappings are not allowed in compact mappings at line 1, column 4:"],
    [
      "a remark that is none for want of a blank",
      'label: "a"#b',
      "Comments must be separated from other tokens by white space characters at line 1, column 11:",
    ],
    ["an unknown tag", "label: !js x", "Unresolved tag: !js at line 1, column 8:"],
    [
      "a second document",
      "label: a\n---\nlabel: b",
      "Source contains multiple documents; please use YAML.parseAllDocuments() at line 2, column 1:",
    ],
    ["an alias", "protected-paths: &a [x]\nverification: *a", "Alias resolution is disabled"],
    [
      "a bomb of aliases",
      `verification: &a [x, x]\n${"bcdefgh"
        .split("")
        .map((key, index) => `${key}: &${key} [*${"abcdefg"[index]}, *${"abcdefg"[index]}]`)
        .join("\n")}`,
      "Alias resolution is disabled",
    ],
  ])("%s", (_, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test("with every fault of the syntax", () => {
    expect(faultsOf("label: !js x\nlabel: !js y")).toHaveLength(3);
  });
});
