import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CHECK_NAME, REQUEST_CHECK_NAME } from "../../src/governance/check-names.ts";

test("has the check run's name that people put into branch protection", () => {
  expect(readFileSync("README.md", "utf8")).toContain(`The check run \`${CHECK_NAME}\` is`);
});

test("gives a refused request another name, so that it never stands for the plan", () => {
  expect(REQUEST_CHECK_NAME).not.toBe(CHECK_NAME);
  expect(REQUEST_CHECK_NAME.startsWith(`${CHECK_NAME}/`)).toBe(true);
});
