import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GREETING, openBed, planOf } from "../acceptance/bed.ts";
import { ONE_GATE, say } from "../acceptance/high-risk/signing.ts";
import { startWebhook, type WebhookServer } from "../adapters/slack/webhook-server.ts";
import { createMemoryCodex } from "../world/memory-codex.ts";
import { LABEL, Pull, REVIEWER } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { Lab } from "./lab.ts";

let world: World;
let lab: Lab;
let slack: WebhookServer;

beforeAll(async () => {
  world = await openBed({ policy: `${ONE_GATE}escalation:\n  rotation: [tess, grace]\n` });
  const codex = createMemoryCodex({
    plan: () => JSON.stringify(planOf([GREETING])),
    changes: [{ path: "src/greeting.js", operation: "modify", content: 'export const greeting = "hallo";\n' }],
    exitCodes: {},
  });
  lab = await Lab.open(world, codex);
  slack = await startWebhook();
  lab.webhookUrl = slack.url;
});

afterAll(async () => {
  expect(world.github.violations).toEqual([]);
  expect(slack.problems).toEqual([]);
  await slack.close();
  await lab.close();
  await world.close();
});

describe("an escalation", () => {
  test("is told once with its evidence, and when it is overdue every run is red and names its owner", async () => {
    const pull = await Pull.open(world);
    await lab.ask(pull);
    expect((await lab.label(pull)).outcome.reasonCode).toBe("plan_approved");
    say(pull, "grace", "/codex-gate communication fail Support was never told.");
    const outcomes = [await lab.dispatch("approve", pull), await lab.dispatch("approve", pull)];
    expect(outcomes.map(({ outcome }) => outcome.reasonCode)).toEqual(["gate_failed", "escalation_open"]);
    expect(slack.posted.map(({ text }) => text)).toEqual([expect.stringContaining("Support was never told")]);
    expect(slack.posted[0]?.text).toContain("@tess");

    // The declared deadline is eight hours.
    const opened = Date.now();
    lab.clock = () => new Date(opened + 9 * 3_600_000);
    const overdue = await lab.dispatch("approve", pull);
    expect(overdue.outcome).toMatchObject({ reasonCode: "escalation_open", stage: "blocked" });
    expect(overdue.outcome.findings[0]).toMatchObject({
      code: "escalation_overdue",
      message: expect.stringContaining("tess"),
    });
    expect(overdue.view?.highRisk?.escalations).toMatchObject([
      { isOverdue: true, owner: "tess", closedAt: undefined },
    ]);
    expect(pull.isLabelPresent).toBe(true);
    expect(slack.posted).toHaveLength(1);

    const head = (await pull.head) ?? "";
    const signed = world.github.people.comment(REVIEWER, pull.number, "/codex-approve");
    expect((await lab.run("plan", signed, pull)).outcome.reasonCode).toBe("sign_off_recorded");
    expect(pull.checks(head).at(-1)?.conclusion).toBe("failure");
  });

  test("opens for the next in turn when the next blocker fails twice, whoever applied the label anew", async () => {
    const pull = await Pull.open(world);
    lab.clock = () => world.github.clock.now();
    await lab.ask(pull);
    await lab.label(pull);
    const fail = () => say(pull, "grace", "/codex-gate communication fail Nobody was told.");
    fail();
    await lab.dispatch("approve", pull);
    await lab.dispatch("execute", pull);
    await world.github.people.unlabel(REVIEWER, pull.number, LABEL);
    await lab.dispatch("approve", pull);
    world.github.clock.advance(3_600);
    say(pull, "grace", "/codex-gate communication pass Told now.");
    expect((await lab.label(pull)).outcome.reasonCode).toBe("plan_approved");
    fail();
    await lab.dispatch("approve", pull);
    const again = await lab.dispatch("approve", pull);
    expect(again.view?.highRisk?.escalations.map(({ owner, closedAt }) => [owner, closedAt === undefined])).toEqual([
      ["tess", false],
      ["grace", true],
    ]);
  });
});
