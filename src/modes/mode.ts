import type { Evidence } from "../governance/evidence.ts";
import type { Outcome } from "../governance/outcome.ts";
import type { ArtifactReference } from "../ports.ts";
import type { RunView } from "../report/view.ts";

export type ModeName = "plan" | "approve" | "execute";

/** What a run turned out to be: the job of mode `plan` also answers the comments that sign. */
export type RunKind = ModeName | "sign";

/** What woke the action, as far as the modes care. */
export type Trigger =
  | {
      readonly kind: "comment";
      readonly pullRequest: number;
      /** False for a comment on an issue. */
      readonly isPullRequest: boolean;
      readonly commentId: number;
      readonly body: string;
      readonly authorId: number;
      readonly authorLogin: string;
      /** Who GitHub says caused the event; must be the author. */
      readonly senderId: number;
    }
  | {
      readonly kind: "pull_request";
      readonly action: string;
      readonly pullRequest: number;
      /** With `labeled` and `unlabeled`. */
      readonly label: string | undefined;
      /** The head before a push; with `synchronize`. */
      readonly before: string | undefined;
    }
  /** A pull request that an input names, with what another input says has happened to it. */
  | { readonly kind: "named"; readonly pullRequest: number; readonly action: string | undefined };

/** The run that a mode is part of, and the inputs that every mode shares. */
export interface RunContext {
  /** `owner/name` */
  readonly repository: string;
  /** For example https://github.com */
  readonly serverUrl: string;
  readonly runId: number;
  readonly runAttempt: number;
  /** Login of who caused the first attempt; undefined where the runner does not say. */
  readonly runActor: string | undefined;
  /** Login of who caused this attempt: of a re-run, whoever asked for it. */
  readonly triggeringActor: string | undefined;
  readonly eventName: string;
  /** Path of the workflow file that runs now, without its ref. */
  readonly workflowPath: string;
  /** Path of the workflow file that runs mode plan. */
  readonly planWorkflow: string;
  readonly policyPath: string;
  readonly retentionDays: number;
  readonly actionVersion: string;
}

/** What a mode leaves behind for the step's outputs and summary. */
export interface ModeResult {
  readonly outcome: Outcome;
  /** Undefined when the run was skipped before anything was known. */
  readonly view: RunView | undefined;
  readonly evidence: Evidence;
  readonly artifact: ArtifactReference | undefined;
  readonly commentUrl: string | undefined;
  readonly checkRunId: number | undefined;
  readonly changedFiles: readonly string[];
}

export function runUrl(context: RunContext): string {
  return `${context.serverUrl}/${context.repository}/actions/runs/${context.runId}`;
}
