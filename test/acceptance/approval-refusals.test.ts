import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { allowed, behave, decisionOf, denied, openBed, skipped } from "./bed.ts";

let world: World;
beforeAll(async () => {
  world = await openBed();
});
beforeEach(() => behave(world));
afterAll(async () => {
  expect(world.github.violations).toEqual([]);
  await world.close();
});

async function planned(): Promise<Pull> {
  const pull = await Pull.open(world);
  expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  return pull;
}

/** Denied: the label is gone, the check is red, the comment says why, and the model was not asked. */
async function expectDenied(
  pull: Pull,
  reasonCode: string,
  act: () => ReturnType<Pull["label"]> = () => pull.approve(),
) {
  const before = world.model.requests.length;
  expect(decisionOf(await act())).toEqual(denied(reasonCode));
  expect(pull.isLabelPresent).toBe(false);
  expect(pull.checks((await pull.head) ?? "").at(-1)?.conclusion).toBe("failure");
  expect(pull.comments.map(({ body }) => body).join("\n")).toContain(reasonCode);
  expect(world.model.requests).toHaveLength(before);
}

describe("an approval", () => {
  test("without any plan is denied", async () => {
    const pull = await Pull.open(world);
    await expectDenied(pull, "plan_not_found", () => pull.label());
  });

  test("of another label starts nothing", async () => {
    const pull = await planned();
    const delivery = await world.github.people.label(REVIEWER, pull.number, "bug");
    expect(decisionOf(await world.act("approve", delivery))).toEqual(skipped("not_for_us"));
  });

  test("after the base was changed to another branch is denied", async () => {
    const pull = await planned();
    await world.repository.setBranch("next", (await world.repository.head("main")) ?? "");
    await world.github.authors.edit(REQUESTER, pull.number, { base: "next" });
    await expectDenied(pull, "base_changed", () => pull.label());
  });

  test("that is taken back while the dry run goes on is denied", async () => {
    const pull = await planned();
    const { change } = world.agent;
    world.agent.change = (request) => {
      if (pull.isLabelPresent) void world.github.people.unlabel(REVIEWER, pull.number, LABEL);
      return change(request);
    };
    expect(decisionOf(await pull.label())).toEqual(denied("approval_withdrawn"));
  });

  test("is taken from the `pull_request` event too, where approve and execute share a workflow file", async () => {
    const pull = await planned();
    const delivery = await world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await world.act("approve", delivery))).toEqual(allowed("plan_approved", "approved"));
    // The execute job of that workflow would take it; a run on the default branch does not: a branch could
    // have changed the workflow file.
    expect(decisionOf(await pull.execute())).toEqual(denied("artifact_foreign"));
    expect(pull.isLabelPresent).toBe(false);
  });

  test("of the base branch that moved is denied, since policy and instructions come from there", async () => {
    const pull = await planned();
    await world.repository.commit("main", { "docs/guide.md": "# Another guide\n" });
    await expectDenied(pull, "base_moved", () => pull.label());
  });
});

describe("an old approval", () => {
  test("has expired after the policy's days and is denied", async () => {
    const old = await openBed({ start: new Date(Date.now() - 8 * 86_400_000) });
    try {
      const pull = await Pull.open(old);
      expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
      expect(decisionOf(await pull.label())).toEqual(denied("approval_expired"));
      expect(pull.isLabelPresent).toBe(false);
    } finally {
      await old.close();
    }
  });
});

describe("a policy", () => {
  test("may allow one's own approval, a moved base and a shorter life", async () => {
    const relaxed = await openBed({
      policy: "four-eyes: false\nbase-moved: allow\nlabel: go-ahead\ncommand: /agent\n",
    });
    try {
      const pull = await Pull.open(relaxed);
      expect(decisionOf(await pull.comment(REQUESTER, "/codex greet"))).toEqual(skipped("not_for_us"));
      expect(decisionOf(await pull.comment(REQUESTER, "/agent greet"))).toEqual(allowed("plan_published", "planned"));
      await relaxed.repository.commit("main", { "docs/guide.md": "# Another guide\n" });
      await relaxed.github.people.label(REQUESTER, pull.number, "go-ahead");
      const approved = await pull.approve();
      expect(decisionOf(approved)).toEqual(allowed("plan_approved", "approved"));
      expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
      expect(relaxed.github.violations).toEqual([]);
    } finally {
      await relaxed.close();
    }
  });
});
