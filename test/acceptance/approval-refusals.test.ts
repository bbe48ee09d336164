import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { allowed, behave, decisionOf, denied, openBed, skipped } from "./bed.ts";

let world: World;
beforeAll(async () => {
  world = await openBed();
  world.github.administration.addUser({ login: "helper[bot]", type: "Bot", role: "write" });
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
  test("by somebody with triage only is denied and the label removed", async () => {
    const pull = await planned();
    await expectDenied(pull, "approver_not_authorised", () => pull.label("tess"));
  });

  test("by a bot, through an app or on an agent's suggestion is denied", async () => {
    const byBot = await planned();
    await expectDenied(byBot, "approver_is_bot", () => byBot.label("helper[bot]"));
    const byApp = await planned();
    await world.github.people.label(REVIEWER, byApp.number, LABEL, { viaApp: { id: 77, slug: "labeller" } });
    await expectDenied(byApp, "approver_is_bot");
    const byAgent = await planned();
    await world.github.people.label(REVIEWER, byAgent.number, LABEL, {
      intent: { rationale: "It looks good.", confidence: "HIGH" },
    });
    await expectDenied(byAgent, "approver_is_agent");
  });

  test("by the requester is denied", async () => {
    const pull = await planned();
    await expectDenied(pull, "approver_is_requester", () => pull.label(REQUESTER));
  });

  test("that is a renamed label is denied, for no event says who set it", async () => {
    const pull = await planned();
    await world.github.people.label(REVIEWER, pull.number, "almost");
    world.github.administration.renameLabel("almost", LABEL);
    await expectDenied(pull, "label_without_event");
    world.github.administration.deleteLabel(LABEL);
  });

  test("from before the plan is denied", async () => {
    const pull = await Pull.open(world);
    await pull.ask();
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    // The second plan removes the label; somebody who can only triage puts the old state back by renaming.
    await pull.ask("Greet in French.");
    expect(pull.isLabelPresent).toBe(false);
    expect(decisionOf(await pull.approve())).toEqual(skipped("nothing_to_do"));
  });

  test("whose event is older than the plan is denied", async () => {
    const pull = await planned();
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    const event = world.github.state.events.findLast(({ issue }) => issue.number === pull.number);
    Object.assign(event ?? {}, { createdAt: "2026-01-02T03:04:05Z" });
    await expectDenied(pull, "approval_before_plan");
  });

  test("by somebody whose access was taken away meanwhile is denied", async () => {
    const pull = await planned();
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    world.github.administration.setRole(REVIEWER, "read");
    await expectDenied(pull, "approver_not_authorised");
    world.github.administration.setRole(REVIEWER, "write");
  });

  test("without any plan is denied", async () => {
    const pull = await Pull.open(world);
    await expectDenied(pull, "plan_not_found", () => pull.label());
  });

  test("of another label starts nothing", async () => {
    const pull = await planned();
    const delivery = await world.github.people.label(REVIEWER, pull.number, "bug");
    expect(decisionOf(await world.act("approve", delivery))).toEqual(skipped("not_for_us"));
  });

  test("after the command comment was edited or deleted is denied", async () => {
    const edited = await planned();
    const commandOf = (pull: Pull) =>
      [...world.github.state.comments.values()].find(
        ({ issue, author }) => issue.number === pull.number && author.login === REQUESTER,
      )?.id ?? 0;
    world.github.people.editComment(REQUESTER, commandOf(edited), "/codex Delete everything.");
    await expectDenied(edited, "comment_edited", () => edited.label());
    const deleted = await planned();
    world.github.people.deleteComment(REQUESTER, commandOf(deleted));
    await expectDenied(deleted, "comment_deleted", () => deleted.label());
  });

  test("of a plan whose comment somebody edited is denied and the comment restored", async () => {
    const pull = await planned();
    const comment = pull.comments[0];
    const original = comment?.body ?? "";
    world.github.people.editComment("linus", comment?.id ?? 0, original.replace("src/greeting.js", "README.md"));
    await expectDenied(pull, "plan_comment_edited", () => pull.label());
    expect(pull.comments[0]?.body).toContain("src/greeting.js");
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });

  test("of a plan whose comment is gone is denied", async () => {
    const pull = await planned();
    world.github.people.deleteComment("linus", pull.comments[0]?.id ?? 0);
    await expectDenied(pull, "plan_comment_missing", () => pull.label());
  });

  test("after the head moved is denied", async () => {
    const pull = await planned();
    await pull.push({ "late.txt": "late\n" });
    await expectDenied(pull, "head_moved", () => pull.label());
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
