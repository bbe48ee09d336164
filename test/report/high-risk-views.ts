import { readFileSync } from "node:fs";
import { type Deadline, parseDeadline } from "../../src/governance/deadline.ts";
import { decisionRecordOf } from "../../src/governance/decision-record.ts";
import { resolveDeclarations } from "../../src/governance/declarations.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { evaluateEscalations, isOverdue, journalBlockers } from "../../src/governance/escalation.ts";
import { type CommandFact, evaluateGates, type GateFacts } from "../../src/governance/gates.ts";
import { outcome } from "../../src/governance/outcome.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { evaluateReadiness } from "../../src/governance/readiness.ts";
import { judgeRehearsal, planRehearsal, type RehearsalReport } from "../../src/governance/rehearsal.ts";
import { requirementsOf } from "../../src/governance/risk.ts";
import type { SignOff, Statement } from "../../src/governance/sign-offs.ts";
import type { TreeSnapshot } from "../../src/governance/tree.ts";
import { renderDecisionRecord } from "../../src/report/decision-record.ts";
import type { HighRiskView, RunView } from "../../src/report/view.ts";
import { approved, executed, planned } from "./views.ts";

const policy = parsePolicy(readFileSync("examples/policies/billing-and-migrations.yml", "utf8"), "policy.yml");
const requirements = requirementsOf(policy, "critical");

const REQUEST = `Add a column for the customer's tax number to invoices, with a migration that can be rolled back.

Keep the old column until all invoices are copied.`;
const TRAILERS = `Go-No-Go-Owner: ada
Rollback-Trigger: more than 1% of invoices fail for 5 minutes`;

const commands = { verification: policy.verification, ...policy.rehearsal };
const tree: TreeSnapshot = { tree: "5b1d3c7a9e0f2d4c6b8a1f3e5d7c9b0a2e4f6d81", changes: [], ignored: [] };

/** A rehearsal, judged by the core, in which one task ends otherwise than well. */
export function rehearsal(failing?: { readonly command: string; readonly output: string }): RehearsalReport {
  const results = planRehearsal(commands).map((task) => {
    const isFailing = failing !== undefined && task.step === "down" && task.command === failing.command;
    return { ...task, exitCode: isFailing ? 1 : 0, timedOut: false, output: isFailing ? failing.output : "ok\n" };
  });
  const end = results.findIndex(({ exitCode }) => exitCode !== 0);
  const done = end === -1 ? results : results.slice(0, end + 1);
  return judgeRehearsal(commands, done, { start: tree, end: end === -1 ? tree : undefined });
}

const at = (time: string): string => `2026-11-20T${time}:00Z`;

function signOff(time: string, actor: string, statement: Statement): SignOff {
  const minutes = Number(time.replace(":", ""));
  return { ...statement, actor, actorId: actor.length * 7, at: at(time), commentId: minutes };
}

const passed = (command: string): CommandFact => ({ command, exitCode: 0, timedOut: false, output: "ok\n" });
const check = (name: string, conclusion: string | undefined = "success") => ({ name, conclusion, at: at("09:30") });

const NOTHING: GateFacts = { checks: [], verification: undefined, dryRun: undefined, rehearsal: undefined };
export const GOOD: GateFacts = {
  checks: [check("build"), check("e2e"), check("codeql")],
  verification: policy.verification.map(passed),
  dryRun: { isInside: true, declinedRequests: [], at: at("10:17") },
  rehearsal: { isPassed: true, text: "Applied, verified and rolled back; the tree was as before.", at: at("10:18") },
};

const FAILED_TEST: CommandFact = {
  command: "npm test",
  exitCode: 1,
  timedOut: false,
  output: "FAIL test/ledger/totals.test.ts\n  expected 119.00, got 118.99\n1 failed, 212 passed\n",
};

export const SECURITY = signOff("10:40", "hedy", {
  kind: "gate",
  gate: "security",
  verdict: "pass",
  evidence: "Read the diff and `src/ledger/tax.ts`: no new input, no new right; see acme/shop#318.",
});
const OPERATIONS = signOff("10:52", "ken", {
  kind: "gate",
  gate: "operations",
  verdict: "pass",
  evidence: "Watched the rehearsal, the dashboard has the new series.",
});
const COMMUNICATION = signOff("11:05", "linus", {
  kind: "gate",
  gate: "communication",
  verdict: "pass",
  evidence: "Support and finance are told, the notice goes out at 14:00.",
});
const GO = signOff("11:30", "ada", { kind: "decision", verdict: "pass", evidence: "All gates pass, traffic is low." });
const NO_GO = signOff("11:30", "ada", {
  kind: "decision",
  verdict: "fail",
  evidence: "Month-end closing runs until Monday.",
});

interface Situation {
  readonly trailers?: string;
  readonly facts?: GateFacts;
  readonly signOffs?: readonly SignOff[];
  readonly approvers?: readonly string[];
  readonly rehearsed?: RehearsalReport;
  /** When the gates were evaluated before, with the same result. */
  readonly earlier?: readonly string[];
  readonly now?: string;
}

