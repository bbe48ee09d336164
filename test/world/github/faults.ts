import type { Json } from "./json-schema.ts";

/** One request as faults, hooks and the log see it. */
export interface RequestFacts {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** `GET /repos/{owner}/{repo}`, `GRAPHQL createCommitOnBranch`; undefined when it is no known operation. */
  readonly operation: string | undefined;
  /** Login behind the token; undefined for a missing or unknown token. */
  readonly actor: string | undefined;
  /** The parsed JSON body. */
  readonly body: unknown;
}

export type Match = (request: RequestFacts) => boolean;

/** What goes wrong. */
export type FaultKind =
  | { readonly kind: "status"; readonly status: number; readonly message?: string }
  /** 403 with `retry-after`, as for too many writes in a short time. */
  | { readonly kind: "secondary-rate-limit"; readonly retryAfterSeconds: number }
  /** 429 with `retry-after`. */
  | { readonly kind: "too-many-requests"; readonly retryAfterSeconds: number }
  /** 403 with no requests remaining until `x-ratelimit-reset`. */
  | { readonly kind: "primary-rate-limit"; readonly resetInSeconds: number }
  /** 200 with half a JSON text. */
  | { readonly kind: "malformed" }
  /** The connection is reset without an answer. */
  | { readonly kind: "reset" }
  /** The answer is held back; a client that has gone meanwhile causes no effect (with `when: "before"`). */
  | { readonly kind: "stall"; readonly milliseconds: number }
  /** The real answer, changed: a missing field, an empty page, a `next` that leads back. */
  | {
      readonly kind: "change";
      readonly change: (answer: { body: unknown; headers: Record<string, string> }) => {
        body: unknown;
        headers: Readonly<Record<string, string>>;
      };
    };

export interface Fault {
  readonly match: Match;
  readonly fault: FaultKind;
  /** How often. Default: once. */
  readonly times?: number;
  /** How many matching requests pass before the first fault. Default: 0. */
  readonly skip?: number;
  /** `before`: nothing has happened. `after`: the effect has happened, only the answer is lost. Default: before. */
  readonly when?: "before" | "after";
}

export interface Hook {
  readonly match: Match;
  /** Runs, and is waited for, before the request is handled. */
  readonly run: (request: RequestFacts) => void | Promise<void>;
  readonly times?: number;
  readonly skip?: number;
}

interface Countdown {
  skip: number;
  times: number;
}

/** The faults and hooks that are waiting for their request. */
export class Disturbances {
  readonly #faults: (Fault & { readonly left: Countdown })[] = [];
  readonly #hooks: (Hook & { readonly left: Countdown })[] = [];

  addFault(fault: Fault): void {
    this.#faults.push({ ...fault, left: { skip: fault.skip ?? 0, times: fault.times ?? 1 } });
  }

  addHook(hook: Hook): void {
    this.#hooks.push({ ...hook, left: { skip: hook.skip ?? 0, times: hook.times ?? 1 } });
  }

  /** Faults whose request never came, for a test that wants to be sure it met them. */
  get pending(): number {
    return this.#faults.filter(({ left }) => left.times > 0 && left.times !== Number.POSITIVE_INFINITY).length;
  }

  clear(): void {
    this.#faults.length = 0;
    this.#hooks.length = 0;
  }

  async runHooks(request: RequestFacts): Promise<void> {
    for (const hook of this.#hooks.filter(({ match }) => match(request))) {
      if (isDue(hook.left)) await hook.run(request);
    }
  }

  /** The first fault that is due for a request; it is used up. */
  takeFault(request: RequestFacts): Fault | undefined {
    return this.#faults.find(({ match, left }) => left.times > 0 && match(request) && isDue(left));
  }
}

function isDue(left: Countdown): boolean {
  if (left.skip > 0) {
    left.skip -= 1;
    return false;
  }
  if (left.times <= 0) return false;
  left.times -= 1;
  return true;
}

/** The answer that a fault gives instead of the real one; undefined for a fault of another nature. */
export function faultAnswer(
  fault: FaultKind,
  now: Date,
): { readonly status: number; readonly body: Json | string; readonly headers: Record<string, string> } | undefined {
  switch (fault.kind) {
    case "status":
      return { status: fault.status, body: { message: fault.message ?? `Fault ${fault.status}` }, headers: {} };
    case "secondary-rate-limit": {
      const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
      return { status: 403, body: { message }, headers: { "retry-after": String(fault.retryAfterSeconds) } };
    }
    case "too-many-requests": {
      const headers = { "retry-after": String(fault.retryAfterSeconds) };
      return { status: 429, body: { message: "Too many requests" }, headers };
    }
    case "primary-rate-limit": {
      const reset = Math.floor(now.getTime() / 1000) + fault.resetInSeconds;
      const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
      return { status: 403, body: { message: "API rate limit exceeded for installation." }, headers };
    }
    case "malformed":
      return { status: 200, body: '{"id": 1, "body": "cut of', headers: {} };
    default:
      return undefined;
  }
}
