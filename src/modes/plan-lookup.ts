import { CHECK_NAME } from "../governance/check-names.ts";
import { type Digest, digestOf } from "../governance/digest.ts";
import { IntegrityError } from "../governance/errors.ts";
import { assertSealed, openEvidence, type PlanEvidence } from "../governance/evidence.ts";
import { readJournal } from "../governance/journal.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { endedUpTo, type Pointer, selectPointer } from "../governance/pointer.ts";
import { journalSignOffs, readJournalledSignOffs } from "../governance/sign-off-verdict.ts";
import type { CheckRun, Comment, Files, Sha, WorkflowRun } from "../ports.ts";
import { parseMarker } from "../report/marker.ts";
import { STORED_AT } from "./known-facts.ts";
import type { RunRecord } from "./run-record.ts";
import { shownPrompt } from "./shown-prompt.ts";
import type { Subject } from "./subject.ts";

/** How many of our comments are looked at for a plan of an older head. */
const MAX_HINTS = 5;

/**
 * The pointer to the plan of this pull request. It stands on the head that the plan was made for; when the head
 * has moved since, our own comment tells where it stood. The comment is only a hint: nothing is believed of it.
 */
export async function findPointer(
  record: RunRecord,
  { pullRequest }: Pick<Subject, "pullRequest">,
): Promise<Pointer | undefined> {
  const { github } = record.ports;
  const at = async (sha: string) => {
    const checks = await fetchBelievedChecks(record, sha);
    const pointer = selectPointer(checks, pullRequest.number);
    if (pointer) record.endedUpTo = endedUpTo(checks, pointer);
    return pointer;
  };
  const here = await at(pullRequest.headSha);
  if (here) return here;
  const comments = await github.fetchNewestComments(pullRequest.number);
  const heads = comments
    .filter(({ author }) => author.type === "Bot")
    .flatMap(({ body }) => parseMarker(body) ?? [])
    .filter((marker) => marker.pullRequest === pullRequest.number)
    .flatMap(({ headSha }) => (headSha === undefined || headSha === pullRequest.headSha ? [] : [headSha]))
    .reverse();
  for (const head of [...new Set(heads)].slice(0, MAX_HINTS)) {
    const pointer = await at(head);
    if (pointer) return pointer;
  }
  return undefined;
}

/** The check runs of our name at a commit; where the policy names our app, of that app alone. */
export async function fetchBelievedChecks({ ports, policy }: RunRecord, sha: Sha): Promise<readonly CheckRun[]> {
  const app = policy["check-app"];
  const checks = await ports.github.fetchCheckRuns(sha, CHECK_NAME);
  return app === null ? checks : checks.filter(({ appSlug }) => appSlug === app);
}

/** The plan that a pointer leads to, with when GitHub stored it. */
export interface FoundPlan {
  readonly plan: PlanEvidence;
  /** ISO 8601, GitHub's time. */
  readonly storedAt: string;
  /** The same of the latest bundle, which has what later runs added. */
  readonly evidenceStoredAt: string;
}

/**
 * Loads the evidence that a pointer leads to and proves where it comes from. The plan itself is always taken
 * from the artifact of mode plan, whose run on the default branch nobody with a pull request can imitate; what
 * later runs added must leave that part byte for byte.
 */
