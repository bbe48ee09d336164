import { appendRecord, type JournalEntry } from "../../src/governance/journal.ts";
import type { ReasonCode } from "../../src/governance/outcome.ts";
import type { PlanFacts, Receipt } from "../../src/governance/receipts.ts";
import { digestWith, journalEntry } from "./builders.ts";

export type Step = Partial<JournalEntry>;

export const PLAN: PlanFacts = {
  digest: digestWith("2"),
  riskClass: "standard",
  requester: "rita",
  commentId: 31,
  hasVerification: true,
};

export const published = (at: string, more: Step = {}): Step => ({ at, ...more });

export const approved = (at: string, more: Step = {}): Step => ({
  at,
  step: "approve",
  reasonCode: "plan_approved",
  actor: "anna",
  subject: { eventId: 501 },
  ...more,
});

/** What the run writes right before the commit. */
export const committed = (at: string, more: Step = {}): Step => ({
  ...approved(at),
  step: "commit",
  decision: "info",
  reasonCode: "evidence_stored",
  runId: 3,
  ...more,
});

export const executed = (at: string, more: Step = {}): Step => ({
  ...approved(at),
  step: "execute",
  reasonCode: "plan_executed",
  runId: 3,
  ...more,
});

export const denied = (at: string, reasonCode: ReasonCode, more: Step = {}): Step => ({
  ...approved(at),
  step: "execute",
  decision: "deny",
  reasonCode,
  ...more,
});

/** An evaluation of the gates; `found` has each blocker with its status. */
export const evaluated = (at: string, found: Readonly<Record<string, "fail" | "pending">>): Step => ({
  ...approved(at),
  step: "gates",
  decision: "info",
  reasonCode: Object.keys(found).length === 0 ? "gates_passed" : "gates_pending",
  subject: Object.fromEntries(Object.entries(found).map(([id, status]) => [`blocker ${id}`, status])),
});

export function journalOf(steps: readonly Step[]): string {
  return steps.reduce((journal, step) => appendRecord(journal, journalEntry(step)), "");
}

/** What a sound bundle with these records leaves to be counted. */
export function receiptOf(steps: readonly Step[], plan: Partial<PlanFacts> | undefined = {}): Receipt {
  const facts = plan && { ...PLAN, ...plan };
  return { name: `bundle of ${steps.length}`, journal: journalOf(steps), plan: facts };
}

/** Of a request that never became a plan. */
export function refusalOf(step: Step): Receipt {
  const refused = { ...published("2026-11-10T11:00:00Z"), decision: "deny", reasonCode: "prompt_empty" } as const;
  return { name: "refusal", journal: journalOf([{ ...refused, ...step }]), plan: undefined };
}
