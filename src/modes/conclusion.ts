import { CHECK_NAME, REQUEST_CHECK_NAME } from "../governance/check-names.ts";
import { shortDigest } from "../governance/digest.ts";
import { type Outcome, outcome, type Stage } from "../governance/outcome.ts";
import { type Pointer, type PointerStage, parsePointer, renderPointer, shownDigest } from "../governance/pointer.ts";
import type { ArtifactReference, CheckConclusion, CheckRun, Comment } from "../ports.ts";
import { renderCheckSummary, renderCheckTitle } from "../report/check.ts";
import { renderComment } from "../report/comment.ts";
import { parseMarker } from "../report/marker.ts";
import { renderRefusal } from "../report/refusal.ts";
import type { RunView } from "../report/view.ts";
import { withoutSecrets } from "./disclosure.ts";
import { isTransient, outcomeOf } from "./failure.ts";
import { type ModeResult, runUrl } from "./mode.ts";
import type { RunRecord } from "./run-record.ts";

interface Told {
  readonly artifact?: ArtifactReference | undefined;
  readonly comment?: Comment | undefined;
  readonly check?: CheckRun | undefined;
}

/**
 * The one way out of every mode. An allow is published in an order in which each crash leaves less than was
 * decided, never more; if publishing fails, the allow becomes a deny. A deny is told as far as the world lets us.
 */
export async function conclude(record: RunRecord, found: Outcome, keepsLabel = false): Promise<ModeResult> {
  const ended = withoutSecrets(found, record.ports.redact);
  if (ended.decision === "skip") return resultOf(record, ended, {});
  if (ended.decision === "deny") return tell(record, ended, keepsLabel);
  try {
    return resultOf(record, ended, await publish(record, ended));
  } catch (error) {
    record.ports.log(`Publishing failed: ${(error as Error).message}`);
    const failed = outcomeOf(error, record.facts.commit ? "executed" : failureStage(record));
    return tell(record, withoutSecrets(failed, record.ports.redact), isTransient(error));
  }
}

/** Where a failure leaves a run of this mode. */
export function failureStage(record: RunRecord): Stage {
  return record.mode === "plan" ? "refused" : "denied";
}

async function publish(record: RunRecord, ended: Outcome): Promise<Told> {
  // A new plan voids a label from before; an execution uses the approval up.
  if (ended.stage !== "approved") await stripLabel(record);
  record.journalise(record.mode, ended);
  const artifact = await storeEvidence(record, suffixOf(ended.stage));
  const view = record.view(ended);
  if (ended.stage === "planned") return publishPlan(record, view, artifact);
  const pointer = nextPointer(record, ended.stage as PointerStage, artifact, renderComment(view));
  const check = await postChecks(record, view, pointer);
  const comment = await showOnComment(record, view);
  return { artifact, comment, check };
}

/** The comment comes before the check run: only the check run makes it a plan that can be approved. */
async function publishPlan(record: RunRecord, view: RunView, artifact: ArtifactReference): Promise<Told> {
  const { github, log } = record.ports;
  const number = view.pullRequest;
  const body = renderComment(view);
  const comment = await github.createComment(number, body);
  const check = await postChecks(record, view, {
    stage: "planned",
    pullRequest: number,
    artifactId: artifact.id,
    artifactDigest: artifact.digest,
    planArtifactId: artifact.id,
    commentId: comment.id,
    bindingDigest: view.bindingDigest as NonNullable<typeof view.bindingDigest>,
    shownDigest: shownDigest(body),
    shownBefore: shownDigest(body),
    eventId: 0,
    commitSha: "",
  });
  await bestEffort(log, "fold older plans", () => foldOlderPlans(record, comment));
  return { artifact, comment, check };
}

/** Our own older comments of this pull request: same author, our marker. Nobody else's is touched. */
async function foldOlderPlans(record: RunRecord, newest: Comment): Promise<void> {
  const { github } = record.ports;
  const number = record.pullRequest?.number ?? 0;
  for (const comment of await github.fetchComments(number)) {
    const isOurs = comment.author.id === newest.author.id && parseMarker(comment.body)?.pullRequest === number;
    if (isOurs && comment.id !== newest.id) await github.minimizeComment(comment.nodeId);
  }
}

/** Tells a deny: first the label goes, then the evidence, the check run and the comment, each on its own. */
async function tell(record: RunRecord, ended: Outcome, keepsLabel: boolean): Promise<ModeResult> {
  const { log } = record.ports;
  let final = ended;
  const attempt = async <T>(what: string, effect: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await effect();
    } catch (error) {
      log(`Could not ${what}: ${(error as Error).message}`);
      // A revocation is no failure of the job, unless it could not be carried out.
      if (final.stage === "revoked") final = withoutSecrets(outcomeOf(error, "denied"), record.ports.redact);
      return undefined;
    }
  };
  if (record.mode !== "plan" && !keepsLabel) await attempt("strip the label", () => stripLabel(record));
  record.journalise(record.mode, ended);
  if (await attempt("look for an execution", () => isExecutedMeanwhile(record))) record.isQuiet = true;
  if (record.isQuiet || record.pullRequest === undefined) return resultOf(record, final, {});
  const artifact = await attempt("store the evidence", () => storeEvidence(record, suffixOf(ended.stage)));
  const view = record.view(ended);
  const stage = keepsLabel || record.pointer === undefined ? record.pointer?.stage : stageOf(ended.stage);
  // After a commit the pointer stays where it was: by its evidence the next run recognises the commit and reports it.
  const successor = view.commit ? undefined : artifact;
  const pointer = stage && nextPointer(record, stage, successor, renderComment(view));
  const check = await attempt("post the check run", () => postChecks(record, view, pointer));
  // The plan's comment is rewritten only when the check run knows of it; otherwise it would look edited.
  const comment = await attempt("comment", () => (check ? showOnComment(record, view) : tellBeside(record, view)));
  return resultOf(record, final, { artifact, comment, check });
}

