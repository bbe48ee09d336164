import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldPath } from "../../src/governance/path.ts";
import type { PlannedFile } from "../../src/governance/plan.ts";
import { evaluatePlan, type PlanContext, PROTECTED_PATHS } from "../../src/governance/plan-rules.ts";
import { planContext, planned, planOf, treeEntry } from "./builders.ts";

const LONG_S = "\u{17F}";
const wide = (letter: string) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);

const evaluate = (files: readonly PlannedFile[], changes: Partial<PlanContext> = {}) =>
  evaluatePlan(planOf(files), planContext(changes));

const ALLOWED = { reasonCode: undefined, findings: [] };

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
    ["src/ax.ts", "src/[[:upper:]]x.ts"],
  ])("hold %s, which some file system takes for a path of %s", (path, glob) => {
    expect(create(path, { protectedPaths: [glob] })).toEqual(guarded(path, glob));
  });

  test.each([
    ["Public/x.md", "!(public)/**"],
    ["Public/x.md", "!public/**"],
    ["Public/.env", "!(public)/**"],
    ["src/Ax.ts", "src/[^a]x.ts"],
  ])("hold %s, which other file systems tell from what %s leaves out", (path, glob) => {
    expect(create(path, { protectedPaths: [glob] })).toEqual(guarded(path, glob));
    expect(create(path.toLowerCase(), { protectedPaths: [glob] })).toEqual(ALLOWED);
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
    expect(evaluate([file], { entries: [treeEntry("CODEOWNERS")] })).toEqual(guarded("CODEOWNERS", "CODEOWNERS"));
  });

  test("hold what a workflow runs out of the repository, when it is there already", () => {
    const path = ".github/actions/setup/action.yml";
    expect(evaluate([planned("modify", path)], { entries: [treeEntry(path)] })).toEqual(
      guarded(path, ".github/actions/**"),
    );
  });

  describe("that are a link", () => {
    const action = ".github/actions/deploy/action.yml";
    const by = (alias: string, glob: string, path: string) => ({
      reasonCode: "plan_protected_paths",
      findings: [
        {
          code: "path_protected",
          message: `The path is protected by \`${glob}\`, since the link \`${alias}\` leads to it.`,
          path,
        },
      ],
    });

    test.each<[name: string, path: string, target: string, alias: string, planned: string]>([
      ["to a file", action, "../../../shared/action.yml", action, "shared/action.yml"],
      ["to a directory", ".github/actions", "../shared", ".github/actions/x/action.yml", "shared/x/action.yml"],
      ["above them", ".github", "hub", ".github/actions/action.yml", "hub/actions/action.yml"],
    ])("%s hold what it leads to", (_, path, target, alias, name) => {
      expect(create(name, { links: [{ path, target }] })).toEqual(by(alias, ".github/actions/**", name));
    });

    test("hold nothing else", () => {
      const links = [{ path: action, target: "../../../shared/action.yml" }];
      for (const path of ["shared/other.yml", "shared", "action.yml"]) expect(create(path, { links })).toEqual(ALLOWED);
      expect(create("shared/a.ts", { links: [{ path: "free", target: "shared" }] })).toEqual(ALLOWED);
    });
  });

  test("may not be the target of a rename", () => {
    expect(evaluate([planned("rename", "CODEOWNERS", "README.md")])).toEqual(guarded("CODEOWNERS", "CODEOWNERS"));
  });
});
