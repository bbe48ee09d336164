import type { Approval } from "../governance/approval.ts";
import { parseDeadline } from "../governance/deadline.ts";
import { decisionRecordOf } from "../governance/decision-record.ts";
import {
  blockersOf,
  type Escalation,
  escalatedAt,
  evaluateEscalations,
  GATES_STEP,
  isOverdue,
  journalBlockers,
  readEvaluations,
} from "../governance/escalation.ts";
import { evaluateGates, type GateResult, journalPassedGates } from "../governance/gates.ts";
import { readJournal } from "../governance/journal.ts";
import { evaluateReadiness, type Readiness } from "../governance/readiness.ts";
import {
  journalSignOffs,
  judgeSignOffs,
  readJournalledSignOffs,
  type SignOffComment,
  type SignOffVerdict,
} from "../governance/sign-off-verdict.ts";
import type { SignOff } from "../governance/sign-offs.ts";
import type { Comment } from "../ports.ts";
import { renderDecisionRecord } from "../report/decision-record.ts";
import { readAuthority, signersAmong } from "./authority.ts";
import type { HighRisk } from "./high-risk.ts";
import type { KnownFacts } from "./known-facts.ts";
import { type FoundPlan, fetchCommentsSince } from "./plan-lookup.ts";
import { findCountsFrom, showsAnotherPlan } from "./replacement.ts";
import type { RunRecord } from "./run-record.ts";

export interface Question {
  readonly found: FoundPlan;
  readonly highRisk: HighRisk;
  /** That of the person who applied the label; undefined while nobody rightly did. */
  readonly approval: Approval | undefined;
  readonly facts: KnownFacts;
}

/** What people and facts say now, before it is written down anywhere. */
export interface Situation extends Question {
  readonly gates: readonly GateResult[];
  readonly verdict: SignOffVerdict;
  readonly approvals: readonly Pick<SignOff, "actorId" | "actor">[];
}

export interface Assessment {
  readonly readiness: Readiness;
  readonly escalations: readonly Escalation[];
  /** Those that this very evaluation opened. */
  readonly opened: readonly Escalation[];
}

/** Reads sign-offs, permissions, teams and checks live and lets the core judge them. */
export async function readSituation(record: RunRecord, question: Question): Promise<Situation> {
  const { found, highRisk, approval, facts } = question;
  const { requirements, declarations, missing } = highRisk;
  const { github } = record.ports;
  const { policy } = record;
  const { binding } = found.plan;
  const records = readJournal(record.journal);
  const comments = await fetchCommentsSince(record, found);
  const planComment = comments.find(({ id }) => id === record.pointer?.commentId);
  const labeller = approval && { actorId: approval.approverId, actor: approval.approver };
  const people = [
    ...signersAmong(comments, policy.command),
    ...(labeller ? [{ id: labeller.actorId, login: labeller.actor }] : []),
  ];
  const { writers, isAuthorised } = await readAuthority(record, binding, requirements, people);
  // What this run has read before, or what overtook it had read, is on its way into the journal.
  const journalled = readJournalledSignOffs([...records, record]);
  // To read a hostile comment takes seconds, and anybody can post hundreds: what cannot count is not read at all.
  const heard = new Set<unknown>([record.subject.signOffId, ...journalled.map(({ commentId }) => commentId)]);
  // Without the plan's comment nobody can have read it, and no time is later than an unreadable one.
  const publishedAt = laterOf(found.storedAt, planComment?.createdAt ?? "never");
  const verdict = judgeSignOffs({
    comments: await markForeign(
      record,
      comments.filter(({ id, author }) => writers.has(author.id) || heard.has(id)),
    ),
    journalled,
    command: policy.command,
    publishedAt,
    countsFrom: planComment && (await findSignedFrom(record, found, { comments, planComment, publishedAt })),
    decisionOwner: declarations["go-no-go-owner"],
    escalatedAt: escalatedAt(escalationsOf(record, highRisk, readEvaluations(records))),
    isAuthorised,
  });
  // Whatever this run still writes says what it has read, so that what is deleted later was not unseen.
  Object.assign(record.subject, journalSignOffs(verdict.counting));
  const isNamed = requirements.gates.some((gate) => gate !== "final-decision" && policy.gates[gate].checks.length > 0);
  const checks = isNamed ? await github.fetchChecks(binding.headSha) : undefined;
  const gates = evaluateGates({
    requirements,
    policy,
    declarations,
    missing,
    facts: { ...facts.gates, checks: checks?.map(({ name, conclusion }) => ({ name, conclusion })) },
    signOffs: verdict.counting,
  });
  const approvals = [
    ...(labeller && isAuthorised({ kind: "approval", ...labeller }) === true ? [labeller] : []),
    ...verdict.counting.filter(({ kind }) => kind === "approval"),
  ];
  return { ...question, gates, verdict, approvals };
}

