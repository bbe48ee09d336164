import { describe, expect, test } from "vitest";
import type { RequestFacts } from "../world/github/faults.ts";
import { CHECK, Pull, REQUESTER } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { allowed, decisionOf, pointerOf } from "./bed.ts";
import { approved, openScene } from "./scene.ts";

const scene = openScene({ ready: ["approved"] });

const POST_CHECK = "POST /repos/{owner}/{repo}/check-runs";

/** Holds the next request of a kind until it is released. */
function hold(world: World, operation: string) {
  const arrival = Promise.withResolvers<void>();
  const departure = Promise.withResolvers<void>();
  world.github.onRequest({
    match: (request) => request.operation === operation,
    run: () => {
      arrival.resolve();
      return departure.promise;
    },
  });
  return { reached: arrival.promise, release: departure.resolve };
}

/** Kills an execution right before a request, which has no effect. */
async function killBefore(pull: Pull, match: (request: RequestFacts) => boolean): Promise<void> {
  const controller = new AbortController();
  pull.world.github.onRequest({ match, run: () => controller.abort() });
  pull.world.github.fault({ match, fault: { kind: "reset" } });
  expect((await pull.execute({ signal: controller.signal })).exitCode).toBeNull();
}

describe("an approval that was spent", () => {
  test("makes no second commit, also when a run that had looked before reports after it", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const held = hold(world, POST_CHECK);
    const late = pull.approve();
    await held.reached;
    await killBefore(pull, ({ operation }) => operation?.startsWith("DELETE") === true);
    expect(await pull.head).not.toBe(head);
    held.release();
    expect(decisionOf(await late)).toEqual(allowed("plan_approved", "approved"));
    world.github.calm();
    expect(pointerOf(pull, head).stage).toBe("approved");
    await world.repository.setBranch(pull.branch, head);
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(await pull.head).toBe(head);
  });

  test("and taken back while its run was dead does not count for a commit that somebody made by hand", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    await killBefore(pull, ({ operation }) => operation === "GRAPHQL createCommitOnBranch");
    world.github.calm();
    const { stage, bindingDigest } = pointerOf(pull, head);
    expect(stage).toBe("committing");
    await pull.unlabel();
    const message = `Mine.\n\nCodex-Binding: ${bindingDigest}`;
    const files = { "src/greeting.js": 'export const greeting = "hallo";\n' };
    await world.github.authors.push(REQUESTER, pull.branch, files, { message });
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).not.toContain("success");
  });
});

describe("a plan", () => {
  test("is not called refused when only the note that takes an older refusal back could not be posted", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.github.fault({
      match: ({ operation, body }) =>
        operation === POST_CHECK && (body as { name?: string }).name === `${CHECK}/request`,
      fault: { kind: "status", status: 500 },
      times: 3,
    });
    expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain("Plan waits for approval");
  });
});
