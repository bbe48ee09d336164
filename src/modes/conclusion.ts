import { KEEPS_APPROVAL, type Outcome, outcome, type Stage } from "../governance/outcome.ts";
import { isEndedStage, type PointerStage, renderPointer, shownDigest } from "../governance/pointer.ts";
import type { ArtifactReference, CheckRun, Comment } from "../ports.ts";
import { pointToNewer, renderComment } from "../report/comment.ts";
import { parseMarker } from "../report/marker.ts";
import type { RunView } from "../report/view.ts";
import { withoutSecrets } from "./disclosure.ts";
import { findDiskFailure } from "./disk-verdict.ts";
import { isTransient, outcomeOf } from "./failure.ts";
import { enterLedger } from "./ledger.ts";
import type { ModeResult } from "./mode.ts";
import { announce } from "./notices.ts";
import { explainRace, findUnreported, isExecutedMeanwhile, takeOver } from "./overtaking.ts";
import { findPointer } from "./plan-lookup.ts";
import {
  nextPointer,
  postChecks,
  showOnComment,
  storeEvidence,
  stripLabel,
  suffixOf,
  tellBeside,
} from "./publication.ts";
import { countsFrom, showsSomePlan } from "./replacement.ts";
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
  const before = record.pointer?.stage;
  const result = await settle(record, found, keepsLabel);
  // A plan that had drifted before is no news, whoever labels it again.
  await announce(record, result.outcome, before !== "drifted");
  return result;
}

async function settle(record: RunRecord, found: Outcome, keepsLabel: boolean): Promise<ModeResult> {
  const ended = withoutSecrets(found, record.ports.redact);
  if (ended.decision === "skip") return resultOf(record, ended, {});
  if (ended.decision === "deny") return tell(record, await explainRace(record, ended), keepsLabel);
  try {
    return resultOf(record, ended, await publish(record, ended));
  } catch (error) {
    record.ports.log(`Publishing failed: ${(error as Error).message}`);
    const failed = outcomeOf(error, record.facts.commit ? "executed" : failureStage(record));
    return tell(record, withoutSecrets(failed, record.ports.redact), isTransient(error));
  }
}

/** Where a failure leaves a run of this mode. */
export function failureStage({ mode }: RunRecord): Stage {
  return mode === "plan" || mode === "sign" ? "refused" : "denied";
}

async function publish(record: RunRecord, ended: Outcome): Promise<Told> {
  if (record.mode === "sign") return publishSignOff(record, ended);
  // A new plan voids a label from before; an execution uses the approval up.
  if (ended.stage !== "approved") await stripLabel(record);
  const overtaking = await findUnreported(record);
  if (overtaking) await takeOver(record, overtaking);
  enterLedger(record, ended);
  record.journalise(record.mode, ended);
  const artifact = await storeEvidence(record, suffixOf(ended.stage));
  const view = record.view(ended);
  if (ended.stage === "planned") return publishPlan(record, view, artifact);
  const pointer = nextPointer(record, ended.stage as PointerStage, artifact, renderComment(view));
  const check = await postChecks(record, view, pointer);
  const comment = await showUnlessExecuted(record, view);
  return { artifact, comment, check };
}

/** An execution that was reported meanwhile stays the last word on the plan's comment. */
async function showUnlessExecuted(record: RunRecord, view: RunView): Promise<Comment | undefined> {
  if (!(await isExecutedMeanwhile(record))) return showOnComment(record, view);
  record.ports.log("The plan has been executed meanwhile; its comment tells of that.");
  return undefined;
}

/** The comment comes before the check run: only the check run makes it a plan that can be approved. */
async function publishPlan(record: RunRecord, view: RunView, artifact: ArtifactReference): Promise<Told> {
  const { github, log } = record.ports;
  const number = view.pullRequest;
  const posted = renderComment(view);
  const comment = await github.createComment(number, posted);
  // Only now GitHub has given it a time.
  const replacement = view.replacement && { countsFrom: countsFrom(comment.createdAt) };
  const body = renderComment({ ...view, replacement });
  const check = await postChecks(record, view, {
    stage: "planned",
    pullRequest: number,
    artifactId: artifact.id,
    artifactDigest: artifact.digest,
    planArtifactId: artifact.id,
    commentId: comment.id,
    bindingDigest: view.bindingDigest as NonNullable<typeof view.bindingDigest>,
    shownDigest: shownDigest(body),
    shownBefore: shownDigest(posted),
    eventId: 0,
    commitSha: "",
  });
  if (replacement) {
    await bestEffort(log, "say when a label counts", async () => void (await github.updateComment(comment.id, body)));
  }
  await bestEffort(log, "fold older plans", () => foldOlderPlans(record, comment));
  return { artifact, comment, check };
}

/** Our own older comments of this pull request: same author, our marker. Nobody else's is touched. */
async function foldOlderPlans(record: RunRecord, newest: Comment): Promise<void> {
  const { github } = record.ports;
  const number = record.pullRequest?.number ?? 0;
  for (const comment of await github.fetchNewestComments(number)) {
    const isOurs = comment.author.id === newest.author.id && parseMarker(comment.body)?.pullRequest === number;
    if (!isOurs || comment.id === newest.id) continue;
    await github.minimizeComment(comment.nodeId);
    // Whoever can write may show it again; its text must not pass for a plan that waits.
    const body = pointToNewer(comment.body, newest.url);
    if (showsSomePlan(comment, number) && body !== comment.body) await github.updateComment(comment.id, body);
  }
}

