import { describe, expect, test } from "vitest";
import type { Plan, PlannedFile } from "../../src/governance/plan.ts";
import { evaluatePlan, type PlanContext, touchedPaths } from "../../src/governance/plan-rules.ts";
import { planContext, planned, planOf, treeEntry } from "./builders.ts";

const TREE = [
  treeEntry("README.md"),
  treeEntry("src/index.ts"),
  treeEntry("src/run.sh", "100755"),
  treeEntry("src/deep/er/file.ts"),
  treeEntry("link", "120000"),
  treeEntry("src/link.ts", "120000"),
  treeEntry("vendor/lib", "160000"),
  treeEntry("AGENTS.md"),
  treeEntry("docs/AGENTS.md"),
];

const evaluate = (files: readonly PlannedFile[], changes: Partial<PlanContext> = {}) =>
  evaluatePlan(planOf(files), planContext({ entries: TREE, ...changes }));

const ALLOWED = { reasonCode: undefined, findings: [] };
const refusedPaths = (...findings: readonly object[]) => ({ reasonCode: "plan_paths_refused", findings });

describe("a plan that fits the tree", () => {
  test.each<[string, PlannedFile]>([
    ["creates a new file", planned("create", "src/new.ts")],
    ["creates a file in a new directory", planned("create", "lib/a/b.ts")],
    ["creates a file whose name only starts like a directory", planned("create", "src.ts")],
    ["modifies a file", planned("modify", "src/index.ts")],
    ["modifies an executable", planned("modify", "src/run.sh")],
    ["deletes a file", planned("delete", "src/deep/er/file.ts")],
    ["renames a file to a free name", planned("rename", "src/main.ts", "src/index.ts")],
    ["touches an instruction file that the pull request did not change", planned("modify", "AGENTS.md")],
    ["creates a file with a name of git's own option style (T22)", planned("create", "-rf")],
  ])("is allowed when it %s", (_, file) => {
    expect(evaluate([file])).toEqual(ALLOWED);
  });

  test("is allowed with several files of one new directory", () => {
    expect(evaluate([planned("create", "lib/a.ts"), planned("create", "lib/b.ts")])).toEqual(ALLOWED);
  });
});

describe("the number of files", () => {
  const files = [planned("create", "x1"), planned("create", "x2"), planned("create", "x3")];

  test("may be exactly the limit", () => {
    expect(evaluate(files, { maxFiles: 3 })).toEqual(ALLOWED);
  });

  test("denies beyond the limit, before anything else is looked at", () => {
    expect(evaluate([...files, planned("create", "../x")], { maxFiles: 3 })).toEqual({
      reasonCode: "plan_too_large",
      findings: [
        {
          code: "plan_too_large",
          message: "The plan names more files than the policy allows.",
          expected: "at most 3",
          got: "4",
        },
      ],
    });
  });
});

describe("the placement of a file", () => {
  const missing = (path: string, operation: string) => ({
    code: "path_missing",
    message: `There is no such file to ${operation}.`,
    path,
  });
  const taken = (path: string, done: string) => ({
    code: "path_exists",
    message: `Something of that name is there already, so it cannot be ${done}.`,
    path,
  });

  test.each<[string, PlannedFile, object]>([
    ["creates what is a file", planned("create", "README.md"), taken("README.md", "created")],
    ["creates what is a directory", planned("create", "src/deep"), taken("src/deep", "created")],
    ["modifies what is not there", planned("modify", "src/no.ts"), missing("src/no.ts", "modify")],
    ["modifies a directory", planned("modify", "src"), missing("src", "modify")],
    ["deletes what is not there", planned("delete", "no.ts"), missing("no.ts", "delete")],
    ["renames what is not there", planned("rename", "b.ts", "no.ts"), missing("no.ts", "rename")],
    ["renames onto a file", planned("rename", "README.md", "src/index.ts"), taken("README.md", "renamed")],
    ["renames onto a directory", planned("rename", "src/deep/er", "src/index.ts"), taken("src/deep/er", "renamed")],
    ["renames without saying from where", planned("rename", "b.ts"), missing("", "rename")],
  ])("denies when the plan %s", (_, file, finding) => {
    expect(evaluate([file])).toEqual(refusedPaths(finding));
  });
});

