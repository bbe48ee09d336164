import { type Binding, chainDigest, renderBinding } from "../governance/binding.ts";
import { type ResolvedDeclarations, resolveDeclarations } from "../governance/declarations.ts";
import { digestOf } from "../governance/digest.ts";
import { renderSeal } from "../governance/evidence.ts";
import { type Finding, type Outcome, outcome } from "../governance/outcome.ts";
import { renderPlanJson, renderPlanText } from "../governance/plan.ts";
import { isCommand } from "../governance/prompt.ts";
import { scopeDigest, scopeOf } from "../governance/scope.ts";
import type { Ports, ScratchTree } from "../ports.ts";
import { fetchSigner } from "./authority.ts";
import { runMode } from "./conclusion.ts";
import { highRiskOf, unsignedView } from "./high-risk.ts";
import type { ModeResult, RunContext, Trigger } from "./mode.ts";
import { askForPlan, type ValidPlan } from "./plan-request.ts";
import { showsSomePlan } from "./replacement.ts";
import { authoriseRequester, freezeRequest, identifyTriggeringActor, isSignOff } from "./request.ts";
import { isOutcome, RunRecord } from "./run-record.ts";
import { shownPrompt } from "./shown-prompt.ts";
import { sign } from "./sign.ts";
import { fetchOwners, fetchSubject, type Subject } from "./subject.ts";

/** Mode plan: a frozen prompt becomes an archived, published plan that waits for approval. */
export async function plan(trigger: Trigger, context: RunContext, ports: Ports): Promise<ModeResult> {
  const record = new RunRecord("plan", context, ports);
  return runMode(record, () => makePlan(record, trigger));
}

async function makePlan(record: RunRecord, trigger: Trigger): Promise<Outcome> {
  if (trigger.kind !== "comment") return outcome("not_for_us", "skipped");
  if (!trigger.isPullRequest) return outcome("not_a_pull_request", "skipped");
  const unauthorised = await authoriseRequester(record, trigger);
  if (unauthorised) return unauthorised;
  const isOurs = () => isCommand(trigger.body, record.policy.command) || isSignOff(record, trigger);
  const subject = await fetchSubject(record, trigger.pullRequest, "refused").catch((error: unknown) => {
    // A wrong policy must not answer other tools' commands: until it is right, only the default one is ours.
    if (isOurs()) throw error;
    return outcome("not_for_us", "skipped");
  });
  // Whether the comment is for us is known once the policy is read; before that, nothing is said.
  if (!isOurs()) return outcome("not_for_us", "skipped");
  if (isSignOff(record, trigger)) return sign(record, subject, trigger);
  // The policy may have another word, of which a default one that signs is no part.
  record.mode = "plan";
  if (isOutcome(subject)) return subject;
  const unattributed = await identifyTriggeringActor(record, trigger);
  if (unattributed) return unattributed;
  const prompt = await freezeRequest(record, trigger);
  if (isOutcome(prompt)) return prompt;
  record.facts.prompt = await shownPrompt(prompt);
  // Whatever the plan's class turns out to be: a declaration that nobody can read is a slip that its author must see.
  const declared = resolveDeclarations(prompt.text, record.policy, "standard");
  const slips = [...declared.findings, ...(await findUnfitOwner(record, trigger.authorLogin, declared))];
  if (slips.length > 0) return outcome("declaration_invalid", "refused", slips);
  await acknowledge(record, trigger.commentId);
  const { pullRequest, baseSha } = subject;
  const tree = record.keep(await record.ports.git.openScratchTree({ head: pullRequest.headSha, base: baseSha }));
  const answer = await askForPlan(record, tree, prompt.text, "plan");
  if (isOutcome(answer)) return answer;
  await fetchOwners(record, answer.plan, baseSha);
  const replaced = await findReplacedComment(record, pullRequest.number);
  if (replaced !== undefined) record.facts.replacement = { countsFrom: undefined };
  seal(record, subject, tree, trigger, answer, replaced);
  const highRisk = highRiskOf(record.policy, prompt.text, answer.riskClass);
  if (highRisk) record.facts.highRisk = unsignedView(record.policy, highRisk);
  return (await findMovedHead(record, subject)) ?? outcome("plan_published", "planned");
}

