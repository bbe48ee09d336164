import { describe, expect, test } from "vitest";
import { decisionOf, denied } from "../bed.ts";
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
    ["while the plan is regenerated", "GET /repos/{owner}/{repo}/issues/{issue_number}/events"],
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
