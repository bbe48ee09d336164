import { describe, expect, test } from "vitest";
import type { RequestFacts } from "../../world/github/faults.ts";
import { type Pull, REQUESTER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, behave, decisionOf, denied } from "../bed.ts";
import { approved, openScene } from "../scene.ts";
import { go, ONE_GATE, say } from "./signing.ts";

const scene = openScene({ policy: ONE_GATE, ready: ["approved"] });

const PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
const PASS = "/codex-gate communication pass Support knows of it.";
const FAIL = "/codex-gate communication fail Nobody was told.";

/** The label's person is looked up after a run has read the plan's bundle and its comment. */
const isUnderWay = ({ operation, path }: RequestFacts) => operation === PERMISSION && path.includes("/grace/");

/** Somebody signs while a run is under way, for which Codex will not answer; a run of its own takes the sign-off. */
async function signDuring(
  act: () => Promise<StepResult>,
  pull: Pull,
  text: string,
  next: (signed: StepResult, commentId: number) => void = () => undefined,
): Promise<void> {
  const { world } = scene;
  const signer = Promise.withResolvers<StepResult>();
  world.github.onRequest({
    match: isUnderWay,
    times: 1,
    run: async () => {
      const delivery = world.github.people.comment("linus", pull.number, text);
      const signed = await world.act("plan", delivery);
      next(signed, delivery.commentId);
      signer.resolve(signed);
    },
  });
  world.agent.plan = () => ({ status: 500 });
  world.agent.change = () => ({ status: 500 });
  await act();
  expect((await signer.promise).outputs["reason-code"]).toBe("sign_off_recorded");
  behave(world);
  world.github.calm();
}

/** The requester deletes what somebody said against the plan. */
const deleted = (_: StepResult, commentId: number) => scene.world.github.people.deleteComment(REQUESTER, commentId);

/** The owner of the decision knows nothing of what was said. */
async function expectRemembered(pull: Pull): Promise<void> {
  const head = await pull.head;
  if (!pull.isLabelPresent) await pull.label();
  go(pull);
  const result = await pull.execute();
  expect(decisionOf(result)).toEqual(denied("gates_pending", "blocked"));
  expect(result.outputs.result).toContain("sign_off_gone");
  expect(await pull.head).toBe(head);
}

describe("a sign-off that another run takes", () => {
  test("while an execution fails is not forgotten when it is deleted", async () => {
    const pull = await approved(scene.world);
    say(pull, "grace", PASS);
    go(pull);
    await signDuring(() => pull.execute(), pull, FAIL, deleted);
    await expectRemembered(pull);
  });

  test("while a dry run fails is not forgotten when it is deleted", async () => {
    const pull = await approved(scene.world);
    say(pull, "grace", PASS);
    await pull.unlabel();
    await signDuring(() => pull.label(), pull, FAIL, deleted);
    expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
    await expectRemembered(pull);
  });

  test("while an execution fails is not forgotten either when the execution cannot read what was taken", async () => {
    const { world } = scene;
    const pull = await approved(world);
    say(pull, "grace", PASS);
    go(pull);
    await signDuring(
      () => pull.execute(),
      pull,
      FAIL,
      (signed, commentId) => {
        deleted(signed, commentId);
        const match = ({ path }: RequestFacts) => path.endsWith(`/actions/artifacts/${signed.outputs["artifact-id"]}`);
        world.github.fault({ match, fault: { kind: "status", status: 404 }, times: 10 });
      },
    );
    await expectRemembered(pull);
  });

  test("while the gates are evaluated again is not forgotten when it is deleted", async () => {
    const pull = await approved(scene.world);
    say(pull, "grace", PASS);
    await signDuring(() => pull.approve(), pull, FAIL, deleted);
    await expectRemembered(pull);
  });

  test("while an execution is denied takes neither the approval nor the plan's comment away", async () => {
    const pull = await approved(scene.world);
    say(pull, "grace", PASS);
    go(pull);
    await signDuring(() => pull.execute(), pull, PASS);
    expect(pull.isLabelPresent).toBe(true);
    go(pull);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });
});
