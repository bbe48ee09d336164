import type { DeclarationName, Declarations } from "./declarations.ts";
import type { Policy } from "./policy.ts";
import type { Requirements } from "./risk.ts";
import type { SignOff } from "./sign-offs.ts";

export type GateStatus = "pass" | "fail" | "pending" | "not required";

/** What a command did: the proof that can be read again. */
export interface CommandEvidence {
  readonly command: string;
  readonly exitCode: number;
  readonly output: string;
}

/** What one rule says of one subject. */
export interface GateEvidence {
  readonly rule: string;
  /** Which check, command or declaration; empty where the rule has only one subject. */
  readonly subject: string;
  readonly status: "pass" | "fail" | "pending";
  readonly source: "fact" | "sign-off";
  readonly text: string;
  readonly actor?: string;
  /** ISO 8601. */
  readonly at?: string;
  readonly command?: CommandEvidence;
}

export interface GateResult {
  readonly gate: GateName;
  readonly status: GateStatus;
  readonly evidence: readonly GateEvidence[];
}

/**
 * `at` of a fact is when its result was established, as ISO 8601. A GO must be later. It is left out for what is
 * proved anew in the very run that evaluates the gates.
 */
interface Established {
  readonly at?: string | undefined;
}

/** A check run of the head. */
export interface CheckFact extends Established {
  readonly name: string;
  /** GitHub's word; undefined while it runs. */
  readonly conclusion: string | undefined;
}

export interface CommandFact extends Established, CommandEvidence {
  readonly timedOut: boolean;
}

/** Undefined is what is not known or was not done: it is pending, never passed. */
export interface GateFacts {
  readonly checks: readonly CheckFact[] | undefined;
  /** Results of the policy's verification commands. */
  readonly verification: readonly CommandFact[] | undefined;
  readonly dryRun:
    | (Established & {
        readonly isInside: boolean;
        /** What Codex asked for besides files, each once and in one line. */
        readonly declinedRequests: readonly string[];
      })
    | undefined;
  readonly rehearsal:
    | (Established & {
        readonly isPassed: boolean;
        readonly text: string;
        readonly failed?: CommandEvidence | undefined;
      })
    | undefined;
}

export interface GateInput {
  readonly requirements: Requirements;
  readonly policy: Pick<Policy, "gates" | "verification">;
  readonly declarations: Declarations;
  /** What must be declared and is not. */
  readonly missing: readonly DeclarationName[];
  readonly facts: GateFacts;
  /** Those that count: at most one per gate, and one decision. */
  readonly signOffs: readonly SignOff[];
}

interface Rule {
  readonly name: string;
  /** `before` is what the rules above said of this gate. Empty: the rule has nothing to say. */
  readonly judge: (input: GateInput, gate: GateName, before: readonly GateEvidence[]) => readonly Verdict[];
}

type Verdict = Pick<GateEvidence, "status" | "text"> & Partial<GateEvidence>;

const checks: Rule = {
  name: "check",
  judge: ({ policy, facts }, gate) =>
    [...new Set(settingsOf(policy, gate).checks)].map((subject): Verdict => {
      const found = facts.checks?.filter(({ name }) => name === subject) ?? [];
      const other = found.find(({ conclusion }) => conclusion !== undefined && conclusion !== "success");
      const text = `Check \`${subject}\``;
      if (other)
        return { subject, status: "fail", text: `${text} ended with \`${other.conclusion}\`.`, ...timed(other) };
      const waiting = found.length === 0 || found.some(({ conclusion }) => conclusion === undefined);
      if (waiting) return { subject, status: "pending", text: `${text} has no result on the head commit.` };
      return { subject, status: "pass", text: `${text} succeeded.`, ...timed(latestOf(found)) };
    }),
};

const verification: Rule = {
  name: "verification",
  judge: ({ policy, facts }) =>
    [...new Set(policy.verification)].map((subject): Verdict => {
      const found = facts.verification?.filter(({ command }) => command === subject) ?? [];
      const failed = found.find(({ exitCode, timedOut }) => exitCode !== 0 || timedOut);
      const shown = failed ?? found[0];
      if (shown === undefined) return { subject, status: "pending", text: `\`${subject}\` was not run.` };
      const { command, exitCode, output } = shown;
      const end = shown.timedOut ? "ran out of time" : `ended with exit code ${exitCode}`;
      return {
        subject,
        status: failed ? "fail" : "pass",
        text: `\`${subject}\` ${end}.`,
        command: { command, exitCode, output },
        ...timed(shown),
      };
    }),
};

