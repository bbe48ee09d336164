import { isSameLabel } from "../governance/approval.ts";
import { otherMeaningOf } from "../governance/branch.ts";
import { type Digest, digestOf } from "../governance/digest.ts";
import { type Finding, type Outcome, outcome, type ReasonCode, type Stage } from "../governance/outcome.ts";
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
 * checkout; one with a branch whose name could mean another is refused before that name is part of any request.
 */
export async function fetchSubject(record: RunRecord, number: number, stage: Stage): Promise<Subject | Outcome> {
  const { github } = record.ports;
  const pullRequest = await github.fetchPullRequest(number);
  if (pullRequest === undefined) return outcome("not_a_pull_request", "skipped");
  const repository = await github.fetchRepository();
  record.pullRequest = pullRequest;
  Object.assign(record.subject, { headSha: pullRequest.headSha, baseRef: pullRequest.baseRef });
  Object.assign(record.facts, { headSha: pullRequest.headSha, baseRef: pullRequest.baseRef });
  const isLabelled = (): boolean => pullRequest.labels.some((label) => isSameLabel(label, record.policy.label));
  record.facts.labelPresent = isLabelled();
  const ambiguous = findOtherMeaning("base", pullRequest.baseRef);
  if (ambiguous) return outcome("branch_name_ambiguous", stage, [ambiguous]);
  const baseSha = await github.fetchBranchHead(pullRequest.baseRef);
  record.facts.baseSha = baseSha;
  record.subject.baseSha = baseSha;
  const policyFile = await github.fetchFile(record.context.policyPath, baseSha);
  if (policyFile) record.policy = parsePolicy(new TextDecoder().decode(policyFile), record.context.policyPath);
  record.facts.labelPresent = isLabelled();
  const subject: Subject = { repository, pullRequest, baseSha, policyDigest: digestOf(policyFile ?? "") };
  record.target = subject;
  const refusal = await findRefusal(record, pullRequest, repository);
  if (refusal) {
    const { reasonCode, ...finding } = refusal;
    return outcome(reasonCode, stage, [{ ...finding, code: reasonCode }]);
  }
  return subject;
}

/** Why a branch's name must not become part of a request; undefined for one that means one branch alone. */
function findOtherMeaning(which: "head" | "base", branch: string): Finding | undefined {
  const meaning = otherMeaningOf(branch);
  if (meaning === undefined) return undefined;
  const message = `The name of the ${which} branch could also mean ${meaning}.`;
  return { code: "branch_name_ambiguous", message, expected: "a name that means one branch", got: branch };
}

async function findRefusal(
  record: RunRecord,
  pullRequest: PullRequest,
  repository: Repository,
): Promise<(Omit<Finding, "code"> & { readonly reasonCode: ReasonCode }) | undefined> {
  if (pullRequest.headRepositoryId !== repository.id || pullRequest.baseRepositoryId !== repository.id) {
    return { reasonCode: "fork_refused", message: "The head branch is not in this repository." };
  }
  if (pullRequest.state !== "open") {
    return { reasonCode: "pull_request_closed", message: `The pull request is ${pullRequest.state}.` };
  }
  const ambiguous = findOtherMeaning("head", pullRequest.headRef);
  if (ambiguous) return { ...ambiguous, reasonCode: "branch_name_ambiguous" };
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