/** What the core says of a situation, as a mode would put it into its view. */
export function highRiskOf(situation: Situation): HighRiskView {
  const { trailers = TRAILERS, facts = NOTHING, signOffs = [], approvers = [], rehearsed, earlier = [] } = situation;
  const prompt = trailers === "" ? REQUEST : `${REQUEST}\n\n${trailers}`;
  const { declarations, missing } = resolveDeclarations(prompt, policy, "critical");
  const gates = evaluateGates({ requirements, policy, declarations, missing, facts, signOffs });
  const unresolved = new Map(
    Object.entries(journalBlockers(gates)).map(([key, status]) => [
      key.replace("blocker ", ""),
      status as "fail" | "pending",
    ]),
  );
  const escalations = evaluateEscalations({
    evaluations: earlier.map((time) => ({ at: time, unresolved })),
    rotation: policy.escalation.rotation,
    fallback: [],
    deadline: parseDeadline(declarations["deadline-policy"] ?? "8h") as Deadline,
    calendar: policy.escalation.calendar,
  });
  const approvals = approvers.map((actor, actorId) => ({ actorId, actor }));
  const { isReady } = evaluateReadiness({ requirements, gates, approvals, missing, escalations });
  const digests = {
    plan: digestOf("the plan"),
    binding: digestOf("the binding"),
    prompt: digestOf(prompt),
    policy: digestOf("the policy"),
    head: "9fceb02d0ae598e95dc970b74767f19372d61af8",
    evidence: undefined,
  };
  const plan = planned.plan ?? never();
  const record = decisionRecordOf({ plan, riskClass: "critical", gates, declarations, signOffs, digests });
  return {
    requirements,
    declarations,
    missing,
    approvals: { needed: requirements.approvals, by: approvers, from: requirements.approvers },
    gates,
    escalations: escalations.map((each) => ({ ...each, isOverdue: isOverdue(each, situation.now ?? at("12:00")) })),
    rehearsal: rehearsed,
    isReady,
    decisionRecord: facts === NOTHING ? undefined : renderDecisionRecord(record),
  };
}

function never(): never {
  throw new Error("There is a plan.");
}

function withHighRisk(view: RunView, situation: Situation): RunView {
  const { trailers = TRAILERS } = situation;
  const text = trailers === "" ? REQUEST : `${REQUEST}\n\n${trailers}`;
  return {
    ...view,
    riskClass: "critical",
    prompt: { text, digest: digestOf(text) },
    highRisk: highRiskOf(situation),
  };
}

export const missingDeclarations = withHighRisk(planned, { trailers: "Rollback-Trigger: invoices fail" });
export const complete = withHighRisk(planned, {});

const dryRun = { facts: GOOD, rehearsed: rehearsal() };
const people = { approvers: ["bob", "grace"] };

export const halfSigned = withHighRisk(
  { ...approved, mode: "sign", outcome: outcome("sign_off_recorded", "approved") },
  { ...dryRun, signOffs: [SECURITY, OPERATIONS], approvers: ["bob"] },
);

const failing: GateFacts = { ...GOOD, verification: [passed("npm run lint"), FAILED_TEST] };
export const overdue = withHighRisk(
  { ...approved, outcome: outcome("escalation_open", "blocked") },
  {
    ...people,
    facts: failing,
    rehearsed: rehearsal(),
    signOffs: [SECURITY],
    earlier: [at("10:20"), at("11:00")],
    now: "2026-11-24T09:00:00Z",
  },
);

const signed = [SECURITY, OPERATIONS, COMMUNICATION];
export const ready = withHighRisk(
  { ...approved, mode: "sign", outcome: outcome("sign_off_recorded", "approved") },
  { ...dryRun, ...people, signOffs: [...signed, GO] },
);
export const noGo = withHighRisk(
  { ...approved, mode: "execute", files: [], outcome: outcome("decision_no_go", "blocked") },
  { ...dryRun, ...people, signOffs: [...signed, NO_GO] },
);
export const executedHighRisk = withHighRisk(executed, { ...dryRun, ...people, signOffs: [...signed, GO] });

export const rehearsalFailed = withHighRisk(
  { ...approved, outcome: outcome("plan_approved", "approved") },
  {
    ...people,
    facts: {
      ...GOOD,
      rehearsal: {
        isPassed: false,
        text: "`node rehearsal/rehearse.mjs down` ended with exit code 1.",
        at: at("10:18"),
      },
    },
    rehearsed: rehearsal({
      command: "node rehearsal/rehearse.mjs down",
      output: 'column "tax_number" does not exist\n',
    }),
  },
);

export const refusedSignOff: RunView = {
  ...halfSigned,
  outcome: outcome("sign_off_refused", "approved", [
    {
      code: "sign_off_not_authorised",
      message: "Sign-off of communication by mallory (comment 77): Its author may not sign this.",
    },
  ]),
};

const refused = (...args: Parameters<typeof outcome>): RunView => ({ ...refusedSignOff, outcome: outcome(...args) });

/** Sign-offs that are answered beside the plan's comment, which stays as it is. */
export const REFUSED_SIGN_OFFS: Readonly<Record<string, RunView>> = {
  "sign-off-by-a-stranger": refused("sign_off_refused", "refused", refusedSignOff.outcome.findings),
  "sign-off-without-evidence": refused("sign_off_invalid", "refused", [
    {
      code: "sign_off_invalid",
      message: "A sign-off needs evidence.",
      expected: "what was looked at, and what was seen",
      got: "<evidence>",
    },
  ]),
  "sign-off-of-an-old-plan": refused("head_moved", "refused"),
};

/** Every state of high-risk work that has a golden file. */
export const HIGH_RISK_STATES: Readonly<Record<string, RunView>> = {
  "missing-declarations": missingDeclarations,
  "high-risk-planned": complete,
  "half-signed": halfSigned,
  overdue,
  ready,
  "no-go": noGo,
  "rehearsal-failed": rehearsalFailed,
  "refused-sign-off": refusedSignOff,
  "high-risk-executed": executedHighRisk,
};
