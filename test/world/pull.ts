import type { Delivery } from "./github/deliveries.ts";
import type { CheckRunRecord, CommentRecord } from "./github/records.ts";
import type { FileContents } from "./repository.ts";
import type { StepResult } from "./runner.ts";
import type { StepOptions, World } from "./world.ts";

export const REQUESTER = "ada";
export const REVIEWER = "grace";
export const LABEL = "approved-plan";
export const CHECK = "codex-plan-governance";

let branches = 0;

/** One pull request of a world: what people do on it runs the action, and its state can be looked at. */
export class Pull {
  readonly world: World;
  readonly number: number;
  readonly branch: string;

  constructor(world: World, number: number, branch: string) {
    this.world = world;
    this.number = number;
    this.branch = branch;
  }

  /** Opens a pull request whose branch is one commit ahead of the default branch. */
  static async open(
    world: World,
    options: { files?: FileContents; title?: string; branch?: string } = {},
  ): Promise<Pull> {
    branches += 1;
    const branch = options.branch ?? `feature/${branches}`;
    const parent = (await world.repository.head("main")) ?? "";
    // The file makes the head a commit of its own: two pull requests must not share one by chance.
    await world.repository.commit(branch, { "feature.txt": `${branch}\n`, ...options.files }, { parent });
    const title = options.title ?? `Change ${branches}`;
    const { number } = await world.github.authors.openPullRequest({ user: REQUESTER, head: branch, title });
    return new Pull(world, number, branch);
  }

  /** Somebody comments; mode plan runs for it. */
  comment(login: string, body: string, options: StepOptions = {}): Promise<StepResult> {
    return this.world.act("plan", this.world.github.people.comment(login, this.number, body), options);
  }

  ask(prompt = "Change the greeting.", options: StepOptions = {}): Promise<StepResult> {
    return this.comment(REQUESTER, `/codex ${prompt}`, options);
  }

  /** Somebody applies the approval label; the relay dispatches mode approve on the default branch. */
  async label(login = REVIEWER, options: StepOptions = {}): Promise<StepResult> {
    // People take their time to read a plan that replaced another one.
    const plans = this.comments.filter(({ body }) => /^<!-- codex-plan-governance v1 plan=[0-9a-f]{64} /.test(body));
    if (plans.length > 1) this.world.github.clock.advance(60);
    await this.world.github.people.label(login, this.number, LABEL);
    return this.approve(options);
  }

  async unlabel(login = REVIEWER, options: StepOptions = {}): Promise<StepResult> {
    await this.world.github.people.unlabel(login, this.number, LABEL);
    return this.approve(options);
  }

  /** Mode approve runs, as a dispatched workflow on the default branch. */
  approve(options: StepOptions = {}): Promise<StepResult> {
    return this.#dispatch("approve", options);
  }

  /** Somebody pushes; returns the `synchronize` delivery, for which nothing has run yet. */
  async push(files: FileContents, login = REQUESTER): Promise<Delivery> {
    const { deliveries } = await this.world.github.authors.push(login, this.branch, files);
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error(`The push to ${this.branch} woke no pull request.`);
    return delivery;
  }

  /** Mode execute runs, as a dispatched workflow on the default branch. */
  execute(options: StepOptions = {}): Promise<StepResult> {
    return this.#dispatch("execute", options);
  }

  #dispatch(mode: string, options: StepOptions): Promise<StepResult> {
    const delivery = this.world.github.administration.dispatch("linus", "codex.yml", {});
    return this.world.act(mode, delivery, {
      ...options,
      inputs: { "pull-request": String(this.number), ...options.inputs },
    });
  }

  get isLabelPresent(): boolean {
    return [...(this.world.github.state.issues.get(this.number)?.labels ?? [])].some(({ name }) => name === LABEL);
  }

  get head(): Promise<string | undefined> {
    return this.world.repository.head(this.branch);
  }

  /** Comments of the action, oldest first. */
  get comments(): readonly CommentRecord[] {
    return [...this.world.github.state.comments.values()].filter(
      ({ issue, author }) => issue.number === this.number && author.type === "Bot",
    );
  }

  /** The action's check runs on a commit, oldest first. */
  checks(sha: string, name = CHECK): readonly CheckRunRecord[] {
    return [...this.world.github.state.checkRuns].filter((check) => check.headSha === sha && check.name === name);
  }
}
