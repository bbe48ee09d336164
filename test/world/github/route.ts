import type { ArtifactMetadataSource } from "./artifacts.ts";
import type { Json } from "./json-schema.ts";
import type { Access, Grant, Scope, UserRecord } from "./records.ts";
import type { WorldState } from "./state.ts";
import type { Urls } from "./urls.ts";

/** An authenticated request whose parameters and body are what GitHub's description says. */
export class Call {
  readonly state: WorldState;
  readonly urls: Urls;
  readonly artifacts: ArtifactMetadataSource | undefined;
  readonly grant: Grant;
  readonly actor: UserRecord;
  readonly accept: string;
  readonly url: URL;
  readonly #parameters: Json;
  readonly #body: unknown;

  constructor(facts: {
    readonly state: WorldState;
    readonly urls: Urls;
    readonly artifacts: ArtifactMetadataSource | undefined;
    readonly grant: Grant;
    readonly accept: string;
    readonly url: URL;
    readonly parameters: Json;
    readonly body: unknown;
  }) {
    this.state = facts.state;
    this.urls = facts.urls;
    this.artifacts = facts.artifacts;
    this.grant = facts.grant;
    this.actor = facts.state.user(facts.grant.actor);
    this.accept = facts.accept;
    this.url = facts.url;
    this.#parameters = facts.parameters;
    this.#body = facts.body;
  }

  text(name: string): string {
    return String(this.#parameters[name]);
  }

  optional(name: string): string | undefined {
    const value = this.#parameters[name];
    return value === undefined ? undefined : String(value);
  }

  integer(name: string, fallback = Number.NaN): number {
    const value = this.#parameters[name];
    return typeof value === "number" ? value : fallback;
  }

  /** The body. Its form was checked against the operation's schema before the route was called. */
  body<Body>(): Body {
    return (this.#body ?? {}) as Body;
  }
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; a Uint8Array as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Any one of these scopes is enough; none listed means that metadata access is enough. */
export type Needs = readonly (readonly [Scope, Access])[];

/** One operation as the double performs it. */
export interface Route {
  /** As the description names it: `GET /repos/{owner}/{repo}`. */
  readonly operation: string;
  readonly needs: Needs;
  handle(call: Call): Answer | Promise<Answer>;
}

export function satisfies(grant: Grant, needs: Needs): boolean {
  if (needs.length === 0) return true;
  return needs.some(([scope, access]) => {
    const granted = grant.permissions[scope];
    return granted === "write" || (granted === "read" && access === "read");
  });
}

/** Issues and pull requests share their comments, labels, events and reactions; either scope is enough. */
export function issueOrPull(access: Access): Needs {
  return [
    ["issues", access],
    ["pull_requests", access],
  ];
}
