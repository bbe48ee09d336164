import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareDrift, type DriftClass, type DriftMode, diffTexts } from "../../src/governance/drift.ts";
import { type Plan, type PlannedFile, renderPlanText } from "../../src/governance/plan.ts";
import type { RiskClass } from "../../src/governance/risk.ts";
import { planned, planOf, richPlan, wording } from "./builders.ts";

const classified = (plan: Plan, riskClass: RiskClass = "medium") => ({ plan, riskClass });
const compare = (approved: Plan, regenerated: Plan, mode: DriftMode = "scope") =>
  compareDrift(classified(approved), classified(regenerated), mode);
const replaceFile = (index: number, file: PlannedFile): Plan => ({
  ...richPlan,
  files: richPlan.files.with(index, file),
});

describe("noise is no drift", () => {
  test.each<DriftMode>(["scope", "strict"])("when nothing differs, in mode %s", (mode) => {
    expect(compare(richPlan, structuredClone(richPlan), mode)).toEqual({
      isDrifted: false,
      mode,
      classes: [],
      paths: [],
      diff: "",
    });
  });

  test.each<[string, Partial<Plan>]>([
    ["another summary", { summary: "Other words" }],
    ["other steps", { steps: [] }],
    ["other reasons", { files: richPlan.files.map((file) => ({ ...file, reason: "Other" })) }],
    ["another order of files", { files: [...richPlan.files].reverse() }],
    ["another rollback", { rollback: "Other" }],
    ["other risks", { risks: ["Other"] }],
    ["suggestions", { suggestions: ["make"] }],
  ])("when the plan has %s; only mode strict blocks it", (_, changes) => {
    const other = { ...richPlan, ...changes };
    const drift = compare(richPlan, other);
    expect(drift).toEqual({
      isDrifted: false,
      mode: "scope",
      classes: ["wording_changed"],
      paths: [],
      diff: drift.diff,
    });
    expect(drift.diff).toBe(diffTexts("plan.txt", renderPlanText(richPlan), renderPlanText(other)));
    expect(drift.diff).not.toBe("");
    expect(compare(richPlan, other, "strict")).toEqual({ ...drift, isDrifted: true, mode: "strict" });
  });

  test("when only the order of the commands differs", () => {
    const commands = (...verification: string[]) => ({ ...richPlan, verification });
    expect(compare(commands("a", "b"), commands("b", "a"))).toMatchObject({
      isDrifted: false,
      classes: ["wording_changed"],
    });
  });
});

describe("a difference of the governed surface is drift", () => {
  test.each<[string, Plan, DriftClass[], string[]]>([
    ["one more file", { ...richPlan, files: [...richPlan.files, planned("create", "e.ts")] }, ["file_added"], ["e.ts"]],
    ["one file less", { ...richPlan, files: richPlan.files.slice(1) }, ["file_removed"], ["a.ts"]],
    ["modify turned into delete", replaceFile(0, planned("delete", "a.ts")), ["operation_changed"], ["a.ts"]],
    [
      "another rename source",
      replaceFile(2, planned("rename", "c.ts", "other.ts")),
      ["rename_source_changed"],
      ["c.ts"],
    ],
    ["a rename turned into a creation", replaceFile(2, planned("create", "c.ts")), ["operation_changed"], ["c.ts"]],
    [
      "another file instead",
      replaceFile(3, planned("create", "0.ts")),
      ["file_added", "file_removed"],
      ["0.ts", "d.ts"],
    ],
    ["another command", { ...richPlan, verification: ["npm run lint"] }, ["verification_changed"], []],
    ["one more command", { ...richPlan, verification: ["npm test", "x"] }, ["verification_changed"], []],
    ["no command", { ...richPlan, verification: [] }, ["verification_changed"], []],
  ])("when there is %s", (_, other, classes, paths) => {
    for (const mode of ["scope", "strict"] as const) {
      const drift = compare(richPlan, other, mode);
      expect(drift).toEqual({ isDrifted: true, mode, classes, paths, diff: drift.diff });
      expect(drift.diff).toContain("\n@@ ");
    }
  });

  test("when the risk class is another one, even with the same text", () => {
    expect(compareDrift(classified(richPlan, "medium"), classified(richPlan, "high"), "scope")).toEqual({
      isDrifted: true,
      mode: "scope",
      classes: ["risk_changed"],
      paths: [],
      diff: "",
    });
  });

  test("and everything that differs is told", () => {
    const other = planOf([planned("delete", "a.ts"), planned("create", "z.ts"), planned("rename", "c.ts", "x.ts")], {
      verification: [],
    });
    const drift = compareDrift(classified(richPlan, "high"), classified(other, "medium"), "scope");
    expect(drift.classes).toEqual([
      "operation_changed",
      "file_added",
      "rename_source_changed",
      "file_removed",
      "verification_changed",
      "risk_changed",
    ]);
    expect(drift.paths).toEqual(["a.ts", "b.ts", "c.ts", "d.ts", "z.ts"]);
  });
});

describe("the drift diff", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), "drift-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Applies a diff with the real git, outside of any repository. */
  function applyWithGit(before: string, diff: string): string {
    const file = path.join(directory, "plan.txt");
    writeFileSync(file, before);
    writeFileSync(path.join(directory, "drift.diff"), diff);
    const options = {
      cwd: directory,
      stdio: "pipe",
      env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(directory) },
    } as const;
    execFileSync("git", ["apply", "--check", "drift.diff"], options);
    execFileSync("git", ["apply", "drift.diff"], options);
    return readFileSync(file, "utf8");
  }

  test("is empty for equal texts", () => {
    expect(diffTexts("plan.txt", "a\n", "a\n")).toBe("");
  });

  test("has git's header, three lines of context and no other head line", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    expect(diffTexts("plan.txt", before, before.replace("5", "five"))).toBe(`diff --git a/plan.txt b/plan.txt
--- a/plan.txt
+++ b/plan.txt
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
`);
  });

  test.each([
    ["an added line", "a\nb\n", "a\nx\nb\n"],
    ["a line end that goes", "a\nb\n", "a\nb"],
    ["a line end that comes", "a\nb", "a\nb\n"],
    ["no line end on both sides", "a\nb", "a\nc"],
    ["a text that comes", "", "a\n"],
    ["lines that look like a diff", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n", "-- \n+++ b/x\ndiff --git a/q b/q\n"],
    ["a line of equal signs", "====\na\n", "====\nb\n"],
    ["a carriage return and a line separator in a line", "a\rb\u{2028}c\nd\n", "a\rb\u{2028}x\nd\n"],
  ])("is applied by git: %s", (_, before, after) => {
    expect(applyWithGit(before, diffTexts("plan.txt", before, after))).toBe(after);
  });

  test("turns the approved text into the regenerated one, for any two texts", () => {
    const text = fc
      .tuple(
        fc.array(
          fc.oneof(
            fc.constantFrom("a", "b", "", "-", "+x", " y"),
            wording.map((w) => w.replaceAll("\n", "")),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        fc.boolean(),
      )
      .map(([lines, isEnded]) => lines.join("\n") + (isEnded ? "\n" : ""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && after !== "");
        expect(applyWithGit(before, diffTexts("plan.txt", before, after))).toBe(after);
      }),
      { numRuns: 40 },
    );
  });

  test("of two plans is applied by git", () => {
    const other = { ...richPlan, summary: "Other", files: richPlan.files.slice(2), rollback: "" };
    const { diff } = compare(richPlan, other);
    expect(applyWithGit(renderPlanText(richPlan), diff)).toBe(renderPlanText(other));
  });
});
