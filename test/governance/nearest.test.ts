import { describe, expect, test } from "vitest";
import { hintAt, nearestName } from "../../src/governance/nearest.ts";

describe("nearestName", () => {
  test.each([
    ["lable", ["label", "command"], "label"],
    ["drft", ["version", "drift"], "drift"],
    ["ab", ["cd"], "cd"],
    ["abc", ["def"], undefined],
    ["abcdefghi", ["abcdefxyz"], "abcdefxyz"],
    ["abcdefghi", ["abcdewxyz"], undefined],
    ["abcdefgh", ["abcdexyz"], undefined],
    ["abc", ["abcde"], "abcde"],
    ["abcde", ["abc"], "abc"],
    ["abc", ["abcdef"], undefined],
    ["kitten", ["sitting"], undefined],
    ["xdrift", ["strategy", "drift"], "drift"],
    ["", ["ab"], "ab"],
    ["", ["abc"], undefined],
    ["ab", ["ax", "ab"], "ab"],
    ["a", [], undefined],
  ])("of %j among %j is %j", (key, keys, expected) => {
    expect(nearestName(key, keys)).toBe(expected);
  });
});

test("a hint is a sentence to append, or nothing", () => {
  expect(hintAt("lable", ["label"])).toBe(" Did you mean `label`?");
  expect(hintAt("entirely-else", ["label"])).toBe("");
});
