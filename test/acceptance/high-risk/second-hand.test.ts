import { describe, expect, test } from "vitest";
import { type Pull, REQUESTER } from "../../world/pull.ts";
import { allowed, behave, create, decisionOf, denied, GREETING, planOf } from "../bed.ts";
import { approved, openScene, planned } from "../scene.ts";
import { go, ONE_GATE, say } from "./signing.ts";

const scene = openScene({ policy: ONE_GATE, ready: ["planned", "approved"] });

const PASS = "/codex-gate communication pass Support knows of it.";

async function expectBlocked(pull: Pull, reasonCode: string): Promise<string> {
  const head = await pull.head;
  const result = await pull.execute();
  expect(decisionOf(result)).toEqual(denied(reasonCode, "blocked"));
  expect([await pull.head, pull.isLabelPresent]).toEqual([head, true]);
  return result.outputs.result ?? "";
}

describe("words of somebody who may have read something else", () => {
  test("do not count in the first minute after the plan was swapped, and do when they are said again", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.agent.plan = () => planOf([GREETING, create("src/extra.js")]);
    expect(decisionOf(await pull.ask("Greet in French."))).toEqual(allowed("plan_published", "planned"));
    behave(world);
    expect(pull.comments.at(-1)?.body).toMatch(/labels and sign-offs count from \d\d:\d\d:\d\d UTC/);
    const early = await pull.comment("grace", PASS);
    expect(decisionOf(early)).toEqual(denied("sign_off_refused", "refused"));
    expect(pull.comments.at(-1)?.body).toContain("less than a minute after a plan that replaced another one");
    go(pull);
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    await expectBlocked(pull, "gates_pending");
    expect(decisionOf(await pull.comment("grace", PASS))).toEqual(allowed("sign_off_recorded", "blocked"));
    await expectBlocked(pull, "decision_missing");
  });

  test("do not count when somebody else wrote them into a comment in the second in which it was posted", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const id = say(pull, "grace", "I shall look at it tomorrow.");
    world.github.people.editComment(REQUESTER, id, PASS);
    const comment = world.github.state.comments.get(id);
    Object.assign(comment ?? {}, { updatedAt: comment?.createdAt });
    go(pull);
    const result = await expectBlocked(pull, "gates_pending");
    expect(result).toContain("sign_off_edited");
    say(pull, "grace", PASS);
    go(pull);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});
