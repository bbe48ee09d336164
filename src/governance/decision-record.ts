import type { Declarations } from "./declarations.ts";
import type { Digest } from "./digest.ts";
import type { GateResult } from "./gates.ts";
import type { Plan } from "./plan.ts";
import type { RiskClass } from "./risk.ts";
import type { SignOff } from "./sign-offs.ts";

/** What is decided about a high-risk change, on what, by whom and when. */
export interface DecisionRecord {
  readonly scope: Pick<Plan, "summary" | "files">;
  readonly riskClass: RiskClass;
  readonly gates: readonly GateResult[];
  readonly residualRisks: readonly string[];
  readonly rollbackTrigger: string | null;
  readonly rollbackOwner: string | null;
  readonly escalationChannel: string | null;
  readonly decisionOwner: string | null;
  readonly decision: Decision;
  readonly digests: RecordDigests;
}

/** `open` while nobody who may has decided, or while the decision is older than what it is about. */
export type Decision =
  | { readonly verdict: "go" | "no-go"; readonly at: string; readonly actor: string; readonly reason: string }
  | { readonly verdict: "open" };

export interface RecordDigests {
  readonly plan: Digest;
  readonly binding: Digest;
  readonly prompt: Digest;
  readonly policy: Digest;
  /** The head commit's id. */
  readonly head: string;
  /** Of the evidence that is stored; undefined before it is. */
  readonly evidence: Digest | undefined;
}

interface RecordFacts {
  readonly plan: Plan;
  readonly riskClass: RiskClass;
  readonly gates: readonly GateResult[];
  readonly declarations: Declarations;
  readonly signOffs: readonly SignOff[];
  readonly digests: RecordDigests;
}

/** The record of a plan. A GO is one only while its gate passes. */
export function decisionRecordOf(facts: RecordFacts): DecisionRecord {
  const { plan, declarations } = facts;
  return {
    scope: { summary: plan.summary, files: plan.files },
    riskClass: facts.riskClass,
    gates: facts.gates,
    residualRisks: plan.risks,
    rollbackTrigger: declarations["rollback-trigger"],
    rollbackOwner: declarations["rollback-owner"],
    escalationChannel: declarations["escalation-channel"],
    decisionOwner: declarations["go-no-go-owner"],
    decision: decisionOf(facts),
    digests: facts.digests,
  };
}

function decisionOf({ gates, signOffs }: RecordFacts): Decision {
  const status = gates.find(({ gate }) => gate === "final-decision")?.status;
  const decision = signOffs.find(({ kind }) => kind === "decision");
  if (decision === undefined || (status !== "pass" && status !== "fail")) return { verdict: "open" };
  const { verdict, at, actor, evidence: reason } = decision;
  return { verdict: verdict === "pass" ? "go" : "no-go", at, actor, reason };
}
