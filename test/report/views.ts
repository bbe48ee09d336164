import { digestOf } from "../../src/governance/digest.ts";
import { outcome, type ReasonCode, type Stage } from "../../src/governance/outcome.ts";
import type { Plan } from "../../src/governance/plan.ts";
import { policySchema } from "../../src/governance/policy.ts";
import { handOffOf } from "../../src/governance/review.ts";
import type { RunView, TimelineEntry } from "../../src/report/view.ts";

const plan: Plan = {
  summary:
    "Retry failed webhook deliveries with exponential backoff. Today a delivery that meets a 5xx answer is lost; after this change it is tried again up to five times, with jitter, and ends in the dead-letter table.",
  steps: [
    {
      title: "Add the backoff schedule",
      rationale: "Delays have to be bounded and testable without a clock.",
      files: ["src/webhooks/backoff.ts", "test/webhooks/backoff.test.ts"],
    },
    {
      title: "Retry in the delivery worker",
      rationale: "The worker is the only place that sees the answer of the receiver.",
      files: ["src/webhooks/worker.ts"],
    },
    {
      title: "Drop the old fire-and-forget sender",
      rationale: "Nothing uses it any more, and it hides failures.",
      files: ["src/webhooks/send-once.ts"],
    },
  ],
  files: [
    {
      path: "src/webhooks/backoff.ts",
      operation: "create",
      reason: "The schedule: five attempts, exponential, with jitter.",
    },
    { path: "src/webhooks/send-once.ts", operation: "delete", reason: "Replaced by the worker; no caller is left." },
    { path: "src/webhooks/worker.ts", operation: "modify", reason: "Retries on 5xx answers and on time-outs." },
    { path: "test/webhooks/backoff.test.ts", operation: "create", reason: "Proves bounds and jitter of the schedule." },
  ],
  verification: ["npm test -- test/webhooks", "npm run lint | tee lint.log"],
  risks: ["Receivers that are not idempotent may see a delivery twice."],
  rollback: "Revert the commit; the dead-letter table stays and is ignored by the old code.",
};

const prompt = [
  "Retry failed webhook deliveries with exponential backoff (max 5 attempts, jitter).",
  "",
  "Keep the public API as it is. Remove send-once.ts if nothing uses it any more.",
].join("\n");

export const published: TimelineEntry = {
  at: "2026-11-20T09:04:12Z",
  what: "Plan published",
  who: undefined,
  decision: "allow",
};

const timeline: readonly TimelineEntry[] = [
  { at: "2026-11-20T09:01:40Z", what: "Plan requested", who: "alice", decision: "info" },
  published,
];

const approvedTimeline: readonly TimelineEntry[] = [
  ...timeline,
  { at: "2026-11-20T10:15:02Z", what: "Label approved-plan applied", who: "bob", decision: "info" },
  { at: "2026-11-20T10:17:44Z", what: "Dry run stayed inside the plan", who: undefined, decision: "allow" },
];

const policy = policySchema.parse({ "impacted-tests": { suites: { unit: ["src/**"], "end-to-end": ["web/**"] } } });

