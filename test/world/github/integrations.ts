import type { App, CheckRunRecord, StatusRecord } from "./records.ts";
import type { WorldState } from "./state.ts";

const ACTIONS: App = { id: 15_368, slug: "github-actions" };

export interface CheckOptions {
  readonly name: string;
  readonly headSha: string;
  /** Default: the app behind GitHub Actions. */
  readonly app?: App;
  /** Default: `completed` with a conclusion, else `in_progress`. */
  readonly status?: string;
  readonly conclusion?: string;
  /** Each workflow run has a check suite of its own, and so a latest check run of its own. Default: one an app. */
  readonly suite?: number;
}

export interface StatusOptions {
  readonly context: string;
  readonly headSha: string;
  readonly state: StatusRecord["state"];
  readonly targetUrl?: string;
}

/** What other workflows and other apps report on commits. */
export class Integrations {
  readonly #state: WorldState;

  constructor(state: WorldState) {
    this.#state = state;
  }

  /** A check run; with a conclusion it is completed. */
  reportCheck(options: CheckOptions): CheckRunRecord {
    const { name, headSha, app = ACTIONS, conclusion } = options;
    const id = this.#state.nextId("check run", 5_000_000_001);
    const now = this.#state.clock.tick();
    const run: CheckRunRecord = {
      id,
      name,
      headSha,
      app,
      suite: options.suite ?? suiteOf(headSha, app),
      externalId: "",
      detailsUrl: `https://ci.example.com/${id}`,
      status: options.status ?? (conclusion === undefined ? "in_progress" : "completed"),
      conclusion,
      startedAt: now,
      completedAt: conclusion === undefined ? undefined : now,
      output: { title: null, summary: null, text: null },
    };
    this.#state.checkRuns.push(run);
    return run;
  }

  /** A commit status, as tools without an app set it. */
  reportStatus({ context, headSha, state, targetUrl }: StatusOptions): StatusRecord {
    const id = this.#state.nextId("status", 8_000_000_001);
    const status = { id, sha: headSha, context, state, targetUrl, createdAt: this.#state.clock.tick() };
    this.#state.statuses.push(status);
    return status;
  }
}

/** The check suite of an app on a commit. */
export function suiteOf(headSha: string, app: App): number {
  return Number.parseInt(headSha.slice(0, 7), 16) + app.id;
}