export async function loadPlan(record: RunRecord, subject: Subject, pointer: Pointer): Promise<FoundPlan | Outcome> {
  record.pointer = pointer;
  const { planArtifactId, artifactId, artifactDigest } = pointer;
  const isPlanItself = artifactId === planArtifactId;
  const origin = await loadArtifact(record, planArtifactId, isPlanItself ? artifactDigest : undefined, (run) =>
    findForeignPlanRun(record, subject, run),
  );
  const original = openEvidence(assertSealed(origin.files));
  let plan = original;
  let evidenceStoredAt = origin.createdAt;
  if (!isPlanItself) {
    const latest = await loadArtifact(record, artifactId, artifactDigest, (run) =>
      findForeignRun(record, subject, run),
    );
    plan = openEvidence(assertSealed(latest.files));
    evidenceStoredAt = latest.createdAt;
  }
  if (original.bindingDigest !== plan.bindingDigest || plan.bindingDigest !== pointer.bindingDigest) {
    throw new IntegrityError(
      "artifact_foreign",
      `The evidence belongs to another plan: expected binding ${pointer.bindingDigest}, got ${plan.bindingDigest}. Ask for a new plan.`,
    );
  }
  if (plan.binding.pullRequest !== subject.pullRequest.number || plan.binding.repositoryId !== subject.repository.id) {
    return outcome("binding_mismatch", "denied");
  }
  await rememberPlan(record, plan);
  record.subject[STORED_AT] = evidenceStoredAt;
  return { plan, storedAt: origin.createdAt, evidenceStoredAt };
}

/** Comment and archive are of two services of GitHub, whose clocks may differ. In milliseconds. */
const CLOCKS_APART_MS = 600_000;

/** All comments that can be of any interest to a plan: what was said before it counts for nothing. */
export async function fetchCommentsSince({ ports }: RunRecord, found: FoundPlan): Promise<readonly Comment[]> {
  const since = new Date(Date.parse(found.storedAt) - CLOCKS_APART_MS).toISOString().replace(/\.\d+Z$/, "Z");
  return ports.github.fetchComments(found.plan.binding.pullRequest, since);
}

/** Takes what another run of this plan, which was faster, has read of sign-offs into what this one still writes. */
export async function adoptSignOffs(record: RunRecord, subject: Subject, { artifactId, artifactDigest }: Pointer) {
  const { files } = await loadArtifact(record, artifactId, artifactDigest, (run) =>
    findForeignRun(record, subject, run),
  );
  const { journal } = openEvidence(assertSealed(files));
  Object.assign(record.subject, journalSignOffs(readJournalledSignOffs(readJournal(journal))));
}

async function loadArtifact(
  record: RunRecord,
  id: number,
  recorded: Digest | undefined,
  findForeign: (run: WorkflowRun) => string | undefined | Promise<string | undefined>,
): Promise<{ files: Files; createdAt: string }> {
  const { artifacts, github } = record.ports;
  const info = await artifacts.fetchInfo(id);
  if (info === undefined) throw missing("artifact_missing", id, "is gone");
  if (info.expired) throw missing("artifact_expired", id, "has expired");
  // GitHub vouches for the run that made the artifact, whatever anybody else says of it.
  const foreign = await findForeign(await github.fetchWorkflowRun(info.runId));
  if (foreign !== undefined) {
    throw new IntegrityError(
      "artifact_foreign",
      `Artifact ${id} was not made by our workflow: ${foreign}. Ask for a new plan.`,
    );
  }
  const digest = recorded ?? info.digest;
  if (digest === undefined || (info.digest !== undefined && info.digest !== digest)) {
    throw new IntegrityError(
      "artifact_tampered",
      `Artifact ${id} is not the one that was recorded: expected ${digest ?? "a digest"}, got ${info.digest ?? "none"}. Ask for a new plan.`,
    );
  }
  return { files: await artifacts.fetch({ id, digest }, info.runId), createdAt: info.createdAt };
}

function missing(code: "artifact_missing" | "artifact_expired", id: number, what: string): IntegrityError {
  return new IntegrityError(code, `Artifact ${id} with the evidence ${what}. Ask for a new plan.`);
}

/** Why a run cannot have made a plan; undefined when it can. */
function findForeignPlanRun({ context }: RunRecord, { repository }: Subject, run: WorkflowRun): string | undefined {
  return firstDifference([
    ["repository", repository.id, run.repositoryId],
    ["head repository", repository.id, run.headRepositoryId],
    ["workflow", context.planWorkflow, run.path],
    ["event", "issue_comment", run.event],
    ["branch", repository.defaultBranch, run.headBranch],
  ]);
}

