import { describe, expect, test } from "vitest";
import { policySchema } from "../../src/governance/policy.ts";
import { findUnchecked, isCheck } from "../../src/governance/production.ts";
import { planned, planOf } from "./builders.ts";

const under = (verification: readonly string[], checks: readonly string[] = []) =>
  policySchema.parse({ verification, production: { paths: ["src", "db/*.sql"], checks } });

describe("a command", () => {
  test.each([
    "npm test",
    "pytest -q",
    "docker run app:latest npm test",
    "cargo test",
    "make LINT",
    "eslint .",
    "npx vitest run",
  ])("like `%s` is a test or a linter", (command) => {
    expect(isCheck(command, under([]))).toBe(true);
  });

  test.each(["make", "npm run build", "docker run app:latest", "gh attestation verify app", "true"])(
    "like `%s` is none, unless the policy says so",
    (command) => {
      expect(isCheck(command, under([command]))).toBe(false);
      expect(isCheck(command, under([command], [command]))).toBe(true);
    },
  );
});

describe("a plan for production", () => {
  const plan = planOf([
    planned("modify", "src/deep/a.ts"),
    planned("rename", "docs/b.md", "SRC/b.ts"),
    planned("create", "db/c.sql"),
    planned("create", "db/sub/d.sql"),
    planned("delete", "docs/e.md"),
  ]);

  test("without a test or a linter is found wanting, path by path, old names too", () => {
    const findings = findUnchecked(plan, under(["npm run build", "npm audit"]));
    expect(findings.map(({ path }) => path)).toEqual(["src/deep/a.ts", "SRC/b.ts", "db/c.sql"]);
    expect(findings[0]).toEqual({
      code: "verification_missing",
      message: "This path runs in production, and nothing would test or lint it.",
      path: "src/deep/a.ts",
      expected: "a test or lint command among `verification`",
      got: "npm run build; npm audit",
    });
    expect(findUnchecked(plan, under([]))[0]?.got).toBe("no command");
  });

  test("is found wanting for hidden files as well", () => {
    const hidden = ["src/.env", "src/.config/a.ts", "db/.c.sql"];
    const findings = findUnchecked(planOf(hidden.map((path) => planned("create", path))), under([]));
    expect(findings.map(({ path }) => path)).toEqual(hidden);
  });

  test("is found wanting for another spelling that some file system takes for the same path", () => {
    const path = "\u{17F}rc/a.ts";
    expect(findUnchecked(planOf([planned("create", path)]), under([])).map((found) => found.path)).toEqual([path]);
  });

  test("with one of them is in order", () => {
    expect(findUnchecked(plan, under(["npm run build", "npm test"]))).toEqual([]);
    expect(findUnchecked(plan, under(["make"], ["make"]))).toEqual([]);
  });

  test("is every plan's affair only where the policy names paths", () => {
    expect(findUnchecked(plan, policySchema.parse({}))).toEqual([]);
    expect(findUnchecked(planOf([planned("create", "docs/x.md")]), under([]))).toEqual([]);
  });
});
