import { expect } from "vitest";
import type { Match, RequestFacts } from "../world/github/faults.ts";
import type { Pull } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import type { StepOptions, World } from "../world/world.ts";

/** Instants of a run, by the request that it is about to make. */
export const POST_CHECK = "POST /repos/{owner}/{repo}/check-runs";
export const WRITE_COMMENT = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
export const COMMIT = "GRAPHQL createCommitOnBranch";
export const STRIP_LABEL = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}";

const at =
  (wanted: string): Match =>
  ({ operation }) =>
    operation === wanted;

interface Held {
  /** Settles when a run has come to the request. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/** Holds the next run that comes to this request, until it is released. */
export function hold({ github }: World, operation: string, isMeant: Match = () => true): Held {
  const arrival = Promise.withResolvers<void>();
  const departure = Promise.withResolvers<void>();
  github.onRequest({
    match: (request) => at(operation)(request) && isMeant(request),
    run: () => {
      arrival.resolve();
      return departure.promise;
    },
  });
  return { reached: arrival.promise, release: departure.resolve };
}

/** Kills a step right before a request, which has no effect; returns the body that was to be sent. */
export async function killBefore(
  { github }: World,
  operation: string,
  step: (options: StepOptions) => Promise<StepResult>,
): Promise<unknown> {
  const controller = new AbortController();
  const match = at(operation);
  let sent: unknown;
  const run = ({ body }: RequestFacts) => {
    sent = body;
    controller.abort();
  };
  github.onRequest({ match, run });
  github.fault({ match, fault: { kind: "reset" } });
  expect((await step({ signal: controller.signal })).exitCode).toBeNull();
  github.calm();
  return sent;
}

/** An execution dies right after its commit, and the branch is put back to where it was. */
export async function dieAfterCommit(pull: Pull): Promise<void> {
  const head = (await pull.head) ?? "";
  await killBefore(pull.world, STRIP_LABEL, (options) => pull.execute(options));
  expect(await pull.head).not.toBe(head);
  await pull.world.repository.setBranch(pull.branch, head);
}