const parity: Rule = {
  name: "parity",
  judge: ({ facts: { dryRun }, signOffs }, gate) => {
    if (dryRun === undefined) return [{ status: "pending", text: "There was no dry run." }];
    const { isInside, declinedRequests, at } = dryRun;
    if (!isInside) return [{ status: "fail", text: "The dry run left the plan.", ...timed(dryRun) }];
    if (declinedRequests.length === 0) {
      const text = "The dry run stayed inside the plan and asked for nothing else.";
      return [{ status: "pass", text, ...timed(dryRun) }];
    }
    // Nothing came of what was declined. Whether it is harmless says somebody who passes the gate and could see it.
    const isSeen = signOffs.some(
      (each) => each.gate === gate && each.verdict === "pass" && at !== undefined && isLater(each, { at }),
    );
    const text = `Codex asked for more than files and was declined: ${listed(declinedRequests)}.`;
    const state = isSeen ? ({ status: "pass" } as const) : ({ status: "pending", source: "sign-off" } as const);
    return [{ ...state, text, ...timed(dryRun) }];
  },
};

const MOST_REQUESTS = 5;
const MAX_REQUEST = 200;

/** Requests as code, some of them when they are many. */
function listed(requests: readonly string[]): string {
  const shown = requests.slice(0, MOST_REQUESTS).map((request) => {
    const points = [...request.replaceAll("`", "'")];
    return `\`${points.slice(0, MAX_REQUEST).join("")}${points.length > MAX_REQUEST ? "…" : ""}\``;
  });
  const hidden = requests.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join(", ");
}

const declared: Rule = {
  name: "declarations",
  judge: ({ requirements, missing }) => {
    if (!requirements.declarations) return [];
    if (missing.length === 0) return [{ status: "pass", text: "Everything that must be declared is declared." }];
    return missing.map((subject) => ({ subject, status: "fail", text: `\`${subject}\` is not declared.` }));
  },
};

const rehearsed: Rule = {
  name: "rehearsal",
  judge: ({ requirements, facts: { rehearsal } }) => {
    if (rehearsal === undefined) {
      return requirements.rehearsal ? [{ status: "pending", text: "The rollback was not rehearsed." }] : [];
    }
    const { isPassed, text, failed } = rehearsal;
    const status = isPassed ? "pass" : "fail";
    return [{ status, text, ...(failed === undefined ? {} : { command: failed }), ...timed(rehearsal) }];
  },
};

const signed: Rule = {
  name: "sign-off",
  judge: ({ policy, signOffs }, gate, before) => {
    const signOff = signOffs.find((each) => each.kind === "gate" && each.gate === gate);
    if (signOff) return [spoken(signOff, signOff.verdict)];
    // Where no rule above speaks, a person has to: silence is no pass.
    const isNeeded = settingsOf(policy, gate)["sign-off"] || before.length === 0;
    return isNeeded ? [{ status: "pending", source: "sign-off", text: "Nobody has signed." }] : [];
  },
};

const decided: Rule = {
  name: "decision",
  judge: ({ declarations, signOffs }) => {
    const owner = declarations["go-no-go-owner"];
    const decision = signOffs.find(({ kind }) => kind === "decision");
    if (decision) return [spoken(decision, decision.verdict)];
    const who = owner === null ? "and nobody is named who may" : `\`${owner}\` has to`;
    return [{ status: "pending", source: "sign-off", text: `Nobody has decided, ${who}.` }];
  },
};

/** A GO is about what its author could see: it does not cover what changed afterwards. */
const fresh: Rule = {
  name: "freshness",
  judge: (input) => {
    const decision = input.signOffs.find(({ kind, verdict }) => kind === "decision" && verdict === "pass");
    const newer = decision && changesOf(input).find((change) => !isLater(decision, change));
    if (newer === undefined) return [];
    const text = `A gate changed at ${newer.at}, not before the GO.`;
    return [{ status: "pending", source: "sign-off", text, at: newer.at }];
  },
};

interface Gate {
  readonly title: string;
  /** Whether a person has to sign unless the policy says otherwise. */
  readonly signOff: boolean;
  readonly rules: readonly Rule[];
}

