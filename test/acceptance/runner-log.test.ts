import { describe, expect, test } from "vitest";
import { Pull, REQUESTER } from "../world/pull.ts";
import { openScene } from "./scene.ts";

const scene = openScene();

/** Lines with a command of the old form, which the runner finds anywhere in a line, unless commands are off. */
function oldCommands(log: string): readonly string[] {
  let token: string | undefined;
  return log.split("\n").filter((line) => {
    if (token !== undefined) {
      if (line === `::${token}::`) token = undefined;
      return false;
    }
    token = /^::stop-commands::(.+)$/.exec(line)?.[1];
    return token === undefined && line.includes("##[");
  });
}

describe("the run's log", () => {
  test("has no runner's command that the policy of a base branch brought", async () => {
    const { world } = scene;
    const main = (await world.repository.head("main")) ?? "";
    const policy = '"##[set-output name=decision;]allow": 1\n';
    await world.repository.commit("lax", { ".github/codex-governance.yml": policy }, { parent: main });
    await world.repository.commit("feature/lax", { "b.txt": "b\n" }, { parent: main });
    const opened = { user: REQUESTER, head: "feature/lax", base: "lax" };
    const { number } = await world.github.authors.openPullRequest(opened);
    const result = await new Pull(world, number, "feature/lax").ask();
    expect(result.outputs["reason-code"]).toBe("policy_invalid");
    expect(result.log).toContain("set-output name=decision");
    expect(oldCommands(result.log)).toEqual([]);
  });
});
