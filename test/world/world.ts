import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { RawPlan } from "../../src/governance/plan.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { type ArtifactStore, startArtifactStore } from "./artifacts.ts";
import { locateCodexForPostgres } from "./codex-for-postgres.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import { Disk } from "./disk.ts";
import type { Delivery } from "./github/deliveries.ts";
import { actionsToken, type GitHubDouble, startGitHub } from "./github/double.ts";
import type { Permissions } from "./github/records.ts";
import { type Model, type ModelRequest, message, type Reply, startModel } from "./model.ts";
import { type BareRepository, createRepository, type FileContents } from "./repository.ts";
import { runStep, type StepResult } from "./runner.ts";

export const OWNER = "acme";
export const NAME = "shop";
/** The workflow file that every step runs in unless it says otherwise. */
export const WORKFLOW = ".github/workflows/codex.yml";

/** What the scripted model does in a turn. */
export interface Agent {
  /** Answers a planning turn: a plan, or anything that the model can do. */
  plan: (request: ModelRequest) => RawPlan | Reply;
  /** Answers one request of a turn that changes files; called until it gives a message. */
  change: (request: ModelRequest) => Reply;
}

export interface StepOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly workflow?: string;
  readonly runId?: number;
  readonly attempt?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default: SIGKILL. */
  readonly killSignal?: NodeJS.Signals;
  readonly onLog?: (text: string) => void;
  readonly disk?: Disk;
  readonly launcher?: readonly string[];
  readonly onStart?: (step: ChildProcess) => void;
}

export interface WorldOptions {
  /** Files of the default branch; they lie on top of what `from` has. */
  readonly files?: FileContents;
  /** A directory with a repository whose default branch is taken. */
  readonly from?: string;
  readonly codexPath: string;
  /** Commands in Codex's sandbox start PostgreSQL, which does not run as every user. */
  readonly runsPostgres?: boolean;
  readonly permissions?: Permissions;
  /** GitHub's time at the start, which then goes on with each change alone. Default: the real time, which goes on. */
  readonly start?: Date;
  /** The real model service instead of the scripted one. */
  readonly live?: { readonly baseUrl: string; readonly apiKey: string };
}

/** People of the world with their roles; the requester and the reviewer are two. */
const USERS = [
  { login: "ada", role: "write" },
  { login: "grace", role: "write" },
  { login: "linus", role: "admin" },
  { login: "tess", role: "triage" },
  { login: "rene", role: "read" },
  { login: "mallory", role: "none" },
] as const;

/** What the job's token may do unless a test says otherwise. */
export const DEFAULT_PERMISSIONS: Permissions = {
  contents: "write",
  issues: "write",
  pull_requests: "write",
  checks: "write",
  actions: "read",
};

/** Everything around the action: GitHub, git, artifacts, a model. Real parts where there are any. */
export class World {
  readonly repository: BareRepository;
  readonly github: GitHubDouble;
  readonly git: GitServer;
  readonly artifacts: ArtifactStore;
  readonly model: Model;
  readonly agent: Agent;
  /** GITHUB_TOKEN of every step. */
  readonly token: string;
  readonly apiKey: string;
  readonly #directory: string;
  readonly #options: WorldOptions;

  constructor(
    parts: Omit<World, "act" | "close" | "openDisk" | "plan" | "runs"> & { directory: string; options: WorldOptions },
  ) {
    this.repository = parts.repository;
    this.github = parts.github;
    this.git = parts.git;
    this.artifacts = parts.artifacts;
    this.model = parts.model;
    this.agent = parts.agent;
    this.token = parts.token;
    this.apiKey = parts.apiKey;
    this.#directory = parts.directory;
    this.#options = parts.options;
  }

