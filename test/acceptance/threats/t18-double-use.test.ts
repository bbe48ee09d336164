import { describe, expect, test } from "vitest";
import { LABEL, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { dieAfterCommit, POST_CHECK } from "../instants.ts";
import { approved, openScene } from "../scene.ts";

const scene = openScene({ ready: ["approved"] });

describe("T18 one approval is used twice", () => {
  test("by a re-run after the success: the second is told and does nothing", async () => {
    const pull = await approved(scene.world);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    const commit = await pull.head;
    const checks = pull.checks(commit ?? "").map(({ conclusion }) => conclusion);
    expect(decisionOf(await pull.execute({ attempt: 2 }))).toEqual(denied("already_executed"));
    expect(await pull.head).toBe(commit);
    expect(pull.checks(commit ?? "").map(({ conclusion }) => conclusion)).toEqual(checks);
  });

  test("by two runs at once: exactly one commit", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const results = await Promise.all([pull.execute(), pull.execute()]);
    expect(results.filter(({ exitCode }) => exitCode === 0).length).toBeLessThanOrEqual(1);
    const log = await world.repository.log(pull.branch, 5);
    expect(log.findIndex(({ sha }) => sha === head)).toBe(results.some(({ exitCode }) => exitCode === 0) ? 1 : 0);
  });

  test("by a run that goes through while another one is about to commit: one commit", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const through: StepResult[] = [];
    world.github.onRequest({
      match: ({ operation }) => operation === POST_CHECK,
      run: async () => {
        through.push(await pull.execute());
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("already_executed"));
    expect(through.map(decisionOf)).toEqual([allowed("plan_executed", "executed")]);
    expect((await world.repository.log(pull.branch, 2)).at(-1)?.sha).toBe(head);
  });

  test("after the run died right after its commit and the branch was put back", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    await dieAfterCommit(pull);
    expect(decisionOf(await pull.execute({ attempt: 2 }))).toEqual(denied("approval_used"));
    expect(await pull.head).toBe(head);
  });

  test("after the branch was put back to where it was and labelled again", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    await pull.execute();
    await world.repository.setBranch(pull.branch, head);
    for (const act of [() => pull.execute(), () => pull.approve()]) {
      await world.github.people.label(REVIEWER, pull.number, LABEL);
      expect(decisionOf(await act())).toEqual(denied("already_executed"));
      expect(pull.isLabelPresent).toBe(false);
      expect(await pull.head).toBe(head);
    }
  });
});
