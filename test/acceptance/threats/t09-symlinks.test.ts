import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { applyPatch, shell } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { create, decisionOf, denied, GREETING, greet, planOf, steps } from "../bed.ts";
import { everythingTold, openScene } from "../scene.ts";

const scene = openScene();
const CANARY = "canary-0f2d9a-that-lies-outside-of-the-tree";

describe("T9 a symbolic link leads out of the tree", () => {
  test("and nothing behind it leaves with the evidence or reaches the model", async () => {
    const { world } = scene;
    const outside = mkdtempSync(join(tmpdir(), "codex-plan-governance-canary-"));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    const secret = join(outside, "canary.txt");
    writeFileSync(secret, CANARY);
    const files = {
      "notes.txt": { content: secret, mode: "120000" },
      etc: { content: "/etc", mode: "120000" },
    } as const;
    const pull = await Pull.open(world, { files });
    world.agent.change = steps(shell({ cmd: "cat notes.txt etc/hostname" }), greet());
    const results = [await pull.ask(), await pull.label(), await pull.execute()];
    expect(results.map(({ outputs }) => outputs["reason-code"])).toEqual([
      "plan_published",
      "plan_approved",
      "plan_executed",
    ]);
    const told = await everythingTold(world, results);
    expect(told).toContain("notes.txt");
    expect(told).not.toContain(CANARY);
  });

  test("and a plan through it is refused", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { out: { content: tmpdir(), mode: "120000" } } });
    world.agent.plan = () => planOf([create("out/x.txt")]);
    expect(decisionOf(await pull.ask())).toEqual(denied("plan_paths_refused", "refused"));
  });

  test("and a change through it is declined", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { out: { content: tmpdir(), mode: "120000" } } });
    world.agent.plan = () => planOf([GREETING]);
    await pull.ask();
    world.agent.change = steps(greet(), applyPatch(["*** Add File: out/escaped-from-the-tree.txt", "+x"]));
    expect(decisionOf(await pull.label())).toEqual(denied("parity_failed"));
  });
});
