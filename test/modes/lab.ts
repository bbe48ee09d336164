import { mkdtemp, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createArtifacts } from "../../src/adapters/artifact/artifacts.ts";
import { redact } from "../../src/adapters/codex/redaction.ts";
import { createDisk } from "../../src/adapters/disk/disk.ts";
import { createGit } from "../../src/adapters/git/git-adapter.ts";
import { createGitHub } from "../../src/adapters/github/github.ts";
import { createSlack } from "../../src/adapters/slack/slack.ts";
import { parseTrigger } from "../../src/event.ts";
import { approve } from "../../src/modes/approve.ts";
import { execute } from "../../src/modes/execute.ts";
import type { ModeName, ModeResult, RunContext } from "../../src/modes/mode.ts";
import { plan } from "../../src/modes/plan.ts";
import type { Codex, Ports } from "../../src/ports.ts";
import type { Delivery } from "../world/github/deliveries.ts";
import { LABEL, type Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import { NAME, OWNER, WORKFLOW, type World } from "../world/world.ts";

const MODES = { plan, approve, execute };

/** Runs the modes in this process with the real adapters, but without their waits, and a given Codex. */
export class Lab {
  readonly world: World;
  readonly codex: Codex;
  readonly log: string[] = [];
  /** GitHub's time. */
  clock = (): Date => this.world.github.clock.now();
  /** Where notices go; nowhere without it. */
  webhookUrl: string | undefined;
  readonly #directory: string;

  constructor(world: World, codex: Codex, directory: string) {
    this.world = world;
    this.codex = codex;
    this.#directory = directory;
  }

  static async open(world: World, codex: Codex): Promise<Lab> {
    return new Lab(world, codex, await mkdtemp(join(homedir(), ".cache", "codex-lab-")));
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }

  ask(pull: Pull, prompt = "Greet in German."): Promise<ModeResult> {
    return this.run("plan", this.world.github.people.comment(REQUESTER, pull.number, `/codex ${prompt}`), pull);
  }

  async label(pull: Pull, login = REVIEWER): Promise<ModeResult> {
    await this.world.github.people.label(login, pull.number, LABEL);
    return this.dispatch("approve", pull);
  }

  dispatch(mode: ModeName, pull: Pull): Promise<ModeResult> {
    return this.run(mode, this.world.github.administration.dispatch("linus", "codex.yml", {}), pull);
  }

  async run(mode: ModeName, delivery: Delivery, pull: Pull): Promise<ModeResult> {
    const { world } = this;
    const run = await world.github.administration.addRun({ path: WORKFLOW, event: delivery.event, headBranch: "main" });
    // The artifact client reads its place from the environment.
    Object.assign(process.env, world.artifacts.env(run.id));
    const context: RunContext = {
      repository: `${OWNER}/${NAME}`,
      serverUrl: "https://github.com",
      runId: run.id,
      runAttempt: 1,
      runActor: undefined,
      triggeringActor: undefined,
      eventName: delivery.event,
      workflowPath: WORKFLOW,
      planWorkflow: WORKFLOW,
      policyPath: ".github/codex-governance.yml",
      retentionDays: 30,
      actionVersion: "0.1.0",
    };
    const trigger = parseTrigger(delivery.event, delivery.payload, { pullRequest: pull.number, action: undefined });
    if (trigger === undefined) throw new Error(`${delivery.event} is no trigger.`);
    return quietly(() => MODES[mode](trigger, context, this.#ports()));
  }

  #ports(): Ports {
    const { world } = this;
    const log = (line: string) => this.log.push(line);
    const api = {
      token: world.token,
      owner: OWNER,
      repo: NAME,
      apiUrl: world.github.url,
      log,
      retryBaseMs: 1,
      rateLimitBoundMs: 10,
    };
    return {
      github: createGitHub({ ...api, graphqlUrl: `${world.github.url}/graphql` }),
      artifacts: createArtifacts({ ...api, temporaryDirectory: this.#directory }),
      git: createGit({
        remoteUrl: `${world.git.url}/${OWNER}/${NAME}.git`,
        token: world.token,
        temporaryDirectory: this.#directory,
        log,
      }),
      codex: this.codex,
      disk: createDisk(this.#directory),
      notifier: createSlack({ webhookUrl: this.webhookUrl, log }),
      clock: {
        now: () => this.clock().toISOString(),
        stamp: () => ({ at: this.clock().toISOString(), isGitHubs: true }),
        runnerAheadMs: () => undefined,
      },
      redact: (text) => redact(text, [world.apiKey, world.token]),
      log,
    };
  }
}

/** The artifact client prints runner commands; in a test run they are noise. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { stdout } = process;
  const write = stdout.write;
  stdout.write = () => true;
  try {
    return await work();
  } finally {
    stdout.write = write;
  }
}
