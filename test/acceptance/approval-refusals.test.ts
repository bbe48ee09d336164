import { describe, expect, test } from "vitest";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import { allowed, decisionOf, denied, openBed, skipped } from "./bed.ts";
import { openScene, planned } from "./scene.ts";

const scene = openScene({ ready: ["planned"] });

/** Denied: the label is gone, the check is red, the comment says why, and the model was not asked. */
async function expectDenied(
  pull: Pull,
  reasonCode: string,
  act: () => ReturnType<Pull["label"]> = () => pull.approve(),
) {
  const { requests } = scene.world.model;
  const before = requests.length;
  expect(decisionOf(await act())).toEqual(denied(reasonCode));
  expect(pull.isLabelPresent).toBe(false);
  expect(pull.checks((await pull.head) ?? "").at(-1)?.conclusion).toBe("failure");
  expect(pull.comments.map(({ body }) => body).join("\n")).toContain(reasonCode);
  expect(requests).toHaveLength(before);
}

describe("an approval", () => {
  test("without any plan is denied", async () => {
    const pull = await Pull.open(scene.world);
    await expectDenied(pull, "plan_not_found", () => pull.label());
  });

  test("of another label starts nothing", async () => {
    const pull = await planned(scene.world);
    const delivery = await scene.world.github.people.label(REVIEWER, pull.number, "bug");
    expect(decisionOf(await scene.world.act("approve", delivery))).toEqual(skipped("not_for_us"));
  });

  test("after the base was changed to another branch is denied", async () => {
    const pull = await planned(scene.world);
    await scene.world.repository.setBranch("next", (await scene.world.repository.head("main")) ?? "");
    await scene.world.github.authors.edit(REQUESTER, pull.number, { base: "next" });
    await expectDenied(pull, "base_changed", () => pull.label());
  });

  test("that is taken back while the dry run goes on is denied", async () => {
    const pull = await planned(scene.world);
    const { change } = scene.world.agent;
    scene.world.agent.change = (request) => {
      if (pull.isLabelPresent) void scene.world.github.people.unlabel(REVIEWER, pull.number, LABEL);
      return change(request);
    };
    expect(decisionOf(await pull.label())).toEqual(denied("approval_withdrawn"));
  });

  test("is taken from the `pull_request` event too, where approve and execute share a workflow file", async () => {
    const pull = await planned(scene.world);
    const delivery = await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await scene.world.act("approve", delivery))).toEqual(allowed("plan_approved", "approved"));
    // The execute job of that workflow would take it; a run on the default branch does not: a branch could
    // have changed the workflow file.
    expect(decisionOf(await pull.execute())).toEqual(denied("evidence_of_pull_request"));
    expect(pull.isLabelPresent).toBe(false);
  });

  test("of the base branch that moved is denied, since policy and instructions come from there", async () => {
    const pull = await planned(scene.world);
    await scene.world.repository.commit("main", { "docs/guide.md": "# Another guide\n" });
    await expectDenied(pull, "base_moved", () => pull.label());
  });
});

describe("an old approval", () => {
  test("has expired after the policy's days and is denied", async () => {
    const old = await openBed();
    try {
      const pull = await Pull.open(old);
      expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
      await old.github.people.label(REVIEWER, pull.number, LABEL);
      old.github.clock.advance(8 * 86_400);
      expect(decisionOf(await pull.approve())).toEqual(denied("approval_expired"));
      expect(pull.isLabelPresent).toBe(false);
    } finally {
      await old.close();
    }
  });
});

describe("a policy", () => {
  test("may allow one's own approval, a moved base and a shorter life", async () => {
    const { world } = scene;
    const policy = "four-eyes: false\nbase-moved: allow\nlabel: go-ahead\ncommand: /agent\n";
    await world.repository.commit("main", { ".github/codex-governance.yml": policy });
    const pull = await Pull.open(world);
    expect(decisionOf(await pull.comment(REQUESTER, "/codex greet"))).toEqual(skipped("not_for_us"));
    expect(decisionOf(await pull.comment(REQUESTER, "/agent greet"))).toEqual(allowed("plan_published", "planned"));
    await world.repository.commit("main", { "docs/guide.md": "# Another guide\n" });
    await world.github.people.label(REQUESTER, pull.number, "go-ahead");
    const approved = await pull.approve();
    expect(decisionOf(approved)).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});
