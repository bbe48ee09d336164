import { type Approval, evaluateApproval } from "../governance/approval.ts";
import { GovernanceError } from "../governance/errors.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { shownDigest } from "../governance/pointer.ts";
import type { LabelEvent, PullRequest } from "../ports.ts";
import type { FoundPlan } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";

/** Reads the approval live and judges it: label, latest event, actor's permission, the plan's publication. */
export async function proveApproval(
  record: RunRecord,
  pullRequest: PullRequest,
  { plan, storedAt }: FoundPlan,
): Promise<Approval | Outcome> {
  const { github, clock } = record.ports;
  const { label, "approval-expires-days": expiresAfterDays, "four-eyes": fourEyes } = record.policy;
  const latestEvent = (await github.fetchLabelEvents(pullRequest.number))
    .filter((event) => event.label === label)
    .at(-1);
  record.eventId = latestEvent?.id;
  record.actor = latestEvent?.actor?.login ?? record.actor;
  const comment = await github.fetchComment(record.pointer?.commentId ?? 0);
  if (comment === undefined) return outcome("plan_comment_missing", "denied");
  const shown = shownDigest(comment.body);
  if (shown !== record.pointer?.shownDigest && shown !== record.pointer?.shownBefore) {
    return outcome("plan_comment_edited", "denied");
  }
  record.shownDigest = shown;
  const verdict = evaluateApproval({
    label,
    presentLabels: pullRequest.labels,
    latestEvent,
    actorPermission: await fetchActorPermission(record, latestEvent),
    requesterId: plan.binding.requesterId,
    // Whoever approves must have been able to read the plan: both its archive and its comment are there.
    publishedAt: [storedAt, comment.createdAt].reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b)),
    now: clock(),
    expiresAfterDays,
    fourEyes,
  });
  if (verdict.status === "denied") return outcome(verdict.reasonCode, "denied", verdict.findings);
  record.facts.approver = verdict.approval.approver;
  record.facts.expiresAt = verdict.approval.expiresAt;
  Object.assign(record.subject, { eventId: verdict.approval.eventId, approverId: verdict.approval.approverId });
  return verdict.approval;
}

/** GitHub answers 404 for apps and for people it does not know: no permission, hence a denial, not a failure. */
async function fetchActorPermission(record: RunRecord, event: LabelEvent | undefined) {
  if (event?.actor === undefined) return undefined;
  try {
    const { user, permission } = await record.ports.github.fetchPermission(event.actor.login);
    return { userId: user.id, permission };
  } catch (error) {
    if (error instanceof GovernanceError && error.code === "github_not_found") return undefined;
    throw error;
  }
}

/**
 * Proves right before an effect that nothing moved while the agent worked: the same head, the label still set by
 * the same event.
 */
export async function findLateChange(
  record: RunRecord,
  pullRequest: PullRequest,
  approval: Approval,
): Promise<Outcome | undefined> {
  const { github } = record.ports;
  const now = await github.fetchPullRequest(pullRequest.number);
  if (now === undefined || now.state !== "open") return outcome("pull_request_closed", "denied");
  if (now.headSha !== pullRequest.headSha)
    return outcome("head_moved", "denied", [moved("headSha", pullRequest.headSha, now.headSha)]);
  if (now.baseRef !== pullRequest.baseRef)
    return outcome("base_changed", "denied", [moved("baseRef", pullRequest.baseRef, now.baseRef)]);
  record.facts.labelPresent = now.labels.includes(record.policy.label);
  const events = await github.fetchLabelEvents(pullRequest.number);
  const latest = events.filter((event) => event.label === record.policy.label).at(-1);
  if (!record.facts.labelPresent || latest?.id !== approval.eventId) {
    return outcome("approval_withdrawn", "denied", [
      moved("label event", String(approval.eventId), String(latest?.id ?? "none")),
    ]);
  }
  return undefined;
}

function moved(what: string, expected: string, got: string) {
  return { code: "changed_during_run", message: `\`${what}\` changed while the run was under way.`, expected, got };
}
