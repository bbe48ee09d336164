import fc from "fast-check";
import type { ApprovalFacts, LabelFact } from "../../src/governance/approval.ts";
import { type Binding, renderBinding } from "../../src/governance/binding.ts";
import { type Digest, digestOf } from "../../src/governance/digest.ts";
import {
  type ApprovalRecord,
  type EvidenceName,
  FILES_DIGEST,
  filesDigest,
  renderApproval,
  renderManifest,
  renderSeal,
} from "../../src/governance/evidence.ts";
import { appendRecord, type JournalEntry } from "../../src/governance/journal.ts";
import {
  type Plan,
  type PlannedFile,
  type RawPlan,
  renderPlanJson,
  renderPlanText,
} from "../../src/governance/plan.ts";
import type { PlanContext } from "../../src/governance/plan-rules.ts";
import type { RiskClass } from "../../src/governance/risk.ts";
import { scopeDigest, scopeOf } from "../../src/governance/scope.ts";
import type { FileMode, TreeEntry } from "../../src/governance/tree.ts";

export const HEAD = "a".repeat(40);
export const BASE = "b".repeat(40);

/** A digest that is easy to tell apart: 64 times the same hex digit. */
export const digestWith = (digit: string): Digest => `sha256:${digit.repeat(64)}`;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Emoji whose joiners, tags and variation selectors are seen as one picture. Spelled out, so that they are seen here. */
export const EMOJI = {
  family: "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
  astronaut: "\u{1F469}\u{200D}\u{1F680}",
  skinTone: "\u{1F44B}\u{1F3FD}",
  rainbowFlag: "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
  countryFlag: "\u{1F1E9}\u{1F1EA}",
  regionFlag: "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
  keycap: "1\u{FE0F}\u{20E3}",
  heart: "\u{2764}\u{FE0F}",
};

/** What a call throws; fails when it throws nothing. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("The call was expected to throw.");
}

export function rawPlan(changes: Partial<RawPlan> = {}): RawPlan {
  return {
    summary: "Add a greeting",
    steps: [{ title: "Write it", rationale: "It is asked for", files: ["src/greet.ts"] }],
    files: [{ path: "src/greet.ts", operation: "create", from: null, reason: "The new function" }],
    verification: ["npm test"],
    risks: ["None known"],
    rollback: "Revert the commit",
    ...changes,
  };
}

export function planned(operation: PlannedFile["operation"], path: string, from?: string): PlannedFile {
  return { path, operation, ...(from === undefined ? {} : { from }), reason: `Because of ${path}` };
}

export function planOf(files: readonly PlannedFile[], changes: Partial<Plan> = {}): Plan {
  return {
    summary: "Add a greeting",
    steps: [],
    files,
    verification: ["npm test"],
    risks: [],
    rollback: "Revert the commit",
    ...changes,
  };
}

export const treeEntry = (path: string, mode: FileMode = "100644"): TreeEntry => ({ path, mode, oid: "0".repeat(40) });

/** What a plan is judged by: a tree with one file, and nothing protected but what always is. */
export const planContext = (changes: Partial<PlanContext> = {}): PlanContext => ({
  entries: [treeEntry("README.md")],
  links: [],
  protectedPaths: [],
  policyPath: ".github/codex-governance.yml",
  changedInstructions: [],
  maxFiles: 100,
  ...changes,
});

/** A plan that holds every operation once. */
export const richPlan: Plan = planOf(
  [
    planned("modify", "a.ts"),
    planned("delete", "b.ts"),
    planned("rename", "c.ts", "old.ts"),
    planned("create", "d.ts"),
  ],
  {
    steps: [
      { title: "First", rationale: "Why", files: ["a.ts", "b.ts"] },
      { title: "Then", rationale: "Because", files: [] },
    ],
    risks: ["It may break"],
  },
);

export function bindingOf(changes: Partial<Binding> = {}): Binding {
  return {
    version: 1,
    repositoryId: 11,
    pullRequest: 7,
    requesterId: 21,
    requester: "rita",
    commentId: 31,
    promptDigest: digestWith("1"),
    planDigest: digestWith("2"),
    scopeDigest: digestWith("3"),
    headSha: HEAD,
    baseRef: "main",
    baseSha: BASE,
    policyDigest: digestWith("4"),
    instructionChainDigest: digestWith("5"),
    codexVersion: "0.171.0",
    model: "gpt-5.5",
    effort: "medium",
    actionVersion: "0.1.0",
    ...changes,
  };
}

export function labelFact(changes: Partial<LabelFact> = {}): LabelFact {
  return {
    id: 501,
    kind: "labeled",
    label: "approved-plan",
    actor: { id: 22, login: "anna", type: "User" },
    createdAt: "2026-11-10T12:00:00Z",
    viaApp: undefined,
    hasAgentIntent: false,
    ...changes,
  };
}

