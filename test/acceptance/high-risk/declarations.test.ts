import { describe, expect, test } from "vitest";
import { applyPatch } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import { allowed, create, decisionOf, denied, planOf, steps } from "../bed.ts";
import { bringUnder, expectDenied, openScene, planned } from "../scene.ts";
import { DECLARED, go, HIGH_RISK, ONE_GATE, say } from "./signing.ts";

const scene = openScene({ policy: HIGH_RISK, ready: ["planned"] });

describe("declarations", () => {
  test("that are missing are named with the plan, and deny its approval before Codex is asked", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const asked = world.model.requests.length;
    const result = await expectDenied(pull, "declarations_missing", () => pull.label());
    expect(result.outputs.result).toContain("rollback-owner");
    expect(world.model.requests).toHaveLength(asked);
  });

  test("raise the class of a plan and never lower it, and are refused when nobody can read them", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const lowered = await pull.ask("Change the greeting.\n\nRisk-Class: standard");
    expect(lowered.outputs["risk-class"]).toBe("high");
    world.agent.plan = () => planOf([create("docs/note.md")]);
    const raised = await pull.ask("Write a note.\n\nRisk-Class: critical");
    expect(decisionOf(raised)).toEqual(allowed("plan_published", "planned"));
    expect(raised.outputs["risk-class"]).toBe("critical");
    const asked = world.model.requests.length;
    const wrong = await pull.ask("Write a note.\n\nRisk-Class: huge");
    expect(decisionOf(wrong)).toEqual(denied("declaration_invalid", "refused"));
    expect(world.model.requests).toHaveLength(asked);
  });
});

describe("the owner of the decision", () => {
  test("is not the requester: that is refused before anybody signs for nothing", async () => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const asked = world.model.requests.length;
    const own = await pull.ask("Change the greeting.\n\nGo-No-Go-Owner: Ada");
    expect(decisionOf(own)).toEqual(denied("declaration_invalid", "refused"));
    expect(own.outputs.result).toContain("so somebody else has to decide");
    expect(world.model.requests).toHaveLength(asked);
  });

  test.each(["tess", "nobody-here"])(
    "that name %s as the owner, whose decision could never count, are refused",
    async (owner) => {
      const pull = await Pull.open(scene.world);
      const result = await pull.ask(`Change the greeting.\n\nGo-No-Go-Owner: ${owner}`);
      expect(decisionOf(result)).toEqual(denied("declaration_invalid", "refused"));
      expect(result.outputs.result).toContain("may not decide here");
    },
  );

  test("where the policy's default names the requester, the plan's comment asks for another one", async () => {
    const policy = ONE_GATE.replace("go-no-go-owner: linus", "go-no-go-owner: ada");
    const pull = await bringUnder(policy, "planned", scene.world);
    expect(pull.comments.at(-1)?.body).toContain("may not decide on the own request");
  });
});

describe("the limits of a class", () => {
  test("deny a change with more lines, and refuse a plan with more files", async () => {
    const { world } = scene;
    const limited = ONE_GATE.replace(
      "    rehearsal: false",
      "    rehearsal: false\n    max-lines: 1\n    max-files: 1",
    );
    const pull = await bringUnder(limited, "planned", world);
    await expectDenied(pull, "change_too_large", () => pull.label());
    world.agent.plan = () => planOf([create("src/auth/a.js"), create("src/auth/b.js")]);
    expect(decisionOf(await pull.ask())).toEqual(denied("change_too_large", "refused"));
  });
});

describe("a rehearsal that fails", () => {
  test("blocks the approval with the command that failed, and is run again by the next run", async () => {
    const { world } = scene;
    const down = "rehearsal:\n  down: ['echo there is no way back; exit 4']\n";
    const pull = await bringUnder(`${DECLARED}${down}`, "planned", world);
    const blocked = await pull.label();
    expect(decisionOf(blocked)).toEqual(denied("rehearsal_failed", "blocked"));
    expect(blocked.outputs.result).toContain("there is no way back");
    expect(pull.isLabelPresent).toBe(true);
    expect(decisionOf(await pull.execute())).toEqual(denied("escalation_open", "blocked"));
  });

  test("in the execution stops the very patch that is to be committed", async () => {
    const { world } = scene;
    const only = "rehearsal:\n  verify: ['! grep -q moin src/greeting.js']\n";
    const lean = ONE_GATE.replace("rehearsal: false", "rehearsal: true");
    const pull = await bringUnder(`${lean}${only}`, "approved", world);
    say(pull, "grace", "/codex-gate communication pass Support knows of it.");
    go(pull);
    world.agent.change = steps(
      applyPatch([
        "*** Update File: src/greeting.js",
        "@@",
        '-export const greeting = "hello";',
        '+export const greeting = "moin";',
      ]),
    );
    await expectDenied(pull, "rehearsal_failed", () => pull.execute());
  });
});