/** Tells a deny: first the label goes, then the evidence, the check run and the comment, each on its own. */
async function tell(record: RunRecord, ended: Outcome, keepsLabel: boolean): Promise<ModeResult> {
  if (record.mode === "sign") return refuseSignOff(record, ended);
  const { log } = record.ports;
  // A block is no doubt about the approval: what is missing may come, and the label still means this plan.
  const isKept = keepsLabel || ended.stage === "blocked" || KEEPS_APPROVAL.has(ended.reasonCode);
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
  if (record.mode !== "plan" && !isKept) await attempt("strip the label", () => stripLabel(record));
  const overtaking = await attempt("look for newer reports", () => findUnreported(record));
  const isTakenOver = overtaking && (await attempt("read a newer report", () => takeOver(record, overtaking)));
  enterLedger(record, ended);
  record.journalise(record.mode, ended);
  if (await attempt("look for an execution", () => isExecutedMeanwhile(record))) record.isQuiet = true;
  if (record.isQuiet || record.pullRequest === undefined) return resultOf(record, final, {});
  // Of one run no two artifacts can have a name, and the report that failed may have stored its own before.
  const suffix = suffixOf(ended.stage) + (record.facts.commit ? "-unreported" : "");
  const artifact = await attempt("store the evidence", () => storeEvidence(record, suffix));
  const view = record.view(ended);
  const before = record.pointer?.stage;
  // What was released stays so: posted after the mark, "blocked" would pass for a run that had looked before it.
  const isUnchanged = isKept && (ended.stage !== "blocked" || before === "released");
  // A commit whose report failed is reported to the end by the next run.
  const stage = view.commit ? "committing" : before === undefined || isUnchanged ? before : stageOf(ended.stage);
  // A refusal that stays must not end the event that this run could not judge to the end.
  if (isUnchanged && stage && isEndedStage(stage)) record.eventId = undefined;
  // After a commit, also one that may still come, the pointer stays where it was: by its evidence the next run
  // recognises the commit and reports it.
  const isLast = view.commit !== undefined || stage === "committing" || (overtaking && !isTakenOver);
  const successor = isLast ? undefined : artifact;
  const pointer = stage && nextPointer(record, stage, successor, renderComment(view));
  const check = await attempt("post the check run", () => postChecks(record, view, pointer));
  // The plan's comment is rewritten only when the check run knows of it; otherwise it would look edited.
  const comment = await attempt("comment", () => (check ? showOnComment(record, view) : tellBeside(record, view)));
  return resultOf(record, final, { artifact, comment, check });
}

function stageOf(stage: Stage): PointerStage {
  const isOwn = stage === "executed" || stage === "drifted" || stage === "revoked" || stage === "blocked";
  return isOwn ? stage : "denied";
}

async function bestEffort(log: (line: string) => void, what: string, effect: () => Promise<void>): Promise<void> {
  try {
    await effect();
  } catch (error) {
    log(`Could not ${what}: ${(error as Error).message}`);
  }
}

/**
 * A sign-off counts by its comment; this carries the plan's journal on and shows the new state. If another run has
 * published meanwhile, it is left to that one: an older pointer must not come after a newer one.
 */
async function publishSignOff(record: RunRecord, ended: Outcome): Promise<Told> {
  const artifact = await storeEvidence(record, `-sign-${record.subject.signOffId}`);
  const view = record.view(ended);
  await react(record, "rocket");
  if (await isOvertaken(record)) {
    record.ports.log("Another run has published meanwhile; the sign-off counts, and the next run shows it.");
    return { artifact };
  }
  const pointer = nextPointer(record, ended.stage as PointerStage, artifact, renderComment(view));
  const check = await postChecks(record, view, pointer);
  return { artifact, check, comment: await showUnlessExecuted(record, view) };
}

/** Nothing of the plan is touched by a comment that does not count: its author is told, once. */
async function refuseSignOff(record: RunRecord, ended: Outcome): Promise<ModeResult> {
  if (record.isQuiet || record.pullRequest === undefined) return resultOf(record, ended, {});
  await react(record, "-1");
  const { log } = record.ports;
  let comment: Comment | undefined;
  await bestEffort(log, "comment", async () => {
    comment = await tellBeside(record, record.view(ended));
  });
  return resultOf(record, ended, { comment });
}

async function react(record: RunRecord, content: "rocket" | "-1"): Promise<void> {
  const { github, log } = record.ports;
  await bestEffort(log, "react", () => github.addReaction(Number(record.subject.signOffId), content));
}

async function isOvertaken(record: RunRecord): Promise<boolean> {
  const { pointer, pullRequest } = record;
  if (pointer === undefined || pullRequest === undefined) return true;
  const now = await findPointer(record, { pullRequest });
  return now === undefined || renderPointer(now) !== renderPointer(pointer);
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
    const found = await body();
    const failure = await findDiskFailure(record, found);
    return await conclude(record, failure ?? found, failure !== undefined);
  } catch (error) {
    record.ports.log(`Failed: ${(error as Error).message}`);
    const failed = outcomeOf(error, failureStage(record));
    const failure = await findDiskFailure(record, failed);
    return await conclude(record, failure ?? failed, failure !== undefined || isTransient(error));
  } finally {
    await bestEffort(record.ports.log, "remove the scratch tree", () => record.dispose());
  }
}

/** For a head or a base that moved and the like: nobody did anything wrong, the plan is just void. */
export function revoked(reason: Outcome): Outcome {
  return outcome(reason.reasonCode, "revoked", reason.findings);
}
