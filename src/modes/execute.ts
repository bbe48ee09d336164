import type { Approval } from "../governance/approval.ts";
import { COMMIT_TRAILERS, commitMessage, parseTrailer } from "../governance/commit-message.ts";
import { type PlanEvidence, STRATEGY } from "../governance/evidence.ts";
import { journalHead } from "../governance/journal.ts";
import { KEEPS_APPROVAL, type Outcome, outcome } from "../governance/outcome.ts";
import { isApprovedStage, type Pointer } from "../governance/pointer.ts";
import type { TreeChange } from "../governance/tree.ts";
import type { CommitChange, CommitResult, Ports, ScratchTree } from "../ports.ts";
import type { Question } from "./assessment.ts";
import { findLateUnready, findUnready } from "./blocked.ts";
import { findTooManyLines } from "./change-limits.ts";
import { runMode } from "./conclusion.ts";
import { probeDrift } from "./drift-probe.ts";
import { judgeTree, runGuarded } from "./guarded-run.ts";
import { highRiskOf } from "./high-risk.ts";
import { findMovedIdentity, findMovedInstructions } from "./identity.ts";
import { recordedFacts } from "./known-facts.ts";
import { findLandedCommit, rememberCommit } from "./landed-commit.ts";
import { enterLedger } from "./ledger.ts";
import { findLateChange, proveApproval, refreshShown } from "./live-approval.ts";
import type { ModeResult, RunContext, Trigger } from "./mode.ts";
import { adoptSignOffs, type FoundPlan, findPointer, loadPlan } from "./plan-lookup.ts";
import { proveGates } from "./proven-gates.ts";
import { isReported, markCommitting, storeEvidence } from "./publication.ts";
import { isOutcome, RunRecord } from "./run-record.ts";
import { fetchOwners, fetchSubject, type Subject } from "./subject.ts";
import { verify } from "./verification.ts";

/** An approved plan, with what its class demands; `question` is undefined where it demands nothing. */
interface Work {
  readonly found: FoundPlan;
  readonly approval: Approval;
  readonly question: Question | undefined;
}

/** Mode execute: proves everything again, live, and only then lets the approved plan become a commit. */
export async function execute(trigger: Trigger, context: RunContext, ports: Ports): Promise<ModeResult> {
  const record = new RunRecord("execute", context, ports);
  return runMode(record, () => executePlan(record, trigger));
}

async function executePlan(record: RunRecord, trigger: Trigger): Promise<Outcome> {
  const subject = await fetchSubject(record, trigger.pullRequest, "denied");
  if (isOutcome(subject)) return subject;
  const pointer = await findPointer(record, subject);
  if (pointer === undefined) return outcome("plan_not_found", "denied");
  record.pointer = pointer;
  if (pointer.stage === "executed") {
    // What somebody did to the branch since is not ours to report.
    const isLast = pointer.commitSha === subject.pullRequest.headSha;
    if (!isLast || (await isReported(record, pointer))) return alreadyExecuted(record);
  }
  const found = await loadPlan(record, subject, pointer);
  if (isOutcome(found)) return found;
  const { plan } = found;
  await fetchOwners(record, plan.plan, subject.baseSha);
  if (await findLandedCommit(record, subject, plan)) return outcome("plan_executed", "executed");
  if (pointer.stage === "executed") return alreadyExecuted(record);
  if (pointer.stage === "drifted") return outcome("plan_drifted", "drifted");
  const moved = await findMovedIdentity(record, subject, plan);
  if (moved) return moved;
  const approval = await proveApproval(record, subject.pullRequest, found);
  if (isOutcome(approval)) return approval;
  const unapproved = findUnapproved(pointer, plan, approval);
  if (unapproved) {
    // Mode approve may be at it: its report is the one that people wait for, and the label is as good as before.
    record.isQuiet = unapproved.reasonCode === "approval_not_found";
    return unapproved;
  }
  const highRisk = highRiskOf(record.policy, plan.prompt, plan.riskClass);
  const question = highRisk && { found, highRisk, approval, facts: recordedFacts(record, found) };
  const unready = question && (await findUnready(record, question));
  return unready ?? runApprovedPlan(record, subject, { found, approval, question });
}

function alreadyExecuted(record: RunRecord): Outcome {
  // Nothing is posted: the check run and the comment already tell of the execution.
  record.isQuiet = true;
  return outcome("already_executed", "denied");
}

/** Only an approval whose dry run stayed inside the plan, for this very label event, is executed. */
function findUnapproved(pointer: Pointer, plan: PlanEvidence, approval: Approval): Outcome | undefined {
  if (pointer.stage === "committing") return outcome("approval_used", "denied");
  if (isApprovedStage(pointer.stage) && plan.approval?.eventId === approval.eventId) return undefined;
  return outcome("approval_not_found", "denied", [
    {
      code: "dry_run_missing",
      message: "The dry run belongs to another label event, or there was none.",
      expected: `label event ${approval.eventId}`,
      got: plan.approval ? `label event ${plan.approval.eventId}` : "none",
    },
  ]);
}

