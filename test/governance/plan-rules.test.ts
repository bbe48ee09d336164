import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldPath } from "../../src/governance/path.ts";
import type { Plan, PlannedFile } from "../../src/governance/plan.ts";
import { evaluatePlan, type PlanContext, PROTECTED_PATHS, touchedPaths } from "../../src/governance/plan-rules.ts";
import type { FileMode, TreeEntry } from "../../src/governance/tree.ts";
import { planned, planOf } from "./builders.ts";

const LONG_S = "\u{17F}";
const wide = (letter: string) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);

const entry = (path: string, mode: FileMode = "100644"): TreeEntry => ({ path, mode, oid: "0".repeat(40) });

const TREE = [
  entry("README.md"),
  entry("src/index.ts"),
  entry("src/run.sh", "100755"),
  entry("src/deep/er/file.ts"),
  entry("link", "120000"),
  entry("src/link.ts", "120000"),
  entry("vendor/lib", "160000"),
  entry("AGENTS.md"),
  entry("docs/AGENTS.md"),
];

function evaluate(files: readonly PlannedFile[], changes: Partial<PlanContext> = {}) {
  return evaluatePlan(planOf(files), {
    entries: TREE,
    protectedPaths: [],
    policyPath: ".github/codex-governance.yml",
    changedInstructions: [],
    maxFiles: 100,
    ...changes,
  });
}

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
    const entries = [entry("cafe\u{301}.ts")];
    expect(evaluate([planned("create", "caf\u{E9}.ts")], { entries })).toEqual(
      refusedPaths(twin("caf\u{E9}.ts", "cafe\u{301}.ts")),
    );
  });

  test("denies to work on one of two tracked twins, but not on their neighbour", () => {
    const entries = [entry("A.ts"), entry("a.ts"), entry("b.ts")];
    expect(evaluate([planned("modify", "A.ts")], { entries })).toEqual(refusedPaths(twin("A.ts", "a.ts")));
    expect(evaluate([planned("modify", "a.ts")], { entries })).toEqual(refusedPaths(twin("a.ts", "A.ts")));
    expect(evaluate([planned("modify", "b.ts")], { entries })).toEqual(ALLOWED);
  });
});

