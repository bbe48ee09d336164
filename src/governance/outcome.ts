import type { ErrorCode } from "./errors.ts";

/**
 * Where an outcome leaves the pull request. `refused`: the request never became a plan. `blocked`: it is approved, but
 * something that high-risk work needs is open.
 */
export type Stage =
  | "planned"
  | "approved"
  | "blocked"
  | "executed"
  | "refused"
  | "denied"
  | "drifted"
  | "revoked"
  | "skipped";

export type Decision = "allow" | "deny" | "skip";

interface Reason {
  readonly decision: Decision;
  /** What happened, for people, without a full stop. */
  readonly title: string;
  /** What to do about it, with `{command}` for the policy's command word. Empty where nothing is to be done. */
  readonly remedy: string;
}

const deny = (title: string, remedy: string): Reason => ({ decision: "deny", title, remedy });
const allow = (title: string, remedy = ""): Reason => ({ decision: "allow", title, remedy });
const skip = (title: string): Reason => ({ decision: "skip", title, remedy: "" });

const askAgain = "Comment the command again and have the new plan approved.";
const fixPlan = "Comment the command again with a prompt that stays inside the rules.";
const retry = "Re-run the job; if it fails again, look at the run log.";

/** Every way a run can end. The list is closed: what is not here cannot be reported. */
export const REASONS = {
  // Nothing to do
  not_a_pull_request: skip("The comment is on an issue, not on a pull request"),
  not_for_us: skip("The event is not for this action"),
  nothing_to_do: skip("No plan is waiting and no label is set"),

  // Allowed
  plan_published: allow("The plan is archived and waits for approval"),
  evidence_stored: allow("The evidence of the execution is stored, the commit follows"),
  plan_approved: allow("The plan is approved and the per-file dry run stayed inside it"),
  plan_executed: allow("The approved plan is executed"),

  gates_passed: allow("Everything that high-risk work needs is there"),
  sign_off_recorded: allow("The sign-off is recorded"),

  // The request
  prompt_empty: deny("The command has no prompt", "Write what Codex is to do after the command."),
  prompt_invisible: deny(
    "The prompt has characters that a reader cannot see",
    "Remove the listed code points and comment again.",
  ),
  prompt_hidden_markup: deny("The prompt has an HTML comment", "Remove the `<!--` and comment again."),
  prompt_too_long: deny(
    "The prompt is too long to be shown whole",
    "Shorten the prompt, or put the long part into a file of the branch and name it, and comment again.",
  ),
  comment_edited: deny("The command comment was edited after it was posted", askAgain),
  comment_deleted: deny("The command comment was deleted", askAgain),
  sender_mismatch: deny("The sender of the event is not the author of the comment", askAgain),
  requester_not_authorised: deny(
    "The commenter may not ask for a plan",
    "Ask somebody with write access to comment the command.",
  ),
  rerun_not_attributable: deny(
    "Nobody can tell which person re-ran this request",
    "Somebody with write access comments the command anew.",
  ),
  fork_refused: deny(
    "The pull request comes from a fork",
    "Push the branch to this repository and open the pull request from there.",
  ),
  pull_request_closed: deny("The pull request is not open", "Reopen the pull request and comment again."),
  head_is_default_branch: deny(
    "The pull request's head is the default branch, to which an execution would commit",
    "Make a branch for the work, open a pull request from it, and comment the command there.",
  ),
  branch_name_ambiguous: deny(
    "The name of the head branch or of the base branch could mean something else",
    "Push the work to a branch with another name, choose a base branch with one, and comment the command there.",
  ),
  shared_head: deny(
    "Another open pull request has the same head commit",
    "Close the other one, then re-run the job or ask again: a check belongs to a commit, and both would share it. A label that is set stays.",
  ),

  // The plan
  plan_invalid: deny("Codex did not give a valid plan", fixPlan),
  plan_paths_refused: deny("The plan names paths that are not allowed", fixPlan),
  plan_protected_paths: deny(
    "The plan names protected paths",
    "Change those files by hand in a pull request of their own.",
  ),
  plan_too_large: deny("The plan names too many files", "Split the work into smaller prompts."),
  planning_changed_tree: deny(
    "Files changed while Codex was only to plan",
    "Check where this Codex binary comes from; if it is the pinned one, report the listed files with the run log.",
  ),
  instructions_changed: deny(
    "The plan touches instruction files that this pull request already changed",
    "Merge the change of the instruction files first.",
  ),

  // The approval
  plan_not_found: deny("There is no plan for this pull request", askAgain),
  approval_not_found: deny(
    "There is no approval with a dry run for this plan",
    "Wait until mode approve has made the dry run for the label that is set, then re-run the job.",
  ),
  plan_comment_missing: deny("The plan's comment is gone, so nobody can have read the plan there", askAgain),
  plan_comment_edited: deny(
    "The plan's comment was edited, so the label may mean another plan",
    "Comment the command again: a plan counts only as long as nobody else ever wrote in its comment.",
  ),
  label_without_event: deny("The label is set, but no event says who set it", "Remove the label and apply it again."),
  label_event_unproven: deny(
    "GitHub does not show in full who set the label",
    "Re-run the job; if it says so again, remove the label and apply it again.",
  ),
  approval_ended: deny(
    "An earlier run refused or revoked what this label event approved",
    "Read the plan, remove the label and apply it again.",
  ),
  label_missing: deny("The approval label is not set", "A reviewer applies the approval label."),
  approver_is_bot: deny("The label was not applied by a person", "A person with write access applies the label."),
  approver_is_agent: deny(
    "The label was suggested by an agent",
    "A person with write access removes it and applies it by hand.",
  ),
  approver_is_requester: deny(
    "The requester approved the own request",
    "Another person with write access applies the label.",
  ),
  approver_not_authorised: deny(
    "The person who applied the label has no write access",
    "Ask somebody with write access.",
  ),
  approval_before_plan: deny(
    "The label was applied before the plan was published",
    "Read the plan, remove the label and apply it again.",
  ),
  approval_too_soon: deny(
    "The label was set less than a minute after this plan replaced another one",
    "Read the plan that is there now, then set the label again.",
  ),
  approval_expired: deny("The approval has expired", askAgain),
  approval_withdrawn: deny("The approval label was removed", "Apply the label again to approve the plan."),

  // The binding
  head_moved: deny("The head of the pull request moved after the plan", askAgain),
  base_moved: deny("The base branch moved after the plan", askAgain),
  base_changed: deny("The base branch of the pull request was changed after the plan", askAgain),
  prompt_changed: deny("The prompt is not the one that the plan was made from", askAgain),
  policy_changed: deny("The policy changed after the plan", askAgain),
  instruction_chain_changed: deny("The instruction files changed after the plan", askAgain),
  codex_changed: deny("Codex's version, model or effort changed after the plan", askAgain),
  action_changed: deny("The version of this action changed after the plan", askAgain),
  binding_mismatch: deny("The plan belongs to something else", askAgain),
  approval_used: deny(
    "An earlier run was about to commit with this approval and did not report",
    "Look at the branch; then remove the label and apply it again.",
  ),
  plan_superseded: deny(
    "A newer plan was published on this pull request",
    "Read the newer plan; if it has no check run, comment the command again.",
  ),
  pull_request_reopened: deny(
    "The pull request was closed and reopened after the approval",
    "Remove the label and apply it again.",
  ),
  already_executed: deny("This approval was already used", askAgain),

  // High-risk work
  declaration_invalid: deny(
    "A declaration at the end of the comment is wrong",
    "Correct the listed lines and comment the command again.",
  ),
  declarations_missing: deny(
    "Something that high-risk work has to declare is missing",
    "Comment the command again with the listed trailers, or set their defaults in the policy.",
  ),
  approvals_missing: deny(
    "More people have to approve than have",
    "Others who may approve comment `{command}-approve`.",
  ),
  gates_pending: deny(
    "A gate waits for a result or for a sign-off",
    "Wait for the checks, and have the listed gates signed.",
  ),
  gate_failed: deny("A gate failed", "Remove what the gate found, then have it evaluated again."),
  decision_missing: deny(
    "Nobody has decided GO or NO-GO",
    "The named owner comments `{command}-decision go <reason>`, or no-go, once the gates pass.",
  ),
  decision_no_go: deny(
    "The named owner decided NO-GO",
    "Remove the reason; then the named owner may decide anew with a later comment.",
  ),
  decision_stale: deny(
    "A gate changed after the GO",
    "The named owner looks at the gates again and decides with a new comment.",
  ),
  escalation_open: deny(
    "An escalated blocker is open",
    "Its new owner removes it by the deadline; then the gate is evaluated and signed anew.",
  ),
  change_too_large: deny("The change is larger than one review can hold", "Split the work into smaller prompts."),
  rehearsal_failed: deny(
    "The rehearsal of the rollback failed",
    "Look at the command that failed; then ask for a plan that can be taken back.",
  ),
  sign_off_invalid: deny("The sign-off is not one", "Correct the comment as listed and post it anew."),
  sign_off_refused: deny(
    "The sign-off does not count",
    "Somebody who may sign posts a new comment, and leaves it unedited.",
  ),
  team_unreadable: deny(
    "The members of a team cannot be read",
    "Name people instead of the team, or give the action a token that may read it.",
  ),

  // The guarded run
  parity_failed: deny(
    "Codex asked for changes outside the approved plan",
    "Ask for a plan that names these files, or word the prompt more narrowly.",
  ),
  no_change: deny("Codex ended without changing any file", "Word the prompt more precisely and comment again."),
  plan_drifted: deny("The regenerated plan is not the approved one", askAgain),
  replay_failed: deny("The approved patch does not apply", askAgain),
  verification_missing: deny(
    "Nothing tests or lints what runs in production",
    "Have a maintainer add a test or a lint command to `verification` in the policy, then ask for a new plan.",
  ),
  verification_failed: deny("A verification command failed", "Read the command's output, then ask for a new plan."),
  verification_changed_tree: deny(
    "A verification command changed files",
    "Make the command leave the tree as it was, or have it write to ignored files.",
  ),

  // Failures: one for each error code
  configuration_invalid: deny("The workflow's inputs are wrong", "Correct the inputs of the action."),
  policy_invalid: deny("The policy file is wrong", "Correct the policy file on the base branch."),
  codex_missing: deny("Codex is not there", "Install the pinned Codex version or set `codex-path`."),
  codex_version_mismatch: deny("Codex has another version than the policy pins", "Install the pinned version."),
  sandbox_unavailable: deny(
    "Codex's sandbox cannot start on this runner",
    "Allow unprivileged user namespaces on the runner.",
  ),
  artifact_missing: deny("The evidence artifact is gone", askAgain),
  artifact_expired: deny("The evidence artifact has expired", askAgain),
  artifact_foreign: deny("The evidence artifact was not made by our workflow", askAgain),
  artifact_tampered: deny("The evidence artifact is not the one that was recorded", askAgain),
  export_conflict: deny(
    "Something else is stored where the evidence would be exported to",
    "Find out who wrote the named object; nothing was overwritten.",
  ),
  evidence_of_pull_request: deny(
    "The dry run was made by the pull request's own workflow file",
    "Use the hardened wiring, or the one for `pull_request_target`; then comment the command again.",
  ),
  evidence_invalid: deny("The evidence bundle does not hold together", askAgain),
  github_unavailable: deny("GitHub did not answer", retry),
  github_not_found: deny("GitHub does not know what was asked for", retry),
  github_forbidden: deny("GitHub refused the token", "Give the job the permissions that the README lists."),
  github_rate_limited: deny("GitHub's rate limit is reached", "Re-run the job later."),
  github_malformed: deny("GitHub's answer was not understood", retry),
  github_time_unknown: deny(
    "GitHub's answers do not say what time it is",
    "Let the proxy between the runner and GitHub pass the header `Date` unchanged, then re-run the job.",
  ),
  commit_refused_by_rules: deny(
    "A rule of the repository refused the commit; nothing was written and the approval stays",
    "Change the rule that is quoted, or let the app of the job's token bypass it, then re-run the job.",
  ),
  comments_flooded: deny(
    "More comments came since the plan than one run reads",
    "Lock the conversation or delete what floods it, then comment the command again.",
  ),
  git_failed: deny("git failed", retry),
  runner_disk_full: deny(
    "The runner's disk is full",
    "Free space or inodes on the runner, or raise its quota or file size limit; then re-run the job. A label that is set stays.",
  ),
  runner_disk_failed: deny(
    "The runner could not read or write its own files",
    "Look for a read-only or broken file system, missing permissions or a limit on open files on the runner; then re-run the job, on another runner if need be. A label that is set stays.",
  ),
  artifact_store_failed: deny("The artifact store failed", retry),
  export_failed: deny("The object store failed", retry),
  // Never the end of a run: what an attestation meets is a warning, and the decision stands.
  attestation_failed: deny(
    "The execution could not be attested",
    "Look at the warning; what was decided stands, and the journal proves it without an attestation.",
  ),
  codex_auth_failed: deny("The model service refused the key", "Check the API key."),
  codex_rate_limited: deny("The model service is rate limited", "Re-run the job later."),
  codex_service_failed: deny("The model service failed", retry),
  codex_quota_exceeded: deny(
    "The quota of the model account is used up",
    "Add credit or raise the limit of the key's project, then re-run the job.",
  ),
  codex_model_unavailable: deny(
    "The model service does not offer this model to this key",
    "Check `codex.model` in the policy, and that the project of the key may use this model.",
  ),
  codex_request_refused: deny(
    "The model service does not accept the request",
    "Check `codex.model` and `codex.effort` in the policy: not every model knows every effort.",
  ),
  codex_policy_refused: deny(
    "The model service's usage policy does not allow the request",
    "Word the prompt differently and comment the command again.",
  ),
  codex_work_too_large: deny(
    "The work does not fit into one session of the model",
    "Split the work into smaller prompts.",
  ),
  codex_gave_up: deny(
    "Codex gave up because too many of its requests were declined",
    "Read what was declined, and word the prompt so that the work needs none of it.",
  ),
  codex_stream_cut: deny("The model service's answer was cut off", retry),
  codex_timeout: deny("Codex did not finish in time", retry),
  codex_protocol: deny("Codex said something that was not understood", retry),
  codex_exited: deny("Codex ended unexpectedly", retry),
  analytics_refused: deny(
    "The Codex Analytics API refused the request",
    "Check `CODEX_ANALYTICS_API_KEY`, its scope, the workspace and the period.",
  ),
  analytics_unavailable: deny("The Codex Analytics API did not answer", "Run the command again later."),
  analytics_malformed: deny(
    "An answer of the Codex Analytics API was not understood",
    "Look at the raw page; write the note without the API until its fields are known.",
  ),
  internal_error: deny("The action itself failed", "Report it with the run log."),
} as const satisfies Record<string, Reason> & Record<ErrorCode, Reason>;

export type ReasonCode = keyof typeof REASONS;

/**
 * Denials that are no doubt about the approval, and leave the label, which a person rightly set: whoever can read the
 * repository can open another pull request from the same branch, and what is not there yet may come.
 */
export const KEEPS_APPROVAL: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "shared_head",
  "approval_not_found",
  "label_event_unproven",
]);

/** What people are told to do, with the commands of their own policy. */
export function remedyOf(reasonCode: ReasonCode, command: string): string {
  return REASONS[reasonCode].remedy.replaceAll("{command}", () => command);
}

/** One thing that was found wrong: which file or subject, what was expected, what was there. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
  readonly expected?: string;
  readonly got?: string;
}

/** How a run ended. `decision` follows from the reason code. */
export interface Outcome {
  readonly decision: Decision;
  readonly reasonCode: ReasonCode;
  readonly stage: Stage;
  readonly findings: readonly Finding[];
}

export function outcome(reasonCode: ReasonCode, stage: Stage, findings: readonly Finding[] = []): Outcome {
  return { decision: REASONS[reasonCode].decision, reasonCode, stage, findings };
}
