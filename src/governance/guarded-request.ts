import type { RequestedChange } from "./tree.ts";

/** What the guard says of one answer to a request. */
export type GuardAnswer = { readonly grant: true } | { readonly grant: false; readonly finding: string };

/** A request of the agent with what was answered. */
export type GuardedRequest =
  | {
      readonly kind: "file_change";
      readonly changes: readonly RequestedChange[];
      readonly granted: boolean;
      readonly finding: string | undefined;
    }
  /** A command outside the sandbox, a permission, a tool of a server, an unknown request: always declined. */
  | { readonly kind: "escalation"; readonly method: string; readonly detail: string; readonly granted: false };

/**
 * A run of Codex that did not come to its end: why (`cause` is the error to judge by), and what it did until then,
 * which is evidence all the same.
 */
export class InterruptedRun extends Error {
  override readonly name = "InterruptedRun";
  override readonly cause: Error;
  readonly log: Uint8Array;
  readonly requests: readonly GuardedRequest[];
  constructor(cause: Error, did: { readonly log: Uint8Array; readonly requests: readonly GuardedRequest[] }) {
    super(cause.message);
    this.cause = cause;
    this.log = did.log;
    this.requests = did.requests;
  }
}
