import type { DeclarationName } from "./declarations.ts";
import type { Escalation } from "./escalation.ts";
import { FINAL_DECISION, type GateEvidence, type GateResult } from "./gates.ts";
import type { Finding, ReasonCode } from "./outcome.ts";
import type { Requirements } from "./risk.ts";

export interface ReadinessInput {
  readonly requirements: Requirements;
  readonly gates: readonly GateResult[];
  /** Approvals that count, that of the person who applied the label included. */
  readonly approvals: readonly { readonly actorId: number; readonly actor: string }[];
  readonly missing: readonly DeclarationName[];
  readonly escalations: readonly Escalation[];
}

export interface Readiness {
  readonly isReady: boolean;
  /** Of the first rule that is broken. */
  readonly reasonCode: ReasonCode | undefined;
  /** Of all rules that are broken. */
  readonly findings: readonly Finding[];
}

interface Rule {
  readonly reasonCode: ReasonCode;
  readonly find: (input: ReadinessInput) => readonly Omit<Finding, "code">[];
}

type Status = GateEvidence["status"];

/** What the evidence of the required gates says, those of people's gates or that of the final decision. */
function evidenceOf({ gates }: ReadinessInput, isFinal: boolean, status: Status, isWanted = (_: GateEvidence) => true) {
  return gates
    .filter((result) => (result.gate === FINAL_DECISION) === isFinal)
    .flatMap(({ gate, evidence }) =>
      evidence
        .filter((each) => each.status === status && isWanted(each))
        .map((each) => ({ message: `${gate}: ${each.text}`, expected: "pass", got: status })),
    );
}

const isStale = ({ rule }: GateEvidence) => rule === "freshness";

/** In the order in which they are told. */
const RULES: readonly Rule[] = [
  {
    reasonCode: "declarations_missing",
    find: ({ missing }) =>
      missing.map((name) => ({ message: `\`${name}\` is not declared.`, expected: "a value", got: "none" })),
  },
  {
    reasonCode: "approvals_missing",
    find: ({ requirements, approvals }) => {
      const people = new Map(approvals.map(({ actorId, actor }) => [actorId, actor]));
      if (people.size >= requirements.approvals) return [];
      const got = [String(people.size), ...(people.size > 0 ? [[...people.values()].join(", ")] : [])].join(": ");
      return [
        { message: "Too few people have approved.", expected: `${requirements.approvals} different people`, got },
      ];
    },
  },
  { reasonCode: "gate_failed", find: (input) => evidenceOf(input, false, "fail") },
  { reasonCode: "decision_no_go", find: (input) => evidenceOf(input, true, "fail") },
  {
    reasonCode: "gates_pending",
    // A required gate that is not among the results, or that nothing speaks for, is pending too.
    find: (input) => [...evidenceOf(input, false, "pending"), ...findSilent(input, false)],
  },
  { reasonCode: "decision_stale", find: (input) => evidenceOf(input, true, "pending", isStale) },
  {
    reasonCode: "decision_missing",
    find: (input) => [...evidenceOf(input, true, "pending", (each) => !isStale(each)), ...findSilent(input, true)],
  },
  {
    reasonCode: "escalation_open",
    find: ({ escalations }) =>
      escalations
        .filter(({ closedAt }) => closedAt === undefined)
        .map(({ blocker, owner, deadline }) => ({
          message: `\`${blocker}\` is escalated to ${owner ?? "nobody"}, to be removed by ${deadline}.`,
          expected: "no open escalation",
          got: "open",
        })),
  },
];

function findSilent({ requirements, gates }: ReadinessInput, isFinal: boolean) {
  return requirements.gates
    .filter((name) => (name === FINAL_DECISION) === isFinal)
    .filter((name) => !gates.some(({ gate, evidence }) => gate === name && evidence.length > 0))
    .map((name) => ({ message: `${name}: nothing speaks for it.`, expected: "pass", got: "pending" }));
}

/** Whether nothing that high-risk work needs is open. A class without requirements is always ready. */
export function evaluateReadiness(input: ReadinessInput): Readiness {
  const broken = RULES.flatMap(({ reasonCode, find }) => {
    const found = find(input);
    return found.length > 0 ? [{ reasonCode, findings: found.map((each) => ({ code: reasonCode, ...each })) }] : [];
  });
  return {
    isReady: broken.length === 0,
    reasonCode: broken[0]?.reasonCode,
    findings: broken.flatMap(({ findings }) => findings),
  };
}