describe("files that the plan makes", () => {
  const nested = (path: string, above: string) => ({
    code: "path_below_file",
    message: `The plan itself makes \`${above}\` a file.`,
    path,
  });

  test("cannot be the directory of another file of the plan", () => {
    const files = [planned("create", "a"), planned("create", "a/b/c")];
    expect(evaluate(files)).toEqual(refusedPaths(nested("a/b/c", "a")));
    const moved = [planned("rename", "a", "README.md"), planned("create", "a/b")];
    expect(evaluate(moved)).toEqual(refusedPaths(nested("a/b", "a")));
  });

  test("are not those that it deletes: that they are there still is said once", () => {
    const files = [planned("delete", "README.md"), planned("create", "README.md/x.ts")];
    expect(evaluate(files)).toEqual(
      refusedPaths({
        code: "path_below_file",
        message: "`README.md` is a file, not a directory.",
        path: "README.md/x.ts",
      }),
    );
  });

  test("may lie beside each other", () => {
    expect(evaluate([planned("create", "a"), planned("create", "ab/c")])).toEqual(ALLOWED);
  });
});

describe("what is no plain file (T16)", () => {
  const symlink = (step: string, path: string) => ({
    code: "path_symlink",
    message: `\`${step}\` is a symbolic link.`,
    path,
  });
  const submodule = (step: string, path: string) => ({
    code: "path_submodule",
    message: `\`${step}\` is a submodule.`,
    path,
  });

  test.each<[string, PlannedFile, object]>([
    ["modifies a symbolic link", planned("modify", "src/link.ts"), symlink("src/link.ts", "src/link.ts")],
    ["deletes a symbolic link", planned("delete", "link"), symlink("link", "link")],
    ["goes through a symbolic link", planned("create", "link/a/b.ts"), symlink("link", "link/a/b.ts")],
    ["renames a symbolic link", planned("rename", "b.ts", "src/link.ts"), symlink("src/link.ts", "src/link.ts")],
    ["modifies a submodule", planned("modify", "vendor/lib"), submodule("vendor/lib", "vendor/lib")],
    ["goes into a submodule", planned("create", "vendor/lib/a.ts"), submodule("vendor/lib", "vendor/lib/a.ts")],
    [
      "takes a file for a directory",
      planned("create", "src/index.ts/x/y.ts"),
      { code: "path_below_file", message: "`src/index.ts` is a file, not a directory.", path: "src/index.ts/x/y.ts" },
    ],
  ])("denies when the plan %s", (_, file, finding) => {
    expect(evaluate([file])).toEqual(refusedPaths(finding));
  });
});

