import { expect, test } from "vitest";
import { denialKindOf } from "../../src/governance/denial-kinds.ts";
import { REASONS, type ReasonCode } from "../../src/governance/outcome.ts";

const DENIALS = Object.entries(REASONS).flatMap(([code, { decision }]) =>
  decision === "deny" ? [code as ReasonCode] : [],
);

test("every denial is of one kind; which are which stands here, to be read", () => {
  const kinds = Object.groupBy(DENIALS, denialKindOf);
  expect(kinds).toMatchObject({
    drift: ["plan_drifted"],
    verification: ["verification_failed", "verification_changed_tree"],
  });
  expect(kinds.stale).toEqual([
    "approval_expired",
    "head_moved",
    "base_moved",
    "base_changed",
    "prompt_changed",
    "policy_changed",
    "instruction_chain_changed",
    "codex_changed",
    "action_changed",
    "binding_mismatch",
    "plan_superseded",
    "pull_request_reopened",
  ]);
  expect(kinds.waiting).toEqual([
    "approval_not_found",
    "label_missing",
    "approval_too_soon",
    "approval_withdrawn",
    "approvals_missing",
    "gates_pending",
    "decision_missing",
    "decision_stale",
  ]);
  expect(kinds.rule).toEqual(expect.arrayContaining(["parity_failed", "approver_is_requester", "gate_failed"]));
});

test("a new reason that names a failing part is looked at here before it counts as a broken rule", () => {
  const isOfPart = (code: string) => /^(?:github|git|codex|artifact|policy_invalid|configuration)(?:_|$)/.test(code);
  const rules = DENIALS.filter((code) => denialKindOf(code) === "rule" && isOfPart(code));
  expect(rules).toEqual([]);
});
