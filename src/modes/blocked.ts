import type { Finding, Outcome, ReasonCode } from "../governance/outcome.ts";
import { outcome } from "../governance/outcome.ts";
import { type Assessment, type Question, readSituation, type Situation, weigh } from "./assessment.ts";
import type { RunRecord } from "./run-record.ts";

/** What keeps a plan from being executed although somebody acted as they should; waiting for people is not among it. */
const FAILURES: readonly ReasonCode[] = ["escalation_open", "gate_failed", "decision_no_go"];

/** Why a sign-off that stood once does not count; what strangers try is not repeated in every outcome. */
const VOIDED = new Set(["sign_off_gone", "sign_off_edited", "sign_off_before_escalation", "team_unreadable"]);

const MAX_EVIDENCE = 1_500;

/** Proves readiness live. Undefined when execution may go on; a refusal is an evaluation, and may escalate. */
export async function findUnready(record: RunRecord, question: Question): Promise<Outcome | undefined> {
  const situation = await readSituation(record, question);
  if (weigh(record, situation, "look").readiness.isReady) return undefined;
  return blockedBy(record, situation, await evaluate(record, situation));
}

/** The same once more right before the effect: the evaluation is written already, so this only looks. */
export async function findLateUnready(record: RunRecord, question: Question): Promise<Outcome | undefined> {
  const situation = await readSituation(record, question);
  return blockedBy(record, situation, weigh(record, situation, "look"));
}

/** An evaluation with what it has to bring about: whoever is named by an open escalation is told. */
export async function evaluate(record: RunRecord, situation: Situation): Promise<Assessment> {
  const assessment = weigh(record, situation, "evaluation");
  await assignOwners(record, assessment);
  const told = record.policy.notices.includes("escalation") ? assessment.opened : [];
  for (const { blocker, owner, deadline } of told) {
    const view = record.view(outcome("escalation_open", "blocked"));
    await record.ports.notifier.notify({
      title: `Escalated: ${blocker}, pull request ${view.pullRequest} of ${view.repository}`,
      text: record.ports.redact(`To be removed by ${deadline}.\n${evidenceOf(situation, blocker)}`),
      url: `${view.serverUrl}/${view.repository}/pull/${view.pullRequest}`,
      mentions: owner === null ? [] : [owner],
    });
  }
  return assessment;
}

/** Everything that is not there, as a denial that keeps the approval. */
export function blockedBy(record: RunRecord, situation: Situation, assessment: Assessment): Outcome | undefined {
  const { isReady, reasonCode } = assessment.readiness;
  if (isReady || reasonCode === undefined) return undefined;
  const findings = findingsOf(record, situation, assessment);
  const isEscalated = findings.some(({ code }) => code === "escalation_open");
  return outcome(isEscalated ? "escalation_open" : reasonCode, "blocked", findings);
}

/** Only what failed: that people still have to sign is no reason to deny an approval. */
export function failedBy(record: RunRecord, situation: Situation, assessment: Assessment): Outcome | undefined {
  const findings = findingsOf(record, situation, assessment);
  const failure = FAILURES.find((code) => findings.some((finding) => finding.code === code));
  if (failure === undefined) return undefined;
  const isRehearsal = failure === "gate_failed" && situation.facts.rehearsal?.result === "fail";
  return outcome(isRehearsal ? "rehearsal_failed" : failure, "blocked", findings);
}

function findingsOf(record: RunRecord, { verdict, facts }: Situation, { readiness }: Assessment): readonly Finding[] {
  const overdue = (record.facts.highRisk?.escalations ?? []).filter((each) => each.isOverdue);
  return [
    ...overdue.map(({ blocker, owner, deadline }) => ({
      code: "escalation_overdue",
      message: `\`${blocker}\` is overdue; its owner is ${owner ?? "nobody"}.`,
      expected: `removed by ${deadline}`,
      got: record.ports.clock.now(),
    })),
    ...readiness.findings,
    ...(facts.rehearsal?.findings ?? []),
    ...verdict.findings.filter(({ code }) => VOIDED.has(code)),
  ];
}

/** Repeated while an escalation is open: who is assigned already stays. */
async function assignOwners({ ports, pullRequest }: RunRecord, { escalations }: Assessment): Promise<void> {
  const open = escalations.filter(({ closedAt }) => closedAt === undefined);
  const owners = [...new Set(open.flatMap(({ owner }) => owner ?? []))].slice(0, 10);
  if (owners.length === 0) return;
  try {
    const assigned = await ports.github.addAssignees(pullRequest?.number ?? 0, owners);
    const names = new Set(assigned.map((login) => login.toLowerCase()));
    const missing = owners.filter((login) => !names.has(login.toLowerCase()));
    if (missing.length > 0) ports.log(`GitHub did not assign ${missing.join(", ")}: can they read the repository?`);
  } catch (error) {
    // The comment and the check run name the owner in any case.
    ports.log(`Could not assign ${owners.join(", ")}: ${(error as Error).message}`);
  }
}

/** What was run and what it said, for a notice. */
function evidenceOf({ gates }: Situation, blocker: string): string {
  const evidence = gates
    .flatMap(({ gate, evidence: all }) => all.map((each) => ({ id: `${gate}/${each.rule}/${each.subject}`, each })))
    .find(({ id }) => id === blocker)?.each;
  if (evidence === undefined) return "";
  const { text, command } = evidence;
  if (command === undefined) return text;
  return `${text}\n$ ${command.command}\n${command.output.slice(-MAX_EVIDENCE)}\nexit code ${command.exitCode}`;
}
