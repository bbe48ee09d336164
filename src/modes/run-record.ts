import { type EvidenceName, FILES_DIGEST, filesDigest, renderManifest } from "../governance/evidence.ts";
import { type GuardedRequest, InterruptedRun } from "../governance/guarded-request.ts";
import { appendRecord, journalHead, readJournal } from "../governance/journal.ts";
import { type Outcome, REASONS } from "../governance/outcome.ts";
import type { Pointer } from "../governance/pointer.ts";
import { defaultPolicy, type Policy } from "../governance/policy.ts";
import { handOffOf } from "../governance/review.ts";
import type { CodexRun, CommandResult, Ports, PullRequest, ScratchTree } from "../ports.ts";
import type { RunView, TimelineEntry } from "../report/view.ts";
import { shownFacts } from "./disclosure.ts";
import { type RunContext, type RunKind, runUrl } from "./mode.ts";
import type { Subject } from "./subject.ts";

/** What was asked for besides file changes. */
export function escalationsOf(requests: readonly GuardedRequest[]): RunView["escalations"] {
  return requests.flatMap((request) =>
    request.kind === "escalation" ? [{ method: request.method, detail: request.detail }] : [],
  );
}

type Facts = { -readonly [Key in keyof RunView]?: RunView[Key] };

const NOTHING_YET = {
  prompt: undefined,
  plan: undefined,
  planText: undefined,
  planDigest: undefined,
  bindingDigest: undefined,
  headSha: undefined,
  baseRef: undefined,
  baseSha: undefined,
  riskClass: undefined,
  codex: undefined,
  requester: undefined,
  coRequester: undefined,
  replacement: undefined,
  approver: undefined,
  drift: undefined,
  patch: undefined,
  commit: undefined,
  artifact: undefined,
  expiresAt: undefined,
  usage: undefined,
  instructionSources: [],
  owners: new Map(),
  files: [],
  escalations: [],
  verification: [],
  highRisk: undefined,
  handOff: undefined,
  labelPresent: false,
} as const satisfies Facts;

/**
 * What one run has learned so far. Modes fill it step by step, so that whatever ends the run, what was known
 * until then is journalled and shown.
 */
export class RunRecord {
  mode: RunKind;
  readonly context: RunContext;
  readonly ports: Ports;
  /** What a person will be shown. */
  readonly facts: Facts = {};
  /** Files of the evidence bundle. */
  readonly evidence = new Map<EvidenceName, Uint8Array>();
  journal = "";
  /** ledger.md as the runs before left it. */
  ledgerBefore = "";
  /** What the verification commands said in this run; undefined while none was run. */
  checks: readonly CommandResult[] | undefined;
  policy: Policy = defaultPolicy();
  pullRequest: PullRequest | undefined;
  /** The pull request and its base as they were read last. */
  target: Subject | undefined;
  /** Where the plan's evidence was found. */
  pointer: Pointer | undefined;
  /** Ids of the bundles that this run has stored. */
  readonly stored = new Set<number>();
  /** The head that the plan was made for. */
  planHead: string | undefined;
  /** Digest of the plan's comment as it was read and found to be ours. */
  shownDigest: string | undefined;
  /** The label event that was judged. */
  eventId: number | undefined;
  /** Id of the latest label event that a run refused or revoked for this plan; see `endedUpTo`. */
  endedUpTo = 0;
  /** Who caused the run, for the journal. */
  actor: string | undefined;
  /** Accounts that were found to have no write access. That an account has it is never remembered. */
  readonly nonWriters = new Set<string>();
  /** Sign-offs, by comment and text, that nobody but their author ever edited. */
  readonly untouched = new Set<string>();
  /** Digests and ids for the journal. */
  readonly subject: Record<string, string | number> = {};
  /** An outcome that is told in the run alone: what the pull request already shows stays the last word. */
  isQuiet = false;
  changedFiles: readonly string[] = [];
  readonly #trees: ScratchTree[] = [];

  constructor(mode: RunKind, context: RunContext, ports: Ports) {
    this.mode = mode;
    this.context = context;
    this.ports = ports;
  }

  /** Keeps a scratch tree until the run ends. */
  keep(tree: ScratchTree): ScratchTree {
    this.#trees.push(tree);
    return tree;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#trees.map((tree) => tree.dispose()));
  }