  /** Runs the built action for a delivery, in a workflow run of its own unless one is named. */
  async act(mode: string, delivery: Delivery, options: StepOptions = {}): Promise<StepResult> {
    const workflow = options.workflow ?? WORKFLOW;
    const runId = options.runId ?? (await this.#startRun(delivery, workflow));
    const { live, codexPath } = this.#options;
    return runStep({
      event: delivery.event,
      payload: delivery.payload,
      directory: this.#directory,
      inputs: {
        mode,
        "github-token": this.token,
        "openai-api-key": live?.apiKey ?? this.apiKey,
        "openai-base-url": live?.baseUrl ?? this.model.baseUrl,
        "codex-path": codexPath,
        ...options.inputs,
      },
      environment: {
        ...this.artifacts.env(runId, options.attempt ?? 1),
        GITHUB_API_URL: this.github.url,
        GITHUB_GRAPHQL_URL: `${this.github.url}/graphql`,
        // The artifact client serves github.com and *.localhost only; git resolves the latter to loopback.
        GITHUB_SERVER_URL: this.git.url.replace("127.0.0.1", "github.localhost"),
        GITHUB_REPOSITORY: `${OWNER}/${NAME}`,
        GITHUB_RUN_ID: String(runId),
        GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
        GITHUB_ACTOR: senderOf(delivery),
        GITHUB_TRIGGERING_ACTOR: senderOf(delivery),
        GITHUB_WORKFLOW_REF: `${OWNER}/${NAME}/${workflow}@refs/heads/main`,
        ...options.environment,
      },
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.killSignal ? { killSignal: options.killSignal } : {}),
      ...(options.onLog ? { onLog: options.onLog } : {}),
      ...(options.disk ? { disk: options.disk } : {}),
      ...(options.launcher ? { launcher: options.launcher } : {}),
      ...(options.onStart ? { onStart: options.onStart } : {}),
    });
  }

  /** A small disk of this world's own; see `Disk`. */
  openDisk(options?: string, full: readonly string[] = []): Promise<Disk> {
    return Disk.open(join(this.#directory, `disk-${randomUUID()}`), options, full);
  }

  async #startRun(delivery: Delivery, workflow: string): Promise<number> {
    // As on GitHub, a run on `pull_request` belongs to the pull request's branch, all others to the default branch.
    const pull = (delivery.payload as { pull_request?: { head?: { ref?: string } } }).pull_request;
    const headBranch = delivery.event.startsWith("pull_request") ? (pull?.head?.ref ?? null) : "main";
    const run = await this.github.administration.addRun({ path: workflow, event: delivery.event, headBranch });
    return run.id;
  }

  async close(): Promise<void> {
    await Promise.all([this.github.close(), this.git.close(), this.artifacts.close(), this.model.close()]);
    await this.repository.remove();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Of a first attempt GitHub says that whoever caused the event caused the run. */
function senderOf({ payload }: Delivery): string {
  return (payload as { sender: { login: string } }).sender.login;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  // Not below the system's temporary directory: Codex warns about a home there.
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, "world-"));
  const bare = join(directory, "git", OWNER, `${NAME}.git`);
  const repository = await createRepository({
    directory: bare,
    branch: "main",
    ...(options.from === undefined ? { files: options.files ?? {} } : { from: options.from }),
  });
  if (options.from !== undefined) {
    // Whatever branch the given repository is on plays the default branch.
    const head = await repository.resolve("HEAD");
    if (head === undefined) throw new Error(`${options.from} has no commit.`);
    await repository.setBranch("main", head);
    // The default branch has the workflow that the steps say they run in.
    const workflow = await readFile(new URL("../../examples/hardened.yml", import.meta.url), "utf8");
    await repository.commit("main", { ...options.files, [WORKFLOW]: workflow }, { message: "Add the workflow" });
  }
  const codexPath = options.runsPostgres ? await locateForPostgres(options.codexPath, directory) : options.codexPath;
  const token = "ghs_worldTokenThatNobodyElseMayEverSee0001";
  const apiKey = "sk-world-key-that-nobody-else-may-ever-see-0001";
  const permissions = options.permissions ?? DEFAULT_PERMISSIONS;
  // One clock for both: a plan's artifact and the label that approves it are ordered by time.
  let now = () => new Date();
  const artifacts = await startArtifactStore({ clock: () => now() });
  const github = await startGitHub({
    git: repository,
    repository: { owner: OWNER, name: NAME },
    ...(options.start === undefined ? {} : { start: options.start }),
    users: USERS,
    tokens: { [token]: actionsToken(permissions) },
    artifacts,
  });
  now = () => github.clock.now();
  const git = await startGitServer({
    root: join(directory, "git"),
    tokens: new Map([[token, { login: "github-actions[bot]", push: permissions.contents === "write" }]]),
  });
  const agent: Agent = { plan: () => [message("no plan was scripted")], change: () => [message("done")] };
  const model = await startModel({
    respond: (request) => {
      if (!request.wantsJson) return agent.change(request);
      const answer = agent.plan(request);
      return "summary" in answer ? [message(JSON.stringify(answer))] : (answer as Reply);
    },
  });
  return new World({
    repository,
    github,
    git,
    artifacts,
    model,
    agent,
    token,
    apiKey,
    directory,
    options: { ...options, codexPath },
  });
}

function locateForPostgres(codexPath: string, cacheDirectory: string): Promise<string> {
  const { version } = defaultPolicy().codex;
  return locateCodexForPostgres({ version, codexPath, cacheDirectory, environment: process.env });
}
