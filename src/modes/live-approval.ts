import { type Approval, evaluateApproval } from "../governance/approval.ts";
import { hexOf } from "../governance/digest.ts";
import { ExternalError } from "../governance/errors.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { isApprovedStage, type Pointer, parsePointer, shownDigest } from "../governance/pointer.ts";
import type { Comment, LabelEvent, PullRequest } from "../ports.ts";
import { parseMarker } from "../report/marker.ts";
import { findMovedIdentity } from "./identity.ts";
import { findOvertaking } from "./overtaking.ts";
import { fetchPermissionOf } from "./permission.ts";
import { adoptSignOffs, type FoundPlan, fetchBelievedChecks, fetchCommentsSince, findPointer } from "./plan-lookup.ts";
import { findCountsFrom, showsAnotherPlan } from "./replacement.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";
import { fetchSubject } from "./subject.ts";

/** Of those who edited a comment, so many are named. */
const MAX_NAMED = 5;

/** The plan's comment as people find it. */
export interface ShownPlan {
  readonly comment: Comment;
  /** Why whoever read it may have read something else than the plan; undefined when nothing says so. */
  readonly flaw: Outcome | undefined;
  /** Whether a comment from shortly before shows another plan of this pull request. */
  readonly hasOlder: boolean;
}

/** Reads the plan's comment, what came after it, and who edited it. */
export async function readShownPlan(record: RunRecord, found: FoundPlan): Promise<ShownPlan | Outcome> {
  const { plan } = found;
  const comments = await fetchCommentsSince(record, found);
  const comment = comments.find(({ id }) => id === record.pointer?.commentId);
  if (comment === undefined) return outcome("plan_comment_missing", "denied");
  const newer = comments.find(
    ({ id, author, body }) => author.id === comment.author.id && id > comment.id && isAboutAnotherPlan(body, plan),
  );
  // A run may have died after it showed a newer plan: the label may mean that one.
  if (newer) return outcome("plan_superseded", "denied", [{ code: "plan_superseded", message: newer.url }]);
  const flaw = (await findEdit(record, comment, plan)) ?? findHiding(record, comment);
  if (flaw === undefined) record.shownDigest = shownDigest(comment.body);
  const older = comments.filter(({ id }) => id < comment.id);
  return { comment, flaw, hasOlder: older.some((each) => showsAnotherPlan(each, plan)) };
}

/**
 * Whether anybody else wrote in the plan's comment, now or ever: a text that was put back before a run looked at it
 * was not what an approver read in between. So a plan whose comment a person edited stays void.
 */
async function findEdit(record: RunRecord, comment: Comment, plan: PlanEvidence): Promise<Outcome | undefined> {
  if (!isAboutPlan(comment, plan)) return outcome("plan_comment_edited", "denied");
  if (!isShown(comment, record.pointer) && !(await isShownByOther(record, comment, plan))) {
    return outcome("plan_comment_edited", "denied");
  }
  if (!comment.isEdited) return undefined;
  const editors = await record.ports.github.fetchForeignEditors(comment.nodeId);
  // The jobs may have tokens of several apps, unless the policy names one.
  const strangers = record.policy["check-app"] === null ? editors.filter(({ type }) => type !== "Bot") : editors;
  if (strangers.length === 0) return undefined;
  const got = [...new Set(strangers.map(({ login }) => login))].slice(0, MAX_NAMED).join(", ");
  return outcome("plan_comment_edited", "denied", [
    { code: "plan_comment_edited", message: "Who edited the plan's comment.", expected: "this action alone", got },
  ]);
}

/**
 * Whoever speaks while the plan's comment is hidden may have read an older one that somebody has shown again. What was
 * judged by then stays, also when somebody tidies up.
 */
function findHiding({ mode, pointer }: RunRecord, { isHidden, url }: Comment): Outcome | undefined {
  const isJudged = mode !== "sign" && pointer !== undefined && isApprovedStage(pointer.stage);
  if (!isHidden || isJudged || mode === "execute") return undefined;
  const message = `It is hidden, so whoever spoke may not have read it: ${url}. Show it, read it, and say so again.`;
  return outcome("plan_comment_missing", "denied", [{ code: "plan_comment_hidden", message }]);
}