export function approvalFacts(changes: Partial<ApprovalFacts> = {}): ApprovalFacts {
  return {
    label: "approved-plan",
    isLabelSet: true,
    presentLabels: ["bug", "approved-plan"],
    latestEvent: labelFact(),
    unproven: undefined,
    endedUpTo: 0,
    actorPermission: { userId: 22, permission: "write" },
    requesterId: 21,
    publishedAt: "2026-11-10T11:00:00Z",
    stateChangedAt: undefined,
    now: "2026-11-10T13:00:00Z",
    expiresAfterDays: 7,
    fourEyes: true,
    ...changes,
  };
}

export function journalEntry(changes: Partial<JournalEntry> = {}): JournalEntry {
  return {
    at: "2026-11-10T11:00:00Z",
    step: "plan",
    decision: "allow",
    reasonCode: "plan_published",
    actor: "rita",
    runId: 1,
    runAttempt: 1,
    repository: "acme/shop",
    pullRequest: 7,
    subject: { head: HEAD },
    findings: [],
    ...changes,
  };
}

interface BundleChoice {
  readonly plan?: Plan;
  readonly riskClass?: RiskClass;
  readonly prompt?: string;
  readonly binding?: Partial<Binding>;
}

export type Bundle = Map<EvidenceName, Uint8Array>;

/** A bundle as mode plan stores it. */
export function plannedBundle({
  plan = richPlan,
  riskClass = "medium",
  prompt = "do it",
  binding: bound,
}: BundleChoice = {}): Bundle {
  const planJson = renderPlanJson(plan);
  const binding = bindingOf({
    promptDigest: digestOf(prompt),
    planDigest: digestOf(planJson),
    scopeDigest: scopeDigest(scopeOf(plan, riskClass)),
    ...bound,
  });
  const bundle: Bundle = new Map([
    ["prompt.txt", bytes(prompt)],
    ["plan.json", bytes(planJson)],
    ["plan.txt", bytes(renderPlanText(plan))],
    ["binding.json", bytes(renderBinding(binding))],
    ["journal.jsonl", bytes(appendRecord("", journalEntry()))],
  ]);
  return reseal(bundle);
}

/** The same bundle with a seal over what it holds now: what a forger would do. */
export function reseal(bundle: Bundle): Bundle {
  return bundle.set("plan.sha256", bytes(renderSeal(bundle)));
}

/** The same bundle with one more record, and sealed as a run of the action does it. */
export function journalled(bundle: Bundle, changes: Partial<JournalEntry> = {}): Bundle {
  const before = new TextDecoder().decode(bundle.get("journal.jsonl"));
  const entry = journalEntry(changes);
  const subject = { ...entry.subject, [FILES_DIGEST]: filesDigest(bundle) };
  bundle.set("journal.jsonl", bytes(appendRecord(before, { ...entry, subject })));
  return bundle.set("evidence.sha256", bytes(renderManifest(bundle)));
}

export function approvalRecord(bundle: Bundle, changes: Partial<ApprovalRecord> = {}): ApprovalRecord {
  return {
    version: 1,
    approver: "anna",
    approverId: 22,
    eventId: 501,
    approvedAt: "2026-11-10T12:00:00Z",
    expiresAt: "2026-11-17T12:00:00.000Z",
    isFourEyes: true,
    planDigest: digestOf(bundle.get("plan.json") ?? ""),
    bindingDigest: digestOf(bundle.get("binding.json") ?? ""),
    dryRun: {
      result: "inside",
      patchDigest: digestOf(bundle.get("dry-run.patch") ?? ""),
      files: [{ path: "a.ts", operation: "modify" }],
      escalationsDeclined: 0,
    },
    ...changes,
  };
}

/** A bundle as mode approve stores it. */
export function approvedBundle(): Bundle {
  const bundle = plannedBundle().set("dry-run.patch", bytes("diff --git a/a.ts b/a.ts\n"));
  return bundle.set("approval.json", bytes(renderApproval(approvalRecord(bundle))));
}

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join("/")}.ts`);
/** Text of one or more lines, with what a model might write: blanks, odd letters, markup. */
export const wording = fc
  .array(fc.constantFrom("add", "é", "`x`", "  ", "\n", "<b>", "🚀", "\u{200B}", "日本"), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => `w${parts.join("")}`);

/** Plans that `parsePlan` accepts. */
export const rawPlans: fc.Arbitrary<RawPlan> = fc
  .record({
    paths: fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
    kinds: fc.array(fc.constantFrom("create", "modify", "delete", "rename"), { minLength: 12, maxLength: 12 }),
    texts: fc.array(wording, { minLength: 20, maxLength: 20 }),
    verification: fc.array(wording, { maxLength: 4 }),
    risks: fc.array(wording, { maxLength: 3 }),
  })
  .map(({ paths, kinds, texts, verification, risks }) => {
    const files = paths.map((name, index): RawPlan["files"][number] => {
      const operation = kinds[index] ?? "modify";
      return { path: name, operation, from: operation === "rename" ? `from/${name}` : null, reason: `${texts[index]}` };
    });
    const [title, rationale, summary, rollback] = texts.slice(12) as [string, string, string, string];
    return { summary, steps: [{ title, rationale, files: paths.slice(0, 3) }], files, verification, risks, rollback };
  });
