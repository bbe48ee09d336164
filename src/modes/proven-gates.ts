import { type Outcome, outcome } from "../governance/outcome.ts";
import type { Sha } from "../ports.ts";
import { type Question, readSituation } from "./assessment.ts";
import { blockedBy, evaluate } from "./blocked.ts";
import { confirmDryRun, knownFacts } from "./known-facts.ts";
import { rehearse } from "./rehearsal.ts";
import type { RunRecord } from "./run-record.ts";

interface Change {
  readonly commits: { readonly head: Sha; readonly base: Sha };
  readonly patch: Uint8Array;
  /** What the verification commands said against it. */
  readonly failed: Outcome | undefined;
}

/** The gates once more, on the very change that is to be committed. What passes is asked again right before it. */
export async function proveGates(
  record: RunRecord,
  question: Question,
  { commits, patch, failed }: Change,
): Promise<Question | Outcome> {
  if (failed?.reasonCode === "verification_changed_tree") return failed;
  const { policy } = record;
  const commands = { verification: policy.verification, ...policy.rehearsal };
  const isRehearsed = question.highRisk.requirements.rehearsal && failed === undefined;
  const rehearsal = isRehearsed ? await rehearse(record, { ...commits, patch, commands }) : undefined;
  const { found, facts } = question;
  const dryRun = confirmDryRun(record, found.plan, facts.gates.dryRun);
  const proven = { ...question, facts: knownFacts({ verification: record.facts.verification, rehearsal, dryRun }) };
  const situation = await readSituation(record, proven);
  const blocked = blockedBy(record, situation, await evaluate(record, situation));
  if (blocked?.reasonCode === "escalation_open") return blocked;
  if (failed) return failed;
  if (rehearsal?.result === "fail") return outcome("rehearsal_failed", "denied", rehearsal.findings);
  return blocked ?? proven;
}
