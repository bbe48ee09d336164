import { COMMIT_TRAILERS, parseTrailer } from "../governance/commit-message.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { readJournal } from "../governance/journal.ts";
import { evaluateParity } from "../governance/parity.ts";
import type { TreeEntry } from "../governance/tree.ts";
import type { CommitInfo } from "../ports.ts";
import type { RunRecord } from "./run-record.ts";
import type { Subject } from "./subject.ts";

/**
 * A run may die between its commit and the end of its report. The next run recognises the commit: the pointer says
 * that a commit was about to be made (or was made, if the report got that far), the commit stands right on top of
 * the bound head, GitHub made it for an app, and its tree is, file for file, the bound head plus the patch of the
 * pointed-to evidence, whose last word is that everything was proved. What the commit says of itself proves nothing:
 * everybody can write trailers, and push the very change by hand after the run that was to commit it died.
 */
export async function findLandedCommit(
  record: RunRecord,
  { pullRequest, baseSha }: Subject,
  plan: PlanEvidence,
): Promise<boolean> {
  const { binding, bindingDigest, evidence, approval } = plan;
  const patch = evidence.get("run.patch");
  const isUnreported = record.pointer?.stage === "committing";
  const isHalfReported = record.pointer?.stage === "executed" && record.pointer.commitSha === pullRequest.headSha;
  const isExpected = (isUnreported || isHalfReported) && pullRequest.headSha !== binding.headSha;
  if (!isExpected || !isProved(plan) || approval === undefined || patch === undefined) return false;
  if (await isWithdrawn(record, pullRequest.number, approval.eventId)) return false;
  const commit = await record.ports.github.fetchCommit(pullRequest.headSha);
  const isOnTop = commit.parents.length === 1 && commit.parents[0] === binding.headSha;
  if (!isOnTop || !isByApp(record, commit) || parseTrailer(commit.message, COMMIT_TRAILERS.binding) !== bindingDigest)
    return false;
  const start = record.keep(await record.ports.git.openScratchTree({ head: binding.headSha, base: baseSha }));
  const landed = record.keep(await record.ports.git.openScratchTree({ head: commit.sha, base: baseSha }));
  if (!(await start.applyPatch(patch))) return false;
  const { changes } = await start.compare();
  if (!evaluateParity(plan.plan, changes).isInside) return false;
  const expected = indexOf(start.entries);
  for (const { path, after } of changes) {
    if (after === undefined) expected.delete(path);
    else expected.set(path, `${after.mode} ${after.oid}`);
  }
  if (!isSameTree(expected, indexOf(landed.entries))) return false;
  record.changedFiles = changes.map(({ path }) => path);
  rememberCommit(record, commit.sha, binding.headSha);
  return true;
}

/** Whether GitHub itself made the commit for an app: ours, where the policy names it. */
export function isByApp({ policy }: RunRecord, { viaApp }: CommitInfo): boolean {
  const ours = policy["check-app"];
  return viaApp !== undefined && (ours === null || ours === viaApp);
}

/**
 * Whether the bundle's last word is that everything was proved: right before the commit, or in a report of it, which
 * any mode may have made. A forged pointer can lead to the bundle of a denial.
 */
function isProved({ journal }: PlanEvidence): boolean {
  const last = readJournal(journal).at(-1);
  return last?.step === "commit" || (last?.decision === "allow" && last.reasonCode === "plan_executed");
}

/**
 * Whether a person took the approval back. The label itself may be gone all the same: a run that dies in its report
 * has stripped it. A commit that people made by hand of the same files is not what they approved.
 */
async function isWithdrawn({ ports, policy }: RunRecord, number: number, eventId: number): Promise<boolean> {
  const { latest } = await ports.github.fetchLabelHistory(number, policy.label);
  return latest?.kind === "labeled" ? latest.id !== eventId : latest?.isByBot !== true;
}

function indexOf(entries: readonly TreeEntry[]): Map<string, string> {
  return new Map(entries.map(({ path, mode, oid }) => [path, `${mode} ${oid}`]));
}

function isSameTree(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): boolean {
  return expected.size === got.size && [...expected].every(([path, file]) => got.get(path) === file);
}

/** The commit becomes part of what the run knows. */
export function rememberCommit(record: RunRecord, sha: string, parent: string): void {
  const { serverUrl, repository } = record.context;
  // The state belongs to the head that the plan was bound to; the commit has the result.
  record.facts.headSha = parent;
  record.facts.commit = { sha, url: `${serverUrl}/${repository}/commit/${sha}` };
  record.subject.commitSha = sha;
}