/** A published plan that waits for its approval. */
export const planned: RunView = {
  mode: "plan",
  outcome: outcome("plan_published", "planned"),
  repository: "acme/shop",
  serverUrl: "https://github.com",
  runUrl: "https://github.com/acme/shop/actions/runs/19512345678",
  pullRequest: 42,
  label: "approved-plan",
  labelPresent: false,
  command: "/codex",
  actionVersion: "0.1.0",
  runnerAheadMs: undefined,
  coRequester: undefined,
  rerun: undefined,
  replacement: undefined,
  journalHead: digestOf("the journal's last record"),
  requester: "alice",
  approver: undefined,
  fourEyes: true,
  prompt: { text: prompt, digest: digestOf(prompt) },
  plan,
  planText: undefined,
  planDigest: digestOf("the plan"),
  bindingDigest: digestOf("the binding"),
  headSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
  baseRef: "main",
  baseSha: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  riskClass: "medium",
  codex: { version: "0.171.0", model: "gpt-5.3-codex", effort: "high" },
  instructionSources: ["AGENTS.md", "src/webhooks/AGENTS.md"],
  owners: new Map([
    ["src/webhooks/backoff.ts", ["@acme/platform"]],
    ["src/webhooks/send-once.ts", ["@acme/platform", "@carol"]],
    ["src/webhooks/worker.ts", ["@acme/platform"]],
  ]),
  files: [],
  escalations: [],
  drift: undefined,
  patch: undefined,
  verification: [],
  commit: undefined,
  artifact: {
    name: "codex-plan-pr42-aab8f06fecd1",
    url: "https://github.com/acme/shop/actions/runs/19512345678/artifacts/4411223344",
  },
  expiresAt: undefined,
  usage: { inputTokens: 48_213, outputTokens: 3_971 },
  timeline,
  highRisk: undefined,
  handOff: handOffOf(plan, policy, undefined),
};

const patch = `diff --git a/src/webhooks/worker.ts b/src/webhooks/worker.ts
index 3b18e51..a9f2c10 100644
--- a/src/webhooks/worker.ts
+++ b/src/webhooks/worker.ts
@@ -12,2 +12,3 @@ export async function deliver(delivery: Delivery): Promise<void> {
-  await post(delivery);
+  const delays = backoff(delivery.id);
+  await retry(() => post(delivery), delays);
 }
`;

export const approved: RunView = {
  ...planned,
  mode: "approve",
  outcome: outcome("plan_approved", "approved"),
  labelPresent: true,
  approver: "bob",
  expiresAt: "2026-11-27T10:17:44Z",
  files: plan.files.map(({ path, operation }) => ({ path, approved: operation, asked: operation, verdict: "granted" })),
  patch,
  handOff: handOffOf(plan, policy, patch),
  timeline: approvedTimeline,
};

export const executed: RunView = {
  ...approved,
  mode: "execute",
  outcome: outcome("plan_executed", "executed"),
  labelPresent: false,
  expiresAt: undefined,
  verification: [
    { command: "npm test -- test/webhooks", exitCode: 0, timedOut: false, output: "14 passed\n" },
    { command: "npm run lint | tee lint.log", exitCode: 0, timedOut: false, output: "" },
  ],
  commit: {
    sha: "1d0e2c3b4a5968778695a4b3c2d1e0f908172635",
    url: "https://github.com/acme/shop/commit/1d0e2c3b4a5968778695a4b3c2d1e0f908172635",
  },
  timeline: [
    ...approvedTimeline,
    { at: "2026-11-20T10:19:30Z", what: "Regenerated plan is the same", who: undefined, decision: "allow" },
    { at: "2026-11-20T10:23:08Z", what: "Executed and committed", who: undefined, decision: "allow" },
  ],
};

/** A dry run that asked for more than the plan names. */
export const denied: RunView = {
  ...approved,
  outcome: outcome("parity_failed", "denied", [
    {
      code: "file_not_in_plan",
      message: "Codex asked for a file that the plan does not name",
      path: "package.json",
      expected: "no change",
      got: "modify",
    },
    {
      code: "operation_not_in_plan",
      message: "Codex asked for another operation than the plan names",
      path: "src/webhooks/worker.ts",
      expected: "modify",
      got: "delete",
    },
  ]),
  labelPresent: false,
  expiresAt: undefined,
  patch: undefined,
  files: [
    { path: "package.json", approved: undefined, asked: "modify", verdict: "declined" },
    { path: "src/webhooks/backoff.ts", approved: "create", asked: "create", verdict: "granted" },
    { path: "src/webhooks/send-once.ts", approved: "delete", asked: undefined, verdict: "unchanged" },
    { path: "src/webhooks/worker.ts", approved: "modify", asked: "delete", verdict: "declined" },
    { path: "tmp/link", approved: undefined, asked: "symbolic link", verdict: "unplanned change" },
  ],
  escalations: [
    { method: "item/commandExecution/requestApproval", detail: "npm install p-retry" },
    { method: "item/permissions/requestApproval", detail: "network: registry" },
  ],
  timeline: [
    ...approvedTimeline.slice(0, 3),
    { at: "2026-11-20T10:17:44Z", what: "Dry run left the plan, label removed", who: undefined, decision: "deny" },
  ],
};

