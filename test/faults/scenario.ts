import type { ModeName } from "../../src/modes/mode.ts";
import { behave, create, GREETING, openBed, planOf } from "../acceptance/bed.ts";
import { DECISION, go, HIGH_RISK, OWNER, signAll, TRAILERS } from "../acceptance/high-risk/signing.ts";
import type { Disk } from "../world/disk.ts";
import type { Delivery } from "../world/github/deliveries.ts";
import { rememberMoment } from "../world/moment.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { type Interceptor, Wire } from "../world/wire.ts";
import { WORKFLOW, type World } from "../world/world.ts";

/**
 * What runs: a mode; mode plan for a comment that signs; mode approve after a person took the label away; mode execute
 * when Codex plans something else by now.
 */
export type Step = ModeName | "sign" | "revoke" | "drift";

const MODES: Readonly<Record<Step, ModeName>> = {
  plan: "plan",
  sign: "plan",
  approve: "approve",
  revoke: "approve",
  execute: "execute",
  drift: "execute",
};

/** The kinds of work, each with its steps. High-risk work is declared, rehearsed, signed and decided as well. */
export const WORKS = {
  everyday: ["plan", "approve", "revoke", "drift", "execute"],
  "high-risk": ["plan", "approve", "sign", "execute"],
} as const satisfies Readonly<Record<string, readonly Step[]>>;
export type Work = keyof typeof WORKS;

/** One job of a workflow run: it can be disturbed, killed and re-run, as with GitHub's button. */
export interface Job {
  readonly step: Step;
  readonly pull: Pull;
  readonly delivery: Delivery;
  readonly runId: number;
  attempts: number;
}

/** A world of its own whose steps go through a wire. */
export class Lane {
  readonly world: World;
  readonly wire: Wire;
  /** Where every step of the lane has its temporary directory. */
  readonly disk: Disk;
  readonly #work: Work;
  #ready: { readonly job: Job; readonly rewind: () => Promise<void> } | undefined;

  private constructor(world: World, wire: Wire, disk: Disk, work: Work) {
    this.world = world;
    this.wire = wire;
    this.disk = disk;
    this.#work = work;
  }

  static async open(work: Work): Promise<Lane> {
    const world = await openBed(work === "high-risk" ? { policy: HIGH_RISK } : {});
    return new Lane(world, await Wire.open(world), await world.openDisk(), work);
  }

  async close(): Promise<void> {
    await this.wire.close();
    await this.disk.close();
    await this.world.close();
  }

  /** A pull request right before a step runs, and that job: brought there once, put back for each case. */
  async prepare(step: Step): Promise<Job> {
    if (this.#ready?.job.step !== step) {
      const job = await this.#bringTo(step);
      this.#ready = { job, rewind: await rememberMoment(this.world) };
    }
    await this.#ready.rewind();
    this.disk.clear();
    return { ...this.#ready.job };
  }

  async #bringTo(step: Step): Promise<Job> {
    behave(this.world);
    const pull = await Pull.open(this.world);
    if (step === "plan") return this.#job(step, pull);
    expectReason(await this.run(await this.#job("plan", pull)), "plan_published");
    await this.setLabel(pull);
    if (step === "approve") return this.#job(step, pull);
    expectReason(await this.run(await this.#job("approve", pull)), "plan_approved");
    if (step === "revoke") await this.world.github.people.unlabel(REVIEWER, pull.number, LABEL);
    if (step === "drift") this.world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
    if (this.#work === "high-risk") signAll(pull);
    if (step === "execute" && this.#work === "high-risk") go(pull);
    return this.#job(step, pull);
  }

  setLabel(pull: Pull): Promise<unknown> {
    // A plan that was made twice replaced itself.
    this.world.github.clock.advance(60);
    return this.world.github.people.label(REVIEWER, pull.number, LABEL);
  }

  /** The dry run of a new label. A GO rests on the gates as they were, so it has to be said anew. */
  async approveAgain(pull: Pull): Promise<void> {
    await this.run(await this.#job("approve", pull));
    if (this.#work === "high-risk") go(pull);
  }

  /** Runs the job, or re-runs it. */
  async run(job: Job, interceptor?: Interceptor, signal?: AbortSignal): Promise<StepResult> {
    job.attempts += 1;
    this.wire.begin(interceptor);
    const { environment, inputs } = this.wire.options;
    const mode = MODES[job.step];
    const result = await this.world.act(mode, job.delivery, {
      runId: job.runId,
      attempt: job.attempts,
      environment,
      disk: this.disk,
      inputs: { ...inputs, ...(mode === "plan" ? {} : { "pull-request": String(job.pull.number) }) },
      ...(signal ? { signal } : {}),
    });
    // What is still on its way arrives, whether or not the step waited for it.
    await this.wire.settled();
    return result;
  }

  async #job(step: Step, pull: Pull): Promise<Job> {
    const { administration } = this.world.github;
    const delivery = this.#deliver(step, pull);
    const run = await administration.addRun({ path: WORKFLOW, event: delivery.event, headBranch: "main" });
    return { step, pull, delivery, runId: run.id, attempts: 0 };
  }

  #deliver(step: Step, { number }: Pull): Delivery {
    const { people, administration } = this.world.github;
    if (step === "sign") return people.comment(OWNER, number, DECISION);
    if (step !== "plan") return administration.dispatch("linus", "codex.yml", {});
    const trailers = this.#work === "high-risk" ? `\n\n${TRAILERS}` : "";
    return people.comment(REQUESTER, number, `/codex Greet in German.${trailers}`);
  }
}

export function expectReason({ outputs, log }: StepResult, reasonCode: string): void {
  if (outputs["reason-code"] === reasonCode) return;
  throw new Error(`expected ${reasonCode}, got ${outputs["reason-code"] ?? "nothing"}:\n${log.slice(-2_000)}`);
}
