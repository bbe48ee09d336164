import type { Approval } from "../governance/approval.ts";
import { compareDrift } from "../governance/drift.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { type Pointer, shownDigest } from "../governance/pointer.ts";
import type { TreeChange } from "../governance/tree.ts";
import type { CommitChange, CommitResult, Ports, ScratchTree } from "../ports.ts";
import { codexSettings } from "./codex-settings.ts";
import { COMMIT_TRAILERS, commitMessage, parseTrailer } from "./commit-message.ts";
import { markCommitting, runMode, storeEvidence } from "./conclusion.ts";
import { judgeTree, runGuarded } from "./guarded-run.ts";
import { findMovedIdentity, findMovedInstructions } from "./identity.ts";
import { findLandedCommit, rememberCommit } from "./landed-commit.ts";
import { findLateChange, proveApproval } from "./live-approval.ts";
import type { ModeResult, RunContext, Trigger } from "./mode.ts";
import { askForPlan } from "./plan.ts";
import { type FoundPlan, findPointer, loadPlan } from "./plan-lookup.ts";
import { isOutcome, RunRecord } from "./run-record.ts";
import { fetchOwners, fetchSubject, type Subject } from "./subject.ts";

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
  if (pointer.stage === "executed" && (await isReported(record, subject, pointer))) return alreadyExecuted(record);
  const found = await loadPlan(record, subject, pointer);
  if (isOutcome(found)) return found;
  const { plan } = found;
  await fetchOwners(record, plan.plan, subject.baseSha);
  if (await findLandedCommit(record, subject, plan)) return outcome("plan_executed", "executed");
  if (pointer.stage === "executed") return alreadyExecuted(record);
  const moved = await findMovedIdentity(record, subject, plan);
  if (moved) return moved;
  const approval = await proveApproval(record, subject.pullRequest, found);
  if (isOutcome(approval)) return approval;
  const unready = findUnready(pointer, plan, approval);
  if (unready) return unready;
  return runApprovedPlan(record, subject, found, approval);
}

/**
 * The comment is the last thing that an execution writes: a run that died before it left something untold. What
 * somebody did to the comment or the branch since is not our report to repeat.
 */
async function isReported(record: RunRecord, { pullRequest }: Subject, pointer: Pointer): Promise<boolean> {
  if (pointer.commitSha !== pullRequest.headSha) return true;
  const comment = await record.ports.github.fetchComment(pointer.commentId);
  if (comment === undefined) return true;
  record.shownDigest = shownDigest(comment.body);
  return record.shownDigest !== pointer.shownBefore;
}

function alreadyExecuted(record: RunRecord): Outcome {
  // Nothing is posted: the check run and the comment already tell of the execution.
  record.isQuiet = true;
  return outcome("already_executed", "denied");
}

/** Only an approval whose dry run stayed inside the plan, for this very label event, is executed. */
function findUnready(pointer: Pointer, plan: PlanEvidence, approval: Approval): Outcome | undefined {
  if (pointer.stage === "drifted") return outcome("plan_drifted", "drifted");
  if (pointer.stage === "committing") return outcome("approval_used", "denied");
  if (pointer.stage === "approved" && plan.approval?.eventId === approval.eventId) return undefined;
  return outcome("approval_not_found", "denied", [
    {
      code: "dry_run_missing",
      message: "The dry run belongs to another label event, or there was none.",
      expected: `label event ${approval.eventId}`,
      got: plan.approval ? `label event ${plan.approval.eventId}` : "none",
    },
  ]);
}

async function runApprovedPlan(
  record: RunRecord,
  subject: Subject,
  found: FoundPlan,
  approval: Approval,
): Promise<Outcome> {
  const { plan } = found;
  const { pullRequest, baseSha } = subject;
  const commits = { head: pullRequest.headSha, base: baseSha };
  const tree = record.keep(await record.ports.git.openScratchTree(commits));
  const unfit = findMovedInstructions(plan, tree) ?? (await probeDrift(record, tree, plan));
  if (unfit) return unfit;
  const changes = await (record.policy.strategy === "replay" ? replay : runPlan)(record, tree, plan);
  if (isOutcome(changes)) return changes;
  const patch = await tree.renderPatch(changes);
  record.write("run.patch", patch);
  record.facts.patch = new TextDecoder().decode(patch);
  record.changedFiles = changes.map(({ path }) => path);
  const commit = await readChanges(tree, changes);
  return (await verify(record, tree, changes)) ?? commitChanges(record, subject, found, approval, commit);
}

