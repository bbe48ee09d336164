import { setTimeout as sleep } from "node:timers/promises";
import { getOctokit } from "@actions/github";
import type { z } from "zod";
import { ExternalError } from "../../governance/errors.ts";
import type { LabelEvent } from "../../ports.ts";
import { failureOf, oneLine, RequestFailure } from "./failure.ts";

export interface ClientOptions {
  readonly token: string;
  /** `https://api.github.com`, or another server's REST root. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
  /** One line of progress for the run's log. */
  readonly log: (line: string) => void;
  /** Bound on one request in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** First wait between two tries in milliseconds; it doubles. */
  readonly retryBaseMs?: number;
  /** Is given the `Date` header of each answer that is no error. */
  readonly onDate?: (header: unknown) => void;
  /** Longest wait for a rate limit in milliseconds, all tries of a request together. */
  readonly rateLimitBoundMs?: number;
}

/** GitHub's answer before anything is believed of it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
  /** An earlier try of the same request may have been processed. */
  readonly isAfterUncertain: boolean;
}

export interface SendOptions {
  /**
   * True when doing it twice is the same as doing it once. Only then is a request repeated after a failure that
   * leaves open whether it was processed.
   */
  readonly repeatable: boolean;
  /** True when a redirect is the answer itself. */
  readonly redirects?: boolean;
}

type Parameters = Readonly<Record<string, unknown>>;

/** Sends requests to one repository. Throws RequestFailure. */
export interface Client {
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
  readonly log: (line: string) => void;
  /** Commits that GitHub has shown to exist. */
  readonly knownCommits: Set<string>;
  /** Label events that GitHub has shown, by node id. */
  readonly knownLabelEvents: Map<string, LabelEvent>;
  /** `route` is `GET /repos/{owner}/{repo}/…`; owner and repo are filled in. */
  send(route: string, parameters: Parameters, options: SendOptions): Promise<Answer>;
  /** Waits before try number `attempt` (1 = the second), with jitter. */
  backoff(attempt: number): Promise<void>;
}

export const TRIES = 3;

export function createClient(options: ClientOptions): Client {
  const { owner, repo, log } = options;
  const baseMs = options.retryBaseMs ?? 1000;
  const apiUrl = options.apiUrl.replace(/\/+$/, "");
  // Octokit's own messages (deprecations) go to our log, not to the console.
  const warn = (text: string): void => log(oneLine(text));
  const octokit = getOctokit(options.token, { baseUrl: apiUrl, log: { debug() {}, info() {}, warn, error: warn } });

  const once = async (
    route: string,
    parameters: Parameters,
    redirects: boolean,
  ): Promise<Omit<Answer, "isAfterUncertain">> => {
    const signal = AbortSignal.timeout(options.requestTimeoutMs ?? 20_000);
    const request = { signal, redirect: redirects ? ("manual" as const) : ("follow" as const) };
    try {
      // What a route does not name would be sent along in the query or the body.
      const named = route.includes("{owner}") ? { owner, repo } : {};
      const answer = await octokit.request(route, { ...named, ...parameters, request });
      options.onDate?.(answer.headers.date);
      if (answer.data === "" && answer.status !== 204 && !redirects) throw new Error("the answer was cut off");
      return { status: answer.status, headers: answer.headers, data: answer.data };
    } catch (thrown) {
      throw failureOf(thrown, route);
    }
  };

  const backoff = async (attempt: number): Promise<void> => {
    await sleep(baseMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
  };

  const send = async (
    route: string,
    parameters: Parameters,
    { repeatable, redirects }: SendOptions,
  ): Promise<Answer> => {
    let patienceMs = options.rateLimitBoundMs ?? 60_000;
    let isAfterUncertain = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return { ...(await once(route, parameters, redirects ?? false)), isAfterUncertain };
      } catch (error) {
        const failure = error as RequestFailure;
        failure.isAfterUncertain = isAfterUncertain;
        isAfterUncertain ||= failure.kind === "ambiguous";
        const again = failure.kind === "unsent" || (failure.kind === "ambiguous" && repeatable);
        if (!again || attempt === TRIES) throw failure;
        if (failure.code === "github_rate_limited") {
          // GitHub wants a minute of silence when it names no time.
          const waitMs = failure.waitMs ?? 60_000;
          if (waitMs > patienceMs) throw failure;
          patienceMs -= waitMs;
          log(`${failure.message} Waiting ${Math.ceil(waitMs / 1000)} s.`);
          await sleep(waitMs);
        } else {
          log(`${failure.message} Trying again (${attempt + 1} of ${TRIES}).`);
        }
        await backoff(attempt);
      }
    }
  };

  return { apiUrl, owner, repo, log, knownCommits: new Set(), knownLabelEvents: new Map(), send, backoff };
}

/** Reads with the bounded retries of the client. */
export async function get<T>(
  client: Client,
  request: { readonly route: string; readonly parameters?: Parameters },
  schema: z.ZodType<T>,
): Promise<T> {
  const route = `GET /repos/{owner}/{repo}${request.route}`;
  const { data } = await client.send(route, request.parameters ?? {}, { repeatable: true });
  return parseAnswer(schema, data, route);
}

/** The answer, or undefined when GitHub says 404 (or 410). Only where not being there is an answer. */
export async function getIfThere<T>(
  client: Client,
  request: { readonly route: string; readonly parameters?: Parameters },
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  return get(client, request, schema).catch(undefinedIfMissing);
}

export function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof RequestFailure && error.code === "github_not_found") return undefined;
  throw error;
}

/** Untrusted to typed. Throws ExternalError `github_malformed` that names the fields. */
export function parseAnswer<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "answer"}: ${issue.message}`);
  throw malformed(what, issues.join("; "));
}

export function malformed(what: string, why: string): ExternalError {
  const message = `GitHub's answer to ${what} was not understood: ${why}. Re-run the job; if it stays, report it.`;
  return new ExternalError("github_malformed", message);
}
