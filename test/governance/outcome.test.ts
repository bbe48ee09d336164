import { describe, expect, test } from "vitest";
import { outcome, REASONS, type ReasonCode } from "../../src/governance/outcome.ts";

const codes = Object.keys(REASONS) as ReasonCode[];
const withDecision = (decision: string) => codes.filter((code) => REASONS[code].decision === decision);

describe("the closed list of reasons", () => {
  test("allows exactly three ends, and skips exactly three", () => {
    expect(withDecision("allow")).toEqual(["plan_published", "plan_approved", "plan_executed"]);
    expect(withDecision("skip")).toEqual(["not_a_pull_request", "not_for_us", "nothing_to_do"]);
  });

  test("denies everything else", () => {
    expect(withDecision("deny")).toHaveLength(codes.length - 6);
  });

  test.each(codes)("%s has a title without a full stop, unlike every other title", (code) => {
    const { title } = REASONS[code];
    expect(title).toMatch(/^(?:[A-Z]|git).*[^.]$/);
    expect(codes.filter((other) => REASONS[other].title === title)).toEqual([code]);
  });

  test.each(withDecision("deny"))("%s says what to do in a sentence", (code) => {
    expect(REASONS[code].remedy).toMatch(/^[A-Z].*\.$/);
  });

  test("has nothing to do after an allow or a skip", () => {
    for (const code of [...withDecision("allow"), ...withDecision("skip")]) expect(REASONS[code].remedy).toBe("");
  });
});

describe("outcome", () => {
  test.each(codes)("takes the decision of %s from the list", (code) => {
    const findings = [{ code: "x", message: "m" }];
    expect(outcome(code, "denied", findings)).toEqual({
      decision: REASONS[code].decision,
      reasonCode: code,
      stage: "denied",
      findings,
    });
  });

  test("has no findings unless given", () => {
    expect(outcome("plan_approved", "approved").findings).toEqual([]);
  });
});
