import { deepEqual } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { behave, openBed } from "../acceptance/bed.ts";
import type { StepResult } from "../world/runner.ts";
import type { StepOptions, World } from "../world/world.ts";
import { PeakMeter } from "./peak.ts";

/** What one step cost. */
export interface Cost {
  readonly what: string;
  readonly result: string;
  readonly peakBytes: number;
  readonly apiCalls: number;
}

/** A world under load. Its steps are measured. */
export class LoadBench {
  readonly world: World;
  readonly costs: Cost[] = [];
  /** For stand-ins. */
  readonly directory = mkdtempSync(join(tmpdir(), "codex-plan-governance-stand-in-"));
  readonly #meter = new PeakMeter();

  constructor(world: World) {
    this.world = world;
  }

  static async open(policy?: string): Promise<LoadBench> {
    const world = await openBed(policy === undefined ? {} : { policy });
    behave(world);
    return new LoadBench(world);
  }

  /** Runs a step and notes its cost under a name. */
  async measure(what: string, step: (options: StepOptions) => Promise<StepResult>): Promise<StepResult> {
    const { environment, peak } = this.#meter.next();
    const before = this.world.github.requests.length;
    const result = await step({ environment });
    const apiCalls = this.world.github.requests.length - before;
    this.costs.push({ what, result: result.outputs["reason-code"] ?? "none", peakBytes: peak(), apiCalls });
    return result;
  }

  async close(): Promise<void> {
    deepEqual(this.world.github.violations, []);
    await this.world.close();
    this.#meter.close();
    rmSync(this.directory, { recursive: true });
  }
}
