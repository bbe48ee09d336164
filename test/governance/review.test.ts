import { describe, expect, test } from "vitest";
import { changedLines } from "../../src/governance/patch.ts";
import { policySchema } from "../../src/governance/policy.ts";
import { changeSize, directoriesOf, handOffOf, reviewOrder } from "../../src/governance/review.ts";
import { planned, planOf } from "./builders.ts";

const policy = policySchema.parse({ "impacted-tests": { suites: { unit: ["src/**"] }, otherwise: [] } });

const part = (path: string, added: number) =>
  `diff --git a/${path} b/${path}\nindex 1..2 100644\n--- a/${path}\n+++ b/${path}\n@@ -1 +1,${added + 1} @@\n x\n${"+y\n".repeat(added)}`;

const plan = planOf([
  planned("modify", "docs/a.md"),
  planned("modify", "src/b.ts"),
  planned("modify", "src/auth/c.ts"),
  planned("modify", "db/migrations/d.sql"),
  planned("modify", "src/e.ts"),
]);
const PATCH = [part("docs/a.md", 1), part("src/auth/c.ts", 2), part("src/b.ts", 3), part("src/e.ts", 9)].join("");

const paths = (items: readonly { path: string }[]) => items.map(({ path }) => path);

describe("the lines of a patch, file by file,", () => {
  test("are those added and removed", () => {
    expect(changedLines(PATCH)).toEqual(
      new Map([
        ["docs/a.md", 1],
        ["src/auth/c.ts", 2],
        ["src/b.ts", 3],
        ["src/e.ts", 9],
      ]),
    );
  });

  test("are unknown where the patch is none of git's", () => {
    expect(changedLines("no patch")).toEqual(new Map());
    expect(changedLines(`diff --git a/x b/x\nrename from a\nrename to b\n${part("y", 1)}`)).toEqual(
      new Map([["y", 1]]),
    );
  });
});

describe("directories", () => {
  test("are counted once, the root as one of them", () => {
    expect(directoriesOf(["a", "b", "src/c", "src/d", "src/e/f"])).toEqual(["", "src", "src/e"]);
  });
});

describe("the order of a review", () => {
  test("begins with what can break most, then with what has most lines, then by name", () => {
    expect(paths(reviewOrder(plan, policy, PATCH))).toEqual(["src/auth/c.ts", "src/e.ts", "src/b.ts", "docs/a.md"]);
    expect(reviewOrder(plan, policy, PATCH)[0]).toEqual({ path: "src/auth/c.ts", riskClass: "high", lines: 2 });
  });

  test("is by name among equals, whatever the plan's order", () => {
    const names = ["c.ts", "a.ts", "b.ts"];
    const patch = names.map((name) => part(name, 1)).join("");
    const unsorted = planOf(names.map((name) => planned("modify", name)));
    expect(paths(reviewOrder(unsorted, policy, patch))).toEqual(["a.ts", "b.ts", "c.ts"]);
  });

  test("counts a renamed file of which the patch has one name only", () => {
    const renamed = planOf([planned("rename", "new.ts", "old.ts")]);
    expect(reviewOrder(renamed, policy, part("old.ts", 3))[0]?.lines).toBe(3);
  });

  test("has every file and no lines while there is no patch", () => {
    const order = reviewOrder(plan, policy, undefined);
    expect(paths(order)).toEqual(["db/migrations/d.sql", "src/auth/c.ts", "docs/a.md", "src/b.ts", "src/e.ts"]);
    expect(order.every(({ lines }) => lines === undefined)).toBe(true);
  });

  test("counts both names of a file that was renamed, and keeps one that has no line", () => {
    const renamed = planOf([planned("rename", "new.ts", "old.ts"), planned("modify", "empty.ts")]);
    const mode = "diff --git a/empty.ts b/empty.ts\nold mode 100644\nnew mode 100755\n";
    expect(reviewOrder(renamed, policy, part("new.ts", 2) + part("old.ts", 3) + mode)).toEqual([
      { path: "new.ts", riskClass: "standard", lines: 5 },
      { path: "empty.ts", riskClass: "standard", lines: 0 },
    ]);
  });
});

describe("a hand-off", () => {
  test("of a plan says how far it reaches, and of a change how large it is", () => {
    expect(changeSize(plan, undefined)).toEqual({ files: 5, directories: 4, lines: undefined });
    expect(changeSize(plan, PATCH)).toEqual({ files: 4, directories: 3, lines: 15 });
    expect(changeSize(planOf([planned("rename", "a/new.ts", "b/old.ts")]), undefined)).toMatchObject({
      files: 1,
      directories: 2,
    });
  });

  test("names three files to look at first, and counts the others", () => {
    const { review, more, impactedTests } = handOffOf(plan, policy, PATCH);
    expect([paths(review), more, impactedTests]).toEqual([["src/auth/c.ts", "src/e.ts", "src/b.ts"], 1, ["unit"]]);
    expect(handOffOf(planOf([planned("modify", "a")]), policy, undefined).more).toBe(0);
  });
});
