import { parseDigest } from "../governance/digest.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import type { TreeEntry } from "../governance/tree.ts";
import { COMMIT_TRAILERS, parseTrailer } from "./commit-message.ts";
import { loadCommitEvidence } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";
import type { Subject } from "./subject.ts";

/**
 * A run may die between its commit and its report. The next run recognises the commit: it stands right on top of
 * the bound head, names this binding, and its tree is, file for file, the bound head plus the patch in the
 * evidence that it names. The trailer alone proves nothing: everybody can write one.
 */
export async function findLandedCommit(
  record: RunRecord,
  subject: Subject,
  { binding, bindingDigest }: PlanEvidence,
): Promise<string | undefined> {
  const { pullRequest, baseSha } = subject;
  if (pullRequest.headSha === binding.headSha) return undefined;
  const commit = await record.ports.github.fetchCommit(pullRequest.headSha);
  const [artifact, id, digest] = (parseTrailer(commit.message, COMMIT_TRAILERS.evidence) ?? "").split(" ");
  const zipDigest = parseDigest(digest ?? "");
  const isCandidate =
    commit.parents.length === 1 &&
    commit.parents[0] === binding.headSha &&
    parseTrailer(commit.message, COMMIT_TRAILERS.binding) === bindingDigest &&
    artifact === "artifact" &&
    zipDigest !== undefined;
  if (!isCandidate) return undefined;
  const evidence = await loadCommitEvidence(record, subject, { id: Number(id), digest: zipDigest });
  const patch = evidence.evidence.get("run.patch");
  if (evidence.bindingDigest !== bindingDigest || patch === undefined) return undefined;
  const start = record.keep(await record.ports.git.openScratchTree({ head: binding.headSha, base: baseSha }));
  const landed = record.keep(await record.ports.git.openScratchTree({ head: commit.sha, base: baseSha }));
  if (!(await start.applyPatch(patch))) return undefined;
  const expected = indexOf(start.entries);
  for (const { path, after } of (await start.compare()).changes) {
    if (after === undefined) expected.delete(path);
    else expected.set(path, `${after.mode} ${after.oid}`);
  }
  if (!isSameTree(expected, indexOf(landed.entries))) return undefined;
  for (const [name, bytes] of evidence.evidence) record.evidence.set(name, bytes);
  record.journal = evidence.journal;
  return commit.sha;
}

function indexOf(entries: readonly TreeEntry[]): Map<string, string> {
  return new Map(entries.map(({ path, mode, oid }) => [path, `${mode} ${oid}`]));
}

function isSameTree(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): boolean {
  return expected.size === got.size && [...expected].every(([path, file]) => got.get(path) === file);
}
