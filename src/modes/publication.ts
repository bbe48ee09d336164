import { CHECK_NAME, REQUEST_CHECK_NAME } from "../governance/check-names.ts";
import { shortDigest } from "../governance/digest.ts";
import type { Stage } from "../governance/outcome.ts";
import { type Pointer, type PointerStage, renderPointer, shownDigest } from "../governance/pointer.ts";
import type { ArtifactReference, CheckConclusion, CheckRun, Comment } from "../ports.ts";
import { renderCheckSummary, renderCheckTitle } from "../report/check.ts";
import { renderComment } from "../report/comment.ts";
import { parseMarker } from "../report/marker.ts";
import { renderRefusal } from "../report/refusal.ts";
import type { RunView } from "../report/view.ts";
import { runUrl } from "./mode.ts";
import type { RunRecord } from "./run-record.ts";

export async function stripLabel(record: RunRecord): Promise<void> {
  if (record.pullRequest === undefined) return;
  // Removed without asking whether it is there: it may have come since we looked.
  await record.ports.github.removeLabel(record.pullRequest.number, record.policy.label);
  record.facts.labelPresent = false;
}

export function suffixOf(stage: Stage): string {
  return stage === "planned" ? "" : `-${stage}`;
}

/** Stores the bundle under a name of its own; names are for people, the id is what counts. */
export async function storeEvidence(record: RunRecord, suffix: string): Promise<ArtifactReference> {
  const { context, facts, ports } = record;
  const plan = facts.planDigest ? shortDigest(facts.planDigest) : "none";
  // A re-run keeps the run's id, and two artifacts of one run cannot share a name.
  const attempt = context.runAttempt > 1 ? `-attempt${context.runAttempt}` : "";
  const name = `codex-plan-pr${record.pullRequest?.number ?? 0}-${plan}${suffix}${attempt}`;
  const artifact = await ports.artifacts.store(name, record.evidence, context.retentionDays);
  record.stored.add(artifact.id);
  facts.artifact = { name, url: `${runUrl(context)}/artifacts/${artifact.id}` };
  return artifact;
}

/** Spends the approval: from here on this label event leads to no other commit, whatever becomes of this run. */
export async function markCommitting(record: RunRecord, evidence: ArtifactReference): Promise<void> {
  if (record.pointer === undefined) return;
  const pointer: Pointer = {
    ...record.pointer,
    stage: "committing",
    artifactId: evidence.id,
    artifactDigest: evidence.digest,
    eventId: record.eventId ?? record.pointer.eventId,
  };
  await record.ports.github.createCheckRun({
    name: CHECK_NAME,
    headSha: record.facts.headSha ?? "",
    conclusion: "action_required",
    externalId: renderPointer(pointer),
    title: "The approved plan is about to be committed",
    summary: "The approval is spent. If this stays, the run did not report; the next run finds out what happened.",
    detailsUrl: runUrl(record.context),
  });
  record.pointer = pointer;
}

/** The pointer after this run. Without a new artifact it goes on pointing at the old one. */
export function nextPointer(
  record: RunRecord,
  stage: PointerStage,
  artifact: ArtifactReference | undefined,
  body: string,
): Pointer | undefined {
  const { pointer } = record;
  if (pointer === undefined) return undefined;
  // A bundle without the plan (the evidence could not be opened) is no successor of the plan's bundle.
  const isSuccessor = artifact !== undefined && record.evidence.has("plan.json");
  return {
    ...pointer,
    stage: lastingStage(pointer.stage, stage),
    ...(isSuccessor ? { artifactId: artifact.id, artifactDigest: artifact.digest } : {}),
    // The comment is rewritten only by a run that knows the plan.
    ...(record.facts.plan
      ? { shownDigest: shownDigest(body), shownBefore: record.shownDigest ?? pointer.shownDigest }
      : {}),
    eventId: record.eventId ?? pointer.eventId,
    commitSha: record.facts.commit?.sha ?? pointer.commitSha,
  };
}

/** An execution is final. So is a drift, whatever a later run denies for, unless the plan turns out to be a commit. */
function lastingStage(before: PointerStage, now: PointerStage): PointerStage {
  if (before === "executed") return before;
  return before === "drifted" && now !== "executed" && now !== "committing" ? before : now;
}

