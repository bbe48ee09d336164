import { describe, expect, test } from "vitest";
import { hasPassed, type LedgerEntry, ledgerSubject, nextCheck } from "../../src/governance/ledger.ts";
import { digestWith } from "./builders.ts";

const check = (exitCode: number, timedOut = false) => ({ command: "npm test", exitCode, timedOut });

const ENTRY: LedgerEntry = {
  at: "2026-11-20T10:00:00.000Z",
  step: "execute",
  runId: 7,
  runAttempt: 1,
  command: "/codex",
  promptDigest: digestWith("1"),
  planDigest: digestWith("2"),
  tool: "Codex 0.171.0",
  files: [
    { path: "a", verdict: "granted" },
    { path: "b", verdict: "unchanged" },
    { path: "c", verdict: "granted" },
  ],
  checks: [check(0), check(1), check(0, true)],
  demanded: 3,
  declined: [],
  reasonCode: "verification_failed",
  next: "",
};

describe("a ledger entry", () => {
  test("tells the journal what was changed, what passed, and that no connector was in scope", () => {
    expect(ledgerSubject(ENTRY)).toEqual({
      filesChanged: 2,
      mcpScope: "none",
      verificationPassed: 1,
      verificationFailed: 2,
    });
  });

  test("says nothing of verification that did not take place", () => {
    expect(ledgerSubject({ ...ENTRY, checks: undefined })).toEqual({ filesChanged: 2, mcpScope: "none" });
  });

  test("takes only an end in time with exit code 0 for a pass", () => {
    expect([check(0), check(1), check(0, true)].map(hasPassed)).toEqual([true, false, false]);
  });
});

describe("the next check", () => {
  const facts = { command: "/fix", impactedTests: [], first: undefined };
  const first = { path: "src/a.ts", riskClass: "high", lines: 3 } as const;

  test.each([
    ["plan_approved", "Read dry-run.patch, first `src/a.ts`; run `unit`, `e2e`."],
    ["plan_executed", "Review the commit, first `src/a.ts`; run `unit`, `e2e`."],
    ["evidence_stored", "Review the commit, first `src/a.ts`; run `unit`, `e2e`."],
  ] as const)("after %s is to look, riskiest file first", (reasonCode, text) => {
    const outcome = { decision: "allow", reasonCode } as const;
    expect(nextCheck({ ...facts, outcome, first, impactedTests: ["unit", "e2e"] })).toBe(text);
  });

  test("names neither files nor suites where there are none", () => {
    expect(nextCheck({ ...facts, outcome: { decision: "allow", reasonCode: "plan_approved" } })).toBe(
      "Read dry-run.patch.",
    );
  });

  test("after a denial is its remedy, with the policy's own command", () => {
    const outcome = { decision: "deny", reasonCode: "approvals_missing" } as const;
    expect(nextCheck({ ...facts, outcome, first })).toBe("Others who may approve comment `/fix-approve`.");
  });
});
