import { describe, expect, test } from "vitest";
import { countChangedLines } from "../../src/governance/change-size.ts";

const HEADER = "diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n";

describe("the size of a change", () => {
  test.each<[string, string, number]>([
    ["nothing", "", 0],
    ["a line that is replaced", `${HEADER}@@ -1,3 +1,3 @@ head\n one\n-two\n+zwei\n three\n`, 2],
    ["hunks whose counts are left out", `${HEADER}@@ -1 +1 @@\n-a\n+b\n`, 2],
    ["lines that look like headers", `${HEADER}@@ -1,2 +1,2 @@\n--- a/x\n-@@ -1,9 +1,9 @@\n+++ b/x\n+diff --git\n`, 4],
    ["a file without an end of line", `${HEADER}@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+b\n+c\n`, 3],
    ["an empty context line that lost its blank", `${HEADER}@@ -1,2 +1,3 @@\n\n a\n+b\n`, 1],
    ["a deleted file", `${HEADER}@@ -1,2 +0,0 @@\n-a\n-b\n`, 2],
    ["a rename alone", "diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n", 0],
    ["a binary file", "diff --git a/a b/a\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\nHc$@\n\n", 4],
    ["two files", `diff --git a/a b/a\nGIT binary patch\nliteral 3\n${HEADER}@@ -1 +1 @@\n-a\n+b\n`, 3],
    ["two hunks of a file", `${HEADER}@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n-c\n+d\n`, 4],
    ["lines that end by CR alone, as editors show them", `${HEADER}@@ -1 +1 @@\n-a\rb\rc\n+x\u2028y\u2029z\n`, 6],
    ["lines that end by CR and LF", `${HEADER}@@ -1 +1,2 @@\n-a\r\n+b\r\n+\r\n`, 3],
    ["two files of text", `${HEADER}@@ -1,2 +1 @@\n-a\n-b\n+c\n`.repeat(2), 6],
    ["what is added before what is removed", `${HEADER}@@ -1,2 +1 @@\n+b\n\\ No newline at end of file\n-a\n-c\n`, 3],
    ["a diff without git's headers", "--- a.txt\n+++ a.txt\n@@ -1 +1 @@\n-a\n+b\n", 2],
  ])("counts %s", (_title, patch, lines) => {
    expect(countChangedLines(patch)).toBe(lines);
  });
});
