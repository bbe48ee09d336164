import { expect, test } from "vitest";
import { groupBy } from "../../src/governance/grouping.ts";

test("elements are grouped in the order in which they and their keys come", () => {
  const groups = groupBy(["one", "three", "two", "four", "six"], ({ length }) => length);
  expect([...groups]).toEqual([
    [3, ["one", "two", "six"]],
    [5, ["three"]],
    [4, ["four"]],
  ]);
  expect([...groupBy([], String)]).toEqual([]);
});
