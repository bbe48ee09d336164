import { describe, expect, test } from "vitest";
import { allowed, decisionOf, denied } from "../bed.ts";
import { approved, openScene } from "../scene.ts";
import { decide, ONE_GATE, pass, say } from "./signing.ts";

const scene = openScene({ policy: `${ONE_GATE}escalation:\n  rotation: [tess, grace]\n`, ready: ["approved"] });

describe("a blocker", () => {
  test("that survives two evaluations is escalated to the next in turn, and closed when it is gone", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const conclusion = () => pull.checks(head).at(-1)?.conclusion;
    say(pull, "grace", "/codex-gate communication fail Support was never told.");

    expect(decisionOf(await pull.approve())).toEqual(denied("gate_failed", "blocked"));
    expect(pull.isLabelPresent).toBe(true);
    const escalated = await pull.approve();
    expect(decisionOf(escalated)).toEqual(denied("escalation_open", "blocked"));
    expect(escalated.outputs.result).toContain("tess");
    expect([...(world.github.state.issues.get(pull.number)?.assignees ?? [])].map(({ login }) => login)).toEqual([
      "tess",
    ]);
    expect(conclusion()).toBe("failure");
    expect(decisionOf(await pull.execute())).toEqual(denied("escalation_open", "blocked"));

    // GitHub's clock in this world is behind the runner's, whose time an escalation has.
    world.github.clock.advance(3_600);
    const passed = await pass(pull, "communication");
    expect(decisionOf(passed)).toEqual(allowed("sign_off_recorded", "blocked"));
    const decided = await decide(pull);
    expect(decided.outputs.ready).toBe("true");
    const again = await pull.approve();
    expect(decisionOf(again)).toEqual(allowed("plan_approved", "approved"));
    expect(again.outputs.ready).toBe("true");
    expect(conclusion()).toBe("action_required");
  });
});
