import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTrailers, resolveDeclarations } from "../../src/governance/declarations.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { freezePrompt } from "../../src/governance/prompt.ts";
import { classifyRisk, type RiskClass, requirementsOf } from "../../src/governance/risk.ts";
import { parseSignOff } from "../../src/governance/sign-offs.ts";

const FOLDER = "examples/policies";
const policyOf = (file: string) => parsePolicy(readFileSync(`${FOLDER}/${file}`, "utf8"), file);
const policy = policyOf("billing-and-migrations.yml");

/** Every code block of a document's prose. */
const blocksOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/^```text\n([\s\S]*?)\n```$/gm)].map(([, block = ""]) => block);

describe("the example policies", () => {
  test.each(readdirSync(FOLDER))("are read without a finding: %s", (file) => {
    expect(() => policyOf(file)).not.toThrow();
  });

  test.each<[path: string, riskClass: RiskClass]>([
    ["db/migrations/0042_tax_number.sql", "critical"],
    ["src/ledger/totals.ts", "high"],
    ["src/billing/invoice.ts", "high"],
    ["src/webhooks/worker.ts", "high"],
    ["src/mail/welcome.ts", "medium"],
    ["src/catalogue/search.ts", "standard"],
  ])("make a plan for billing and migrations that touches %s %s", (path, riskClass) => {
    const files = [{ path, operation: "modify", reason: "" }] as const;
    const plan = { summary: "", steps: [], files, verification: [], risks: [], rollback: "" };
    expect(classifyRisk(plan, { risk: policy.risk })).toBe(riskClass);
  });

  test("need more of a migration than of a payment", () => {
    expect(requirementsOf(policy, "high")).toMatchObject({ approvals: 1, maxLines: 800, rehearsal: true });
    expect(requirementsOf(policy, "critical")).toMatchObject({ approvals: 2, maxLines: 400, rehearsal: true });
  });
});

describe.each(["README.md", "docs/high-risk.md"])("the commands in %s", (file) => {
  const lines = blocksOf(file).flatMap((block) => (block.startsWith("/codex ") ? [] : block.split("\n")));
  const signOffs = lines.filter((line) => /^\/codex-/.test(line));

  test("are sign-offs that are read", () => {
    expect(signOffs.length).toBeGreaterThanOrEqual(3);
    for (const line of signOffs) expect(parseSignOff(line, "/codex").status, line).toBe("signed");
  });

  test("declare everything together with the example policy", () => {
    const requests = blocksOf(file).filter((block) => block.startsWith("/codex "));
    expect(requests).toHaveLength(1);
    for (const request of requests) {
      const frozen = freezePrompt(request, "/codex");
      const prompt = frozen.status === "frozen" ? frozen.prompt.text : "";
      expect(parseTrailers(prompt).findings).toEqual([]);
      expect(Object.keys(parseTrailers(prompt).values).length).toBeGreaterThanOrEqual(2);
      expect(resolveDeclarations(prompt, policy, "critical").missing).toEqual([]);
    }
  });
});
