import type { ErrorCode } from "./errors.ts";
import type { ReasonCode } from "./outcome.ts";

/**
 * What kind of denial a reason is, for counting. `rule`: something was asked for that may not be. `verification`: the
 * change did not pass its commands. `drift`: the plan is not the approved one any more. `stale`: the world moved on.
 * `waiting`: somebody has to act. `failure`: a part did not work; it says nothing of the plan.
 */
export type DenialKind = "rule" | "verification" | "drift" | "stale" | "waiting" | "failure";

const VERIFICATION: readonly ReasonCode[] = ["verification_failed", "verification_changed_tree"];

const DRIFT: readonly ReasonCode[] = ["plan_drifted"];

const STALE: readonly ReasonCode[] = [
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
  "approval_expired",
];

const WAITING: readonly ReasonCode[] = [
  "label_missing",
  "approval_withdrawn",
  "approval_not_found",
  "approval_too_soon",
  "approvals_missing",
  "gates_pending",
  "decision_missing",
  "decision_stale",
];

/** Every code of an error is here, so that a new one is no breach of a rule by accident. */
const FAILURES: Readonly<Record<ErrorCode | "internal_error", true>> = {
  configuration_invalid: true,
  policy_invalid: true,
  codex_missing: true,
  codex_version_mismatch: true,
  sandbox_unavailable: true,
  artifact_missing: true,
  artifact_expired: true,
  artifact_foreign: true,
  artifact_tampered: true,
  evidence_of_pull_request: true,
  evidence_invalid: true,
  github_unavailable: true,
  github_not_found: true,
  github_forbidden: true,
  github_rate_limited: true,
  github_malformed: true,
  github_time_unknown: true,
  commit_refused_by_rules: true,
  comments_flooded: true,
  git_failed: true,
  runner_disk_full: true,
  runner_disk_failed: true,
  artifact_store_failed: true,
  codex_auth_failed: true,
  codex_rate_limited: true,
  codex_service_failed: true,
  codex_quota_exceeded: true,
  codex_model_unavailable: true,
  codex_request_refused: true,
  codex_policy_refused: true,
  codex_work_too_large: true,
  codex_gave_up: true,
  codex_stream_cut: true,
  codex_timeout: true,
  codex_protocol: true,
  codex_exited: true,
  attestation_failed: true,
  export_conflict: true,
  export_failed: true,
  analytics_refused: true,
  analytics_unavailable: true,
  analytics_malformed: true,
  internal_error: true,
};

/** Of a reason that denies. */
export function denialKindOf(reasonCode: ReasonCode): DenialKind {
  if (VERIFICATION.includes(reasonCode)) return "verification";
  if (DRIFT.includes(reasonCode)) return "drift";
  if (STALE.includes(reasonCode)) return "stale";
  if (WAITING.includes(reasonCode)) return "waiting";
  return Object.hasOwn(FAILURES, reasonCode) ? "failure" : "rule";
}