/** Reads the approval live and judges it: label, latest event, actor's permission, the plan's publication. */
export async function proveApproval(
  record: RunRecord,
  pullRequest: PullRequest,
  found: FoundPlan,
  known?: ShownPlan,
): Promise<Approval | Outcome> {
  const { github, clock } = record.ports;
  const { plan, storedAt } = found;
  const { label, "approval-expires-days": expiresAfterDays, "four-eyes": fourEyes } = record.policy;
  const { isSet, latest, unproven, stateChangedAt } = await github.fetchLabelHistory(pullRequest.number, label);
  const applied = latest?.kind === "labeled" ? latest : undefined;
  // A label that went away while the run was under way: the event that was judged first is the one that is refused.
  record.eventId = applied?.id ?? record.eventId;
  record.actor = applied?.actor?.login ?? record.actor;
  const shown = known ?? (await readShownPlan(record, found));
  if (isOutcome(shown)) return shown;
  // Whoever approves must have been able to read the plan: both its archive and its comment are there.
  const publishedAt = [storedAt, shown.comment.createdAt].reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
  const verdict = evaluateApproval({
    label,
    isLabelSet: isSet,
    presentLabels: pullRequest.labels,
    latestEvent: latest,
    unproven,
    endedUpTo: record.endedUpTo,
    actorPermission: await fetchActorPermission(record, applied),
    requesterId: plan.binding.requesterId,
    triggeringActorId: plan.binding.triggeringActorId,
    publishedAt,
    countsFrom: await findCountsFrom(record, plan, { ...shown, publishedAt }, applied ? [applied.createdAt] : []),
    stateChangedAt,
    now: timeAfter(clock.now(), applied),
    expiresAfterDays,
    fourEyes,
  });
  if (verdict.status === "denied") return outcome(verdict.reasonCode, "denied", verdict.findings);
  // After the label: whoever took it away may have had a run that rewrote the comment.
  if (shown.flaw) return shown.flaw;
  record.facts.approver = verdict.approval.approver;
  record.facts.expiresAt = verdict.approval.expiresAt;
  Object.assign(record.subject, { eventId: verdict.approval.eventId, approverId: verdict.approval.approverId });
  return verdict.approval;
}

/** Servers may differ by this much, in milliseconds. */
const TOLERANCE_MS = 60_000;

/** GitHub's time, which cannot be earlier than an event of GitHub's: an older `Date` comes from somewhere else. */
function timeAfter(now: string, event: LabelEvent | undefined): string {
  if (event === undefined || Date.parse(now) >= Date.parse(event.createdAt) - TOLERANCE_MS) return now;
  throw new ExternalError(
    "github_time_unknown",
    `GitHub's answers are dated ${now}, earlier than the label event of ${event.createdAt}. Look for a proxy that changes the header \`Date\`, then re-run the job.`,
  );
}

/** Whether a comment of a bot says that it is about this plan. */
function isAboutPlan({ author, body }: Comment, plan: PlanEvidence): boolean {
  return author.type === "Bot" && parseMarker(body)?.bindingHex === hexOf(plan.bindingDigest);
}

/** Whether the plan's comment is still what a pointer says that we wrote, so that its readers have read the plan. */
function isShown({ body }: Comment, pointer: Pointer | undefined): boolean {
  const shown = shownDigest(body);
  return shown === pointer?.shownDigest || shown === pointer?.shownBefore;
}

/**
 * Whether another run of ours wrote what the comment shows: since this one read its pointer, or while the head was
 * another one. Each run posts its pointer before it writes, on the head that it finds, so no text of ours lacks one.
 */
async function isShownByOther(record: RunRecord, comment: Comment, plan: PlanEvidence): Promise<boolean> {
  const heads = [record.pullRequest?.headSha, record.planHead, parseMarker(comment.body)?.headSha];
  for (const head of new Set(heads)) {
    const checks = head === undefined ? [] : await fetchBelievedChecks(record, head);
    const pointers = checks.flatMap(({ externalId }) => parsePointer(externalId) ?? []);
    const ofThis = pointers.filter(
      ({ commentId, bindingDigest }) => commentId === comment.id && bindingDigest === plan.bindingDigest,
    );
    if (ofThis.some((pointer) => isShown(comment, pointer))) return true;
  }
  return false;
}

function isAboutAnotherPlan(body: string, plan: PlanEvidence): boolean {
  const marker = parseMarker(body);
  // By the binding: another prompt may have led to a plan of the same text.
  return marker?.planHex !== undefined && marker.bindingHex !== hexOf(plan.bindingDigest);
}

async function fetchActorPermission(record: RunRecord, event: LabelEvent | undefined) {
  if (event?.actor === undefined) return undefined;
  const known = await fetchPermissionOf(record, event.actor.login);
  return known && { userId: known.user.id, permission: known.permission };
}

/** Who signs while the agent works is answered by a run of its own, which shows the new state. That is no edit. */
export async function refreshShown(record: RunRecord): Promise<Pointer | undefined> {
  return record.facts.highRisk === undefined ? undefined : findOvertaking(record);
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
  // Another run may have told meanwhile that the label is gone, which a rename has brought back since.
  const newest = await findPointer(record, subject);
  // Its comment may be deleted and the label brought back: nobody can delete a check run.
  if (newest && newest.planArtifactId > (record.pointer?.planArtifactId ?? 0)) {
    return outcome("plan_superseded", "denied", [
      { code: "plan_superseded", message: "A newer plan was published while the run was under way." },
    ]);
  }
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
