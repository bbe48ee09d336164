import { DECLARATIONS, type DeclarationName } from "../governance/declarations.ts";
import { blockersOf } from "../governance/escalation.ts";
import { FINAL_DECISION, GATES, type GateEvidence, type GateResult } from "../governance/gates.ts";
import { openGates } from "./gate-tables.ts";
import { count } from "./markdown.ts";
import { timeText } from "./time.ts";
import type { HighRiskView, RunView } from "./view.ts";

/** Something that has to be done before high-risk work is executed. Raw text: the renderers make it inert. */
export interface OpenPoint {
  /** Whose turn it is: a role. */
  readonly who: string;
  /** The people, where they are known. */
  readonly logins: readonly string[];
  /** What they do; code is between back-ticks. */
  readonly what: string;
  /** Comments to copy; one of them is enough. */
  readonly commands: readonly string[];
  readonly isOverdue: boolean;
  /** Whether it is for one of the signers of a gate. */
  readonly isSigner: boolean;
}

/** A plan and its high-risk facts. */
interface Subject {
  readonly view: RunView;
  readonly highRisk: HighRiskView;
}

/** How long a text of the evidence may be here; the gates' table has more of it. */
const MAX_TEXT = 200;

const EVIDENCE = "<evidence>";
const REASON = "<reason>";

const CHECKS_START_NOTHING =
  "A check's result starts no run: where nothing else is open by then, the owner of the decision decides anew.";

/** All open points in the order in which they can be dealt with. Empty without high-risk facts. */
export function openPoints(view: RunView): readonly OpenPoint[] {
  const { highRisk } = view;
  if (highRisk === undefined || view.outcome.stage === "executed") return [];
  const subject = { view, highRisk };
  const escalated = escalationPoints(subject);
  // Declarations belong to the frozen comment: whatever is done for this plan is void once there is a new one.
  if (highRisk.missing.length > 0) return [...escalated, declarationPoint(subject)];
  // The same holds for a plan that cannot be taken back.
  const rehearsal = rehearsalPoint(subject);
  if (rehearsal !== undefined) return [...escalated, rehearsal];
  return [
    ...escalated,
    ...labelPoint(subject),
    ...approvalPoint(subject),
    ...openGates(highRisk.gates).flatMap((gate) => gatePoints(subject, gate)),
    ...waitingPoint(subject),
    ...decisionPoint(subject),
  ];
}

/** Escalations that are open, the most urgent first. */
export function openEscalations({ escalations }: HighRiskView): HighRiskView["escalations"] {
  return escalations
    .filter(({ closedAt }) => closedAt === undefined)
    .toSorted((a, b) => Date.parse(a.deadline) - Date.parse(b.deadline));
}

export function tokenOf(name: DeclarationName): string {
  return DECLARATIONS.find((declaration) => declaration.name === name)?.token ?? name;
}

