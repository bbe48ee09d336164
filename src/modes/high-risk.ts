import { type ResolvedDeclarations, resolveDeclarations } from "../governance/declarations.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { evaluateGates } from "../governance/gates.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import type { Policy } from "../governance/policy.ts";
import { isDemanding, type Requirements, type RiskClass, requirementsOf } from "../governance/risk.ts";
import type { HighRiskView } from "../report/view.ts";
import type { RunRecord } from "./run-record.ts";

/** What a plan of a demanding class needs, and what was declared for it. */
export interface HighRisk extends Pick<ResolvedDeclarations, "declarations" | "missing"> {
  readonly requirements: Requirements;
}

/** Undefined for a plan whose class demands nothing: it costs no call and shows nothing. */
export function highRiskOf(policy: Policy, prompt: string, riskClass: RiskClass): HighRisk | undefined {
  const requirements = requirementsOf(policy, riskClass);
  if (!isDemanding(requirements)) return undefined;
  const { declarations, missing } = resolveDeclarations(prompt, policy, riskClass);
  return { requirements, declarations, missing };
}

/** What is shown of a plan that nobody can have signed yet: nothing has to be asked for it. */
export function unsignedView(policy: Policy, { requirements, declarations, missing }: HighRisk): HighRiskView {
  const facts = { checks: undefined, verification: undefined, dryRun: undefined, rehearsal: undefined };
  return {
    requirements,
    declarations,
    missing,
    approvals: { needed: requirements.approvals, by: [], from: requirements.approvers },
    gates: evaluateGates({ requirements, policy, declarations, missing, facts, signOffs: [] }),
    escalations: [],
    rehearsal: undefined,
    isReady: false,
    decisionRecord: undefined,
  };
}

/** Work without its declarations is not under control; that is told before Codex does anything. */
export function findUndeclared(record: RunRecord, plan: PlanEvidence, highRisk: HighRisk): Outcome | undefined {
  record.facts.highRisk = unsignedView(record.policy, highRisk);
  if (highRisk.missing.length === 0) return undefined;
  const findings = highRisk.missing.map((name) => ({
    code: "declarations_missing",
    message: `\`${name}\` is not declared for this plan of class ${plan.riskClass}.`,
    expected: "a value",
    got: "none",
  }));
  return outcome("declarations_missing", "denied", findings);
}
