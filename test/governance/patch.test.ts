import { describe, expect, test } from "vitest";
import { readPatch } from "../../src/governance/patch.ts";
import { PATCH } from "./audit-bundles.ts";

const file = (mode: string) => ({ mode, oid: "" });
const part = (path: string, ...lines: readonly string[]) => [`diff --git a/${path} b/${path}`, ...lines, ""].join("\n");

describe("a patch of git", () => {
  test.each([
    ["of a modified file", PATCH, { path: "a.ts", before: file("100644"), after: file("100644") }],
    ["of a new file", part("n", "new file mode 100755"), { path: "n", before: undefined, after: file("100755") }],
    [
      "of a removed file",
      part("d", "deleted file mode 100644"),
      { path: "d", before: file("100644"), after: undefined },
    ],
    [
      "of a removed file with a text",
      part("d", "deleted file mode 100644", "--- a/d", "+++ /dev/null", "@@ -1 +0,0 @@", "-one"),
      { path: "d", before: file("100644"), after: undefined },
    ],
    [
      "of a new mode",
      part("m", "old mode 100644", "new mode 100755"),
      { path: "m", before: file("100644"), after: file("100755") },
    ],
    [
      "of a new symbolic link",
      part("l", "new file mode 120000"),
      { path: "l", before: undefined, after: file("120000") },
    ],
    [
      "of a name with blanks",
      part("a b/c b", "new file mode 100644"),
      { path: "a b/c b", before: undefined, after: file("100644") },
    ],
  ])("%s is read", (_, patch, change) => {
    expect(readPatch(patch)).toEqual([change]);
  });

  test("of nothing has no changes", () => {
    expect(readPatch("")).toEqual([]);
  });

  test("is not mistaken about lines of a file that look like a header", () => {
    const content = ["@@ -0,0 +1,3 @@", "+diff --git a/x b/x", "+\rdiff --git a/y b/y", "+--- a/z"];
    const patch = part("n", "new file mode 100644", "--- /dev/null", "+++ b/n", ...content);
    expect(readPatch(patch + PATCH)?.map(({ path }) => path)).toEqual(["n", "a.ts"]);
  });

  test("is refused when its lines may not fit into memory", () => {
    const withLines = (count: number) => `${PATCH}${"\n".repeat(count - PATCH.split("\n").length + 1)}`;
    expect(readPatch(withLines(500_000))).toHaveLength(1);
    expect(readPatch(withLines(500_001))).toBeUndefined();
  });

  test("is read up to the length of the longest, which is 32 Mi", { timeout: 20_000 }, () => {
    const withLength = (length: number) => PATCH.replace("two", "2".repeat(length - PATCH.length + 3));
    expect(readPatch(withLength(32 * 1024 ** 2))).toHaveLength(1);
    expect(readPatch(withLength(32 * 1024 ** 2 + 1))).toBeUndefined();
  });

  test.each([
    ["text", "hello\n"],
    ["text before the first file", `hello\n${PATCH}`],
    ["no header of git", PATCH.slice(PATCH.indexOf("---"))],
    ["a header that names no files", "diff --git x\n"],
    ["a rename", part("a", "similarity index 100%", "rename from a", "rename to b")],
    ["a copy", part("a", "similarity index 100%", "copy from a", "copy to b")],
    ["an unknown mode", part("a", "new file mode 100666")],
    ["an unknown mode before", part("a", "old mode 100666", "new mode 100644")],
    ["an unknown mode after", part("a", "old mode 100644", "new mode 100666")],
    ["two names", PATCH.replace("+++ b/a.ts", "+++ b/b.ts")],
    ["no names", PATCH.replace("--- a/a.ts", "--- x/a.ts").replace("+++ b/a.ts", "+++ x/a.ts")],
    ["a hunk that ends too early", PATCH.replace("@@ -1 +1 @@", "@@ -1,5 +1 @@")],
    ["two files in one part", `${PATCH}--- a/b.ts\n+++ b/b.ts\n@@ -1 +1 @@\n-a\n+b\n`],
  ])("is refused when it has %s", (_, patch) => {
    expect(readPatch(patch)).toBeUndefined();
  });
});