describe("twins (T22)", () => {
  const twin = (path: string, other: string) => ({
    code: "path_case_twin",
    message: `The name differs from \`${other}\` only by case or Unicode form.`,
    path,
  });

  test.each<[string, PlannedFile[], object]>([
    ["a tracked file by case", [planned("create", "readme.md")], twin("readme.md", "README.md")],
    ["a tracked directory by case", [planned("create", "SRC/x.ts")], twin("SRC/x.ts", "src")],
    ["a tracked directory, as a file", [planned("create", "Src")], twin("Src", "src")],
    ["a tracked file, as a directory", [planned("create", "Readme.md/x.ts")], twin("Readme.md/x.ts", "README.md")],
    ["a deep tracked directory", [planned("create", "src/DEEP/er/x.ts")], twin("src/DEEP/er/x.ts", "src/deep")],
    ["another planned file", [planned("create", "x/A.ts"), planned("create", "x/a.ts")], twin("x/a.ts", "x/A.ts")],
    ["another planned directory", [planned("create", "N/a.ts"), planned("create", "n/b.ts")], twin("n/b.ts", "N")],
    [
      "its own rename source",
      [planned("rename", "src/Index.ts", "src/index.ts")],
      twin("src/Index.ts", "src/index.ts"),
    ],
  ])("denies a twin of %s", (_, files, finding) => {
    expect(evaluate(files)).toEqual(refusedPaths(finding));
  });

  test("denies the composed twin of a tracked name that is decomposed", () => {
    const entries = [treeEntry("cafe\u{301}.ts")];
    expect(evaluate([planned("create", "caf\u{E9}.ts")], { entries })).toEqual(
      refusedPaths(twin("caf\u{E9}.ts", "cafe\u{301}.ts")),
    );
  });

  test("denies to work on one of two tracked twins, but not on their neighbour", () => {
    const entries = [treeEntry("A.ts"), treeEntry("a.ts"), treeEntry("b.ts")];
    expect(evaluate([planned("modify", "A.ts")], { entries })).toEqual(refusedPaths(twin("A.ts", "a.ts")));
    expect(evaluate([planned("modify", "a.ts")], { entries })).toEqual(refusedPaths(twin("a.ts", "A.ts")));
    expect(evaluate([planned("modify", "b.ts")], { entries })).toEqual(ALLOWED);
  });
});

describe("the lexical rules", () => {
  test("deny a decomposed name even when it is tracked", () => {
    const path = "cafe\u{301}.ts";
    expect(evaluate([planned("modify", path)], { entries: [treeEntry(path)] })).toEqual(
      refusedPaths({ code: "path_not_nfc", message: "The path is not in Unicode NFC.", path }),
    );
  });

  test("look at a rename's source too, and come before the rules of the tree", () => {
    const verdict = evaluate([planned("rename", "src/x.ts", "../secret"), planned("modify", "no.ts")]);
    expect(verdict).toEqual(
      refusedPaths({ code: "path_traversal", message: "The path has a `.` or `..` segment.", path: "../secret" }),
    );
  });
});

describe("instruction files that the pull request changed", () => {
  const changedInstructions = ["docs/AGENTS.md"];
  const changed = {
    reasonCode: "instructions_changed",
    findings: [
      {
        code: "instructions_changed",
        message: "This instruction file differs between the pull request and its base branch.",
        path: "docs/AGENTS.md",
      },
    ],
  };

  test.each<[string, PlannedFile]>([
    ["modify", planned("modify", "docs/AGENTS.md")],
    ["delete", planned("delete", "docs/AGENTS.md")],
    ["move away", planned("rename", "docs/old.md", "docs/AGENTS.md")],
  ])("deny a plan that would %s them", (_, file) => {
    expect(evaluate([file], { changedInstructions })).toEqual(changed);
  });

  test("allow a plan for their neighbours", () => {
    expect(evaluate([planned("modify", "AGENTS.md")], { changedInstructions })).toEqual(ALLOWED);
  });

  test("are told after protected paths, which are told after refused paths", () => {
    const instructions = planned("modify", "docs/AGENTS.md");
    const guarded = planned("create", ".gitmodules");
    const refused = planned("create", "../x");
    const context = { changedInstructions };
    expect(evaluate([instructions, guarded], context).reasonCode).toBe("plan_protected_paths");
    expect(evaluate([instructions, guarded, refused], context).reasonCode).toBe("plan_paths_refused");
  });
});

describe("what a plan touches", () => {
  const plan: Plan = planOf([
    planned("modify", "a.ts"),
    planned("rename", "b/AGENTS.md", "AGENTS.md"),
    planned("create", ".codex/config.toml"),
  ]);

  test("has both paths of a rename", () => {
    expect(touchedPaths(plan.files)).toEqual(["a.ts", "AGENTS.md", "b/AGENTS.md", ".codex/config.toml"]);
  });
});
