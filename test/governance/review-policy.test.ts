import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../src/governance/policy-file.ts";

const read = (text: string) => parsePolicy(text, "policy.yml");

describe("a policy of the verification loop", () => {
  test("is read", () => {
    const policy = read(
      [
        "verification: [make verify]",
        "production: { paths: [src/**], checks: [make verify] }",
        "impacted-tests: { suites: { unit: [src/**], e2e: [web] }, otherwise: [unit] }",
        "notices: []",
        "drift-rotation: [ada, grace-2]",
        "max-lines: 400",
        "max-directories: 5",
      ].join("\n"),
    );
    expect(policy.production).toEqual({ paths: ["src/**"], checks: ["make verify"] });
    expect(policy["impacted-tests"]).toEqual({ suites: { unit: ["src/**"], e2e: ["web"] }, otherwise: ["unit"] });
    expect([policy.notices, policy["drift-rotation"]]).toEqual([[], ["ada", "grace-2"]]);
    expect([policy["max-lines"], policy["max-directories"]]).toEqual([400, 5]);
  });

  test.each([
    ["verification: [a]\nproduction: { checks: [a, b] }", /line 2, .*`production\.checks\.1`: is no command of `verif/],
    ["production: { paths: ['/src'] }", /`production\.paths\.0`: is not a glob/],
    ["impacted-tests: { suites: { unit: [] } }", /`impacted-tests\.suites\.unit`: must have a glob/],
    ["impacted-tests: { suites: { 'a b': [x] } }", /must be a name of letters, digits/],
    ["impacted-tests: { suites: { '-x': [x] } }", /must be a name of letters, digits/],
    ["impacted-tests: { suites: { '$(id)': [x] } }", /must be a name of letters, digits/],
    ["impacted-tests: { suites: { a: [x] }, otherwise: [b] }", /names a suite that `suites` does not have/],
    ["impacted-tests: { suites: { a: [x] }, otherwise: [toString] }", /names a suite that `suites` does not have/],
    ["impacted-tests: { suits: {} }", /unknown key `impacted-tests\.suits`\. Did you mean `suites`\?/],
    ["notices: [everything]", /`notices\.0`/],
    ["drift-rotation: ['@ada']", /`drift-rotation\.0`: must be a login without `@`/],
    ["drift-rotation: ['ada-']", /`drift-rotation\.0`: must be a login without `@`/],
    ["max-lines: 0", /`max-lines`/],
    ["max-directories: 1001", /`max-directories`/],
  ])("is refused with the key that is wrong: %s", (text, fault) => {
    expect(() => read(text)).toThrow(fault);
  });
});
