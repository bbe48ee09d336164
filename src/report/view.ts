import type { DeclarationName, Declarations } from "../governance/declarations.ts";
import type { Digest } from "../governance/digest.ts";
import type { Escalation } from "../governance/escalation.ts";
import type { GateResult } from "../governance/gates.ts";
import type { Outcome } from "../governance/outcome.ts";
import type { Plan } from "../governance/plan.ts";
import type { RehearsalReport } from "../governance/rehearsal.ts";
import type { HandOff } from "../governance/review.ts";
import type { Requirements, RiskClass } from "../governance/risk.ts";
import type { Operation } from "../governance/tree.ts";

/** One moment of the governed loop, for the timeline of the comment and the summary. */
export interface TimelineEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** For example "Plan published", "Approved", "Dry run stayed inside the plan". */
  readonly what: string;
  /** Login, without `@`; undefined for what the action did itself. */
  readonly who: string | undefined;
  readonly decision: "allow" | "deny" | "info";
}

/** What happened to one file in a guarded run. */
export interface FileResult {
  readonly path: string;
  /** What the plan allows; undefined when the file is not in the plan. */
  readonly approved: Operation | undefined;
  /** What was asked or found; undefined when the agent left the file alone. */
  readonly asked: Operation | "mode change" | "symbolic link" | "submodule" | undefined;
  readonly verdict: "granted" | "declined" | "unplanned change" | "unchanged";
  /** The old path of a rename. */
  readonly from?: string;
}

export interface CommandReport {
  readonly command: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** The end of the output. */
  readonly output: string;
}

export interface ArtifactLink {
  readonly name: string;
  readonly url: string;
}

/** What high-risk governance knows of a plan; undefined for a plan of class standard and for a medium one without requirements. */
export interface HighRiskView {
  readonly requirements: Requirements;
  readonly declarations: Declarations;
  readonly missing: readonly DeclarationName[];
  /** Who approved, the label's person first; `needed` different people. */
  readonly approvals: { readonly needed: number; readonly by: readonly string[]; readonly from: readonly string[] };
  readonly gates: readonly GateResult[];
  readonly escalations: readonly (Escalation & { readonly isOverdue: boolean })[];
  readonly rehearsal: RehearsalReport | undefined;
  readonly isReady: boolean;
  /** Markdown of decision-record.md. */
  readonly decisionRecord: string | undefined;
}

/**
 * Everything a person may be shown of one run. The renderers are pure functions of this. All strings that came
 * from a model, a comment or the repository are raw here; the renderers make them inert.
 */
/** The frozen prompt, with what of it GitHub does not show in the comment that asked. */
export interface ShownPrompt {
  readonly text: string;
  readonly digest: Digest;
  readonly unrendered?: readonly { readonly line: number; readonly what: string }[];
}

export interface RunView {
  readonly mode: "plan" | "approve" | "execute" | "sign";
  readonly outcome: Outcome;
  readonly repository: string;
  /** For example https://github.com */
  readonly serverUrl: string;
  /** The run's page. */
  readonly runUrl: string;
  readonly pullRequest: number;
  /** The approval label, for example `approved-plan`. */
  readonly label: string;
  readonly labelPresent: boolean;
  /** The command word, for example `/codex`. */
  readonly command: string;
  readonly actionVersion: string;
  /** Milliseconds by which the runner's clock is ahead of GitHub's (negative: behind); undefined while it is right. */
  readonly runnerAheadMs: number | undefined;
  readonly requester: string | undefined;
  /** Who re-ran the request of somebody else, and so asked for the plan as well. */
  readonly coRequester: string | undefined;
  /** Of a run that was started again: which attempt it is, and who asked for it. */
  readonly rerun: { readonly attempt: number; readonly by: string | undefined } | undefined;
  /**
   * Of a plan that replaced another one: when a label begins to count (ISO 8601), undefined until its comment has a
   * time. Undefined of a first plan.
   */
  readonly replacement: { readonly countsFrom: string | undefined } | undefined;
  readonly approver: string | undefined;
  readonly fourEyes: boolean;
  readonly prompt: ShownPrompt | undefined;
  readonly plan: Plan | undefined;
  /** The text of plan.txt. */
  readonly planText: string | undefined;
  readonly planDigest: Digest | undefined;
  readonly bindingDigest: Digest | undefined;
  readonly headSha: string | undefined;
  readonly baseRef: string | undefined;
  readonly baseSha: string | undefined;
  readonly riskClass: RiskClass | undefined;
  readonly codex: { readonly version: string; readonly model: string; readonly effort: string } | undefined;
  readonly instructionSources: readonly string[];
  /** Owners by path, from CODEOWNERS of the base branch. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly FileResult[];
  /** Commands, permissions and tools that the agent asked for beyond files; all were declined. */
  readonly escalations: readonly { readonly method: string; readonly detail: string }[];
  readonly drift:
    | {
        readonly mode: "scope" | "strict";
        /** What differs, for example `file_added`, `operation_changed`, `wording_changed`. */
        readonly classes: readonly string[];
        /** Unified diff of plan.txt, approved to regenerated. */
        readonly diff: string;
      }
    | undefined;
  /** The unified diff of the dry run or of the execution. */
  readonly patch: string | undefined;
  readonly verification: readonly CommandReport[];
  readonly commit: { readonly sha: string; readonly url: string } | undefined;
  readonly artifact: ArtifactLink | undefined;
  /** ISO 8601, UTC; when the approval expires. */
  readonly expiresAt: string | undefined;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  readonly timeline: readonly TimelineEntry[];
  /** Head of the journal's chain: what an auditor compares a bundle with. */
  readonly journalHead: string | undefined;
  readonly highRisk: HighRiskView | undefined;
  /** Undefined without a plan. */
  readonly handOff: HandOff | undefined;
}
