import type { BareRepository } from "../repository.ts";
import { Administration, type UserOptions } from "./administration.ts";
import { Api } from "./api.ts";
import type { ArtifactMetadataSource } from "./artifacts.ts";
import { Authors } from "./authors.ts";
import { WorldClock } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import { Disturbances, type Fault, type Hook } from "./faults.ts";
import { WEB_FLOW } from "./git-data.ts";
import { Integrations } from "./integrations.ts";
import { People } from "./people.ts";
import type { App, Grant } from "./records.ts";
import { ApiServer, type LoggedRequest } from "./server.ts";
import { WorldState } from "./state.ts";
import { Urls } from "./urls.ts";

/** The app behind GITHUB_TOKEN, and the bot in whose name it acts. */
export const ACTIONS_APP: App = { id: 15_368, slug: "github-actions" };
export const ACTIONS_BOT = "github-actions[bot]";

export interface GitHubOptions {
  /** The real repository that heads, trees and files are read from and committed to. */
  readonly git: BareRepository;
  readonly repository?: {
    readonly id?: number;
    readonly owner?: string;
    readonly name?: string;
    readonly isPrivate?: boolean;
    readonly defaultBranch?: string;
  };
  /** People with their roles. The owner, `github` and `github-actions[bot]` are known already. */
  readonly users?: readonly UserOptions[];
  /** Tokens and what they are good for. */
  readonly tokens?: Readonly<Record<string, Grant>>;
  readonly artifacts?: ArtifactMetadataSource;
  /** The first moment. Default: follow the real time. */
  readonly start?: Date;
  /** Where pages are, for links that people follow. Default: https://github.com */
  readonly htmlUrl?: string;
}

/** What a job's GITHUB_TOKEN can do with these permissions. */
export function actionsToken(permissions: Grant["permissions"]): Grant {
  return { actor: ACTIONS_BOT, app: ACTIONS_APP, permissions };
}

/**
 * Starts the double of GitHub on a loopback port: REST at `url`, GraphQL at `url/graphql`. It is strict: what
 * GitHub's own description does not allow ends up in `violations`.
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHubDouble> {
  const disturbances = new Disturbances();
  const server = new ApiServer(disturbances);
  await server.listen();
  return new GitHubDouble(options, server, disturbances);
}

/** A running double. Close it at the end of the test; the bare repository is the caller's. */
export class GitHubDouble {
  /** `http://127.0.0.1:<port>`: the value of GITHUB_API_URL. */
  readonly url: string;
  /** What people do on github.com: comments and labels. */
  readonly people: People;
  /** What people do with branches and pull requests. */
  readonly authors: Authors;
  /** What other workflows and apps report on commits. */
  readonly integrations: Integrations;
  /** What administrators and the platform do. */
  readonly administration: Administration;
  /** Everything the double knows, to be looked at. Heads and files are in `state.git`. */
  readonly state: WorldState;
  readonly clock: WorldClock;
  readonly #api: Api;
  readonly #server: ApiServer;
  readonly #disturbances: Disturbances;

  constructor(options: GitHubOptions, server: ApiServer, disturbances: Disturbances) {
    const {
      id = 4_242_001,
      owner = "acme",
      name = "shop",
      isPrivate = false,
      defaultBranch = "main",
    } = options.repository ?? {};
    const repository = { id, owner, name, isPrivate, defaultBranch, isFork: false };
    this.clock = new WorldClock(options.start);
    this.state = new WorldState(repository, options.git, this.clock);
    this.url = server.url;
    const urls = new Urls(server.url, options.htmlUrl ?? "https://github.com");
    const deliveries = new Deliveries(this.state, urls);
    this.people = new People(this.state, deliveries);
    this.authors = new Authors(this.state, deliveries);
    this.integrations = new Integrations(this.state);
    this.administration = new Administration(this.state, deliveries);
    this.#server = server;
    this.#disturbances = disturbances;
    this.#populate(options);
    this.#api = new Api(this.state, urls, options.artifacts);
    server.use(this.#api);
  }

  /** What GitHub's description does not allow, in requests as well as in the double's own answers. */
  get violations(): readonly string[] {
    return this.#api.violations;
  }

  /** Every request so far with its answer's status (0: the connection was cut), oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.#server.requests;
  }

  /** How many faults still wait for their request. */
  get pendingFaults(): number {
    return this.#disturbances.pending;
  }

  /** The requests of one operation, such as `POST /repos/{owner}/{repo}/check-runs` or `GRAPHQL minimizeComment`. */
  calls(operation: string): readonly LoggedRequest[] {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** Makes something go wrong for matching requests. */
  fault(fault: Fault): void {
    this.#disturbances.addFault(fault);
  }

  /** Changes the world right before a matching request is handled, for example a push between two reads. */
  onRequest(hook: Hook): void {
    this.#disturbances.addHook(hook);
  }

  /** Forgets all faults and hooks. */
  calm(): void {
    this.#disturbances.clear();
  }

  /** Ends the server and every connection to it. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  #populate(options: GitHubOptions): void {
    const { owner } = this.state.repository;
    this.administration.addUser({ login: "github", id: 9919, type: "Organization" });
    this.administration.addUser({ login: WEB_FLOW, id: 19_864_447 });
    this.administration.addUser({ login: ACTIONS_BOT, id: 41_898_282, type: "Bot" });
    this.administration.addUser({ login: owner, id: 9001, type: "Organization" });
    for (const user of options.users ?? []) this.administration.addUser(user);
    for (const [token, grant] of Object.entries(options.tokens ?? {})) this.administration.addToken(token, grant);
  }
}
