import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  judgeRehearsal,
  planRehearsal,
  REHEARSAL_STEPS,
  type RehearsalCommands,
  type RehearsalResult,
  type RehearsalTask,
} from "../../src/governance/rehearsal.ts";
import type { TreeSnapshot } from "../../src/governance/tree.ts";

const COMMANDS: RehearsalCommands = {
  verification: ["npm test"],
  up: ["migrate up", "seed"],
  verify: ["check schema"],
  down: ["migrate down"],
};
const START: TreeSnapshot = { tree: "a".repeat(40), changes: [], ignored: [] };
const TREES = { start: START, end: START };

const succeed = (task: RehearsalTask): RehearsalResult => ({ ...task, exitCode: 0, timedOut: false, output: "fine" });
const all = (commands = COMMANDS) => planRehearsal(commands).map(succeed);
/** Everything up to the first task of a step or a command, which ends otherwise. */
const until = (what: string, result: Partial<RehearsalResult>) => {
  const results = all();
  const index = results.findIndex(({ step, command }) => command === what || step === what);
  return [...results.slice(0, index), { ...(results[index] as RehearsalResult), ...result }];
};
const statuses = (report: ReturnType<typeof judgeRehearsal>) =>
  report.entries.map(({ step, command, status }) => `${step}${command === undefined ? "" : ` ${command}`}: ${status}`);

describe("a rehearsal", () => {
  test("has every step in order, each with its commands", () => {
    expect(planRehearsal(COMMANDS).map(({ step, command }) => [step, command])).toEqual([
      ["baseline", "check schema"],
      ["apply", undefined],
      ["up", "migrate up"],
      ["up", "seed"],
      ["verify applied", "npm test"],
      ["verify applied", "check schema"],
      ["down", "migrate down"],
      ["roll back", undefined],
      ["verify rolled back", "npm test"],
      ["verify rolled back", "check schema"],
      ["compare", undefined],
    ]);
  });

  test("passes when every task succeeded and the tree is the one of the start", () => {
    const report = judgeRehearsal(COMMANDS, all(), TREES);
    expect(report).toMatchObject({ result: "pass", failedStep: undefined, findings: [], startTree: START.tree });
    expect(report.entries.every(({ status }) => status === "passed")).toBe(true);
  });

  test("passes without up and down, and tells of ignored files that were left", () => {
    const commands = { ...COMMANDS, up: [], down: [] };
    const report = judgeRehearsal(commands, all(commands), { start: START, end: { ...START, ignored: ["build/x"] } });
    expect(report).toMatchObject({ result: "pass", ignored: ["build/x"] });
  });

  test("fails where a command fails, and what comes after it was not run", () => {
    const report = judgeRehearsal(COMMANDS, until("migrate down", { exitCode: 7, output: "cannot" }), {
      start: START,
      end: undefined,
    });
    expect(report).toMatchObject({ result: "fail", failedStep: "down", endTree: undefined });
    expect(report.entries.find(({ step }) => step === "down")).toMatchObject({ exitCode: 7, output: "cannot" });
    expect(statuses(report).slice(5)).toEqual([
      "verify applied check schema: passed",
      "down migrate down: failed",
      "roll back: not run",
      "verify rolled back npm test: not run",
      "verify rolled back check schema: not run",
      "compare: not run",
    ]);
    expect(report.findings).toEqual([
      { code: "command_failed", message: "Failed: down: `migrate down`", expected: "exit code 0", got: "exit code 7" },
    ]);
  });

  test("fails where a command did not end in time, whatever its exit code", () => {
    const report = judgeRehearsal(COMMANDS, until("seed", { timedOut: true }), TREES);
    expect(report).toMatchObject({ result: "fail", failedStep: "up" });
    expect(report.findings).toMatchObject([{ code: "command_failed", got: "no end in time" }]);
  });

  test("fails where the patch cannot be applied or taken back, and says why", () => {
    for (const step of ["apply", "roll back"] as const) {
      const report = judgeRehearsal(COMMANDS, until(step, { exitCode: 1, output: "It does not fit." }), TREES);
      expect(report).toMatchObject({ result: "fail", failedStep: step });
      expect(report.findings).toEqual([{ code: "step_failed", message: `Failed: ${step}. It does not fit.` }]);
      const { findings } = judgeRehearsal(COMMANDS, until(step, { exitCode: 1, output: "" }), TREES);
      expect(findings).toEqual([{ code: "step_failed", message: `Failed: ${step}.` }]);
    }
  });

  test("counts nothing as run after a result that is another task's, even where later ones fit again", () => {
    const results = all().map((each) => (each.command === "migrate up" ? { ...each, command: "true" } : each));
    const report = judgeRehearsal(COMMANDS, results, TREES);
    expect(report).toMatchObject({ result: "fail", failedStep: "up" });
    expect(report.entries.slice(0, 2).map(({ status }) => status)).toEqual(["passed", "passed"]);
    expect(report.entries.slice(2)).toEqual(
      planRehearsal(COMMANDS)
        .slice(2)
        .map((task) => ({ ...task, status: "not run", exitCode: undefined, timedOut: false, output: "" })),
    );
  });

  test.each([
    ["another tree at the end", { start: START, end: { ...START, tree: "b".repeat(40) } }],
    ["no tree at the end", { start: START, end: undefined }],
    ["no tree at all", { start: undefined, end: undefined }],
  ])("fails with %s, although every command succeeded", (_what, trees) => {
    const report = judgeRehearsal(COMMANDS, all(), trees);
    expect(report).toMatchObject({ result: "fail", failedStep: "compare", ignored: [] });
  });

  test("names the files that were left behind", () => {
    const left = { path: "left.txt", before: undefined, after: { mode: "100644", oid: "c".repeat(40) } } as const;
    const end = { tree: "b".repeat(40), changes: [left], ignored: [] };
    const { findings } = judgeRehearsal(COMMANDS, all(), { start: START, end });
    expect(findings).toEqual([
      { code: "step_failed", message: "Failed: compare. fine" },
      { code: "not_rolled_back", message: "Not as it was.", path: "left.txt" },
    ]);
  });

  test("fails when no command verifies anything, although every step succeeded", () => {
    const commands = { ...COMMANDS, verification: [], verify: [] };
    const report = judgeRehearsal(commands, all(commands), TREES);
    expect(report).toMatchObject({ result: "fail", failedStep: "verify applied" });
    expect(report.findings).toEqual([
      {
        code: "nothing_verified",
        message: "No command verifies the change. Name one under `verification` or `rehearsal.verify` in the policy.",
      },
    ]);
  });

  test("fails when it was not run at all", () => {
    const report = judgeRehearsal(COMMANDS, [], { start: START, end: undefined });
    expect(report).toMatchObject({ result: "fail", failedStep: "baseline" });
    expect(report.entries.every(({ status }) => status === "not run")).toBe(true);
    expect(report.findings).toEqual([{ code: "step_not_run", message: "Not run: baseline: `check schema`" }]);
  });

  test("keeps the end of a long output", () => {
    const output = `${"x".repeat(10_000)}THE END`;
    const [entry] = judgeRehearsal(COMMANDS, until("check schema", { exitCode: 1, output }), TREES).entries;
    expect(entry?.output).toHaveLength(4_000);
    expect(entry?.output).toMatch(/THE END$/);
  });
});

