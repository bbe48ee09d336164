import { describe, expect, expectTypeOf, test } from "vitest";
import { outcome, REASONS, type ReasonCode, remedyOf, type Stage } from "../../src/governance/outcome.ts";

const codes = Object.keys(REASONS) as ReasonCode[];
const withDecision = (decision: string) => codes.filter((code) => REASONS[code].decision === decision);

describe("the closed list of reasons", () => {
  test("allows exactly three ends of a plan, a step on the way and a sign-off, and skips exactly three", () => {
    expect(withDecision("allow")).toEqual([
      "plan_published",
      "evidence_stored",
      "plan_approved",
      "plan_executed",
      "gates_passed",
      "sign_off_recorded",
    ]);
    expect(withDecision("skip")).toEqual(["not_a_pull_request", "not_for_us", "nothing_to_do"]);
  });

  test("denies everything else", () => {
    expect(withDecision("deny")).toHaveLength(codes.length - 9);
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

describe("the reasons of an execution that may run twice", () => {
  test.each<[ReasonCode, string, string, string]>([
    ["evidence_stored", "allow", "The evidence of the execution is stored, the commit follows", ""],
    [
      "approval_used",
      "deny",
      "An earlier run was about to commit with this approval and did not report",
      "Look at the branch; then remove the label and apply it again.",
    ],
    [
      "plan_superseded",
      "deny",
      "A newer plan was published on this pull request",
      "Read the newer plan; if it has no check run, comment the command again.",
    ],
    [
      "pull_request_reopened",
      "deny",
      "The pull request was closed and reopened after the approval",
      "Remove the label and apply it again.",
    ],
  ])("%s is told with the decision %s", (code, decision, title, remedy) => {
    expect(REASONS[code]).toEqual({ decision, title, remedy });
  });
});

describe("what to do", () => {
  test.each<[ReasonCode, string]>([
    ["approvals_missing", "Others who may approve comment `/ai-approve`."],
    ["decision_missing", "The named owner comments `/ai-decision go <reason>`, or no-go, once the gates pass."],
  ])("of %s names the policy's own command", (code, remedy) => {
    expect(remedyOf(code, "/ai")).toBe(remedy);
  });

  test.each(codes)("of %s names no command but the policy's", (code) => {
    expect(remedyOf(code, "/ai")).not.toMatch(/\/codex|[{}]/);
    expect(remedyOf(code, "{command}")).toBe(REASONS[code].remedy);
  });
});

test("the stages are these; the type check proves it", () => {
  type Known =
    | "planned"
    | "approved"
    | "blocked"
    | "executed"
    | "refused"
    | "denied"
    | "drifted"
    | "revoked"
    | "skipped";
  expectTypeOf<Stage>().toEqualTypeOf<Known>();
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
