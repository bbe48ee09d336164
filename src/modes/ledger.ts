import { type LedgerEntry, ledgerSubject, nextCheck } from "../governance/ledger.ts";
import type { Outcome } from "../governance/outcome.ts";
import { appendLedger } from "../report/ledger.ts";
import { askedFor } from "./known-facts.ts";
import type { RunRecord } from "./run-record.ts";

/**
 * Enters what this run let Codex do into ledger.md and into what the journal will say of it. A run that did not come
 * to let Codex work has nothing to enter. Entering again, with another outcome, replaces this run's entry.
 */
export function enterLedger(record: RunRecord, ended: Pick<Outcome, "reasonCode" | "decision">): void {
  const entry = entryOf(record, ended);
  if (entry === undefined) return;
  record.write("ledger.md", record.ports.redact(appendLedger(record.ledgerBefore, entry)));
  Object.assign(record.subject, ledgerSubject(entry));
}

function entryOf(record: RunRecord, ended: Pick<Outcome, "reasonCode" | "decision">): LedgerEntry | undefined {
  const { mode, facts, context, policy, ports } = record;
  const { prompt, planDigest, files = [], codex } = facts;
  if ((mode !== "approve" && mode !== "execute") || files.length === 0) return undefined;
  if (prompt === undefined || planDigest === undefined) return undefined;
  const isReplay = mode === "execute" && policy.strategy === "replay";
  const { handOff } = record.view({ ...ended, stage: "denied", findings: [] });
  return {
    at: ports.clock.stamp().at,
    step: mode,
    runId: context.runId,
    runAttempt: context.runAttempt,
    command: policy.command,
    promptDigest: prompt.digest,
    planDigest,
    tool: isReplay
      ? "replay of the approved patch, without a model"
      : `Codex ${codex?.version}, ${codex?.model}, effort ${codex?.effort}`,
    files: files.map(({ path, verdict }) => ({ path, verdict })),
    checks: record.checks,
    demanded: policy.verification.length,
    declined: askedFor(record),
    reasonCode: ended.reasonCode,
    next: nextCheck({
      outcome: ended,
      command: policy.command,
      first: handOff?.review[0],
      impactedTests: handOff?.impactedTests ?? [],
    }),
  };
}