describe("the lexical rules", () => {
  test("deny a decomposed name even when it is tracked", () => {
    const path = "cafe\u{301}.ts";
    expect(evaluate([planned("modify", path)], { entries: [entry(path)] })).toEqual(
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

describe("protected paths (T16)", () => {
  const guarded = (path: string, glob: string) => ({
    reasonCode: "plan_protected_paths",
    findings: [{ code: "path_protected", message: `The path is protected by \`${glob}\`.`, path }],
  });
  const create = (path: string, changes: Partial<PlanContext> = {}) =>
    evaluate([planned("create", path)], { entries: [], ...changes });

  test("are built in whatever the policy says", () => {
    expect(PROTECTED_PATHS).toEqual([
      ".github/workflows/**",
      ".github/actions/**",
      ".github/codex-governance.yml",
      "CODEOWNERS",
      ".github/CODEOWNERS",
      "docs/CODEOWNERS",
      ".gitmodules",
    ]);
  });

  test.each([
    [".github/workflows/ci.yml", ".github/workflows/**"],
    [".github/workflows/deep/.hidden.yml", ".github/workflows/**"],
    [".GitHub/Workflows/CI.yml", ".github/workflows/**"],
    [".github/workflows", ".github/workflows/**"],
    [".github/actions/setup/action.yml", ".github/actions/**"],
    [".github/actions/setup/.hidden/run.sh", ".github/actions/**"],
    [".GitHub/Actions/Setup/Action.yml", ".github/actions/**"],
    [".github/actions", ".github/actions/**"],
    [".github/codex-governance.yml", ".github/codex-governance.yml"],
    ["CODEOWNERS", "CODEOWNERS"],
    [".github/codeowners", ".github/CODEOWNERS"],
    ["docs/CODEOWNERS", "docs/CODEOWNERS"],
    [".gitmodules", ".gitmodules"],
  ])("deny %s", (path, glob) => {
    expect(create(path)).toEqual(guarded(path, glob));
  });

  test.each([
    ".github/workflow/ci.yml",
    "x/.github/workflows/ci.yml",
    ".github/action/setup/action.yml",
    ".github/actions.yml",
    "x/.github/actions/setup/action.yml",
    "src/CODEOWNERS",
    "CODEOWNERS.md",
    "a/.gitmodules",
  ])("allow their neighbour %s", (path) => {
    expect(create(path)).toEqual(ALLOWED);
  });

  test("hold the policy file where the workflow says it is", () => {
    expect(create("ops/policy.yml", { policyPath: "ops/policy.yml" })).toEqual(
      guarded("ops/policy.yml", "ops/policy.yml"),
    );
    expect(create("ops/policy.yml")).toEqual(ALLOWED);
  });

  test("hold what is below a directory that the policy names", () => {
    const protectedPaths = ["secrets"];
    expect(create("secrets/a/b.txt", { protectedPaths })).toEqual(guarded("secrets/a/b.txt", "secrets"));
    expect(create("secrets", { protectedPaths })).toEqual(guarded("secrets", "secrets"));
    expect(create("secrets2/a.txt", { protectedPaths })).toEqual(ALLOWED);
  });

  test("hold the globs of the policy, dot files and other cases included", () => {
    const protectedPaths = ["infra/**", "*.pem"];
    expect(create("infra/.env", { protectedPaths })).toEqual(guarded("infra/.env", "infra/**"));
    expect(create("KEY.PEM", { protectedPaths })).toEqual(guarded("KEY.PEM", "*.pem"));
    expect(create("keys/key.pem", { protectedPaths })).toEqual(ALLOWED);
  });

  test.each([
    ["\u{17F}ecrets/key.txt", "secrets"],
    ["\u{FF33}ecrets/key.txt", "secrets"],
    ["Straße/a.txt", "strasse/**"],
    ["STRASSE/a.txt", "straße/**"],
  ])("hold %s, which some file system takes for a path of %s", (path, glob) => {
    expect(create(path, { protectedPaths: [glob] })).toEqual(guarded(path, glob));
  });

  test("hold every spelling of a name that has the same fold", () => {
    const spellings = [..."secrets/key.pem"].map((letter) => {
      const others = [letter.toUpperCase(), wide(letter), ...(letter === "s" ? [LONG_S] : [])];
      return fc.constantFrom(letter, ...(/[a-z]/.test(letter) ? others : []));
    });
    fc.assert(
      fc.property(fc.tuple(...spellings), (letters) => {
        const path = letters.join("");
        expect(foldPath(path)).toBe(foldPath("secrets/key.pem"));
        expect(create(path, { protectedPaths: ["secrets/*.pem"] })).toEqual(guarded(path, "secrets/*.pem"));
      }),
    );
  });

  test("hold by classes of letters in a glob, which have no fold", () => {
    const protectedPaths = ["[[:alpha:]]ey"];
    expect(create("key", { protectedPaths })).toEqual(guarded("key", "[[:alpha:]]ey"));
    expect(create("3ey", { protectedPaths })).toEqual(ALLOWED);
  });

  test.each<[string, PlannedFile]>([
    ["modified", planned("modify", "CODEOWNERS")],
    ["deleted", planned("delete", "CODEOWNERS")],
    ["moved away", planned("rename", "free.md", "CODEOWNERS")],
  ])("may not be %s", (_, file) => {
    expect(evaluate([file], { entries: [entry("CODEOWNERS")] })).toEqual(guarded("CODEOWNERS", "CODEOWNERS"));
  });

  test("hold what a workflow runs out of the repository, when it is there already", () => {
    const path = ".github/actions/setup/action.yml";
    expect(evaluate([planned("modify", path)], { entries: [entry(path)] })).toEqual(
      guarded(path, ".github/actions/**"),
    );
  });

  test("may not be the target of a rename", () => {
    expect(evaluate([planned("rename", "CODEOWNERS", "README.md")])).toEqual(guarded("CODEOWNERS", "CODEOWNERS"));
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
