import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../src/governance/ledger.ts";
import { appendLedger } from "../../src/report/ledger.ts";
import { digestWith } from "../governance/builders.ts";
import { findReferences, RENDERERS, readHtml } from "./gfm.ts";
import { expectGolden } from "./golden-file.ts";
import { EVERYTHING, hostileText } from "./hostile.ts";

const dryRun: LedgerEntry = {
  at: "2026-11-20T10:17:44.000Z",
  step: "approve",
  runId: 19_512_345_678,
  runAttempt: 1,
  command: "/codex",
  promptDigest: digestWith("1"),
  planDigest: digestWith("2"),
  tool: "Codex 0.171.0, gpt-5.5, effort medium",
  files: [
    { path: "src/webhooks/worker.ts", verdict: "granted" },
    { path: "package.json", verdict: "declined" },
  ],
  checks: undefined,
  demanded: 2,
  declined: ["item/commandExecution/requestApproval: npm install p-retry"],
  reasonCode: "parity_failed",
  next: "Ask for a plan that names these files, or word the prompt more narrowly.",
};

const execution: LedgerEntry = {
  ...dryRun,
  at: "2026-11-20T10:23:08.000Z",
  step: "execute",
  runAttempt: 2,
  tool: "replay of the approved patch, without a model",
  files: [{ path: "src/webhooks/worker.ts", verdict: "granted" }],
  checks: [
    { command: "npm run lint | tee lint.log", exitCode: 0, timedOut: false },
    { command: "npm test", exitCode: 1, timedOut: false },
    { command: "npm run e2e", exitCode: 124, timedOut: true },
  ],
  demanded: 3,
  declined: [],
  reasonCode: "verification_failed",
  next: "Review the commit, first `src/webhooks/worker.ts`; run `unit`.",
};

describe("ledger.md", () => {
  it("has an entry a task, in the order in which they were done", async () => {
    await expectGolden("ledger.md", appendLedger(appendLedger("", dryRun), execution));
  });

  it("says so where the policy demands no command", () => {
    expect(appendLedger("", { ...dryRun, demanded: 0 })).toContain("the policy demands no command");
  });

  it("names twenty of the things that were declined, and counts the others", () => {
    const declined = Array.from({ length: 23 }, (_, index) => `tool ${index}`);
    expect(appendLedger("", { ...dryRun, declined })).toMatch(/`tool 19` and 3 more$/m);
  });

  const FILLS: Readonly<Record<string, (text: string) => Partial<LedgerEntry>>> = {
    path: (path) => ({ files: [{ path, verdict: "granted" }] }),
    command: (command) => ({ checks: [{ command, exitCode: 0, timedOut: false }] }),
    "request that was declined": (text) => ({ declined: [text, text] }),
    "next check": (next) => ({ next }),
    tool: (tool) => ({ tool }),
  };

  describe.each(RENDERERS)("rendered by %s", (_, render) => {
    const pageOf = (change: Partial<LedgerEntry>) => readHtml(render(appendLedger("", { ...dryRun, ...change })));
    const skeleton = (change: Partial<LedgerEntry>) => pageOf(change).tags.filter((tag) => tag !== "code");

    it.each(Object.entries(FILLS))("keeps a hostile %s as text", (_name, fill) => {
      const expectInert = (text: string) => {
        expect(skeleton(fill(text))).toEqual(skeleton(fill("calm")));
        const page = pageOf(fill(text));
        expect([page.links, page.comments, findReferences(page)]).toEqual([[], [], []]);
      };
      expectInert(EVERYTHING);
      fc.assert(
        fc.property(hostileText, (text) => {
          fc.pre(text.trim() !== "");
          expectInert(text);
        }),
        { numRuns: 5 },
      );
    });
  });
});
