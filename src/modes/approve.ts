import { type Approval, isSameLabel } from "../governance/approval.ts";
import { digestOf } from "../governance/digest.ts";
import { type PlanEvidence, renderApproval } from "../governance/evidence.ts";
import { renderGateFacts } from "../governance/gate-facts.ts";
import { readJournal } from "../governance/journal.ts";
import { findLookAlikes } from "../governance/look-alike.ts";
import { type Outcome, outcome, type ReasonCode } from "../governance/outcome.ts";
import { isApprovedStage, type Pointer } from "../governance/pointer.ts";
import type { TreeChange } from "../governance/tree.ts";
import type { Ports, ScratchTree } from "../ports.ts";
import { type Question, readSituation } from "./assessment.ts";
import { evaluate, failedBy } from "./blocked.ts";
import { findTooManyLines } from "./change-limits.ts";
import { revoked, runMode } from "./conclusion.ts";
import { runGuarded } from "./guarded-run.ts";
import { findUndeclared, highRiskOf } from "./high-risk.ts";
import { findMovedIdentity, findMovedInstructions } from "./identity.ts";
import { askedFor, DRY_RUN, hasFailed, type KnownFacts, knownFacts, recordedFacts } from "./known-facts.ts";
import { findLandedCommit } from "./landed-commit.ts";
import { findLateChange, proveApproval } from "./live-approval.ts";
import type { ModeResult, RunContext, Trigger } from "./mode.ts";
import { type FoundPlan, findPointer, loadPlan } from "./plan-lookup.ts";
import { isReported } from "./publication.ts";
import { rehearse } from "./rehearsal.ts";
import { isOutcome, RunRecord } from "./run-record.ts";
import { fetchOwners, fetchSubject, type Subject } from "./subject.ts";
import { verify } from "./verification.ts";

/**
 * Mode approve: brings the pull request's label and the plan's state into agreement. A label that a person rightly
 * set leads to the per-file dry run; every other label is stripped; a plan that lost its label or its head is void.
 */
export async function approve(trigger: Trigger, context: RunContext, ports: Ports): Promise<ModeResult> {
  const record = new RunRecord("approve", context, ports);
  return runMode(record, () => reconcile(record, trigger));
}

async function reconcile(record: RunRecord, trigger: Trigger): Promise<Outcome> {
  if (trigger.kind === "comment") return outcome("not_for_us", "skipped");
  const subject = await fetchSubject(record, trigger.pullRequest, "denied");
  const isLabelSet = record.facts.labelPresent === true;
  if (
    trigger.kind === "pull_request" &&
    trigger.label !== undefined &&
    !isSameLabel(trigger.label, record.policy.label)
  ) {
    return outcome("not_for_us", "skipped", findLookAlikes(record.policy.label, [trigger.label]));
  }
  // A fork's or a closed pull request without our label is nobody's request.
  if (isOutcome(subject))
    return isLabelSet || subject.decision === "skip" ? subject : outcome("nothing_to_do", "skipped");
  const pointer = await findPointer(record, subject);
  if (pointer?.stage === "executed") return reviewExecuted(record, subject, pointer);
  if (!isLabelSet) return withdraw(record, subject, pointer);
  if (pointer === undefined) return outcome("plan_not_found", "denied");
  const final = findFinalStage(record, pointer);
  if (final) return final;
  // What was approved before the pull request was closed was approved in another situation.
  if (trigger.action === "reopened") return reopened(record, subject, pointer);
  return judgeApproval(record, subject, pointer);
}

/** An execution is final. What it proved holds for the base branch that it was made for, and for no other. */
async function reviewExecuted(record: RunRecord, subject: Subject, pointer: Pointer): Promise<Outcome> {
  if (pointer.commitSha === subject.pullRequest.headSha) {
    const found = await loadPlan(record, subject, pointer);
    if (isOutcome(found)) return found;
    const { baseRef } = found.plan.binding;
    const got = subject.pullRequest.baseRef;
    if (baseRef !== got) {
      return outcome("base_changed", "denied", [{ code: "base_changed", message: "", expected: baseRef, got }]);
    }
  }
  record.isQuiet = true;
  return record.facts.labelPresent ? outcome("already_executed", "denied") : outcome("nothing_to_do", "skipped");
}

