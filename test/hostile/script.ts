import type { PlannedFile } from "../../src/governance/plan.ts";
import type { Reply } from "../world/model.ts";
import type { NetworkTrap } from "./traps.ts";
import type { Difference } from "./trees.ts";

/** What the model of one attempt knows of its surroundings; an attacker is given more than would be known. */
export interface Place {
  /** The scratch tree. */
  readonly tree: string;
  /** The scratch tree's parent, where git's own files are. */
  readonly scratch: string;
  /** RUNNER_TEMP. */
  readonly temporary: string;
  readonly workspace: string;
  /** A file outside that anybody may read. */
  readonly neighbour: string;
  readonly secretFiles: readonly string[];
  readonly modelUrl: string;
  readonly trap: NetworkTrap;
  /** To be in every name that is made outside of the tree, and in the command line of what is left running. */
  readonly mark: string;
}

/** One answer of the model. What else it does happens to the tree at that moment, as if there were no sandbox. */
export type Step = (place: Place) => Reply;

export interface Script {
  readonly files: readonly PlannedFile[];
  readonly steps: readonly Step[];
  /** Slug of the model: some have their tools in code mode. */
  readonly model?: string;
  readonly timeoutSeconds?: number;
  /** A program in place of Codex. */
  readonly binary?: string;
}

export interface Attempt {
  /** `allowed`, or the reason code of the refusal or failure. */
  readonly verdict: string;
  /** Paths that would be committed. */
  readonly committed: readonly string[];
  /** What differs on disk at the end, as this test sees it. */
  readonly differences: readonly Difference[];
  /** Whether that is what the plan allows, as this test sees it. */
  readonly isInside: boolean;
  readonly granted: number;
  readonly declined: number;
  readonly escalations: number;
  /** What the tools told the model, in order. */
  readonly toolOutputs: readonly string[];
  readonly findings: readonly string[];
  /** What must never be; empty. */
  readonly leaks: readonly string[];
}