/** GitHub's times are whole seconds: who edits somebody's words at once makes no other time. The history tells. */
async function markForeign(record: RunRecord, comments: readonly Comment[]): Promise<readonly SignOffComment[]> {
  const { ports, policy, untouched } = record;
  const marked: SignOffComment[] = [];
  for (const comment of comments) {
    const text = `${comment.id} ${comment.body}`;
    const isAsked = !comment.isEdited && !untouched.has(text) && signersAmong([comment], policy.command).length > 0;
    const isForeign = isAsked && (await ports.github.fetchForeignEditors(comment.nodeId)).length > 0;
    if (isAsked && !isForeign) untouched.add(text);
    marked.push({ ...comment, isForeign });
  }
  return marked;
}

interface Conversation {
  readonly comments: readonly Comment[];
  readonly planComment: Comment;
  readonly publishedAt: string;
}

/** When a sign-off begins to count on a plan that replaced another one; undefined for a first plan. */
function findSignedFrom(
  record: RunRecord,
  { plan }: FoundPlan,
  { comments, planComment, publishedAt }: Conversation,
): Promise<string | undefined> {
  const older = comments.filter(({ id }) => id < planComment.id);
  const hasOlder = older.some((comment) => showsAnotherPlan(comment, plan));
  const signed = comments.filter((comment) => signersAmong([comment], record.policy.command).length > 0);
  const since = signed.map(({ createdAt }) => createdAt).filter((at) => Date.parse(at) > Date.parse(publishedAt));
  return findCountsFrom(record, plan, { comment: planComment, hasOlder, publishedAt }, since);
}

/**
 * Weighs a situation. An `evaluation` is written into the journal and may open escalations and close them; a `look`
 * leaves no trace, and what it finds repaired counts as repaired for this look alone.
 */
export function weigh(record: RunRecord, situation: Situation, kind: "evaluation" | "look"): Assessment {
  const { gates, highRisk } = situation;
  const past = readEvaluations(readJournal(record.journal));
  const before = escalationsOf(record, highRisk, past);
  const unresolved = new Map(blockersOf(gates).map(({ id }) => [id, "pending" as const]));
  const look = escalationsOf(record, highRisk, [...past, { at: record.ports.clock.now(), unresolved }]);
  if (kind === "look")
    return show(record, situation, { readiness: readinessOf(situation, look), escalations: look, opened: [] });
  const { reasonCode = "gates_passed" } = readinessOf(situation, look);
  const found = { ...journalPassedGates(gates), ...journalBlockers(gates) };
  record.journalise(GATES_STEP, { decision: "info", reasonCode, findings: [] }, found);
  const escalations = escalationsOf(record, highRisk, readEvaluations(readJournal(record.journal)));
  const opened = escalations.slice(before.length);
  return show(record, situation, { readiness: readinessOf(situation, escalations), escalations, opened });
}

function readinessOf({ highRisk, gates, approvals }: Situation, escalations: readonly Escalation[]): Readiness {
  const { requirements, missing } = highRisk;
  return evaluateReadiness({ requirements, gates, approvals, missing, escalations });
}

function escalationsOf(
  { policy }: RunRecord,
  { declarations }: HighRisk,
  evaluations: Parameters<typeof evaluateEscalations>[0]["evaluations"],
): readonly Escalation[] {
  const { rotation, deadline, calendar } = policy.escalation;
  // Both texts were parsed when they were accepted; the policy's stands in where nothing is declared.
  const rule = parseDeadline(declarations["deadline-policy"] ?? deadline) ?? parseDeadline(deadline);
  if (rule === undefined) throw new Error(`\`${deadline}\` is no deadline.`);
  const fallback = [declarations["rollback-owner"], declarations["go-no-go-owner"]];
  return evaluateEscalations({ evaluations, rotation, fallback, deadline: rule, calendar });
}

/** What is weighed is what is shown, and what the bundle's decision record says. */
function show(record: RunRecord, situation: Situation, assessment: Assessment): Assessment {
  const { found, highRisk, gates, approvals, verdict, facts } = situation;
  const { requirements, declarations, missing } = highRisk;
  const { plan } = found;
  const { binding } = plan;
  const now = record.ports.clock.now();
  const decisionRecord = record.ports.redact(
    renderDecisionRecord(
      decisionRecordOf({
        plan: plan.plan,
        riskClass: plan.riskClass,
        gates,
        declarations,
        signOffs: verdict.counting,
        digests: {
          plan: plan.planDigest,
          binding: plan.bindingDigest,
          prompt: binding.promptDigest,
          policy: binding.policyDigest,
          head: binding.headSha,
          evidence: record.pointer?.artifactDigest,
        },
      }),
    ),
  );
  record.write("decision-record.md", decisionRecord);
  record.facts.highRisk = {
    requirements,
    declarations,
    missing,
    approvals: {
      needed: requirements.approvals,
      by: [...new Map(approvals.map(({ actorId, actor }) => [actorId, actor])).values()],
      from: requirements.approvers,
    },
    gates,
    escalations: assessment.escalations.map((each) => ({ ...each, isOverdue: isOverdue(each, now) })),
    rehearsal: facts.rehearsal,
    isReady: assessment.readiness.isReady,
    decisionRecord,
  };
  return assessment;
}

function laterOf(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) ? a : b;
}