/** An owner whose decision could never count: said before anybody signs for nothing. */
async function findUnfitOwner(
  record: RunRecord,
  requester: string,
  { declarations, sources }: ResolvedDeclarations,
): Promise<readonly Finding[]> {
  const owner = declarations["go-no-go-owner"];
  // The policy's default is no slip of the comment's, and most plans need no decision.
  if (owner === null || sources["go-no-go-owner"] !== "comment") return [];
  const unfit = (message: string, expected: string) => [{ code: "declaration_value", message, expected, got: owner }];
  const requesters = [requester, record.facts.coRequester].map((login) => login?.toLowerCase());
  if (record.policy["four-eyes"] && requesters.includes(owner.toLowerCase())) {
    return unfit("`Go-No-Go-Owner` asked for this plan, so somebody else has to decide.", "another person");
  }
  if (await fetchSigner(record, owner)) return [];
  return unfit("`Go-No-Go-Owner` may not decide here.", "the login of a person with write access");
}

/** The eyes on the comment tell the author that work goes on; without them the plan is as good. */
async function acknowledge(record: RunRecord, commentId: number): Promise<void> {
  await record.ports.github.addReaction(commentId, "eyes").catch((error: Error) => record.ports.log(error.message));
}

/** Writes the plan's files and binds them to everything that they were made from. */
function seal(
  record: RunRecord,
  { repository, pullRequest, baseSha, policyDigest }: Subject,
  tree: ScratchTree,
  trigger: Extract<Trigger, { kind: "comment" }>,
  { plan: accepted, riskClass }: ValidPlan,
  replacedCommentId: number | undefined,
): void {
  const prompt = record.facts.prompt as NonNullable<typeof record.facts.prompt>;
  const { version, model, effort } = record.policy.codex;
  const planJson = renderPlanJson(accepted);
  const binding: Binding = {
    version: 1,
    repositoryId: repository.id,
    pullRequest: pullRequest.number,
    requesterId: trigger.authorId,
    requester: trigger.authorLogin,
    ...coRequesterOf(record),
    commentId: trigger.commentId,
    ...(replacedCommentId === undefined ? {} : { replacedCommentId }),
    promptDigest: prompt.digest,
    planDigest: digestOf(planJson),
    scopeDigest: scopeDigest(scopeOf(accepted, riskClass)),
    headSha: pullRequest.headSha,
    baseRef: pullRequest.baseRef,
    baseSha,
    policyDigest,
    instructionChainDigest: chainDigest(tree.instructions),
    codexVersion: version,
    model,
    effort,
    actionVersion: record.context.actionVersion,
  };
  record.write("prompt.txt", prompt.text);
  record.write("plan.json", planJson);
  record.write("plan.txt", renderPlanText(accepted));
  record.write("binding.json", renderBinding(binding));
  record.write("plan.sha256", renderSeal(record.evidence));
  const bindingDigest = digestOf(renderBinding(binding));
  Object.assign(record.subject, { planDigest: binding.planDigest, bindingDigest });
  Object.assign(record.facts, {
    plan: accepted,
    planText: renderPlanText(accepted),
    planDigest: binding.planDigest,
    bindingDigest,
    riskClass,
    codex: { version, model, effort },
  });
}

/** Who re-ran the request of somebody else; nothing when its author did. */
function coRequesterOf({ facts, subject }: RunRecord): Pick<Binding, "triggeringActorId" | "triggeringActor"> {
  const { coRequester } = facts;
  return coRequester === undefined
    ? {}
    : { triggeringActorId: Number(subject.triggeringActorId), triggeringActor: coRequester };
}

/** The comment of the newest plan that this pull request shows, whatever came of it: somebody may be reading it. */
async function findReplacedComment(record: RunRecord, number: number): Promise<number | undefined> {
  const comments = await record.ports.github.fetchNewestComments(number);
  return comments.filter((comment) => showsSomePlan(comment, number)).at(-1)?.id;
}

/** A push while Codex was planning makes the plan stale before it is born. */
async function findMovedHead(record: RunRecord, { pullRequest }: Subject): Promise<Outcome | undefined> {
  const now = await record.ports.github.fetchPullRequest(pullRequest.number);
  if (now?.headSha === pullRequest.headSha) return undefined;
  const got = now?.headSha ?? "none";
  return outcome("head_moved", "refused", [
    { code: "head_moved", message: "The head moved while Codex was planning.", expected: pullRequest.headSha, got },
  ]);
}
