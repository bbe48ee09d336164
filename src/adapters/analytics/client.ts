import { setTimeout as sleep } from "node:timers/promises";
import type { AnalyticsEndpoint } from "../../governance/analytics-facts.ts";
import { ConfigurationError, ExternalError } from "../../governance/errors.ts";

export const ANALYTICS_URL = "https://api.chatgpt.com/v1/analytics/codex";

/** The only place of the key: never an argument, which every process of the machine could read. */
export const ANALYTICS_KEY = "CODEX_ANALYTICS_API_KEY";

export interface AnalyticsOptions {
  /** Base address, without `/workspaces/…`. https, or a server on loopback. */
  readonly url: string;
  readonly workspace: string;
  /** Platform API key with the scope `codex.enterprise.analytics.read`. It must appear nowhere. */
  readonly key: string;
  /** Seconds since 1970, the first inclusive, the second exclusive. */
  readonly startTime: number;
  readonly endTime: number;
  /** One line of progress. */
  readonly log: (line: string) => void;
  /** Bound on one request in milliseconds. */
  readonly timeoutMs?: number;
  /** First wait between two tries in milliseconds, when the server names none; it doubles. */
  readonly retryMs?: number;
  /** Bound on one page in bytes. */
  readonly maxPageBytes?: number;
}

const TRIES = 4;

/** Longest wait that the server may ask for, in milliseconds, all tries of a page together. */
const PATIENCE = 120_000;

const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** Fetches single pages. */
export interface AnalyticsClient {
  /** The bytes of a page as they came. Throws ExternalError `analytics_refused`, `_unavailable` or `_malformed`. */
  fetchPage(endpoint: AnalyticsEndpoint, cursor: string | undefined): Promise<Uint8Array>;
}

interface Failure {
  readonly code: "analytics_refused" | "analytics_unavailable" | "analytics_malformed";
  readonly why: string;
  /** Undefined where another try would not help; else milliseconds to wait, or null when nobody named any. */
  readonly waitMs: number | null | undefined;
}

/** Throws ConfigurationError for an address, a workspace or a key that cannot be sent as it is. */
export function createAnalyticsClient(options: AnalyticsOptions): AnalyticsClient {
  assertUsable(options);
  const fetchPage = async (endpoint: AnalyticsEndpoint, cursor: string | undefined) => {
    let patience = PATIENCE;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetchOnce(addressOf(options, endpoint, cursor), options);
      if (answer instanceof Uint8Array) return answer;
      const { code, why, waitMs } = answer;
      const backoff = (options.retryMs ?? 1000) * 2 ** (attempt - 1) * (0.5 + Math.random());
      const wait = waitMs ?? backoff;
      if (waitMs === undefined || attempt === TRIES || wait > patience) throw failed(endpoint, code, why);
      patience -= wait;
      options.log(`Codex Analytics, ${endpoint}: ${why}. Trying again (${attempt + 1} of ${TRIES}).`);
      await sleep(wait);
    }
  };
  return { fetchPage };
}

function assertUsable({ url, workspace, key }: AnalyticsOptions): void {
  const invalid = (message: string) => new ConfigurationError("configuration_invalid", message);
  const address = URL.parse(url);
  const isLoopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(address?.hostname ?? "");
  const isSafe = address?.protocol === "https:" || (address?.protocol === "http:" && isLoopback);
  if (!isSafe || address.username !== "" || address.password !== "" || address.search !== "" || address.hash !== "") {
    throw invalid("--analytics-url: expected an https address (or http on loopback) without user, query and fragment.");
  }
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(workspace)) {
    throw invalid("--workspace: expected the workspace's id of letters, digits, `-` and `_`.");
  }
  // What fetch says of a header that it cannot send would repeat the key.
  if (!/^[\x21-\x7e]{1,1000}$/.test(key)) {
    throw invalid(`${ANALYTICS_KEY}: expected an API key in one line of printable ASCII without blanks.`);
  }
}

function addressOf(options: AnalyticsOptions, endpoint: AnalyticsEndpoint, cursor: string | undefined): URL {
  const { url, workspace, startTime, endTime } = options;
  const address = new URL(`${url.replace(/\/+$/, "")}/workspaces/${workspace}/${endpoint}`);
  const parameters = {
    start_time: String(startTime),
    end_time: String(endTime),
    group_by: "day",
    // Without it a row a person would come; the note is about none.
    ...(endpoint === "usage" ? { group: "workspace" } : {}),
    ...(cursor === undefined ? {} : { page: cursor }),
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return address;
}

async function fetchOnce(address: URL, options: AnalyticsOptions): Promise<Uint8Array | Failure> {
  try {
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${options.key}`, accept: "application/json" },
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
      // A redirect would carry the key to somebody else.
      redirect: "manual",
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return failureOf(response);
    }
    return await readBody(response, options);
  } catch (error) {
    return { code: "analytics_unavailable", why: reasonOf(error), waitMs: null };
  }
}

/** Of what a server says with an error nothing is repeated: it may repeat the request. */
function failureOf({ status, headers }: Response): Failure {
  if (status === 429 || status >= 500) {
    return { code: "analytics_unavailable", why: `it answered ${status}`, waitMs: requestedWait(headers) };
  }
  const why = `it answered ${status}${status >= 300 && status < 400 ? ", a redirect, which is not followed" : ""}`;
  return { code: "analytics_refused", why, waitMs: undefined };
}

async function readBody(response: Response, options: AnalyticsOptions): Promise<Uint8Array | Failure> {
  const most = options.maxPageBytes ?? MAX_PAGE_BYTES;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > most) {
      return { code: "analytics_malformed", why: `a page has more than ${most} bytes`, waitMs: undefined };
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (body.includes(options.key)) {
    return {
      code: "analytics_malformed",
      why: "a page repeats the API key, so that it is not kept",
      waitMs: undefined,
    };
  }
  return body;
}

/** Reads `retry-after`: seconds, or a date. */
function requestedWait(headers: Headers): number | null {
  const header = headers.get("retry-after");
  if (header === null) return null;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

/** Never the error's own message, which may name the address or a header. */
function reasonOf(thrown: unknown): string {
  let error = thrown as { name?: unknown; code?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; depth < 5 && error !== undefined && error !== null; depth += 1) {
    if (error.name === "TimeoutError") return "it gave no answer in time";
    if (typeof error.code === "string" && /^[A-Z_]+$/.test(error.code)) return `the connection failed (${error.code})`;
    error = error.cause as typeof error;
  }
  return "the connection failed";
}

const REMEDIES = {
  analytics_refused: `Check ${ANALYTICS_KEY}, its scope codex.enterprise.analytics.read, the workspace and the period (90 days back at most)`,
  analytics_unavailable: "Run the command again later",
  analytics_malformed: "Without --workspace the note is written without the API",
};

function failed(endpoint: AnalyticsEndpoint, code: Failure["code"], why: string): ExternalError {
  return new ExternalError(code, `The Codex Analytics report ${endpoint} was not read: ${why}. ${REMEDIES[code]}.`);
}