/** Regenerates the plan from the same prompt and compares. The regenerated plan is only a probe. */
async function probeDrift(record: RunRecord, tree: ScratchTree, evidence: PlanEvidence): Promise<Outcome | undefined> {
  const probe = await askForPlan(record, tree, evidence.prompt, "drift-probe");
  const { changes } = await tree.compare();
  if (changes.length > 0)
    return outcome(
      "parity_failed",
      "denied",
      changes.map(({ path }) => ({
        code: "changed_while_planning",
        message: "The file changed although nothing was asked.",
        path,
      })),
    );
  if (isOutcome(probe)) {
    // No valid plan comes of the same question any more: that is drift, with what was wrong as its findings.
    return outcome("plan_drifted", "drifted", probe.findings);
  }
  const drift = compareDrift({ plan: evidence.plan, riskClass: evidence.riskClass }, probe, record.policy.drift);
  if (drift.diff !== "") {
    record.write("drift.diff", drift.diff);
    record.facts.drift = { mode: drift.mode, classes: drift.classes, diff: drift.diff };
  }
  if (!drift.isDrifted) return undefined;
  const findings = drift.paths.map((path) => describeDrift(evidence, probe.plan.files, path));
  const others = drift.classes
    .filter((kind) => kind === "verification_changed" || kind === "risk_changed" || kind === "wording_changed")
    .map((kind) => ({ code: kind, message: "See the diff of the plan." }));
  return outcome("plan_drifted", "drifted", [...findings, ...others]);
}

const ABSENT = "not in the plan";

function describeDrift({ plan }: PlanEvidence, regenerated: PlanEvidence["plan"]["files"], path: string) {
  const operation = (files: PlanEvidence["plan"]["files"]) => {
    const file = files.find((candidate) => candidate.path === path);
    return file === undefined ? ABSENT : file.from === undefined ? file.operation : `rename from ${file.from}`;
  };
  const expected = operation(plan.files);
  const got = operation(regenerated);
  const message =
    expected === ABSENT
      ? "The regenerated plan names a file that was not approved."
      : got === ABSENT
        ? "The regenerated plan leaves this file out."
        : "The regenerated plan does something else to this file.";
  return { code: "scope_drift", message, path, expected, got };
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

/** Runs the policy's commands in Codex's sandbox; they must pass and leave the tree as it was. */
async function verify(
  record: RunRecord,
  tree: ScratchTree,
  changes: readonly TreeChange[],
): Promise<Outcome | undefined> {
  const commands = record.policy.verification;
  if (commands.length === 0) return undefined;
  const results = await record.ports.codex.verify({
    directory: tree.directory,
    settings: codexSettings(record),
    commands,
  });
  record.facts.verification = results;
  const failed = results.filter(({ exitCode, timedOut }) => exitCode !== 0 || timedOut);
  if (failed.length > 0 || results.length !== commands.length) {
    return outcome(
      "verification_failed",
      "denied",
      failed.map(({ command, exitCode, timedOut }) => ({
        code: "command_failed",
        message: `\`${command}\``,
        expected: "exit code 0",
        got: timedOut ? "no end in time" : `exit code ${exitCode}`,
      })),
    );
  }
  const after = await tree.compareUnignored();
  const before = new Map(changes.map(({ path, after }) => [path, after?.oid]));
  const touched = [
    ...after.filter(({ path, after }) => !before.has(path) || before.get(path) !== after?.oid),
    ...changes.filter(({ path }) => !after.some((change) => change.path === path)),
  ];
  if (touched.length === 0) return undefined;
  return outcome(
    "verification_changed_tree",
    "denied",
    touched.map(({ path }) => ({
      code: "changed_by_verification",
      message: "A verification command changed this file.",
      path,
    })),
  );
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
  { pullRequest }: Subject,
  found: FoundPlan,
  approval: Approval,
  changes: readonly CommitChange[],
): Promise<Outcome> {
  const { plan } = found;
  record.journalise("commit", { decision: "info", reasonCode: "evidence_stored", findings: [] });
  const evidence = await storeEvidence(record, "-commit");
  const message = commitMessage({
    summary: plan.plan.summary,
    pullRequest: pullRequest.number,
    planDigest: plan.planDigest,
    bindingDigest: plan.bindingDigest,
    approver: approval.approver,
    evidence,
  });
  const unspent = record.pointer;
  await markCommitting(record, evidence);
  let result: CommitResult;
  try {
    const late = await findLateChange(record, found, approval);
    if (late) return late.reasonCode === "head_moved" ? await explainConflict(record, plan) : late;
    const needsModes = changes.some((change) => change.content !== undefined && change.mode === "100755");
    const { headRef: branch, headSha: expectedHead } = pullRequest;
    result = await record.ports.github.createCommit({ branch, expectedHead, message, changes, needsModes });
  } catch (error) {
    // The port throws only when it knows that the branch is where it was: the approval may be used again.
    record.pointer = unspent;
    throw error;
  }
  if (result.status === "conflict") return explainConflict(record, plan);
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
