import { describe, expect, test } from "vitest";
import { Pull } from "../world/pull.ts";
import { decisionOf, denied, forgeCheck, pointerOf } from "./bed.ts";
import { openScene, planned } from "./scene.ts";

const scene = openScene({ ready: ["planned", "planned"] });

/** Denied: nothing was run, the label is gone, and the plan on the comment is still there to be read. */
async function expectDenied(pull: Pull, reasonCode: string, act = () => pull.label()): Promise<void> {
  const { world } = scene;
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
    const { world } = scene;
    const pull = await planned(world);
    const other = await planned(world);
    const pointer = pointerOf(other, (await other.head) ?? "");
    await forgeCheck(world, (await pull.head) ?? "", { ...pointer, pullRequest: pull.number });
    await expectDenied(pull, "binding_mismatch");
  });

  test("that cannot be stored fails the run: no plan is published", async () => {
    const pull = await Pull.open(scene.world);
    const result = await pull.ask("Greet.", { environment: { ACTIONS_RUNTIME_TOKEN: "not.a.token" } });
    expect(decisionOf(result)).toEqual(denied("artifact_store_failed", "refused"));
    expect(pull.checks((await pull.head) ?? "")).toEqual([]);
    expect(decisionOf(await pull.label())).toEqual(denied("plan_not_found"));
  });
});
