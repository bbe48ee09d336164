import { describe, expect, test } from "vitest";
import { runGit } from "../../world/git-process.ts";
import { applyPatch } from "../../world/model.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { World } from "../../world/world.ts";
import { allowed, decisionOf, denied, GREETING, greet, modify, planOf, steps } from "../bed.ts";
import { POST_CHECK } from "../instants.ts";
import { openScene } from "../scene.ts";

const scene = openScene({ policy: "four-eyes: false\n" });

/** Names that GitHub could understand as another branch's; `test/governance/branch.test.ts` has the whole table. */
const NAMES = ["refs/heads/main", "heads/main"];

async function main(world: World): Promise<string | undefined> {
  return world.repository.head("main");
}

/** The commit of an executable file goes another way (REST) than that of a plain one (GraphQL). */
async function executableToo(world: World, pull: Pull): Promise<void> {
  await world.repository.commit(pull.branch, { "run.sh": { content: "a\n", mode: "100755" } });
  world.agent.plan = () => planOf([GREETING, modify("run.sh")]);
  world.agent.change = steps(greet(), applyPatch(["*** Update File: run.sh", "@@", "-a", "+b"]));
}

async function executeWhole(pull: Pull): Promise<void> {
  expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  expect(decisionOf(await pull.label(REVIEWER))).toEqual(allowed("plan_approved", "approved"));
  const [before, base] = [await pull.head, await main(pull.world)];
  expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  const commit = await pull.world.repository.commitInfo((await pull.head) ?? "");
  expect(commit?.parents).toEqual([before]);
  expect(await main(pull.world)).toBe(base);
}

describe("T27 a branch whose name is another reference", () => {
  test.each(NAMES)(
    "as head is refused before Codex starts, and no label makes it a commit elsewhere: %s",
    async (name) => {
      const { world } = scene;
      const base = await main(world);
      const pull = await Pull.open(world, { branch: name });
      const [head, model] = [await pull.head, world.model.requests.length];
      expect(decisionOf(await pull.ask())).toEqual(denied("branch_name_ambiguous", "refused"));
      await world.github.people.label(REQUESTER, pull.number, LABEL);
      expect(decisionOf(await pull.approve())).toEqual(denied("branch_name_ambiguous"));
      expect(decisionOf(await pull.execute())).toEqual(denied("branch_name_ambiguous"));
      expect([await main(world), await pull.head, world.model.requests.length]).toEqual([base, head, model]);
      expect(pull.isLabelPresent).toBe(false);
      expect(pull.comments[0]?.body).toContain(name);
    },
  );

  test.each(NAMES)("as base is refused before its policy is read: %s", async (name) => {
    const { world } = scene;
    await world.repository.commit(name, { "x.txt": "x\n" }, { parent: (await main(world)) ?? "" });
    const opened = await Pull.open(world);
    const { number } = await world.github.authors.openPullRequest({ user: REQUESTER, head: opened.branch, base: name });
    await world.github.authors.close(opened.number);
    const pull = new Pull(world, number, opened.branch);
    const model = world.model.requests.length;
    expect(decisionOf(await pull.ask())).toEqual(denied("branch_name_ambiguous", "refused"));
    await world.github.people.label(REVIEWER, number, LABEL);
    expect(decisionOf(await pull.approve())).toEqual(denied("branch_name_ambiguous"));
    expect(pull.isLabelPresent).toBe(false);
    expect(world.model.requests).toHaveLength(model);
  });

  test.each([
    ["a plain file", async () => {}],
    ["an executable file as well", executableToo],
  ])("is no other branch's when a tag has the same name: %s", async (_what, prepare) => {
    const { world } = scene;
    const pull = await Pull.open(world, { branch: "v1.0" });
    await prepare(world, pull);
    const tagged = (await main(world)) ?? "";
    const git = [`--git-dir=${world.repository.directory}`, "update-ref"];
    await runGit([...git, "refs/tags/v1.0", tagged]);
    await executeWhole(pull);
    expect(await world.repository.resolve("refs/tags/v1.0")).toBe(tagged);
    await runGit([...git, "-d", "refs/tags/v1.0"]);
  });

  test.each([
    ["%2e%2e/%2e%2e/main", async () => {}],
    ["größe/100%-日本語#a+b=c&d@e", executableToo],
  ])("is honoured when its name is merely unusual: %s", async (branch, prepare) => {
    const pull = await Pull.open(scene.world, { branch });
    await prepare(scene.world, pull);
    await executeWhole(pull);
  });
});

describe("T27 the branch of the pull request is renamed while an execution is under way", () => {
  test.each([
    ["a plain file", async () => {}],
    ["an executable file as well", executableToo],
  ])("and another one takes the old name: the commit goes to the pull request's: %s", async (_what, prepare) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    await prepare(world, pull);
    expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
    expect(decisionOf(await pull.label(REVIEWER))).toEqual(allowed("plan_approved", "approved"));
    const head = (await pull.head) ?? "";
    const renamed = `${pull.branch}-renamed`;
    world.github.onRequest({
      match: ({ operation }) => operation === POST_CHECK,
      run: async () => {
        world.github.calm();
        await world.repository.setBranch(renamed, head, { expected: null });
        const pullRecord = world.github.state.issues.get(pull.number)?.pull;
        Object.assign(pullRecord ?? {}, { headRef: renamed, storedHead: renamed });
      },
    });
    const executed = await pull.execute();
    expect(await pull.head).toBe(head);
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    expect(await world.repository.head(renamed)).toBe(executed.outputs["commit-sha"]);
  });
});