/** Only an execution is a success: a plan that waits must not satisfy branch protection. */
function conclusionOf({ outcome: { stage, decision }, commit, highRisk }: RunView): CheckConclusion {
  if (stage === "executed" && decision === "allow") return "success";
  // The commit is what was approved. What is missing is the end of its report, which the next run writes.
  if (stage === "executed" && commit) return "action_required";
  // Red whatever this run was about: an escalated blocker waits for somebody by name.
  if (highRisk?.escalations.some(({ closedAt }) => closedAt === undefined)) return "failure";
  return decision === "allow" || stage === "revoked" ? "action_required" : "failure";
}

export async function postChecks(record: RunRecord, view: RunView, pointer: Pointer | undefined): Promise<CheckRun> {
  const { github } = record.ports;
  const title = renderCheckTitle(view);
  const summary = renderCheckSummary(view);
  const post = (name: string, headSha: string, conclusion: CheckConclusion) =>
    github.createCheckRun({
      name,
      headSha,
      conclusion,
      externalId: pointer ? renderPointer(pointer) : "",
      title,
      summary,
      detailsUrl: runUrl(record.context),
    });
  const head = view.headSha ?? "";
  const conclusion = conclusionOf(view);
  if (view.outcome.stage === "refused") return post(REQUEST_CHECK_NAME, head, conclusion);
  if (view.outcome.stage === "planned" && view.mode === "plan") {
    const check = await post(CHECK_NAME, head, conclusion);
    // Takes back a failure that an earlier request left on this head. Without it the plan is as good: from the check
    // run above on, it can be approved, and must not be called refused.
    await post(REQUEST_CHECK_NAME, head, "success").catch((error: Error) => record.ports.log(error.message));
    return check;
  }
  if (view.commit === undefined) {
    // Should the branch come back to the plan's head, what was decided meanwhile is known there.
    const { planHead } = record;
    if (pointer && planHead !== undefined && planHead !== head) await post(CHECK_NAME, planHead, conclusion);
    return post(CHECK_NAME, head, conclusion);
  }
  // The new head carries the result; the old one keeps the mark that the approval is used, as the last word. It is
  // no success there: another pull request may come to have that commit as its head.
  await post(CHECK_NAME, view.commit.sha, conclusion);
  return post(CHECK_NAME, head, conclusion === "success" ? "action_required" : conclusion);
}

/** Updates the plan's comment if it is ours; otherwise a comment of its own tells what happened. */
export async function showOnComment(record: RunRecord, view: RunView): Promise<Comment> {
  const { github } = record.ports;
  const id = record.pointer?.commentId;
  const comment = id === undefined ? undefined : await github.fetchComment(id);
  const marker = comment && parseMarker(comment.body);
  const isOurs = comment?.author.type === "Bot" && marker?.pullRequest === view.pullRequest;
  // A run that failed before it could read the plan must not wipe the plan off its comment.
  if (comment && isOurs && view.plan && mayRewrite(record, view, comment.body)) {
    return github.updateComment(comment.id, renderComment(view));
  }
  return tellBeside(record, view);
}

/**
 * The comment is the last thing that a run writes: one that died before it left something untold. What somebody did to
 * the comment since is not our report to repeat.
 */
export async function isReported(record: RunRecord, pointer: Pointer): Promise<boolean> {
  const comment = await record.ports.github.fetchComment(pointer.commentId);
  if (comment === undefined || pointer.shownDigest === pointer.shownBefore) return true;
  record.shownDigest = shownDigest(comment.body);
  return record.shownDigest !== pointer.shownBefore;
}

/** A denial leaves alone what another run wrote meanwhile: it may tell of an execution. */
function mayRewrite({ pointer, shownDigest: seen }: RunRecord, { outcome, commit }: RunView, body: string): boolean {
  if (outcome.decision !== "deny" || commit || outcome.reasonCode === "plan_comment_edited") return true;
  return [seen, pointer?.shownDigest, pointer?.shownBefore].includes(shownDigest(body));
}

export function tellBeside(record: RunRecord, view: RunView): Promise<Comment> {
  return record.ports.github.createComment(view.pullRequest, renderRefusal(view));
}