const lines = fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 3 });
const anyCommands = fc.record({ verification: lines, up: lines, verify: lines, down: lines });

describe("for any commands", () => {
  test("a rehearsal with one result missing, swapped or failed is never a pass", () => {
    fc.assert(
      fc.property(
        anyCommands,
        fc.nat(),
        fc.constantFrom("missing", "other", "failed", "late"),
        (commands, at, fault) => {
          const results = all(commands);
          const index = at % results.length;
          const result = results[index] as RehearsalResult;
          if (fault === "missing") results.splice(index, 1);
          else if (fault === "other") results[index] = { ...result, command: `${result.command} and more` };
          else results[index] = { ...result, exitCode: fault === "failed" ? 1 : 0, timedOut: fault === "late" };
          const report = judgeRehearsal(commands, results, TREES);
          expect(report.result).toBe("fail");
          expect(report.failedStep).toBeDefined();
          expect(report.findings).not.toEqual([]);
        },
      ),
    );
  });

  test("a report has an entry for every task, in the order of the steps", () => {
    fc.assert(
      fc.property(anyCommands, fc.nat({ max: 20 }), (commands, count) => {
        const { entries } = judgeRehearsal(commands, all(commands).slice(0, count), TREES);
        expect(entries.map(({ step, command }) => ({ step, command }))).toEqual(planRehearsal(commands));
        const order = entries.map(({ step }) => REHEARSAL_STEPS.indexOf(step));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });
});