  write(name: EvidenceName, content: string | Uint8Array): void {
    this.evidence.set(name, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  /** Adds to the log of what Codex did; the steps of a plan's life share one file. */
  appendLog(step: string, log: Uint8Array): void {
    const before = this.evidence.get("run-log.jsonl") ?? new Uint8Array();
    const header = new TextEncoder().encode(`${JSON.stringify({ step, runId: this.context.runId })}\n`);
    this.evidence.set("run-log.jsonl", Buffer.concat([before, header, log]));
  }

  /** Keeps what a run of Codex tells of itself, also of one that did not come to its end. */
  async keepRun<T extends CodexRun>(step: string, run: Promise<T>): Promise<T> {
    try {
      const done = await run;
      this.appendLog(step, done.log);
      this.facts.instructionSources = done.instructionSources;
      this.facts.usage = { inputTokens: done.usage.inputTokens, outputTokens: done.usage.outputTokens };
      return done;
    } catch (error) {
      if (error instanceof InterruptedRun) {
        this.appendLog(step, error.log);
        this.facts.escalations = escalationsOf(error.requests);
      }
      throw error;
    }
  }

  /**
   * Writes one step into the journal and seals the bundle as it is now; `subject` is what this step alone is about.
   * What is written afterwards needs another record, or the bundle does not hold together.
   */
  journalise(
    step: string,
    outcome: Pick<Outcome, "reasonCode" | "findings"> & { readonly decision: "allow" | "deny" | "skip" | "info" },
    subject: Readonly<Record<string, string | number>> = {},
  ): void {
    const { at, isGitHubs } = this.ports.clock.stamp();
    const aheadMs = this.ports.clock.runnerAheadMs();
    this.journal = appendRecord(this.journal, {
      at,
      step,
      decision: outcome.decision,
      reasonCode: outcome.reasonCode,
      actor: this.actor ?? null,
      runId: this.context.runId,
      runAttempt: this.context.runAttempt,
      repository: this.context.repository,
      pullRequest: this.pullRequest?.number ?? null,
      subject: {
        workflow: this.context.workflowPath,
        ...(this.context.runActor === undefined ? {} : { runActor: this.context.runActor }),
        ...(this.context.triggeringActor === undefined ? {} : { triggeringActor: this.context.triggeringActor }),
        ...this.subject,
        ...subject,
        ...(isGitHubs ? {} : { clock: "runner" }),
        ...(aheadMs === undefined ? {} : { runnerClockAheadSeconds: Math.round(aheadMs / 1000) }),
        [FILES_DIGEST]: filesDigest(this.evidence),
      },
      findings: outcome.findings,
    });
    this.write("journal.jsonl", this.journal);
    this.write("evidence.sha256", renderManifest(this.evidence));
  }

  view(outcome: Outcome): RunView {
    const { context, policy } = this;
    const facts = { ...NOTHING_YET, ...this.facts };
    const { plan, patch } = facts;
    return {
      ...facts,
      ...shownFacts(facts, this.ports.redact),
      mode: this.mode,
      outcome,
      repository: context.repository,
      serverUrl: context.serverUrl,
      runUrl: runUrl(context),
      pullRequest: this.pullRequest?.number ?? 0,
      label: policy.label,
      command: policy.command,
      actionVersion: context.actionVersion,
      rerun: context.runAttempt > 1 ? { attempt: context.runAttempt, by: context.triggeringActor } : undefined,
      runnerAheadMs: this.ports.clock.runnerAheadMs(),
      fourEyes: policy["four-eyes"],
      handOff: plan && handOffOf(plan, policy, patch),
      timeline: timelineOf(this.journal),
      journalHead: this.journal === "" ? undefined : journalHead(this.journal),
    };
  }
}

/** The journal as a person reads it. */
function timelineOf(journal: string): readonly TimelineEntry[] {
  return readJournal(journal).map(({ at, reasonCode, actor, decision }) => ({
    at,
    what: REASONS[reasonCode].title,
    who: actor ?? undefined,
    decision: decision === "allow" || decision === "deny" ? decision : "info",
  }));
}

/** A step of a mode answers with what the next step needs, or with the outcome that ends the run. */
export function isOutcome(value: object): value is Outcome {
  return "reasonCode" in value && "stage" in value && "decision" in value;
}