/** Another run may have executed this plan while this one judged it; its report must stay the last word. */
async function isExecutedMeanwhile({ planHead, pointer, facts, ports }: RunRecord): Promise<boolean> {
  if (planHead === undefined || pointer === undefined || pointer.stage === "executed" || facts.commit) return false;
  const checks = await ports.github.fetchCheckRuns(planHead, CHECK_NAME);
  return checks
    .map(({ externalId }) => parsePointer(externalId))
    .some((other) => other?.stage === "executed" && other.planArtifactId === pointer.planArtifactId);
}

function stageOf(stage: Stage): PointerStage {
  return stage === "executed" || stage === "drifted" || stage === "revoked" ? stage : "denied";
}

async function stripLabel(record: RunRecord): Promise<void> {
  if (record.pullRequest === undefined) return;
  // Removed without asking whether it is there: it may have come since we looked.
  await record.ports.github.removeLabel(record.pullRequest.number, record.policy.label);
  record.facts.labelPresent = false;
}

function suffixOf(stage: Stage): string {
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
function nextPointer(
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
    stage: pointer.stage === "executed" ? "executed" : stage,
    ...(isSuccessor ? { artifactId: artifact.id, artifactDigest: artifact.digest } : {}),
    // The comment is rewritten only by a run that knows the plan.
    ...(record.facts.plan
      ? { shownDigest: shownDigest(body), shownBefore: record.shownDigest ?? pointer.shownDigest }
      : {}),
    eventId: record.eventId ?? pointer.eventId,
    commitSha: record.facts.commit?.sha ?? pointer.commitSha,
  };
}

/** Only an execution is a success: a plan that waits must not satisfy branch protection. */
function conclusionOf({ stage, decision }: Outcome): CheckConclusion {
  if (stage === "executed" && decision === "allow") return "success";
  return decision === "allow" || stage === "revoked" ? "action_required" : "failure";
}

async function postChecks(record: RunRecord, view: RunView, pointer: Pointer | undefined): Promise<CheckRun> {
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
  const conclusion = conclusionOf(view.outcome);
  if (view.outcome.stage === "refused") return post(REQUEST_CHECK_NAME, head, conclusion);
  if (view.outcome.stage === "planned") {
    const check = await post(CHECK_NAME, head, conclusion);
    // Takes back a failure that an earlier request left on this head.
    await post(REQUEST_CHECK_NAME, head, "success");
    return check;
  }
  if (view.commit === undefined) return post(CHECK_NAME, head, conclusion);
  // The new head carries the result; the old one keeps the mark that the approval is used, as the last word. It is
  // no success there: another pull request may come to have that commit as its head.
  await post(CHECK_NAME, view.commit.sha, conclusion);
  return post(CHECK_NAME, head, conclusion === "success" ? "action_required" : conclusion);
}

/** Updates the plan's comment if it is ours; otherwise a comment of its own tells what happened. */
async function showOnComment(record: RunRecord, view: RunView): Promise<Comment> {
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

/** A denial leaves alone what another run wrote meanwhile: it may tell of an execution. */
function mayRewrite({ pointer, shownDigest: seen }: RunRecord, { outcome, commit }: RunView, body: string): boolean {
  if (outcome.decision !== "deny" || commit || outcome.reasonCode === "plan_comment_edited") return true;
  return [seen, pointer?.shownDigest, pointer?.shownBefore].includes(shownDigest(body));
}

function tellBeside(record: RunRecord, view: RunView): Promise<Comment> {
  return record.ports.github.createComment(view.pullRequest, renderRefusal(view));
}

async function bestEffort(log: (line: string) => void, what: string, effect: () => Promise<void>): Promise<void> {
  try {
    await effect();
  } catch (error) {
    log(`Could not ${what}: ${(error as Error).message}`);
  }
}

function resultOf(record: RunRecord, ended: Outcome, told: Told): ModeResult {
  return {
    outcome: ended,
    view: record.pullRequest || ended.decision === "deny" ? record.view(ended) : undefined,
    evidence: record.evidence,
    artifact: told.artifact,
    commentUrl: told.comment?.url,
    checkRunId: told.check?.id,
    changedFiles: record.changedFiles,
  };
}

/** Runs a mode's body and concludes whatever comes of it. */
export async function runMode(record: RunRecord, body: () => Promise<Outcome>): Promise<ModeResult> {
  try {
    return await conclude(record, await body());
  } catch (error) {
    record.ports.log(`Failed: ${(error as Error).message}`);
    return await conclude(record, outcomeOf(error, failureStage(record)), isTransient(error));
  } finally {
    await bestEffort(record.ports.log, "remove the scratch tree", () => record.dispose());
  }
}

/** For a head or a base that moved and the like: nobody did anything wrong, the plan is just void. */
export function revoked(reason: Outcome): Outcome {
  return outcome(reason.reasonCode, "revoked", reason.findings);
}
