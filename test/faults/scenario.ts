import type { ModeName } from "../../src/modes/mode.ts";
import { behave, openBed } from "../acceptance/bed.ts";
import type { Delivery } from "../world/github/deliveries.ts";
import { rememberMoment } from "../world/moment.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { type Interceptor, Wire } from "../world/wire.ts";
import { WORKFLOW, type World } from "../world/world.ts";

export const MODES: readonly ModeName[] = ["plan", "approve", "execute"];

/** One job of a workflow run: it can be disturbed, killed and re-run, as with GitHub's button. */
export interface Job {
  readonly mode: ModeName;
  readonly pull: Pull;
  readonly delivery: Delivery;
  readonly runId: number;
  attempts: number;
}

/** A world of its own whose steps go through a wire. */
export class Lane {
  readonly world: World;
  readonly wire: Wire;
  #ready: { readonly job: Job; readonly rewind: () => Promise<void> } | undefined;

  private constructor(world: World, wire: Wire) {
    this.world = world;
    this.wire = wire;
  }

  static async open(): Promise<Lane> {
    const world = await openBed();
    behave(world);
    return new Lane(world, await Wire.open(world));
  }

  async close(): Promise<void> {
    await this.wire.close();
    await this.world.close();
  }

  /** A pull request right before a mode runs, and that job: brought there once, put back for each case. */
  async prepare(mode: ModeName): Promise<Job> {
    if (this.#ready?.job.mode !== mode) {
      const job = await this.#bringTo(mode);
      this.#ready = { job, rewind: await rememberMoment(this.world) };
    }
    await this.#ready.rewind();
    return { ...this.#ready.job };
  }

  async #bringTo(mode: ModeName): Promise<Job> {
    const pull = await Pull.open(this.world);
    if (mode === "plan") return this.#job(mode, pull);
    expectReason(await this.run(await this.#job("plan", pull)), "plan_published");
    if (mode === "execute") {
      await this.setLabel(pull);
      expectReason(await this.run(await this.#job("approve", pull)), "plan_approved");
    } else await this.setLabel(pull);
    return this.#job(mode, pull);
  }

  setLabel(pull: Pull): Promise<unknown> {
    return this.world.github.people.label(REVIEWER, pull.number, LABEL);
  }

  approve(pull: Pull): Promise<StepResult> {
    return this.#job("approve", pull).then((job) => this.run(job));
  }

  /** Runs the job, or re-runs it. */
  async run(job: Job, interceptor?: Interceptor, signal?: AbortSignal): Promise<StepResult> {
    job.attempts += 1;
    this.wire.begin(interceptor);
    const { environment, inputs } = this.wire.options;
    const result = await this.world.act(job.mode, job.delivery, {
      runId: job.runId,
      attempt: job.attempts,
      environment,
      inputs: { ...inputs, ...(job.mode === "plan" ? {} : { "pull-request": String(job.pull.number) }) },
      ...(signal ? { signal } : {}),
    });
    // What is still on its way arrives, whether or not the step waited for it.
    await this.wire.settled();
    return result;
  }

  async #job(mode: ModeName, pull: Pull): Promise<Job> {
    const { people, administration } = this.world.github;
    const delivery =
      mode === "plan"
        ? people.comment(REQUESTER, pull.number, "/codex Greet in German.")
        : administration.dispatch("linus", "codex.yml", {});
    const run = await administration.addRun({ path: WORKFLOW, event: delivery.event, headBranch: "main" });
    return { mode, pull, delivery, runId: run.id, attempts: 0 };
  }
}

export function expectReason({ outputs, log }: StepResult, reasonCode: string): void {
  if (outputs["reason-code"] === reasonCode) return;
  throw new Error(`expected ${reasonCode}, got ${outputs["reason-code"] ?? "nothing"}:\n${log.slice(-2_000)}`);
}
