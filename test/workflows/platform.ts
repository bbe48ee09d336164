import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Delivery } from "../world/github/deliveries.ts";
import { actionsToken } from "../world/github/double.ts";
import type { Permissions, RunRecord } from "../world/github/records.ts";
import { NAME, OWNER, type World } from "../world/world.ts";
import { type ActResult, runAct } from "./act.ts";
import { type Machine, prepareMachine } from "./machine.ts";

/** A workflow run as people see it: what ran, and how it ended. */
export interface WorkflowRun extends ActResult {
  readonly id: number;
  /** `.github/workflows/x.yml` */
  readonly workflow: string;
}

export interface DeliverOptions {
  /** The job that finds no runner for now, and so does not start; it must be the last one. */
  readonly waiting?: string;
}

const workflowSchema = z.object({
  on: z.record(z.string(), z.object({ types: z.array(z.string()).optional() }).nullable()),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.union([z.string(), z.array(z.string())]).optional(),
      permissions: z.record(z.string(), z.enum(["read", "write"])),
    }),
  ),
});
type Workflow = z.infer<typeof workflowSchema>;

/**
 * What GitHub does between an event and a runner, and act leaves out: it finds the workflow files that listen to an
 * event, in the commit from which that event takes them, records the run, and makes the token good for what the job's
 * `permissions` say and nothing else.
 */
export class Platform {
  readonly world: World;
  readonly machine: Machine;
  #jobs: Workflow["jobs"] = {};
  #dispatched = 0;

