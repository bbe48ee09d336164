import { describe, expect, test } from "vitest";
import { message, shell } from "../../world/model.ts";
import { Pull, REQUESTER } from "../../world/pull.ts";
import { allowed, create, decisionOf, denied, GREETING, greet, planOf, steps } from "../bed.ts";
import { openScene } from "../scene.ts";

const scene = openScene();
const LONG = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(3_900)}`);
const STEPS = LONG.map((text) => ({ title: text, rationale: text, files: [] }));

describe("T21 something is much too large", () => {
  test("a prompt as long as a comment can be, all emoji, is refused before a plan is paid", async () => {
    const pull = await Pull.open(scene.world);
    const asked = scene.world.model.requests.length;
    const result = await pull.comment(REQUESTER, `/codex ${"🦄".repeat(32_760)}`);
    expect(decisionOf(result)).toEqual(denied("prompt_too_long", "refused"));
    expect(scene.world.model.requests).toHaveLength(asked);
  });

  test("a long prompt, all emoji, is planned with a comment that GitHub takes", async () => {
    const pull = await Pull.open(scene.world);
    const result = await pull.comment(REQUESTER, `/codex ${"🦄".repeat(11_000)}`);
    expect(decisionOf(result)).toEqual(allowed("plan_published", "planned"));
    expect(pull.comments.at(-1)?.body.length).toBeLessThanOrEqual(65_536);
  });

  test("a plan with 10,000 files is refused with the limit", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = () =>
      planOf(
        Array.from({ length: 10_000 }, (_, index) => create(`f/${index}`)),
        { steps: [] },
      );
    const result = await pull.ask();
    expect(decisionOf(result).decision).toBe("deny");
    expect(["plan_too_large", "plan_invalid"]).toContain(result.outputs["reason-code"]);
    expect(pull.comments.at(-1)?.body.length).toBeLessThanOrEqual(65_536);
  });

  test.each([
    ["that is no plan", () => [message("x".repeat(3_000_000))]],
    // Each of its texts is within the bound of one.
    ["that is a plan", () => planOf([GREETING], { risks: LONG, verification: LONG, steps: STEPS })],
    ["that is a plan with room", () => [message(`${JSON.stringify(planOf([GREETING]))}${" ".repeat(1_100_000)}`)]],
  ])("an answer of megabytes %s is refused", async (_name, answer) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    world.agent.plan = answer;
    expect(decisionOf(await pull.ask())).toEqual(denied("plan_invalid", "refused"));
  });

  test("a command's output without end fills neither the log nor the evidence", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    await pull.ask();
    world.agent.change = steps(shell({ cmd: "yes 0123456789 | head -c 200000000", yield_time_ms: 20_000 }), greet());
    const result = await pull.label();
    expect(decisionOf(result)).toEqual(allowed("plan_approved", "approved"));
    const id = Number(result.outputs["artifact-id"]);
    expect((await world.artifacts.read(id)).length).toBeLessThan(9_000_000);
    expect(result.log.length).toBeLessThan(200_000);
  });
});