export const drifted: RunView = {
  ...approved,
  mode: "execute",
  outcome: outcome("plan_drifted", "drifted", [
    {
      code: "file_added",
      message: "The regenerated plan names a file that was not approved.",
      path: "src/webhooks/queue.ts",
      expected: "not in the plan",
      got: "modify",
    },
  ]),
  labelPresent: false,
  expiresAt: undefined,
  patch: undefined,
  files: [],
  drift: {
    mode: "scope",
    classes: ["file_added", "wording_changed"],
    diff: [
      "--- plan.txt (approved)",
      "+++ plan.txt (regenerated)",
      "@@ -8,4 +8,5 @@",
      " create  src/webhooks/backoff.ts",
      " delete  src/webhooks/send-once.ts",
      "+modify  src/webhooks/queue.ts",
      " modify  src/webhooks/worker.ts",
      "",
    ].join("\n"),
  },
  timeline: [
    ...approvedTimeline,
    { at: "2026-11-20T10:19:30Z", what: "Plan drifted, label removed", who: undefined, decision: "deny" },
  ],
};

export const verificationFailed: RunView = {
  ...executed,
  outcome: outcome("verification_failed", "denied"),
  commit: undefined,
  verification: [
    { command: "npm test -- test/webhooks", exitCode: 1, timedOut: false, output: "FAIL backoff.test.ts\n1 failed\n" },
    { command: "npm run lint | tee lint.log", exitCode: 137, timedOut: true, output: "" },
  ],
  timeline: approvedTimeline,
};

export const revoked: RunView = {
  ...approved,
  outcome: outcome("head_moved", "revoked", [
    {
      code: "head_moved",
      message: "The head of the pull request is another commit than the approved one",
      expected: "9fceb02d0ae598e95dc970b74767f19372d61af8",
      got: "77d3f6c0b1a29384756afbecd0e1f2a3b4c5d6e7",
    },
  ]),
  labelPresent: false,
  files: [],
  patch: undefined,
  expiresAt: undefined,
};

const nothingYet = {
  prompt: undefined,
  plan: undefined,
  planDigest: undefined,
  bindingDigest: undefined,
  codex: undefined,
  riskClass: undefined,
  artifact: undefined,
  usage: undefined,
  owners: new Map(),
  instructionSources: [],
} as const;

export const refused: RunView = {
  ...planned,
  ...nothingYet,
  outcome: outcome("prompt_invisible", "refused", [
    {
      code: "invisible_character",
      message: "Line 1, column 12: U+202E RIGHT-TO-LEFT OVERRIDE changes the direction of the text",
      got: "U+202E",
    },
  ]),
};

export const emptyPrompt: RunView = { ...refused, outcome: outcome("prompt_empty", "refused") };

/** A request whose declarations are wrong. */
export const wrongDeclaration: RunView = {
  ...refused,
  outcome: outcome("declaration_invalid", "refused", [
    {
      code: "declaration_unknown",
      message: "There is no declaration `Rollback-Ower`. Did you mean `Rollback-Owner`?",
    },
  ]),
};

/** Every state that has a golden file. */
export const STATES: Readonly<Record<string, RunView>> = {
  planned,
  approved,
  executed,
  denied,
  "verification-failed": verificationFailed,
  drifted,
  revoked,
  refused,
  "empty-prompt": emptyPrompt,
  "wrong-declaration": wrongDeclaration,
};

/** The same view, ended for another reason. */
export function endedWith(view: RunView, reasonCode: ReasonCode, stage: Stage): RunView {
  return { ...view, outcome: outcome(reasonCode, stage) };
}
