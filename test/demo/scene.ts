import type { StepResult } from "../world/runner.ts";
import type { WorldOptions } from "../world/world.ts";
import type { Stage } from "./stage.ts";

export interface Scene {
  readonly name: string;
  readonly title: string;
  /** False when only a scripted model can be made to do it. */
  readonly worksLive: boolean;
  /** What its default branch and its Codex need beside the usual; such a scene has a world of its own. */
  readonly setting?: () => Pick<WorldOptions, "files" | "runsPostgres">;
  readonly expected: {
    readonly decision: string;
    readonly reasonCode: string;
    readonly isLabelPresent: boolean;
    readonly hasCommit: boolean;
  };
  readonly play: (stage: Stage) => Promise<StepResult>;
}
