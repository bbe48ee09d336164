import { expect, test } from "vitest";
import { nextInTurn } from "../../src/governance/rotation.ts";

const PEOPLE = ["ada", "grace", "linus"];

test.each<[string, readonly string[], number, string]>([
  ["begins where the number says", [], 4, "grace"],
  ["goes on after who is assigned", ["Ada"], 4, "grace"],
  ["begins anew after the last", ["linus"], 0, "ada"],
  ["goes on after the last of several", ["ada", "grace", "margaret"], 0, "linus"],
  ["does not mind people outside it", ["margaret"], 2, "linus"],
])("a rotation %s", (_, assigned, seed, next) => {
  expect(nextInTurn(PEOPLE, assigned, seed)).toBe(next);
});

test.each([0, 1, 2, 3, 4, 5])("whose turn it is after somebody does not depend on the number %i", (seed) => {
  expect(PEOPLE.map((login) => nextInTurn(PEOPLE, [login], seed))).toEqual(["grace", "linus", "ada"]);
});

test("a rotation of one person stays with them, and one of nobody names nobody", () => {
  expect(nextInTurn(["ada"], ["ada"], 7)).toBe("ada");
  expect(nextInTurn([], ["ada"], 7)).toBeUndefined();
});