/** Stages that no label brings back. */
function findFinalStage(record: RunRecord, pointer: Pointer): Outcome | undefined {
  record.pointer = pointer;
  return pointer.stage === "drifted" ? outcome("plan_drifted", "drifted") : undefined;
}

/** Without the label, a plan that was approved is so no longer, and a plan of another head never will be. */
async function withdraw(record: RunRecord, subject: Subject, pointer: Pointer | undefined): Promise<Outcome> {
  const lookAlikes = findLookAlikes(record.policy.label, subject.pullRequest.labels);
  const nothing = outcome("nothing_to_do", "skipped", lookAlikes);
  if (pointer === undefined) return nothing;
  const { stage } = pointer;
  const hasEnded = stage === "denied" || stage === "revoked" || stage === "drifted";
  const isOpen = stage === "planned" || isApprovedStage(stage);
  const isUntold = hasEnded && !(await isReported(record, pointer));
  if (!isOpen && !isUntold) return nothing;
  const found = await loadPlan(record, subject, pointer);
  if (isOutcome(found)) return found;
  if (isUntold) return tellAgain(found.plan, stage);
  const moved = await findMovedIdentity(record, subject, found.plan);
  if (moved) return revoked(moved);
  return isApprovedStage(pointer.stage) ? outcome("approval_withdrawn", "revoked", lookAlikes) : nothing;
}

/** What a run decided that died before it could say so on the comment. */
function tellAgain({ journal }: PlanEvidence, stage: "denied" | "revoked" | "drifted"): Outcome {
  const last = readJournal(journal).at(-1);
  if (last?.decision === "deny") return outcome(last.reasonCode, stage, last.findings);
  // Its evidence could not be stored.
  return stage === "drifted" ? outcome("plan_drifted", stage) : outcome("approval_withdrawn", "revoked");
}

async function reopened(record: RunRecord, subject: Subject, pointer: Pointer): Promise<Outcome> {
  const found = await loadPlan(record, subject, pointer);
  return isOutcome(found) ? found : outcome("pull_request_reopened", "revoked");
}

/** Reasons for which the plan is void although nobody did anything wrong. */
const REVOKING: ReadonlySet<ReasonCode> = new Set<ReasonCode>(["head_moved", "base_moved", "base_changed"]);

async function judgeApproval(record: RunRecord, subject: Subject, pointer: Pointer): Promise<Outcome> {
  const found = await loadPlan(record, subject, pointer);
  if (isOutcome(found)) return found;
  const { plan } = found;
  await fetchOwners(record, plan.plan, subject.baseSha);
  if (await findLandedCommit(record, subject, plan)) return outcome("plan_executed", "executed");
  const moved = await findMovedIdentity(record, subject, plan);
  if (moved) return isApprovedStage(pointer.stage) && REVOKING.has(moved.reasonCode) ? revoked(moved) : moved;
  const approval = await proveApproval(record, subject.pullRequest, found);
  if (isOutcome(approval)) return approval;
  const highRisk = highRiskOf(record.policy, plan.prompt, plan.riskClass);
  const undeclared = highRisk && findUndeclared(record, plan, highRisk);
  if (undeclared) return undeclared;
  const question = highRisk && { found, highRisk, approval, facts: recordedFacts(record, found) };
  // A re-run for the same event finds its work done and only publishes it again; what failed is done again.
  const isDone = isApprovedStage(pointer.stage) && plan.approval?.eventId === approval.eventId;
  if (isDone && question === undefined) return outcome("plan_approved", "approved");
  if (isDone && question && !hasFailed(question.facts)) return evaluateGates(record, question);
  if (pointer.stage === "committing" && pointer.eventId === approval.eventId) {
    return outcome("approval_used", "denied");
  }
  return dryRun(record, subject, { found, approval, question });
}

