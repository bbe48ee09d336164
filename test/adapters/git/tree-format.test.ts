import { describe, expect, test } from "vitest";
import { isObjectId, parseRawDiff, parseTreeListing } from "../../../src/adapters/git/tree-format.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const ZERO = "0".repeat(40);

describe("git's raw diff", () => {
  test("is read record by record, names as they are", () => {
    const output = Buffer.concat([
      Buffer.from(`:100644 100755 ${A} ${B} M\0:100644 tab\there\nline\0`),
      Buffer.from(`:000000 120000 ${ZERO} ${B} A\0`),
      Buffer.from([0x66, 0xff, 0]),
      Buffer.from(`:160000 000000 ${A} ${ZERO} D\0m\0:120000 100644 ${A} ${B} T\0l\0`),
    ]);
    expect(parseRawDiff(output)).toEqual([
      { path: ":100644 tab\there\nline", before: { mode: "100644", oid: A }, after: { mode: "100755", oid: B } },
      { path: "f\udcff", before: undefined, after: { mode: "120000", oid: B } },
      { path: "m", before: { mode: "160000", oid: A }, after: undefined },
      { path: "l", before: { mode: "120000", oid: A }, after: { mode: "100644", oid: B } },
    ]);
    expect(parseRawDiff(Buffer.alloc(0))).toEqual([]);
  });

  test.each([
    ["a cut end", `:100644 100644 ${A} ${B} M\0a`],
    ["a missing name", `:100644 100644 ${A} ${B} M\0`],
    ["an empty name", `:100644 100644 ${A} ${B} M\0\0`],
    ["a rename", `:100644 100644 ${A} ${B} R100\0a\0b\0`],
    ["a short id", `:100644 100644 ${A.slice(1)} ${B} M\0a\0`],
    ["an unknown mode", `:100644 100664 ${A} ${B} M\0a\0`],
    ["a directory", `:000000 040000 ${ZERO} ${B} A\0a\0`],
    ["an addition of what was there", `:100644 100644 ${A} ${B} A\0a\0`],
    ["a removal of what stays", `:100644 100644 ${A} ${B} D\0a\0`],
    ["a modification of nothing", `:000000 100644 ${ZERO} ${B} M\0a\0`],
    ["an unmerged file", `:000000 000000 ${ZERO} ${ZERO} U\0a\0`],
    ["another text", "fatal: something\0else\0"],
  ])("is refused with %s", (_, output) => {
    expect(() => parseRawDiff(Buffer.from(output))).toThrow(expect.objectContaining({ code: "git_failed" }));
  });
});

describe("git's tree listing", () => {
  test("is read with sizes", () => {
    const output = Buffer.from(`100644 blob ${A}      12\tsp ace\tx\x00160000 commit ${B}       -\tm\0`);
    expect(parseTreeListing(output)).toEqual([
      { path: "sp ace\tx", mode: "100644", oid: A, size: 12 },
      { path: "m", mode: "160000", oid: B, size: 0 },
    ]);
  });

  test.each([
    ["no tab", `100644 blob ${A} 12\0`],
    ["no name", `100644 blob ${A} 12\t\0`],
    ["a tree", `040000 tree ${A} -\td\0`],
    ["no size", `100644 blob ${A}\ta\0`],
    ["a cut end", `100644 blob ${A} 12\ta`],
  ])("is refused with %s", (_, output) => {
    expect(() => parseTreeListing(Buffer.from(output))).toThrow(expect.objectContaining({ code: "git_failed" }));
  });
});

test("an object id is 40 or 64 lower-case hex digits and nothing else", () => {
  expect([A, "c".repeat(64)].every(isObjectId)).toBe(true);
  expect(["", "a", `${A}\n`, A.toUpperCase(), "a".repeat(41), `-${A.slice(1)}`].some(isObjectId)).toBe(false);
});