/** All gates in the order in which they are shown. A gate passes when every rule that speaks passes and one spoke. */
export const GATES = {
  "code-quality": { title: "Code quality", signOff: false, rules: [checks, verification, signed] },
  security: { title: "Security and behaviour", signOff: true, rules: [checks, parity, signed] },
  operations: { title: "Operations readiness", signOff: true, rules: [checks, declared, rehearsed, signed] },
  communication: { title: "Communication", signOff: true, rules: [checks, signed] },
  "final-decision": { title: "Final decision", signOff: true, rules: [decided, fresh] },
} as const satisfies Record<string, Gate>;

export type GateName = keyof typeof GATES;
export const GATE_NAMES = Object.keys(GATES) as GateName[];

/** The gate that only the named owner passes, and that the policy cannot configure. */
export const FINAL_DECISION = "final-decision" satisfies GateName;
export type SignedGateName = Exclude<GateName, typeof FINAL_DECISION>;
export const SIGNED_GATE_NAMES = GATE_NAMES.filter((gate): gate is SignedGateName => gate !== FINAL_DECISION);

/** The status of every gate with what it rests on. */
export function evaluateGates(input: GateInput): readonly GateResult[] {
  return GATE_NAMES.map((gate): GateResult => {
    if (!input.requirements.gates.includes(gate)) return { gate, status: "not required", evidence: [] };
    const evidence: GateEvidence[] = [];
    for (const { name, judge } of GATES[gate].rules as readonly Rule[]) {
      const verdicts = judge(input, gate, evidence);
      evidence.push(...verdicts.map((verdict) => ({ rule: name, subject: "", source: "fact" as const, ...verdict })));
    }
    return { gate, status: statusOf(evidence), evidence };
  });
}

/** One failure fails; silence is no pass. */
export function statusOf(evidence: readonly Pick<GateEvidence, "status">[]): GateStatus {
  const has = (status: GateEvidence["status"]) => evidence.some((each) => each.status === status);
  if (has("fail")) return "fail";
  return has("pending") || evidence.length === 0 ? "pending" : "pass";
}

function settingsOf(policy: GateInput["policy"], gate: GateName) {
  return policy.gates[gate as SignedGateName];
}

function spoken({ evidence, actor, at }: SignOff, status: "pass" | "fail"): Verdict {
  return { status, source: "sign-off", text: evidence, actor, at };
}

function timed({ at }: Established): { at?: string } {
  return at === undefined ? {} : { at };
}

/** The latest of the times that are known. */
function latestOf(facts: readonly Established[]): Established {
  return {
    at: facts
      .flatMap(({ at }) => at ?? [])
      .sort((a, b) => Date.parse(a) - Date.parse(b))
      .at(-1),
  };
}

interface Change {
  readonly at: string;
  readonly commentId?: number;
}

/** Everything that the required gates rest on, with when it came to be. */
function changesOf({ requirements, policy, facts, signOffs }: GateInput): readonly Change[] {
  const required = SIGNED_GATE_NAMES.filter((gate) => requirements.gates.includes(gate));
  const named = new Set(required.flatMap((gate) => settingsOf(policy, gate).checks));
  const established: readonly (Established | undefined)[] = [
    ...(facts.checks?.filter(({ name }) => named.has(name)) ?? []),
    ...(facts.verification ?? []),
    facts.dryRun,
    facts.rehearsal,
  ];
  return [
    ...signOffs.filter(({ kind, gate }) => kind === "gate" && required.some((name) => name === gate)),
    ...established.flatMap((fact) => (fact?.at === undefined ? [] : [{ at: fact.at }])),
  ];
}

/** GitHub's times have whole seconds: within one, comments are told apart by their ids, and facts count as later. */
function isLater(signOff: SignOff, { at, commentId }: Change): boolean {
  const [said, changed] = [Date.parse(signOff.at), Date.parse(at)];
  // Written so that an unreadable time (NaN) is not later.
  return said > changed || (said === changed && commentId !== undefined && signOff.commentId > commentId);
}

const PASSED = "gate ";

/** What a journal record of step `gates` says of the gates that were required and passed. */
export function journalPassedGates(gates: readonly GateResult[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    gates.filter(({ status }) => status === "pass").map(({ gate, status }) => [`${PASSED}${gate}`, status]),
  );
}

/** The gates that passed, in the order in which they are shown, from the `subject` of such a record. */
export function readPassedGates(subject: Readonly<Record<string, string | number>>): readonly GateName[] {
  return GATE_NAMES.filter((gate) => subject[`${PASSED}${gate}`] === "pass");
}
