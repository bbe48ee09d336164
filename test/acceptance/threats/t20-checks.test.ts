import { describe, expect, test } from "vitest";
import { CHECK, REQUESTER } from "../../world/pull.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { approved, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

describe("T20 a check passes that should not", () => {
  test("is no skipped and no neutral one: only an execution is a success", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const before = (await pull.head) ?? "";
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(pull.checks((await pull.head) ?? "").map(({ conclusion }) => conclusion)).toEqual(["success"]);
    // Another pull request may come to have the head from before.
    expect(pull.checks(before).map(({ conclusion }) => conclusion)).not.toContain("success");
    const own = world.github.state.checkRuns.filter(({ name }) => name === CHECK);
    expect(new Set(own.map(({ conclusion }) => conclusion))).toEqual(new Set(["action_required", "success"]));
    const waiting = await planned(world);
    expect(waiting.checks((await waiting.head) ?? "").map(({ conclusion }) => conclusion)).toEqual(["action_required"]);
  });

  test("is not the one of a sibling pull request with the same head", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const head = (await pull.head) ?? "";
    await world.repository.setBranch("release", (await world.repository.head("main")) ?? "");
    await world.github.authors.openPullRequest({ user: REQUESTER, head: pull.branch, base: "release" });
    expect(decisionOf(await pull.label())).toEqual(denied("shared_head"));
    // The label stays: the sibling can be a stranger's, and its end brings the plan back, not an approval anew.
    expect(pull.isLabelPresent).toBe(true);
    expect(decisionOf(await pull.execute())).toEqual(denied("shared_head"));
    expect(pull.checks(head).map(({ conclusion }) => conclusion)).not.toContain("success");
  });
});
