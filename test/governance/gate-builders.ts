import type { Declarations } from "../../src/governance/declarations.ts";
import type { GateFacts, GateInput, GateResult } from "../../src/governance/gates.ts";
import { evaluateGates } from "../../src/governance/gates.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { requirementsOf } from "../../src/governance/risk.ts";
import type { SignOffComment, SignOffFacts } from "../../src/governance/sign-off-verdict.ts";
import type { SignOff } from "../../src/governance/sign-offs.ts";

export const PUBLISHED = "2026-11-20T10:00:00Z";
export const IDS: Readonly<Record<string, number>> = { anna: 22, grace: 23, ada: 24, linus: 25 };

/** A comment by a person, posted so many minutes after the plan. */
export function comment(
  minute: number,
  login: string,
  body: string,
  changes: Partial<SignOffComment> = {},
): SignOffComment {
  const createdAt = `2026-11-20T10:${String(minute).padStart(2, "0")}:00Z`;
  return {
    id: 1_000 + minute,
    author: { id: IDS[login] ?? 99, login, type: "User" },
    viaApp: undefined,
    body,
    createdAt,
    updatedAt: createdAt,
    ...changes,
  };
}

export function signOffFacts(comments: readonly SignOffComment[], changes: Partial<SignOffFacts> = {}): SignOffFacts {
  return {
    comments,
    journalled: [],
    command: "/codex",
    publishedAt: PUBLISHED,
    decisionOwner: "ada",
    escalatedAt: new Map(),
    isAuthorised: () => true,
    ...changes,
  };
}

/** A sign-off that counts; the minute is also what tells its comment apart. */
export function signOff(minute: number, statement: Partial<SignOff> & Pick<SignOff, "kind">): SignOff {
  const at = `2026-11-20T10:${String(minute).padStart(2, "0")}:00Z`;
  return {
    ...{ verdict: "pass", evidence: "I looked.", actorId: 22, actor: "anna", at, commentId: 1_000 + minute },
    ...statement,
  } as SignOff;
}

export const DECLARED: Declarations = {
  "risk-class": "high",
  "go-no-go-owner": "ada",
  "rollback-trigger": "more than 1% of logins fail",
  "rollback-owner": "grace",
  "escalation-channel": "#incidents",
  "deadline-policy": "8h",
};

export const FACTS: GateFacts = {
  checks: [{ name: "build", conclusion: "success", at: "2026-11-20T10:01:00Z" }],
  verification: [{ command: "npm test", exitCode: 0, output: "ok", timedOut: false }],
  dryRun: { isInside: true, declinedRequests: [], at: "2026-11-20T10:02:00Z" },
  rehearsal: { isPassed: true, text: "The tree was as before.", at: "2026-11-20T10:03:00Z" },
};

export const SIGNED: readonly SignOff[] = [
  signOff(10, { kind: "gate", gate: "security" }),
  signOff(11, { kind: "gate", gate: "operations" }),
  signOff(12, { kind: "gate", gate: "communication" }),
  signOff(20, { kind: "decision", actor: "ada", actorId: 24, evidence: "All is well." }),
];

const POLICY = "verification: [npm test]\ngates: { code-quality: { checks: [build] } }";

/** An input in which every gate of a high-risk plan passes. */
export function gateInput(changes: Partial<GateInput> & { readonly text?: string } = {}): GateInput {
  const { text = POLICY, ...rest } = changes;
  const policy = parsePolicy(text, "policy.yml");
  return {
    requirements: requirementsOf(policy, "high"),
    policy,
    declarations: DECLARED,
    missing: [],
    facts: FACTS,
    signOffs: SIGNED,
    ...rest,
  };
}

export const resultOf = (input: GateInput, gate: GateResult["gate"]): GateResult =>
  evaluateGates(input).find((result) => result.gate === gate) as GateResult;
