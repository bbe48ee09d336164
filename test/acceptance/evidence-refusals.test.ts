import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Pull } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { allowed, behave, decisionOf, denied, forgeCheck, openBed, pointerOf } from "./bed.ts";

let world: World;
beforeAll(async () => {
  world = await openBed();
});
beforeEach(() => behave(world));
afterAll(async () => {
  expect(world.github.violations).toEqual([]);
  await world.close();
});

async function planned(): Promise<{ pull: Pull; artifactId: number }> {
  const pull = await Pull.open(world);
  const result = await pull.ask();
  expect(decisionOf(result)).toEqual(allowed("plan_published", "planned"));
  return { pull, artifactId: Number(result.outputs["artifact-id"]) };
}

/** Denied: nothing was run, the label is gone, and the plan on the comment is still there to be read. */
async function expectDenied(pull: Pull, reasonCode: string, act = () => pull.label()): Promise<void> {
  const [head, requests] = [await pull.head, world.model.requests.length];
  expect(decisionOf(await act())).toEqual(denied(reasonCode));
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(false);
  expect(world.model.requests).toHaveLength(requests);
  expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
  expect(pull.comments[0]?.body).toContain("src/greeting.js");
  expect(pull.comments.at(-1)?.body).toContain(reasonCode);
}

describe("the evidence of a plan", () => {
  test("of another pull request denies", async () => {
    const { pull } = await planned();
    const other = await planned();
    const pointer = pointerOf(other.pull, (await other.pull.head) ?? "");
    await forgeCheck(world, (await pull.head) ?? "", { ...pointer, pullRequest: pull.number });
    await expectDenied(pull, "binding_mismatch");
  });

  test("that cannot be stored fails the run: no plan is published", async () => {
    const pull = await Pull.open(world);
    const result = await pull.ask("Greet.", { environment: { ACTIONS_RUNTIME_TOKEN: "not.a.token" } });
    expect(decisionOf(result)).toEqual(denied("artifact_store_failed", "refused"));
    expect(pull.checks((await pull.head) ?? "")).toEqual([]);
    expect(decisionOf(await pull.label())).toEqual(denied("plan_not_found"));
  });
});
