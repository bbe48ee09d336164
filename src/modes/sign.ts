import { type Outcome, outcome, REASONS, type Stage } from "../governance/outcome.ts";
import { isApprovedStage, type PointerStage } from "../governance/pointer.ts";
import { parseSignOff } from "../governance/sign-offs.ts";
import { readSituation, type Situation, weigh } from "./assessment.ts";
import { highRiskOf } from "./high-risk.ts";
import { findMovedIdentity } from "./identity.ts";
import { recordedFacts } from "./known-facts.ts";
import { proveApproval, readShownPlan } from "./live-approval.ts";
import { type FoundPlan, findPointer, loadPlan } from "./plan-lookup.ts";
import { beginSignOff, type CommentTrigger, fetchUnedited } from "./request.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";
import { fetchOwners, type Subject } from "./subject.ts";

/** Stages in which a plan still waits for somebody's word. */
const OPEN: ReadonlySet<PointerStage> = new Set<PointerStage>([
  "planned",
  "denied",
  "revoked",
  "approved",
  "blocked",
  "released",
]);

/**
 * A comment that signs: judged at once, so that its author learns whether it counts. The comment itself stays what
 * counts: every later run reads it anew, and nothing here makes it more than it is.
 */
export async function sign(record: RunRecord, subject: Subject | Outcome, trigger: CommentTrigger): Promise<Outcome> {
  beginSignOff(record, trigger);
  if (isOutcome(subject)) return subject;
  const comment = await fetchUnedited(record, trigger);
  if (isOutcome(comment)) return notAsPosted(comment);
  const parsed = parseSignOff(comment.body, record.policy.command);
  if (parsed.status === "not_command") return outcome("not_for_us", "skipped");
  if (parsed.status === "refused") return outcome("sign_off_invalid", "refused", parsed.findings);
  const pointer = await findPointer(record, subject);
  if (pointer === undefined || !OPEN.has(pointer.stage)) return refused("No plan waits for it.", pointer?.stage);
  const found = await loadPlan(record, subject, pointer);
  if (isOutcome(found)) return { ...found, stage: "refused" };
  record.subject.requesterId = found.plan.binding.requesterId;
  const moved = await findMovedIdentity(record, subject, found.plan);
  if (moved) return { ...moved, stage: "refused" };
  return judge(record, subject, found, trigger);
}

/** It is the sign-off that was edited or deleted, not a request: what helps is another comment, not another plan. */
function notAsPosted({ reasonCode, findings }: Outcome): Outcome {
  const message = `${REASONS[reasonCode].title}.`;
  return outcome("sign_off_refused", "refused", [{ ...findings[0], code: reasonCode, message }]);
}

async function judge(
  record: RunRecord,
  { pullRequest, baseSha }: Subject,
  found: FoundPlan,
  { commentId, authorLogin }: CommentTrigger,
): Promise<Outcome> {
  const { plan } = found;
  const highRisk = highRiskOf(record.policy, plan.prompt, plan.riskClass);
  if (highRisk === undefined) return refused(`A plan of class ${plan.riskClass} needs no sign-off.`, "none is needed");
  await fetchOwners(record, plan.plan, baseSha);
  const stage = record.pointer?.stage ?? "denied";
  // The plan's comment is what people sign: where it is not what we wrote, a sign-off may mean something else.
  const shown = await readShownPlan(record, found);
  if (isOutcome(shown)) return { ...shown, stage: "refused" };
  if (shown.flaw) return { ...shown.flaw, stage: "refused" };
  const approval = await proveApproval(record, pullRequest, found, shown);
  // The label was only looked at: this run is its commenter's, and the event that was judged last is another one's.
  record.actor = authorLogin;
  record.eventId = undefined;
  const proved = isOutcome(approval) ? undefined : approval;
  const isApproved = isApprovedStage(stage) && proved !== undefined && plan.approval?.eventId === proved.eventId;
  const facts = recordedFacts(record, found);
  const situation = await readSituation(record, { found, highRisk, approval: proved, facts });
  const unheard = findUncounted(situation, commentId);
  if (unheard) return unheard;
  const { isReady } = weigh(record, situation, "look").readiness;
  if (!isApproved && record.facts.highRisk) record.facts.highRisk = { ...record.facts.highRisk, isReady: false };
  const ended = outcome("sign_off_recorded", stageAfter(stage, isApproved && isReady));
  record.journalise("sign", ended);
  return ended;
}

/** Why this comment does not count. */
function findUncounted({ verdict }: Situation, commentId: number): Outcome | undefined {
  if (verdict.counting.some((signOff) => signOff.commentId === commentId)) return undefined;
  const reasonCode = verdict.refused.get(commentId) ?? "sign_off_refused";
  const findings = verdict.findings.filter(({ message }) => message.includes(`(comment ${commentId})`));
  return outcome(reasonCode, "refused", findings);
}

/** A sign-off may end a block, but it neither approves a plan nor makes one fail. */
function stageAfter(stage: PointerStage, isReady: boolean): Stage {
  if (isApprovedStage(stage)) return isReady || stage === "approved" ? "approved" : "blocked";
  return "planned";
}

function refused(message: string, got = "none"): Outcome {
  return outcome("sign_off_refused", "refused", [
    { code: "sign_off_refused", message, expected: "a plan that waits for a sign-off", got },
  ]);
}
