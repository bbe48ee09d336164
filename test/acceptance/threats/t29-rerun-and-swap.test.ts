import { describe, expect, test } from "vitest";
import { auditBundle } from "../../../src/governance/audit.ts";
import { readJournal } from "../../../src/governance/journal.ts";
import type { Delivery } from "../../world/github/deliveries.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { World } from "../../world/world.ts";
import { allowed, archived, create, decisionOf, denied, GREETING, planOf, skipped } from "../bed.ts";
import { killBefore, POST_CHECK } from "../instants.ts";
import { approved, bringUnder, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const by = (login: string, attempt = 2) => ({ attempt, environment: { GITHUB_TRIGGERING_ACTOR: login } });

/** An old request of the requester, whose first attempt made nothing. */
function oldRequest(world: World, pull: Pull): Delivery {
  return world.github.people.comment(REQUESTER, pull.number, "/codex Change the greeting.");
}

/** A new head, and the old request run again on it by somebody. */
async function rerunOnNewHead(pull: Pull, login: string): Promise<StepResult> {
  const request = oldRequest(pull.world, pull);
  await pull.push({ "late.txt": "late\n" });
  return pull.world.act("plan", request, by(login));
}

const text = async (pull: Pull, result: StepResult, name: string) => (await archived(pull, result)).get(name) ?? "";

describe("T29 somebody else re-runs an old request", () => {
  test("on a new head, and cannot approve it: the comment's author cannot either, a third person can", async () => {
    const pull = await Pull.open(scene.world);
    const made = await rerunOnNewHead(pull, REVIEWER);
    expect(decisionOf(made)).toEqual(allowed("plan_published", "planned"));
    expect(JSON.parse(await text(pull, made, "binding.json"))).toMatchObject({
      requester: REQUESTER,
      triggeringActor: REVIEWER,
      triggeringActorId: scene.world.github.state.user(REVIEWER).id,
      headSha: await pull.head,
    });
    expect(pull.comments.at(-1)?.body).toMatch(/Requested by\*\* \[ada\].*re-run by \[grace\]/);
    expect(made.summary).toMatch(/\*\*Attempt 2 by\*\* \[grace\]/);
    expect(JSON.parse(made.outputs.result ?? "")).toMatchObject({ requester: REQUESTER, coRequester: REVIEWER });
    await expectDenied(pull, "approver_is_requester", () => pull.label(REVIEWER));
    await expectDenied(pull, "approver_is_requester", () => pull.label(REQUESTER));
    expect(decisionOf(await pull.label("linus"))).toEqual(allowed("plan_approved", "approved"));
    const executed = await pull.execute();
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    const files = new Map([...(await archived(pull, executed))].map(([name, body]) => [name, Buffer.from(body)]));
    const audit = auditBundle(files);
    expect(audit.finding).toBeUndefined();
    expect(audit.steps.find(({ name }) => name === "four-eyes")?.status).toBe("passed");
    const [first] = readJournal(String(files.get("journal.jsonl")));
    expect(first?.subject).toMatchObject({ runActor: REQUESTER, triggeringActor: REVIEWER });
  });

  test.each<[who: string, login: string, reasonCode: string]>([
    ["a bot", "github-actions[bot]", "rerun_not_attributable"],
    ["an account that GitHub does not know", "renamed-since", "rerun_not_attributable"],
    ["nobody whom the runner names", "", "rerun_not_attributable"],
    ["somebody who can only read by now", "rene", "requester_not_authorised"],
  ])("is refused when it was %s", async (_who, login, reasonCode) => {
    const pull = await Pull.open(scene.world);
    const before = scene.world.model.requests.length;
    const result = await scene.world.act("plan", oldRequest(scene.world, pull), by(login));
    expect(decisionOf(result)).toEqual(denied(reasonCode, "refused"));
    expect(scene.world.model.requests).toHaveLength(before);
    expect(pull.comments.at(-1)?.body).toContain(reasonCode);
  });

  test("and when its author does, nobody else becomes a requester", async () => {
    const pull = await Pull.open(scene.world);
    const made = await scene.world.act("plan", oldRequest(scene.world, pull), by(REQUESTER));
    expect(decisionOf(made)).toEqual(allowed("plan_published", "planned"));
    expect(await text(pull, made, "binding.json")).not.toContain("triggeringActor");
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });

  test("may approve it where the policy lets requesters approve, and the evidence says so", async () => {
    const pull = await bringUnder("four-eyes: false\n", "planned", scene.world);
    const made = await rerunOnNewHead(pull, REVIEWER);
    expect(decisionOf(made)).toEqual(allowed("plan_published", "planned"));
    const labelled = await pull.label(REVIEWER);
    expect(decisionOf(labelled)).toEqual(allowed("plan_approved", "approved"));
    expect(JSON.parse(await text(pull, labelled, "approval.json")).isFourEyes).toBe(false);
  });

  test("of modes approve and execute approves nothing: it is recorded and shown", async () => {
    const pull = await planned(scene.world);
    expect(decisionOf(await pull.approve(by("linus")))).toEqual(skipped("nothing_to_do"));
    expect(decisionOf(await pull.execute(by("linus")))).toEqual(denied("label_missing"));
    const other = await approved(scene.world);
    const executed = await other.execute(by(REQUESTER, 3));
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    expect(executed.summary).toMatch(/\*\*Attempt 3 by\*\* \[ada\]/);
    const last = readJournal(await text(other, executed, "journal.jsonl")).at(-1);
    expect(last).toMatchObject({ runAttempt: 3, subject: { triggeringActor: REQUESTER, runActor: "linus" } });
  });
});

const WAIT = /This plan replaced another one; labels count from (\d\d:\d\d:\d\d) UTC\./;

/** Another plan, with more files, takes the place of the one that people are reading. */
function swap(pull: Pull): Promise<StepResult> {
  pull.world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
  return pull.ask("Greet in French.");
}

const labelAtOnce = async (pull: Pull): Promise<StepResult> => {
  await pull.world.github.people.label(REVIEWER, pull.number, LABEL);
  return pull.approve();
};

const shownAt = (pull: Pull): string => pull.comments.at(-1)?.createdAt ?? "";
const later = (time: string, seconds: number): string => new Date(Date.parse(time) + seconds * 1000).toISOString();

describe("T29 a plan is swapped right before the label", () => {
  test("which does not count, and does a minute later, as the comment says", async () => {
    const pull = await planned(scene.world);
    expect(pull.comments.at(-1)?.body).not.toMatch(WAIT);
    expect(decisionOf(await swap(pull))).toEqual(allowed("plan_published", "planned"));
    const shown = pull.comments.at(-1)?.body ?? "";
    expect(WAIT.exec(shown)?.[1]).toBe(later(shownAt(pull), 60).slice(11, 19));
    await expectDenied(pull, "approval_too_soon", () => labelAtOnce(pull));
    expect(pull.comments.at(-1)?.body).toMatch(WAIT);
    scene.world.github.clock.advance(60);
    expect(decisionOf(await labelAtOnce(pull))).toEqual(allowed("plan_approved", "approved"));
  });

  test.each([
    [59, denied("approval_too_soon")],
    [60, allowed("plan_approved", "approved")],
  ])("%i seconds after it", async (seconds, expected) => {
    const pull = await planned(scene.world);
    await swap(pull);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    const event = scene.world.github.state.events.findLast(({ issue }) => issue.number === pull.number);
    Object.assign(event ?? {}, { createdAt: later(shownAt(pull), seconds).replace(".000Z", "Z") });
    scene.world.github.clock.advance(60);
    expect(decisionOf(await pull.approve())).toEqual(expected);
  });

  test("is no swap when it is the first plan, nor when what came before was never shown", async () => {
    const pull = await Pull.open(scene.world);
    scene.world.agent.plan = () => planOf([{ ...GREETING, path: "../outside" }]);
    expect((await pull.ask()).outputs.decision).toBe("deny");
    scene.world.agent.plan = () => planOf([GREETING]);
    expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
    expect(pull.comments.at(-1)?.body).not.toMatch(WAIT);
    expect(decisionOf(await labelAtOnce(pull))).toEqual(allowed("plan_approved", "approved"));
  });

  test("on another head is one all the same", async () => {
    const pull = await planned(scene.world);
    await pull.push({ "late.txt": "late\n" });
    await swap(pull);
    await expectDenied(pull, "approval_too_soon", () => labelAtOnce(pull));
  });

  test("is one although the first was denied, or shown by a run that died before its check run", async () => {
    const { world } = scene;
    const pull = await planned(world);
    await expectDenied(pull, "approver_is_requester", () => pull.label(REQUESTER));
    await swap(pull);
    await expectDenied(pull, "approval_too_soon", () => labelAtOnce(pull));
    const other = await Pull.open(world);
    await killBefore(world, POST_CHECK, (options) => other.ask("Greet in Danish.", options));
    await swap(other);
    await expectDenied(other, "approval_too_soon", () => labelAtOnce(other));
  });

  test.each(["before", "after"])("is one although somebody deletes the first one's comment %s it", async (when) => {
    const pull = await planned(scene.world);
    const remove = () => scene.world.github.people.deleteComment(REQUESTER, pull.comments[0]?.id ?? 0);
    if (when === "before") remove();
    await swap(pull);
    if (when === "after") remove();
    await expectDenied(pull, "approval_too_soon", () => labelAtOnce(pull));
  });

  test("and its comment is hidden while the first one's, which names it, is shown again: no label counts", async () => {
    const pull = await planned(scene.world);
    await swap(pull);
    const [first, second] = pull.comments;
    expect(first?.body).toMatch(/^<!-- .* -->\n\*\*There is a newer plan: http/);
    expect(first?.minimized).toBe("outdated");
    Object.assign(first ?? {}, { minimized: undefined });
    Object.assign(second ?? {}, { minimized: "outdated" });
    scene.world.github.clock.advance(60);
    await expectDenied(pull, "plan_comment_missing", () => labelAtOnce(pull));
    Object.assign(second ?? {}, { minimized: undefined });
    expect(decisionOf(await labelAtOnce(pull))).toEqual(allowed("plan_approved", "approved"));
    // Whoever tidies up takes nothing away.
    Object.assign(second ?? {}, { minimized: "resolved" });
    expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("while the first one is executed, with its comment deleted and the label kept by a rename: nothing is committed", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const { people, administration } = world.github;
    world.github.onRequest({
      match: ({ operation }) => operation === POST_CHECK,
      run: async () => {
        world.github.calm();
        administration.renameLabel(LABEL, "parked");
        expect(decisionOf(await swap(pull))).toEqual(allowed("plan_published", "planned"));
        people.deleteComment(REQUESTER, pull.comments.at(-1)?.id ?? 0);
        administration.renameLabel("parked", LABEL);
      },
    });
    await expectDenied(pull, "plan_superseded", () => pull.execute());
    expect(pull.isLabelPresent).toBe(false);
  });
});
