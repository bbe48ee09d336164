import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startWebhook, type WebhookServer } from "../../adapters/slack/webhook-server.ts";
import { applyPatch } from "../../world/model.ts";
import type { Pull } from "../../world/pull.ts";
import { allowed, create, decisionOf, denied, GREETING, planOf, steps } from "../bed.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });
let slack: WebhookServer;
let seen = 0;

beforeAll(async () => {
  slack = await startWebhook();
});
beforeEach(() => {
  seen = slack.posted.length;
});
afterAll(async () => {
  expect(slack.problems).toEqual([]);
  await slack.close();
});

const told = () => slack.posted.slice(seen).map(({ text }) => (JSON.parse(text) as { text: string }).text);
const webhook = () => ({ inputs: { "slack-webhook-url": slack.url } });
const drift = () => {
  scene.world.agent.plan = () => planOf([GREETING, create("docs/new.md")]);
};
const assignees = (pull: Pull) =>
  [...(scene.world.github.state.issues.get(pull.number)?.assignees ?? [])].map(({ login }) => login);

describe("a channel", () => {
  test("is told of a drift with what differs, and the next in turn is assigned", async () => {
    const { world } = scene;
    const pull = await bringUnder("drift-rotation: [grace, linus]\n", "approved", world);
    const issue = world.github.state.issues.get(pull.number);
    const [grace, ada] = ["grace", "ada"].map((login) => world.github.state.users.get(login));
    // Grace has it by turn, Ada by somebody's choice.
    for (const user of [grace, ada]) if (user) issue?.assignees.add(user);
    drift();
    expect(decisionOf(await pull.execute(webhook()))).toEqual(denied("plan_drifted", "drifted"));
    const [text = "", ...more] = told();
    expect(more).toEqual([]);
    expect(text).toContain(`Drifted, nothing was executed: pull request ${pull.number} of acme/shop`);
    expect(text).toContain("Plan: Greet in German.");
    expect(text).toContain("+  create docs/new.md");
    expect(text).toContain("Now assigned: linus.");
    expect(text).toContain(`/pull/${pull.number}`);
    expect(assignees(pull)).toEqual(["ada", "linus"]);
  });

  test("is told once of a drift, whoever labels the plan again, and the turn does not go on", async () => {
    const { world } = scene;
    const pull = await bringUnder("drift-rotation: [grace, linus]\n", "approved", world);
    drift();
    await pull.execute(webhook());
    const [first] = assignees(pull);
    expect(decisionOf(await pull.label("grace", webhook()))).toEqual(denied("plan_drifted", "drifted"));
    expect(told()).toHaveLength(1);
    expect(assignees(pull)).toEqual([first]);
  });

  test("is told of a denial with what was asked for and what to do", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.change = steps(applyPatch(["*** Add File: docs/evil.md", "+x"]));
    expect(decisionOf(await pull.label("grace", webhook()))).toEqual(denied("parity_failed"));
    const [text = ""] = told();
    expect(text).toContain("Denied (Codex asked for changes outside the approved plan)");
    expect(text).toContain("- docs/evil.md: The plan does not name this file. (got create)");
    expect(text).toContain("asked by ada");
    expect(text).toContain("What to do: Ask for a plan that names these files");
  });

  test("hears nothing of requests that were refused, of plans, of approvals, and of executions by default", async () => {
    const { world } = scene;
    const pull = await planned(world);
    expect(decisionOf(await pull.ask("", webhook()))).toEqual(denied("prompt_empty", "refused"));
    expect(decisionOf(await pull.label("grace", webhook()))).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute(webhook()))).toEqual(allowed("plan_executed", "executed"));
    expect(told()).toEqual([]);
  });

  test("hears what the policy chooses", async () => {
    const { world } = scene;
    const pull = await bringUnder("notices: [executed]\n", "approved", world);
    expect(decisionOf(await pull.execute(webhook()))).toEqual(allowed("plan_executed", "executed"));
    const [text = ""] = told();
    expect(text).toContain(`Executed: pull request ${pull.number} of acme/shop`);
    expect(text).toContain(`Commit ${(await pull.head)?.slice(0, 12)}, 1 file. Review it like any other.`);
    const other = await bringUnder("notices: [executed]\n", "approved", world);
    drift();
    await other.execute(webhook());
    expect(told()).toHaveLength(1);
  });

  test("that is broken changes nothing, and neither does a person who cannot be assigned", async () => {
    const { world } = scene;
    const pull = await bringUnder("drift-rotation: [nobody-here]\n", "approved", world);
    drift();
    slack.trouble({ status: 404 }, { status: 404 });
    const result = await pull.execute(webhook());
    expect(decisionOf(result)).toEqual(denied("plan_drifted", "drifted"));
    expect(result.log).toContain("GitHub did not assign nobody-here");
    expect(result.log).toContain("Slack was not told");
    expect(result.log.replace(`::add-mask::${slack.url}`, "")).not.toContain(slack.secret.slice(-12));
    expect(assignees(pull)).toEqual([]);
  });

  test("keeps the assignees as they are when GitHub fails, and the drift is told all the same", async () => {
    const { world } = scene;
    await approved(world);
    const pull = await bringUnder("drift-rotation: [grace]\n", "approved", world);
    world.github.fault({
      match: ({ operation }) => operation?.endsWith("/assignees") === true,
      fault: { kind: "status", status: 404 },
    });
    drift();
    const result = await pull.execute(webhook());
    expect(decisionOf(result)).toEqual(denied("plan_drifted", "drifted"));
    expect(result.log).toContain("Could not assign grace");
    expect(told()).toHaveLength(1);
  });
});
