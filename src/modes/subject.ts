import { isSameLabel } from "../governance/approval.ts";
import { type Digest, digestOf } from "../governance/digest.ts";
import { type Outcome, outcome, type ReasonCode, type Stage } from "../governance/outcome.ts";
import { CODEOWNERS_PATHS, parseOwners } from "../governance/owners.ts";
import type { Plan } from "../governance/plan.ts";
import { touchedPaths } from "../governance/plan-rules.ts";
import { parsePolicy } from "../governance/policy-file.ts";
import type { PullRequest, Repository, Sha } from "../ports.ts";
import type { RunRecord } from "./run-record.ts";

/** What a run is about, read live. */
export interface Subject {
  readonly repository: Repository;
  readonly pullRequest: PullRequest;
  readonly baseSha: Sha;
  readonly policyDigest: Digest;
}

/**
 * Reads the pull request, the base branch and its policy, once; everything after works with these SHAs. A pull
 * request that is a fork's, closed, the default branch's, or shares its head with another one is refused, before any
 * checkout.
 */
export async function fetchSubject(record: RunRecord, number: number, stage: Stage): Promise<Subject | Outcome> {
  const { github } = record.ports;
  const pullRequest = await github.fetchPullRequest(number);
  if (pullRequest === undefined) return outcome("not_a_pull_request", "skipped");
  const repository = await github.fetchRepository();
  record.pullRequest = pullRequest;
  Object.assign(record.subject, { headSha: pullRequest.headSha, baseRef: pullRequest.baseRef });
  Object.assign(record.facts, { headSha: pullRequest.headSha, baseRef: pullRequest.baseRef });
  const baseSha = await github.fetchBranchHead(pullRequest.baseRef);
  record.facts.baseSha = baseSha;
  record.subject.baseSha = baseSha;
  const policyFile = await github.fetchFile(record.context.policyPath, baseSha);
  if (policyFile) record.policy = parsePolicy(new TextDecoder().decode(policyFile), record.context.policyPath);
  record.facts.labelPresent = pullRequest.labels.some((label) => isSameLabel(label, record.policy.label));
  const subject: Subject = { repository, pullRequest, baseSha, policyDigest: digestOf(policyFile ?? "") };
  record.target = subject;
  const refusal = await findRefusal(record, pullRequest, repository);
  if (refusal) {
    const finding = { code: refusal.reasonCode, message: refusal.message };
    return outcome(refusal.reasonCode, stage, [finding]);
  }
  return subject;
}

async function findRefusal(
  record: RunRecord,
  pullRequest: PullRequest,
  repository: Repository,
): Promise<{ reasonCode: ReasonCode; message: string } | undefined> {
  if (pullRequest.headRepositoryId !== repository.id || pullRequest.baseRepositoryId !== repository.id) {
    return { reasonCode: "fork_refused", message: "The head branch is not in this repository." };
  }
  if (pullRequest.state !== "open") {
    return { reasonCode: "pull_request_closed", message: `The pull request is ${pullRequest.state}.` };
  }
  // Its policy is that of a base branch which its author may have made, and the commit would skip every review.
  if (pullRequest.headRef === repository.defaultBranch) {
    const message = `Expected a head branch of its own, got the default branch \`${pullRequest.headRef}\`.`;
    return { reasonCode: "head_is_default_branch", message };
  }
  const open = await record.ports.github.fetchOpenPullRequests(pullRequest.headSha);
  const others = open.filter((other) => other !== pullRequest.number);
  if (others.length > 0) {
    const list = others.map((other) => `#${other}`).join(", ");
    return { reasonCode: "shared_head", message: `The head commit is also the head of ${list}.` };
  }
  return undefined;
}

/** Owners of the plan's paths from the base branch's CODEOWNERS, for display. */
export async function fetchOwners(record: RunRecord, plan: Plan, baseSha: Sha): Promise<void> {
  for (const path of CODEOWNERS_PATHS) {
    const file = await record.ports.github.fetchFile(path, baseSha);
    if (!file) continue;
    const ownersOf = parseOwners(new TextDecoder().decode(file));
    record.facts.owners = new Map(touchedPaths(plan.files).map((touched) => [touched, ownersOf(touched)]));
    return;
  }
}