/** What a blocker is, in words. One that does not block any more has only its id. */
export function describeBlocker({ gates }: HighRiskView, id: string): string {
  const blocker = blockersOf(gates).find((each) => each.id === id);
  return blocker === undefined ? `\`${id}\`` : `${GATES[blocker.gate].title}: ${cut(blocker.evidence.text)}`;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function point(who: string, what: string, more: Partial<OpenPoint> = {}): OpenPoint {
  return { who, what, logins: [], commands: [], isOverdue: false, isSigner: false, ...more };
}

function escalationPoints({ highRisk }: Subject): readonly OpenPoint[] {
  return openEscalations(highRisk).map(({ blocker, owner, deadline, isOverdue }) =>
    point(
      "Owner of the escalation",
      `removes this by ${timeText(deadline)}, and has the gate evaluated and signed anew: ${describeBlocker(highRisk, blocker)}`,
      { logins: owner === null ? [] : [owner], isOverdue },
    ),
  );
}

function declarationPoint({ view, highRisk: { missing } }: Subject): OpenPoint {
  const tokens = missing.map((name) => `\`${tokenOf(name)}\``).join(", ");
  return point("Requester", `comments the command again with what is missing: ${tokens}. The text to copy is below.`, {
    logins: view.requester === undefined ? [] : [view.requester],
  });
}

function rehearsalPoint({ view, highRisk }: Subject): OpenPoint | undefined {
  const failed = highRisk.gates
    .flatMap(({ evidence }) => evidence)
    .find(({ rule, status }) => rule === "rehearsal" && status === "fail");
  if (failed === undefined) return undefined;
  const again = view.labelPresent ? "removes the label and applies it again" : "applies the label";
  const what = `asks for a plan that can be taken back: ${cut(failed.text)} Where the plan is not at fault, a reviewer ${again}, which rehearses it anew`;
  return point("Requester", what, { logins: view.requester === undefined ? [] : [view.requester] });
}

function labelPoint({ view, highRisk }: Subject): readonly OpenPoint[] {
  if (view.labelPresent) return [];
  const what = `reads the plan and applies the label \`${view.label}\`; that starts the dry run and commits nothing`;
  const { from } = highRisk.approvals;
  return [point("Reviewer", `${eligible(view, from)} ${what}`, { logins: from })];
}

function eligible({ fourEyes }: RunView, from: readonly string[]): string {
  const who = from.length > 0 ? "one of these" : "somebody with write access";
  return fourEyes ? `${who}, other than the requester,` : who;
}

function approvalPoint({ view, highRisk }: Subject): readonly OpenPoint[] {
  const { needed, by, from: named } = highRisk.approvals;
  const from = named.filter((login) => !by.includes(login));
  // The person who applies the label is one of them.
  const left = needed - by.length - (view.labelPresent ? 0 : 1);
  if (left <= 0) return [];
  const what = `${eligible(view, named)} reads the plan and comments`;
  return [point(count(left, "more approver"), what, { logins: from, commands: [`${view.command}-approve`] })];
}

function isEscalated(highRisk: HighRiskView, gate: GateResult["gate"], evidence: GateEvidence): boolean {
  const [blocker] = blockersOf([{ gate, status: evidence.status, evidence: [evidence] }]);
  return openEscalations(highRisk).some((escalation) => escalation.blocker === blocker?.id);
}

const isSignature = ({ source }: GateEvidence): boolean => source === "sign-off";

function gatePoints({ view, highRisk }: Subject, { gate, evidence }: GateResult): readonly OpenPoint[] {
  const { title } = GATES[gate];
  const comment = (verdict: "pass" | "fail"): string => `${view.command}-gate ${gate} ${verdict} ${EVIDENCE}`;
  const facts = evidence
    .filter((each) => each.status === "fail" && !isSignature(each) && !isEscalated(highRisk, gate, each))
    .map(({ text }) => point("Somebody who can repair it", `${title}: ${cut(text)}`));
  const unsigned = evidence.filter((each) => each.status !== "pass" && isSignature(each));
  // Who said that it fails comes before what nobody has looked at yet.
  const signed = unsigned.find(({ status }) => status === "fail") ?? unsigned[0];
  if (signed === undefined) return facts;
  const who = `Signer of “${title}”`;
  if (signed.status === "pending") {
    const commands = [comment("pass"), comment("fail")];
    const it = signed.rule === "parity" ? "it, and at what Codex asked for besides files," : "it";
    const what = `looks at ${it} and comments, with what was seen as evidence`;
    return [...facts, point(who, what, { commands, isSigner: true })];
  }
  const what = `said that it fails: ${cut(signed.text)} Once that is removed, a signer comments`;
  const logins = signed.actor === undefined ? [] : [signed.actor];
  return [...facts, point(who, what, { logins, commands: [comment("pass")], isSigner: true })];
}

/** Facts that are not there yet: nobody can do more than wait for them, or have the dry run made. */
function waitingPoint({ highRisk }: Subject): readonly OpenPoint[] {
  const waiting = openGates(highRisk.gates).flatMap(({ evidence }) =>
    evidence.filter((each) => each.status === "pending" && !isSignature(each)),
  );
  const more = waiting.length > 5 ? ` And ${waiting.length - 5} more.` : "";
  const texts = waiting.slice(0, 5).map(({ text }) => cut(text));
  const isChecked = waiting.some(({ rule }) => rule === "check");
  const then = isChecked ? ` ${CHECKS_START_NOTHING}` : "";
  return waiting.length === 0 ? [] : [point("Still to come", texts.join(" ") + more + then)];
}

function decisionPoint({ view, highRisk }: Subject): readonly OpenPoint[] {
  const { gates, requirements, declarations } = highRisk;
  const gate = gates.find((result) => result.gate === FINAL_DECISION);
  if (!requirements.gates.includes(FINAL_DECISION) || gate?.status === "pass") return [];
  const owner = declarations["go-no-go-owner"];
  if (view.fourEyes && owner !== null && isOneOf([view.requester, view.coRequester], owner)) {
    const what = `may not decide on the own request, and comments the command again with another \`${tokenOf("go-no-go-owner")}\``;
    return [point("Requester", what, { logins: [owner] })];
  }
  const failed = gate?.evidence.find(({ status }) => status === "fail");
  const isStale = gate?.evidence.some(({ rule }) => rule === "freshness") ?? false;
  const what =
    failed === undefined
      ? isStale
        ? "looks at the gates again, since one changed after the GO, and comments"
        : "decides once every other gate passes, and comments"
      : `decided NO-GO: ${cut(failed.text)} Once the reason is removed, the owner may decide anew and comment`;
  const command = `${view.command}-decision`;
  return [
    point("Owner of the decision", what, {
      logins: owner === null ? [] : [owner],
      commands: [`${command} go ${REASON}`, ...(failed === undefined ? [`${command} no-go ${REASON}`] : [])],
    }),
  ];
}

function isOneOf(logins: readonly (string | undefined)[], login: string): boolean {
  return logins.some((each) => each?.toLowerCase() === login.toLowerCase());
}