  private constructor(world: World, machine: Machine) {
    this.world = world;
    this.machine = machine;
    world.github.onRequest({ match: () => true, times: Number.POSITIVE_INFINITY, run: () => this.#grant() });
  }

  static async open(world: World): Promise<Platform> {
    return new Platform(world, await prepareMachine({ model: world.model.baseUrl, api: world.github.url }));
  }

  close(): Promise<void> {
    return this.machine.remove();
  }

  /** Runs every workflow that listens to this event, and then what those dispatched. */
  async deliver(delivery: Delivery, options: DeliverOptions = {}): Promise<readonly WorkflowRun[]> {
    const runs: WorkflowRun[] = [];
    // GitHub makes two events of this webhook; they differ in the commit that the workflow file comes from.
    const events = delivery.event === "pull_request" ? ["pull_request", "pull_request_target"] : [delivery.event];
    for (const event of events) runs.push(...(await this.#start({ ...delivery, event }, options)));
    return [...runs, ...(await this.playDispatches(options))];
  }

  async #start(delivery: Delivery, options: DeliverOptions): Promise<WorkflowRun[]> {
    const { repository, github } = this.world;
    const head = pullRequestOf(delivery)?.head;
    // GitHub takes the merge of the pull request with its base, which has not moved here.
    const sha = delivery.event === "pull_request" && head !== undefined ? head.sha : await this.#headOf("main");
    const runs: WorkflowRun[] = [];
    for (const path of (await repository.listTree(sha)).map((item) => item.path)) {
      if (!/^\.github\/workflows\/[^/]+\.yml$/.test(path)) continue;
      const workflow = workflowSchema.parse(parse(String(await repository.readFile(sha, path))));
      if (!listens(workflow, delivery)) continue;
      const record = await github.administration.addRun({
        path,
        event: delivery.event,
        headBranch: delivery.event.startsWith("pull_request") ? (head?.ref ?? null) : "main",
        headSha: sha,
      });
      runs.push(await this.#run(workflow, record, delivery, options));
    }
    return runs;
  }

  /** Runs what was dispatched through the API since the last time. */
  async playDispatches(options: DeliverOptions = {}): Promise<readonly WorkflowRun[]> {
    const { github, repository } = this.world;
    const deliveries = github.administration.dispatches();
    const records = [...github.state.runs.values()].filter(({ event }) => event === "workflow_dispatch");
    const runs: WorkflowRun[] = [];
    for (; this.#dispatched < deliveries.length; this.#dispatched += 1) {
      const delivery = deliveries[this.#dispatched];
      const record = records[this.#dispatched];
      if (delivery === undefined || record === undefined) throw new Error("A dispatch has no run of its own.");
      const workflow = workflowSchema.parse(parse(String(await repository.readFile(record.headSha, record.path))));
      runs.push(await this.#run(workflow, record, delivery, options));
    }
    return runs;
  }

  async #run(
    workflow: Workflow,
    record: RunRecord,
    delivery: Delivery,
    { waiting }: DeliverOptions,
  ): Promise<WorkflowRun> {
    const { world, machine } = this;
    this.#jobs = workflow.jobs;
    await machine.forgetJobs();
    const checkout = join(machine.directory, `checkout-${record.id}`);
    execFileSync("git", ["clone", "--quiet", "--no-checkout", world.repository.directory, checkout]);
    execFileSync("git", ["checkout", "--quiet", "--detach", record.headSha], { cwd: checkout });
    const pullRequest = delivery.event === "pull_request" ? pullRequestOf(delivery) : undefined;
    const branch = delivery.event === "workflow_dispatch" ? record.headBranch : "main";
    const ref = pullRequest === undefined ? `refs/heads/${branch}` : `refs/pull/${pullRequest.number}/merge`;
    // act takes the name of the last job to run: its dependencies come along.
    const job = [workflow.jobs[waiting ?? ""]?.needs ?? []].flat().at(-1);
    const result = await runAct(machine, {
      event: delivery.event,
      payload: delivery.payload,
      checkout,
      workflow: record.path,
      secrets: { GITHUB_TOKEN: world.token, OPENAI_API_KEY: world.apiKey },
      environment: {
        ...world.artifacts.env(record.id),
        ...addressesOf(world),
        GITHUB_REPOSITORY: `${OWNER}/${NAME}`,
        GITHUB_RUN_ID: String(record.id),
        GITHUB_WORKFLOW_REF: `${OWNER}/${NAME}/${record.path}@${ref}`,
      },
      ...(job === undefined ? {} : { job }),
    });
    return { ...result, id: record.id, workflow: record.path };
  }

  async #headOf(branch: string): Promise<string> {
    const sha = await this.world.repository.head(branch);
    if (sha === undefined) throw new Error(`There is no branch ${branch}.`);
    return sha;
  }

  /** The token is what the job that runs now declared. Its first step says which one that is. */
  async #grant(): Promise<void> {
    const jobs = Object.keys(this.#jobs);
    const current = (await this.machine.jobs()).at(-1) ?? (jobs.length === 1 ? jobs[0] : undefined);
    const declared = this.#jobs[current ?? ""]?.permissions ?? {};
    const permissions = Object.fromEntries(
      Object.entries(declared).map(([scope, access]) => [scope.replaceAll("-", "_"), access]),
    ) as Permissions;
    this.world.github.administration.addToken(this.world.token, actionsToken(permissions));
  }
}

function addressesOf(world: World): Record<string, string> {
  return {
    GITHUB_API_URL: world.github.url,
    GITHUB_GRAPHQL_URL: `${world.github.url}/graphql`,
    // The artifact client serves github.com and *.localhost only; git resolves the latter to loopback.
    GITHUB_SERVER_URL: world.git.url.replace("127.0.0.1", "github.localhost"),
  };
}

function pullRequestOf({ payload }: Delivery) {
  const head = z.object({ ref: z.string(), sha: z.string() });
  const schema = z.object({ pull_request: z.object({ number: z.number(), head }) });
  return schema.safeParse(payload).data?.pull_request;
}

function listens(workflow: Workflow, { event, payload }: Delivery): boolean {
  if (!(event in workflow.on)) return false;
  const types = workflow.on[event]?.types;
  return types === undefined || types.includes(String(payload.action));
}
