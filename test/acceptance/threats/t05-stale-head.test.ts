import { describe, expect, test } from "vitest";
import { applyPatch } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, decisionOf, denied, modify, planOf, steps } from "../bed.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

describe("T5 a push after the approval, a stale head", () => {
  test("voids the approval on the push itself", async () => {
    const pull = await approved(scene.world);
    const delivery = await pull.push({ "late.txt": "late\n" });
    const result = await scene.world.act("approve", delivery);
    expect(decisionOf(result)).toEqual({ exitCode: 0, decision: "deny", reasonCode: "head_moved", stage: "revoked" });
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.checks((await pull.head) ?? "").at(-1)?.conclusion).toBe("action_required");
  });

  test("denies the dry run", async () => {
    const pull = await planned(scene.world);
    await pull.push({ "late.txt": "late\n" });
    await expectDenied(pull, "head_moved", () => pull.label());
  });

  test("denies the execution, also when the old head's dates say it is the newer one", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const author = { name: "Ada", email: "ada@example.com", date: "2001-01-01T00:00:00Z" };
    await world.repository.commit(pull.branch, { "late.txt": "late\n" }, { author });
    await expectDenied(pull, "head_moved", () => pull.execute());
  });

  test.each([
    ["while the plan is regenerated", "GRAPHQL repository"],
    ["right before the commit", "GRAPHQL createCommitOnBranch"],
  ])("denies the execution when the push comes %s", async (_when, operation) => {
    const { world } = scene;
    const pull = await approved(world);
    world.github.onRequest({
      match: (request) => request.operation === operation,
      run: async () => {
        await pull.push({ "late.txt": "late\n" });
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("head_moved"));
    expect(String(await world.repository.readFile(pull.branch, "late.txt"))).toBe("late\n");
    expect(String(await world.repository.readFile(pull.branch, "src/greeting.js"))).toContain("hello");
    expect(pull.isLabelPresent).toBe(false);
  });

  test.each<[string, string, (pull: Pull) => Promise<unknown>]>([
    ["pushes", "PATCH /repos/{owner}/{repo}/git/refs/{ref}", (pull) => pull.push({ "late.txt": "late\n" })],
    [
      "resets the branch to an ancestor",
      "POST /repos/{owner}/{repo}/git/commits",
      async ({ branch, world: { repository } }) => repository.setBranch(branch, (await repository.head("main")) ?? ""),
    ],
  ])("denies the commit of an executable file when somebody %s right before it", async (_what, operation, act) => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { "run.sh": { content: "a\n", mode: "100755" } } });
    world.agent.plan = () => planOf([modify("run.sh")]);
    world.agent.change = steps(applyPatch(["*** Update File: run.sh", "@@", "-a", "+b"]));
    await pull.ask();
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    let moved: string | undefined;
    world.github.onRequest({
      match: (request) => request.operation === operation,
      run: async () => {
        await act(pull);
        moved = await pull.head;
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("head_moved"));
    expect(moved).toBeDefined();
    expect(await pull.head).toBe(moved);
  });

  test("refuses a plan when the push came while Codex planned", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.github.onRequest({
      match: ({ operation }) => operation?.endsWith("/reactions") === true,
      run: async () => {
        await pull.push({ "late.txt": "late\n" });
      },
    });
    expect(decisionOf(await pull.ask())).toEqual(denied("head_moved", "refused"));
    expect(pull.checks((await pull.head) ?? "")).toEqual([]);
  });

  test("denies a force-push to a commit with the same tree", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const facts = await world.repository.commitInfo(head);
    const twin = await world.repository.writeCommit({
      tree: facts?.tree ?? "",
      parents: facts?.parents ?? [],
      message: "twin",
    });
    await world.repository.setBranch(pull.branch, twin);
    await expectDenied(pull, "head_moved", () => pull.execute());
  });
});
