import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import type { Plan } from "../../src/governance/plan.ts";
import { RISK_CLASSES } from "../../src/governance/risk.ts";
import { scopeDigest, scopeOf } from "../../src/governance/scope.ts";
import { planned, planOf, richPlan } from "./builders.ts";

const digest = (plan: Plan) => scopeDigest(scopeOf(plan, "high"));

describe("the scope of a plan", () => {
  test("is its files with their operations, its commands and its risk class, sorted", () => {
    const plan = planOf([planned("rename", "z", "a"), planned("create", "b")], { verification: ["npm test", "make"] });
    expect(scopeOf(plan, "medium")).toEqual({
      files: ['["create","b"]', '["rename","z","a"]'],
      verification: ["make", "npm test"],
      riskClass: "medium",
    });
  });

  test("has a digest over its JSON", () => {
    const scope = scopeOf(planOf([planned("create", "b")]), "medium");
    expect(scopeDigest(scope)).toBe(digestOf('[["[\\"create\\",\\"b\\"]"],["npm test"],"medium"]'));
  });

  test.each<[string, Partial<Plan>]>([
    ["summary", { summary: "Other words" }],
    ["steps", { steps: [] }],
    ["risks", { risks: [] }],
    ["suggestions", { suggestions: ["make"] }],
    ["rollback", { rollback: "Do nothing" }],
    ["reasons", { files: richPlan.files.map((file) => ({ ...file, reason: "Other" })) }],
    ["order of files", { files: [...richPlan.files].reverse() }],
  ])("does not depend on the %s", (_, changes) => {
    expect(digest({ ...richPlan, ...changes })).toBe(digest(richPlan));
  });

  test("does not depend on the order of commands", () => {
    const withCommands = (...verification: string[]) => digest(planOf([planned("create", "a")], { verification }));
    expect(withCommands("a", "b")).toBe(withCommands("b", "a"));
    expect(withCommands("a", "b")).not.toBe(withCommands("a b"));
  });

  test("depends on every risk class", () => {
    expect(new Set(RISK_CLASSES.map((risk) => scopeDigest(scopeOf(richPlan, risk)))).size).toBe(RISK_CLASSES.length);
  });

  test("cannot be imitated by a separator in a path", () => {
    expect(digest(planOf([planned("create", 'a"],["create","b')]))).not.toBe(
      digest(planOf([planned("create", "a"), planned("create", "b")])),
    );
  });
});
