import { describe, expect, test } from "vitest";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import { decisionOf, denied } from "../bed.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

async function forked(branch: string): Promise<Pull> {
  const { world } = scene;
  const parent = (await world.repository.head("main")) ?? "";
  await world.repository.commit(`mallory/${branch}`, { [`${branch}.txt`]: "x\n" }, { parent });
  const { number } = await world.github.authors.openPullRequest({ user: "mallory", head: branch, fork: "mallory" });
  return new Pull(world, number, `mallory/${branch}`);
}

describe("T17 a pull request from a fork", () => {
  test("gets a clear refusal, and no checkout, no Codex and no model", async () => {
    const { world } = scene;
    const pull = await forked("patch-1");
    const [git, model] = [world.git.requests.length, world.model.requests.length];
    const result = await pull.comment(REQUESTER, "/codex greet");
    expect(decisionOf(result)).toEqual(denied("fork_refused", "refused"));
    expect(pull.comments.at(-1)?.body).toContain("fork");
    expect([world.git.requests.length, world.model.requests.length]).toEqual([git, model]);
  });

  test("cannot be approved or executed", async () => {
    const { world } = scene;
    const pull = await forked("patch-2");
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await pull.approve())).toEqual(denied("fork_refused"));
    expect(decisionOf(await pull.execute())).toEqual(denied("fork_refused"));
    expect(pull.isLabelPresent).toBe(false);
  });

  test("is refused as well when the fork is gone", async () => {
    const { world } = scene;
    const pull = await forked("patch-3");
    world.github.authors.deleteFork(pull.number);
    expect(decisionOf(await pull.comment(REQUESTER, "/codex greet"))).toEqual(denied("fork_refused", "refused"));
  });
});