/** Why a run cannot have added to a plan's evidence; undefined when it can. */
async function findForeignRun(record: RunRecord, subject: Subject, run: WorkflowRun): Promise<string | undefined> {
  const { context } = record;
  const { repository } = subject;
  const isOurs = run.path === context.workflowPath || run.path === context.planWorkflow;
  const common: Comparison[] = [
    ["repository", repository.id, run.repositoryId],
    ["head repository", repository.id, run.headRepositoryId],
    ["workflow", isOurs ? run.path : context.workflowPath, run.path],
  ];
  switch (run.event) {
    // Whoever runs on `pull_request` runs the pull request's own workflow file, and trusts its like; a run on
    // the default branch does not.
    case "pull_request":
      return firstDifference(common) ?? rejectOwnFile(context.eventName, run);
    case "pull_request_target":
      return firstDifference(common);
    case "workflow_dispatch":
    case "issue_comment":
      return (
        firstDifference([...common, ["branch", repository.defaultBranch, run.headBranch]]) ??
        findOtherWorkflow(record, subject, run)
      );
    default:
      return `unexpected event ${run.event}`;
  }
}

/** Not foreign, but not to be believed here: a reason of its own, since another plan would end in the same way. */
function rejectOwnFile(eventName: string, { event, path }: WorkflowRun): undefined {
  if (eventName === event) return;
  throw new IntegrityError(
    "evidence_of_pull_request",
    `The dry run was made by ${path} as the pull request has it, which whoever can push can edit. A run for ${eventName} is on the default branch and does not believe it. Sign-offs need another wiring than the simple one.`,
  );
}

/**
 * A tag can have the default branch's name, so a branch's name alone does not say which file ran. The file of the
 * commit that ran must be the one that the default branch has now.
 */
async function findOtherWorkflow(
  { ports }: RunRecord,
  { repository, pullRequest, baseSha }: Subject,
  run: WorkflowRun,
): Promise<string | undefined> {
  const isBase = pullRequest.baseRef === repository.defaultBranch;
  const current = isBase ? baseSha : await ports.github.fetchBranchHead(repository.defaultBranch);
  const [ran, now] = [
    await ports.github.fetchFile(run.path, run.headSha),
    await ports.github.fetchFile(run.path, current),
  ];
  const isSame = ran !== undefined && now !== undefined && digestOf(ran) === digestOf(now);
  return isSame ? undefined : `${run.path} at ${run.headSha} is not the one of ${repository.defaultBranch}`;
}

type Comparison = readonly [what: string, expected: string | number, got: string | number | undefined];

function firstDifference(comparisons: readonly Comparison[]): string | undefined {
  const different = comparisons.find(([, expected, got]) => expected !== got);
  return different && `${different[0]}: expected ${different[1]}, got ${different[2] ?? "none"}`;
}

/** Takes a proved plan into the record, so that every later outcome shows it and carries its evidence on. */
async function rememberPlan(record: RunRecord, plan: PlanEvidence): Promise<void> {
  const { binding } = plan;
  for (const [name, bytes] of plan.evidence) record.evidence.set(name, bytes);
  record.journal = plan.journal;
  record.ledgerBefore = new TextDecoder().decode(plan.evidence.get("ledger.md"));
  record.planHead = binding.headSha;
  Object.assign(record.subject, {
    planDigest: plan.planDigest,
    bindingDigest: plan.bindingDigest,
    commentId: binding.commentId,
  });
  Object.assign(record.facts, {
    requester: binding.requester,
    coRequester: binding.triggeringActor,
    prompt: await shownPrompt({ text: plan.prompt, digest: binding.promptDigest }),
    plan: plan.plan,
    planText: plan.planText,
    planDigest: plan.planDigest,
    bindingDigest: plan.bindingDigest,
    riskClass: plan.riskClass,
    codex: { version: binding.codexVersion, model: binding.model, effort: binding.effort },
    ...(plan.approval ? { approver: plan.approval.approver, expiresAt: plan.approval.expiresAt } : {}),
  });
}
