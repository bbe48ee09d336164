import { type Calendar, type Deadline, deadlineAfter, isPast } from "./deadline.ts";
import type { GateEvidence, GateName, GateResult } from "./gates.ts";
import type { JournalRecord } from "./journal.ts";

/** The step of the journal records that hold an evaluation of the gates. */
export const GATES_STEP = "gates";

/** One thing that keeps a gate from passing, named the same in every evaluation. */
export interface Blocker {
  /** `gate/rule/subject` */
  readonly id: string;
  readonly gate: GateName;
  readonly evidence: GateEvidence;
}

/** A blocker that survived two evaluations. */
export interface Escalation {
  readonly blocker: string;
  readonly gate: GateName;
  /** Null when the policy has no rotation and nobody is named. */
  readonly owner: string | null;
  /** ISO 8601. */
  readonly openedAt: string;
  readonly deadline: string;
  /** Undefined while it is open. */
  readonly closedAt: string | undefined;
}

/** How an evaluation found what did not pass. */
export interface Evaluation {
  readonly at: string;
  readonly unresolved: ReadonlyMap<string, "fail" | "pending">;
}

export interface EscalationInput {
  /** Oldest first; the one of this run is the last. */
  readonly evaluations: readonly Evaluation[];
  /** Logins that take over in turn. */
  readonly rotation: readonly string[];
  /** Who takes over where there is no rotation: the rollback's owner, then the decision's. */
  readonly fallback: readonly (string | null)[];
  readonly deadline: Deadline;
  readonly calendar: Calendar | null;
}

/** Evaluations in which a blocker fails before it is escalated. */
const PATIENCE = 2;

const PREFIX = "blocker ";

/** Everything that does not pass, in the order of the gates and their rules. */
export function blockersOf(gates: readonly GateResult[]): readonly Blocker[] {
  return gates.flatMap(({ gate, evidence }) =>
    evidence
      .filter(({ status }) => status !== "pass")
      .map((each) => ({ id: `${gate}/${each.rule}/${each.subject}`, gate, evidence: each })),
  );
}

/** What a journal record of step `gates` says in its `subject`. */
export function journalBlockers(gates: readonly GateResult[]): Readonly<Record<string, string>> {
  return Object.fromEntries(blockersOf(gates).map(({ id, evidence }) => [`${PREFIX}${id}`, evidence.status]));
}

/** The evaluations that a journal holds, oldest first. */
export function readEvaluations(records: readonly JournalRecord[]): readonly Evaluation[] {
  return records
    .filter(({ step }) => step === GATES_STEP)
    .map(({ at, subject }) => ({
      at,
      unresolved: new Map(
        Object.entries(subject)
          .filter(([key]) => key.startsWith(PREFIX))
          .map(([key, status]) => [key.slice(PREFIX.length), status === "pending" ? "pending" : "fail"]),
      ),
    }));
}

/**
 * All escalations, open and closed, in the order in which they were opened. A blocker that fails in two evaluations
 * without passing in between is escalated. Waiting is no failure, and no repair either: it neither opens nor closes.
 */
export function evaluateEscalations(input: EscalationInput): readonly Escalation[] {
  const owners = input.rotation.length > 0 ? input.rotation : input.fallback.filter((login) => login !== null);
  const escalations: Escalation[] = [];
  const indexes = new Map<string, number>();
  for (const { at, opened, closed } of followBlockers(input.evaluations)) {
    for (const blocker of closed) {
      const index = indexes.get(blocker) as number;
      escalations[index] = { ...(escalations[index] as Escalation), closedAt: at };
    }
    for (const blocker of opened) {
      indexes.set(blocker, escalations.length);
      escalations.push({
        blocker,
        gate: blocker.slice(0, blocker.indexOf("/")) as GateName,
        owner: owners[escalations.length % owners.length] ?? null,
        openedAt: at,
        deadline: deadlineAfter(at, input.deadline, input.calendar),
        closedAt: undefined,
      });
    }
  }
  return escalations;
}

/** What an evaluation changed, and which blockers are escalated after it, in the order in which they were opened. */
export interface Turn {
  readonly at: string;
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  readonly open: readonly string[];
}

/** One turn for each evaluation. */
export function* followBlockers(evaluations: readonly Evaluation[]): Generator<Turn> {
  const failures = new Map<string, number>();
  const open = new Set<string>();
  for (const { at, unresolved } of evaluations) {
    const closed = [...open].filter((blocker) => !unresolved.has(blocker));
    for (const blocker of closed) open.delete(blocker);
    for (const blocker of failures.keys()) if (!unresolved.has(blocker)) failures.delete(blocker);
    // Sorted, so that the turn of the rotation does not depend on the order of a journal's keys.
    const failing = [...unresolved.keys()].sort().filter((blocker) => unresolved.get(blocker) === "fail");
    for (const blocker of failing) failures.set(blocker, (failures.get(blocker) ?? 0) + 1);
    const opened = failing.filter((blocker) => (failures.get(blocker) as number) >= PATIENCE && !open.has(blocker));
    for (const blocker of opened) open.add(blocker);
    yield { at, opened, closed, open: [...open] };
  }
}

export function isOverdue({ closedAt, deadline }: Escalation, now: string): boolean {
  return closedAt === undefined && isPast(deadline, now);
}

/** When each gate was escalated last, open or not: a sign-off from before was given without knowing of it. */
export function escalatedAt(escalations: readonly Escalation[]): ReadonlyMap<GateName, string> {
  return new Map(escalations.map(({ gate, openedAt }) => [gate, openedAt]));
}
