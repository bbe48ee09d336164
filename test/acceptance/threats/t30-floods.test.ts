import { describe, expect, test } from "vitest";
import type { Pull } from "../../world/pull.ts";
import { LABEL, REVIEWER } from "../../world/pull.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { approved, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

/** The requests to GitHub that an act takes, by operation. */
async function requestsOf(act: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const { github } = scene.world;
  const before = github.requests.length;
  await act();
  const counts: Record<string, number> = {};
  for (const { operation = "?" } of github.requests.slice(before)) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

const approveAndExecute = (pull: Pull) =>
  requestsOf(async () => {
    expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

function chat(pull: Pull, count: number): void {
  for (let index = 0; index < count; index += 1) {
    scene.world.github.people.comment("mallory", pull.number, `Nice work ${index}!`);
  }
}

describe("T30 strangers flood a pull request with events", () => {
  test("of which any number costs no request", async () => {
    const { world } = scene;
    const counts: Readonly<Record<string, number>>[] = [];
    for (const mentions of [0, 7_500, 20_000]) {
      const pull = await planned(world);
      world.github.people.mention("mallory", pull.number, mentions / 2);
      await world.github.people.label(REVIEWER, pull.number, LABEL);
      world.github.people.mention("mallory", pull.number, mentions / 2);
      const events = world.github.state.events.filter(({ issue }) => issue.number === pull.number);
      expect(events).toHaveLength(2 * mentions + 1);
      counts.push(await approveAndExecute(pull));
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
    expect(counts[0]?.["GRAPHQL repository"]).toBe(4);
    expect(counts[0]?.["GET /repos/{owner}/{repo}/issues/events/{event_id}"]).toBe(2);
    expect(counts[0]?.["GET /repos/{owner}/{repo}/issues/{issue_number}/events"]).toBeUndefined();
    expect(sum(counts[0] ?? {})).toBeLessThan(100);
  });
});

describe("T30 strangers flood a pull request with comments", () => {
  test("before the plan: they cost next to no request", async () => {
    const { world } = scene;
    const quiet = await planned(world);
    world.github.clock.advance(61);
    await world.github.people.label(REVIEWER, quiet.number, LABEL);
    const before = await approveAndExecute(quiet);
    const pull = await approved(world);
    chat(pull, 5_200);
    world.github.clock.advance(700);
    expect(decisionOf(await pull.ask("Greet in French."))).toEqual(allowed("plan_published", "planned"));
    world.github.clock.advance(61);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    // The comment of a plan that replaced another one says from when labels count: who edited it is asked twice.
    expect(sum(await approveAndExecute(pull))).toBeLessThanOrEqual(sum(before) + 2);
  });

  test("after the plan: what cannot all be read is refused, the label stays, and a new plan helps", async () => {
    const { world } = scene;
    const pull = await planned(world);
    chat(pull, 2_100);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    const refused = await requestsOf(async () => {
      expect(decisionOf(await pull.approve())).toEqual(denied("comments_flooded"));
    });
    expect(sum(refused)).toBeLessThan(60);
    expect(pull.isLabelPresent).toBe(true);
    world.github.clock.advance(700);
    expect(decisionOf(await pull.ask("Greet in French."))).toEqual(allowed("plan_published", "planned"));
    world.github.clock.advance(61);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    await approveAndExecute(pull);
  });
});
