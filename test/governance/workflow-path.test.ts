import { describe, expect, test } from "vitest";
import { workflowFileOf } from "../../src/governance/workflow-path.ts";

const at = (rest: string): string => `.github/workflows/${rest}`;

describe("the file of a workflow's path", () => {
  test.each<[path: string, knownRef: string | undefined, file: string]>([
    ["x.yml", undefined, "x.yml"],
    ["x.yaml@main", undefined, "x.yaml"],
    ["x.yml@refs/heads/main", "main", "x.yml"],
    ["x.yml@refs/heads/main", "other", "x.yml"],
    ["x.yml@refs/pull/7/merge", undefined, "x.yml"],
    ["x.yml@refs/tags/v1.yml", "v1.yml", "x.yml"],
    // Refs that look like files, and files with an @.
    ["x.yml@refs/heads/a.yml", undefined, "x.yml"],
    ["x.yml@feature/a.yml", undefined, "x.yml"],
    ["x.yml@a.yml/b@c.yml", undefined, "x.yml"],
    ["x.yml@a@b/c", undefined, "x.yml"],
    ["a@b.yml", undefined, "a@b.yml"],
    ["a@b.yml@refs/heads/main", "main", "a@b.yml"],
    ["x.yml@y.yml", undefined, "x.yml@y.yml"],
    ["x.yml@y.yml", "main", "x.yml@y.yml"],
    ["x.yml@y.yml", "y.yml", "x.yml"],
    ["x.yml@y.yml@main", undefined, "x.yml@y.yml"],
    // No workflow file at all.
    ["readme.md@main", "main", "readme.md@main"],
    ["readme.md@a/b", undefined, "readme.md@a/b"],
  ])("of %s (branch %s) is %s", (path, knownRef, file) => {
    expect(workflowFileOf(at(path), knownRef)).toBe(at(file));
  });

  test("outside of the folder of workflows is the path itself", () => {
    expect(workflowFileOf("dynamic/pages/build.yml@main", "main")).toBe("dynamic/pages/build.yml@main");
  });
});
