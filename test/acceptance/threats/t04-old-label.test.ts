import { describe, expect, test } from "vitest";
import { LABEL, REVIEWER } from "../../world/pull.ts";
import { allowed, create, decisionOf, denied, forgeCheck, GREETING, planOf, pointerOf, skipped } from "../bed.ts";
import { killBefore, POST_CHECK } from "../instants.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

describe("T4 a new plan under an old label", () => {
  test("is not approved by a label from before: the new plan takes it away", async () => {
    const pull = await planned(scene.world);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    scene.world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    expect(decisionOf(await pull.ask("Greet in French."))).toEqual(allowed("plan_published", "planned"));
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.comments.map(({ minimized }) => minimized)).toEqual(["outdated", undefined]);
    expect(decisionOf(await pull.approve())).toEqual(skipped("nothing_to_do"));
  });

  test("is denied when the label's event is older than the plan", async () => {
    const pull = await planned(scene.world);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    const event = scene.world.github.state.events.findLast(({ issue }) => issue.number === pull.number);
    Object.assign(event ?? {}, { createdAt: "2026-01-02T03:04:05Z" });
    await expectDenied(pull, "approval_before_plan", () => pull.approve());
  });

  test("is denied when the label came in the very second of the plan", async () => {
    const pull = await planned(scene.world);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    const event = scene.world.github.state.events.findLast(({ issue }) => issue.number === pull.number);
    Object.assign(event ?? {}, { createdAt: pull.comments[0]?.createdAt });
    await expectDenied(pull, "approval_before_plan", () => pull.approve());
  });

  test("is not approved by a label that was set on a newer plan, whose publication was cut off", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.plan = () => planOf([GREETING], { summary: "Greet in French." });
    await killBefore(world, POST_CHECK, (options) => pull.ask("Greet in French.", options));
    expect(pull.comments.at(-1)?.body).toContain("Greet in French.");
    await expectDenied(pull, "plan_superseded", () => pull.label());
  });

  test("is not executed by the dry run of the older plan", async () => {
    const pull = await approved(scene.world);
    scene.world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    await pull.ask("Greet in French.");
    scene.world.github.clock.advance(60);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await pull.execute())).toEqual(denied("approval_not_found"));
  });

  test("is denied to an older plan whose check run is posted again", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const older = pointerOf(pull, head);
    scene.world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    await pull.ask("Greet in French.");
    await forgeCheck(world, head, older);
    world.github.clock.advance(60);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    expect(decisionOf(await pull.execute())).toEqual(denied("approval_not_found"));
  });
});
