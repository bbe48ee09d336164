import { expect } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import type { Binding } from "../../src/governance/binding.ts";
import { type EvidenceName, renderApproval } from "../../src/governance/evidence.ts";
import type { JournalEntry } from "../../src/governance/journal.ts";
import { approvalRecord, BASE, type Bundle, bindingOf, bytes, HEAD, journalled, plannedBundle } from "./builders.ts";

export const COMMIT = "c".repeat(40);

/** A patch of git that modifies `a.ts`, as the plan of `plannedBundle` allows. */
export const PATCH = [
  "diff --git a/a.ts b/a.ts",
  `index ${"1".repeat(40)}..${"2".repeat(40)} 100644`,
  "--- a/a.ts",
  "+++ b/a.ts",
  "@@ -1 +1 @@",
  "-one",
  "+two",
  "",
].join("\n");

type Subject = JournalEntry["subject"];

/** The records that runs of the action write, in this order. What is given replaces what they would say. */
export const STEPS = ["plan", "approve", "commit", "execute"] as const;
export type StepName = (typeof STEPS)[number];

export interface Story {
  /** Up to which record. Default: all. */
  readonly until?: StepName;
  readonly binding?: Partial<Binding>;
  readonly files?: Partial<Record<EvidenceName, string>>;
  readonly approval?: object;
  readonly entries?: Partial<Record<StepName, Partial<JournalEntry>>>;
  readonly subjects?: Partial<Record<StepName, Subject>>;
  /** Written before the record of this name. */
  readonly before?: Partial<Record<StepName, Partial<JournalEntry>>>;
}

/** A bundle as the runs of one plan leave it, sealed after each record. */
export function bundleOf({
  until = "execute",
  binding = {},
  files = {},
  approval = {},
  entries = {},
  subjects = {},
  before = {},
}: Story = {}): Bundle {
  const bundle = plannedBundle({ binding });
  bundle.delete("journal.jsonl");
  const identity = (name: EvidenceName) =>
    approvalRecord(bundle)[name === "plan.json" ? "planDigest" : "bindingDigest"];
  const common = { planDigest: identity("plan.json"), bindingDigest: identity("binding.json") };
  const { requesterId } = bindingOf();
  const stored = { evidenceStoredAt: "2026-11-10T11:30:00.000Z" };
  const approved = { ...common, ...stored, eventId: 501, approverId: 22 };
  const records: Record<StepName, () => Partial<JournalEntry>> = {
    plan: () => ({ subject: { ...common, requesterId, headSha: HEAD, baseSha: BASE } }),
    approve: () => {
      bundle.set("dry-run.patch", bytes(PATCH));
      bundle.set("approval.json", bytes(renderApproval({ ...approvalRecord(bundle), ...approval })));
      const { patchDigest } = approvalRecord(bundle).dryRun;
      const subject = { ...approved, dryRunDigest: patchDigest };
      return {
        at: "2026-11-10T12:01:00Z",
        step: "approve",
        reasonCode: "plan_approved",
        actor: "anna",
        runId: 2,
        subject,
      };
    },
    commit: () => {
      bundle.set("run.patch", bytes(PATCH));
      const subject = approved;
      return {
        at: "2026-11-10T12:05:00Z",
        step: "commit",
        decision: "info",
        reasonCode: "evidence_stored",
        runId: 3,
        subject,
      };
    },
    execute: () => {
      const subject = { ...approved, commitSha: COMMIT };
      return {
        at: "2026-11-10T12:05:02Z",
        step: "execute",
        reasonCode: "plan_executed",
        actor: "anna",
        runId: 3,
        subject,
      };
    },
  };
  for (const step of STEPS.slice(0, STEPS.indexOf(until) + 1)) {
    const record = records[step]();
    const additional = before[step];
    if (additional)
      journalled(bundle, { ...record, ...additional, subject: { ...record.subject, ...additional.subject } });
    if (step === until) for (const [name, text] of Object.entries(files)) bundle.set(name as EvidenceName, bytes(text));
    journalled(bundle, { ...record, ...entries[step], subject: { ...record.subject, ...subjects[step] } });
  }
  return bundle;
}

/** What a run that has loaded the approved plan writes into its record. */
export function approvedSubject(): Subject {
  const { planDigest, bindingDigest } = approvalRecord(plannedBundle());
  return { planDigest, bindingDigest, evidenceStoredAt: "2026-11-10T11:30:00.000Z" };
}

/** The check that fails, what it says, and that nothing after it was believed. */
export function expectWrong(bundle: Bundle, name: string, finding: object): void {
  const audit = auditBundle(bundle);
  expect(audit.claims).toBeUndefined();
  expect(audit.finding).toMatchObject(finding);
  const at = audit.steps.findIndex(({ status }) => status === "failed");
  expect(audit.steps[at]?.name).toBe(name);
  expect(audit.steps.slice(0, at).every(({ status }) => status === "passed" || status === "not applicable")).toBe(true);
  expect(audit.steps.slice(at + 1).every(({ status }) => status === "not reached")).toBe(true);
}
