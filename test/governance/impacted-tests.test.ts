import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { impactedTests } from "../../src/governance/impacted-tests.ts";
import { policySchema } from "../../src/governance/policy.ts";

const SUITES = { unit: ["src/**"], "end-to-end": ["src/api", "web/**"], docs: ["**/*.md"] };
const under = (otherwise?: readonly string[] | null) =>
  policySchema.parse({ "impacted-tests": { suites: SUITES, otherwise } });

describe("the suites that a change concerns", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["of one file", ["src/a.ts"], ["unit"]],
    ["of a file below a named directory", ["src/api/deep/a.ts"], ["unit", "end-to-end"]],
    ["are in the policy's order, each once", ["a.md", "web/a.js", "src/b.ts", "src/a.ts"], [...Object.keys(SUITES)]],
    ["of a hidden file", ["web/.env"], ["end-to-end"]],
    ["are all of them for a file that nobody thought of", ["Makefile"], ["unit", "end-to-end", "docs"]],
    ["of nothing", [], []],
  ])("%s", (_, paths, suites) => {
    expect(impactedTests(paths, under())).toEqual(suites);
  });

  test("are those of `otherwise` where no glob matches, beside those of the other files", () => {
    expect(impactedTests(["Makefile"], under([]))).toEqual([]);
    expect(impactedTests(["Makefile", "a.md"], under(["unit"]))).toEqual(["unit", "docs"]);
  });

  test("are none without a policy for them", () => {
    expect(impactedTests(["src/a.ts"], policySchema.parse({}))).toEqual([]);
  });

  test("of two changes together are those of each", () => {
    const paths = fc.array(fc.constantFrom("src/a.ts", "src/api/b.ts", "web/c.js", "d.md", "Makefile"));
    fc.assert(
      fc.property(paths, paths, (one, other) => {
        const both = new Set([...impactedTests(one, under([])), ...impactedTests(other, under([]))]);
        expect(new Set(impactedTests([...one, ...other], under([])))).toEqual(both);
      }),
    );
  });
});