async function runApprovedPlan(record: RunRecord, subject: Subject, work: Work): Promise<Outcome> {
  const { plan } = work.found;
  const { pullRequest, baseSha } = subject;
  const commits = { head: pullRequest.headSha, base: baseSha };
  const tree = record.keep(await record.ports.git.openScratchTree(commits));
  const unfit = findMovedInstructions(plan, tree) ?? (await probeDrift(record, tree, plan));
  if (unfit) return unfit;
  record.subject[STRATEGY] = record.policy.strategy;
  const changes = await (record.policy.strategy === "replay" ? replay : runPlan)(record, tree, plan);
  if (isOutcome(changes)) return changes;
  const patch = await tree.renderPatch(changes);
  record.write("run.patch", patch);
  record.facts.patch = new TextDecoder().decode(patch);
  record.changedFiles = changes.map(({ path }) => path);
  const tooLarge = findTooManyLines(record.facts.patch, record.policy, plan.riskClass);
  if (tooLarge) return tooLarge;
  const commit = await readChanges(tree, changes);
  const failed = await verify(record, tree, changes);
  const { question } = work;
  if (question === undefined) return failed ?? commitChanges(record, subject, work, commit);
  const proven = await proveGates(record, question, { commits, patch, failed });
  return isOutcome(proven) ? proven : commitChanges(record, subject, { ...work, question: proven }, commit);
}

async function runPlan(
  record: RunRecord,
  tree: ScratchTree,
  plan: PlanEvidence,
): Promise<readonly TreeChange[] | Outcome> {
  return runGuarded(record, tree, plan, "execute");
}

/** The approved dry run's patch, byte for byte; the tree is judged like any other. */
async function replay(
  record: RunRecord,
  tree: ScratchTree,
  { plan, evidence }: PlanEvidence,
): Promise<readonly TreeChange[] | Outcome> {
  const patch = evidence.get("dry-run.patch");
  if (patch === undefined || !(await tree.applyPatch(patch))) return outcome("replay_failed", "denied");
  return judgeTree(record, tree, plan, []);
}

/** The bytes to be committed are taken before anything else runs in the tree. */
async function readChanges(tree: ScratchTree, changes: readonly TreeChange[]): Promise<readonly CommitChange[]> {
  const result: CommitChange[] = [];
  for (const { path, after } of changes) {
    if (after === undefined) result.push({ path, content: undefined });
    else
      result.push({
        path,
        content: await tree.readBlob(after.oid),
        mode: after.mode === "100755" ? "100755" : "100644",
      });
  }
  return result;
}

/**
 * Evidence first, then the mark that spends the approval, then everything live once more, and only then the
 * effect: what is committed can be traced, and whatever dies in between, one approval makes at most one commit.
 */
async function commitChanges(
  record: RunRecord,
  subject: Subject,
  { found, approval, question }: Work,
  changes: readonly CommitChange[],
): Promise<Outcome> {
  const { pullRequest } = subject;
  const { plan } = found;
  enterLedger(record, { decision: "allow", reasonCode: "evidence_stored" });
  record.journalise("commit", { decision: "info", reasonCode: "evidence_stored", findings: [] });
  const evidence = await storeEvidence(record, "-commit");
  const message = commitMessage({
    summary: plan.plan.summary,
    pullRequest: pullRequest.number,
    planDigest: plan.planDigest,
    bindingDigest: plan.bindingDigest,
    approver: approval.approver,
    evidence,
    journalHead: journalHead(record.journal),
  });
  const overtaking = await refreshShown(record);
  if (overtaking) await adoptSignOffs(record, subject, overtaking);
  const unspent = record.pointer && { ...record.pointer, stage: "released" as const };
  await markCommitting(record, evidence);
  let result: CommitResult;
  try {
    const late = await findLateChange(record, found, approval);
    // Nothing was written, and the approval is not in doubt.
    if (late && KEEPS_APPROVAL.has(late.reasonCode)) record.pointer = unspent;
    if (late) return late.reasonCode === "head_moved" ? await explainConflict(record, plan) : late;
    const unready = question && (await findLateUnready(record, question));
    if (unready) {
      record.pointer = unspent;
      return unready;
    }
    const needsModes = changes.some((change) => change.content !== undefined && change.mode === "100755");
    // As it is named now: whoever renamed it may have given its old name to another branch.
    const branch = record.pullRequest?.headRef ?? pullRequest.headRef;
    const expectedHead = pullRequest.headSha;
    result = await record.ports.github.createCommit({ branch, expectedHead, message, changes, needsModes });
  } catch (error) {
    // Nothing was written and nothing will be: the approval may be used again.
    record.pointer = unspent;
    throw error;
  }
  if (result.status === "conflict") return explainConflict(record, plan);
  // The approval stays spent: should the commit come after all, the next run recognises it.
  if (result.status === "unknown") throw result.failure;
  rememberCommit(record, result.sha, pullRequest.headSha);
  return outcome("plan_executed", "executed");
}

/** The branch moved under us: either another run of the same approval was first, or somebody pushed. */
async function explainConflict(record: RunRecord, { binding, bindingDigest }: PlanEvidence): Promise<Outcome> {
  const { github } = record.ports;
  const now = await github.fetchPullRequest(binding.pullRequest);
  const head = now && (await github.fetchCommit(now.headSha));
  // Saying nothing is harmless even when the trailer is forged, so the trailer is enough here.
  const isOurs =
    head?.parents[0] === binding.headSha && parseTrailer(head.message, COMMIT_TRAILERS.binding) === bindingDigest;
  if (isOurs) return alreadyExecuted(record);
  return outcome("head_moved", "denied", [
    {
      code: "head_moved",
      message: "The branch moved before the commit; nothing was written.",
      expected: binding.headSha,
      got: now?.headSha ?? "none",
    },
  ]);
}