/** An approval that holds; `question` is undefined where the plan's class demands nothing. */
interface Approved {
  readonly found: FoundPlan;
  readonly approval: Approval;
  readonly question: Question | undefined;
}

async function dryRun(record: RunRecord, subject: Subject, approved: Approved): Promise<Outcome> {
  const { found, approval, question } = approved;
  const { plan } = found;
  const { pullRequest, baseSha } = subject;
  const tree = record.keep(await record.ports.git.openScratchTree({ head: pullRequest.headSha, base: baseSha }));
  const moved = findMovedInstructions(plan, tree);
  if (moved) return moved;
  const changes = await runGuarded(record, tree, plan, "dry-run");
  if (isOutcome(changes)) return changes;
  const patch = await tree.renderPatch(changes);
  record.facts.patch = new TextDecoder().decode(patch);
  record.changedFiles = changes.map(({ path }) => path);
  const tooLarge = findTooManyLines(record.facts.patch, record.policy, plan.riskClass);
  if (tooLarge) return tooLarge;
  writeApproval(record, plan, approval, patch, changes);
  record.subject[DRY_RUN] = digestOf(patch);
  const facts = question && (await establishFacts(record, subject, { tree, changes, patch, question }));
  if (facts && isOutcome(facts)) return facts;
  const late = await findLateChange(record, found, approval);
  if (late) return late;
  return question && facts ? evaluateGates(record, { ...question, facts }) : outcome("plan_approved", "approved");
}

interface DryRun {
  readonly tree: ScratchTree;
  readonly changes: readonly TreeChange[];
  readonly patch: Uint8Array;
  readonly question: Question;
}

/** What the gates rest on: the verification commands, and the rollback where it has to be rehearsed. */
async function establishFacts(
  record: RunRecord,
  { pullRequest, baseSha }: Subject,
  { tree, changes, patch, question }: DryRun,
): Promise<KnownFacts | Outcome> {
  const { policy, ports } = record;
  const failed = await verify(record, tree, changes);
  if (failed?.reasonCode === "verification_changed_tree") return failed;
  const isRehearsed = question.highRisk.requirements.rehearsal && failed === undefined;
  const commands = { verification: policy.verification, ...policy.rehearsal };
  const commits = { head: pullRequest.headSha, base: baseSha };
  const rehearsal = isRehearsed ? await rehearse(record, { ...commits, patch, commands }) : undefined;
  const verification = record.facts.verification ?? [];
  const asked = askedFor(record);
  const facts = { patchDigest: digestOf(patch), verification, rehearsal, declinedRequests: asked };
  record.write("gate-facts.json", renderGateFacts(facts));
  // A decision from before this moment was made without knowing of it.
  const at = ports.clock.now();
  return knownFacts({ verification, rehearsal, dryRun: { isInside: true, declinedRequests: asked, at } }, at);
}

/** The approval stands while gates wait for people; what failed blocks it. */
async function evaluateGates(record: RunRecord, question: Question): Promise<Outcome> {
  const situation = await readSituation(record, question);
  const assessment = await evaluate(record, situation);
  return failedBy(record, situation, assessment) ?? outcome("plan_approved", "approved");
}

function writeApproval(
  record: RunRecord,
  plan: PlanEvidence,
  approval: Approval,
  patch: Uint8Array,
  changes: readonly TreeChange[],
): void {
  record.write("dry-run.patch", patch);
  record.write(
    "approval.json",
    renderApproval({
      version: 1,
      ...approval,
      planDigest: plan.planDigest,
      bindingDigest: plan.bindingDigest,
      dryRun: {
        result: "inside",
        patchDigest: digestOf(patch),
        files: changes.map(({ path, before, after }) => ({
          path,
          operation: before === undefined ? "create" : after === undefined ? "delete" : "modify",
        })),
        escalationsDeclined: record.facts.escalations?.length ?? 0,
      },
    }),
  );
}
