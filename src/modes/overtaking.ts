import { COMMIT_TRAILERS, parseTrailer } from "../governance/commit-message.ts";
import { type Outcome, outcome, type ReasonCode } from "../governance/outcome.ts";
import { type Pointer, parsePointer } from "../governance/pointer.ts";
import { isByApp } from "./landed-commit.ts";
import { adoptSignOffs, fetchBelievedChecks, findPointer } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";

/**
 * The pointer that another run of this plan has published since this one read its own. What that run has shown on the
 * plan's comment becomes what this one expects there. Its journal is not continued by this run: it is found by what is
 * returned.
 */
export async function findOvertaking(record: RunRecord): Promise<Pointer | undefined> {
  const { pointer, pullRequest } = record;
  if (pointer === undefined || pullRequest === undefined) return undefined;
  const now = await findPointer(record, { pullRequest });
  if (now?.planArtifactId !== pointer.planArtifactId || now.commentId !== pointer.commentId) return undefined;
  const { artifactId, shownDigest, shownBefore } = now;
  const isOwn = record.stored.has(artifactId);
  // What stands there now is what the other run wrote, not what this one has read.
  if (!isOwn && shownDigest !== pointer.shownDigest) record.shownDigest = undefined;
  record.pointer = { ...pointer, shownDigest, shownBefore };
  return isOwn || artifactId === pointer.artifactId ? undefined : now;
}

/** The same before a report. After the mark that spends the approval, the evidence of the commit is the last word. */
export async function findUnreported(record: RunRecord): Promise<Pointer | undefined> {
  const isSpent = record.facts.commit !== undefined || record.pointer?.stage === "committing";
  return isSpent ? undefined : findOvertaking(record);
}

/**
 * What an overtaking run has read of sign-offs becomes part of what this one reports. Where it cannot be read, the
 * pointer is left at that run's bundle, so that a refusal is not forgotten.
 */
export async function takeOver(record: RunRecord, overtaking: Pointer): Promise<true> {
  const { pointer, target } = record;
  if (pointer === undefined || target === undefined) return true;
  const { artifactId, artifactDigest } = overtaking;
  record.pointer = { ...pointer, artifactId, artifactDigest };
  await adoptSignOffs(record, target, overtaking);
  return true;
}

/** Another run may have executed this plan while this one judged it; its report must stay the last word. */
export async function isExecutedMeanwhile(record: RunRecord): Promise<boolean> {
  const { planHead, pointer, facts } = record;
  if (planHead === undefined || pointer === undefined || pointer.stage === "executed" || facts.commit) return false;
  const checks = await fetchBelievedChecks(record, planHead);
  return checks
    .map(({ externalId }) => parsePointer(externalId))
    .some((other) => other?.stage === "executed" && other.planArtifactId === pointer.planArtifactId);
}

/** What an execution by another run looks like to one that is under way. */
const TRACES: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "label_without_event",
  "label_missing",
  "approval_withdrawn",
  "approval_used",
  "head_moved",
  "plan_comment_edited",
]);

/**
 * A denial for a trace that another run's execution left is told as that. The execution is recognised by its report, or
 * before it has one by its commit, which GitHub made for an app; nothing more than silence follows from it.
 */
export async function explainRace(record: RunRecord, found: Outcome): Promise<Outcome> {
  const { mode, ports } = record;
  if ((mode !== "approve" && mode !== "execute") || found.stage !== "denied" || !TRACES.has(found.reasonCode))
    return found;
  try {
    if (!(await isExecutedMeanwhile(record)) && !(await isCommittedMeanwhile(record))) return found;
  } catch (error) {
    ports.log(`Could not look for an execution: ${(error as Error).message}`);
    return found;
  }
  record.isQuiet = true;
  return outcome("already_executed", "denied");
}

/** Whether the head is, by now, a commit of this plan right on top of the plan's own head. */
async function isCommittedMeanwhile(record: RunRecord): Promise<boolean> {
  const { planHead, pullRequest, facts, ports } = record;
  if (planHead === undefined || pullRequest === undefined || facts.commit) return false;
  const now = await ports.github.fetchPullRequest(pullRequest.number);
  if (now === undefined || now.headSha === planHead) return false;
  const head = await ports.github.fetchCommit(now.headSha);
  const isOfPlan = parseTrailer(head.message, COMMIT_TRAILERS.binding) === facts.bindingDigest;
  return head.parents[0] === planHead && isByApp(record, head) && isOfPlan;
}
