import { type Approval, evaluateApproval, isSameLabel } from "../governance/approval.ts";
import { hexOf } from "../governance/digest.ts";
import { ExternalError } from "../governance/errors.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { type Pointer, shownDigest } from "../governance/pointer.ts";
import type { Comment, LabelEvent, PullRequest } from "../ports.ts";
import { parseMarker } from "../report/marker.ts";
import { findMovedIdentity } from "./identity.ts";
import { fetchPermissionOf } from "./permission.ts";
import { adoptSignOffs, type FoundPlan, findPointer } from "./plan-lookup.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";
import { fetchSubject } from "./subject.ts";

/** Reads the approval live and judges it: label, latest event, actor's permission, the plan's publication. */
export async function proveApproval(
  record: RunRecord,
  pullRequest: PullRequest,
  { plan, storedAt }: FoundPlan,
): Promise<Approval | Outcome> {
  const { github, clock } = record.ports;
  const { label, "approval-expires-days": expiresAfterDays, "four-eyes": fourEyes } = record.policy;
  const latestEvent = (await github.fetchLabelEvents(pullRequest.number))
    .filter((event) => isSameLabel(event.label, label))
    .at(-1);
  record.eventId = latestEvent?.id;
  record.actor = latestEvent?.actor?.login ?? record.actor;
  const comments = await github.fetchComments(pullRequest.number);
  const comment = comments.find(({ id }) => id === record.pointer?.commentId);
  if (comment === undefined) return outcome("plan_comment_missing", "denied");
  const newer = comments.find(
    ({ id, author, body }) => author.id === comment.author.id && id > comment.id && isAboutAnotherPlan(body, plan),
  );
  // A run may have died after it showed a newer plan: the label may mean that one.
  if (newer) return outcome("plan_superseded", "denied", [{ code: "plan_superseded", message: newer.url }]);
  const isAsWritten = showsPlan(comment, plan, record.pointer);
  if (isAsWritten) record.shownDigest = shownDigest(comment.body);
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
  // After the label: whoever took it away may have had a run that rewrote the comment.
  if (!isAsWritten) return outcome("plan_comment_edited", "denied");
  record.facts.approver = verdict.approval.approver;
  record.facts.expiresAt = verdict.approval.expiresAt;
  Object.assign(record.subject, { eventId: verdict.approval.eventId, approverId: verdict.approval.approverId });
  return verdict.approval;
}

/** Whether the plan's comment is still what we wrote, so that its readers have read the plan. */
function showsPlan({ author, body }: Comment, plan: PlanEvidence, pointer: Pointer | undefined): boolean {
  if (author.type !== "Bot" || parseMarker(body)?.planHex !== hexOf(plan.planDigest)) return false;
  const shown = shownDigest(body);
  return shown === pointer?.shownDigest || shown === pointer?.shownBefore;
}

function isAboutAnotherPlan(body: string, plan: PlanEvidence): boolean {
  const marker = parseMarker(body);
  return marker?.planHex !== undefined && marker.planHex !== hexOf(plan.planDigest);
}

async function fetchActorPermission(record: RunRecord, event: LabelEvent | undefined) {
  if (event?.actor === undefined) return undefined;
  const known = await fetchPermissionOf(record, event.actor.login);
  return known && { userId: known.user.id, permission: known.permission };
}

/**
 * Who signs while the agent works is answered by a run of its own, which shows the new state on the plan's comment and
 * says so in the pointer. That is no edit. Its journal is not continued by this run: it is found by what is returned.
 */
export async function refreshShown(record: RunRecord): Promise<Pointer | undefined> {
  const { pointer, pullRequest, facts } = record;
  if (pointer === undefined || pullRequest === undefined || facts.highRisk === undefined) return undefined;
  const now = await findPointer(record, { pullRequest });
  if (now?.planArtifactId !== pointer.planArtifactId || now.commentId !== pointer.commentId) return undefined;
  const { shownDigest: shown, shownBefore } = now;
  record.pointer = { ...pointer, shownDigest: shown, shownBefore };
  return now.artifactId === pointer.artifactId ? undefined : now;
}

/**
 * Proves right before an effect that nothing moved while the agent worked: everything is read and judged again,
 * and the approval must still be the same event.
 */
export async function findLateChange(
  record: RunRecord,
  found: FoundPlan,
  approval: Approval,
): Promise<Outcome | undefined> {
  const number = found.plan.binding.pullRequest;
  const overtaking = await refreshShown(record);
  const subject = await fetchSubject(record, number, "denied");
  if (isOutcome(subject)) {
    if (subject.decision === "deny") return subject;
    // It was there a moment ago: an answer that cannot be true is a failure, not a reason to skip.
    throw new ExternalError(
      "github_not_found",
      `GitHub does not know pull request ${number} any more. Re-run the job.`,
    );
  }
  const moved = await findMovedIdentity(record, subject, found.plan);
  if (moved) return moved;
  if (overtaking) await adoptSignOffs(record, subject, overtaking);
  const now = await proveApproval(record, subject.pullRequest, found);
  if (isOutcome(now)) return now;
  if (now.eventId === approval.eventId) return undefined;
  return outcome("approval_withdrawn", "denied", [
    {
      code: "changed_during_run",
      message: "The label was applied anew while the run was under way.",
      expected: `label event ${approval.eventId}`,
      got: `label event ${now.eventId}`,
    },
  ]);
}
