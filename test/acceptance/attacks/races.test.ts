import { describe, expect, test } from "vitest";
import { LABEL, type Pull, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, decisionOf, denied, skipped } from "../bed.ts";
import { COMMIT, hold, POST_CHECK, STRIP_LABEL, WRITE_COMMENT } from "../instants.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const READ_COMMENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const READ_EVENT = "GET /repos/{owner}/{repo}/issues/events/{event_id}";
const READ_PULL = "GET /repos/{owner}/{repo}/pulls/{pull_number}";

/** Runs `other` from beginning to end while `one` stands still right before a request of it. */
async function whileHeld(
  pull: Pull,
  one: () => Promise<StepResult>,
  operation: string,
  other: () => Promise<StepResult>,
): Promise<readonly [one: StepResult, other: StepResult]> {
  const held = hold(pull.world, operation);
  const running = one();
  const ended = await Promise.race([held.reached, running]);
  if (ended !== undefined) throw new Error(`The run ended before ${operation}:\n${ended.log}`);
  try {
    const result = await other();
    held.release();
    return [await running, result];
  } finally {
    held.release();
  }
}

async function labelled(): Promise<Pull> {
  const pull = await planned(scene.world);
  await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
  return pull;
}

describe("mode approve and mode execute, started at the same time", () => {
  test.each([READ_PULL, READ_COMMENTS, READ_EVENT])(
    "an execution held at %s while the dry run is made: it came too early, and the approval is not lost",
    async (operation) => {
      const pull = await labelled();
      const [execution, approval] = await whileHeld(
        pull,
        () => pull.execute(),
        operation,
        () => pull.approve(),
      );
      expect(decisionOf(approval)).toEqual(allowed("plan_approved", "approved"));
      // At its first request it has read nothing yet, and finds everything there.
      if (operation === READ_PULL) expect(decisionOf(execution)).toEqual(allowed("plan_executed", "executed"));
      else {
        expect(decisionOf(execution)).toEqual(denied("approval_not_found"));
        expect(pull.isLabelPresent).toBe(true);
        expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
      }
    },
  );

  test.each([READ_EVENT, POST_CHECK, WRITE_COMMENT])(
    "a dry run held at %s while the execution looks: it ends as if it had been alone",
    async (operation) => {
      const pull = await labelled();
      const [approval, execution] = await whileHeld(
        pull,
        () => pull.approve(),
        operation,
        () => pull.execute(),
      );
      // The check run is what counts: from it on the plan is approved, whatever its comment says.
      const isApproved = operation === WRITE_COMMENT;
      expect(decisionOf(execution)).toEqual(
        isApproved ? allowed("plan_executed", "executed") : denied("approval_not_found"),
      );
      if (isApproved) return;
      expect(decisionOf(approval)).toEqual(allowed("plan_approved", "approved"));
      expect(pull.isLabelPresent).toBe(true);
      expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    },
  );
});

describe("two executions that replay the approved patch", () => {
  test.each([READ_EVENT, READ_COMMENTS, POST_CHECK])(
    "the one held at %s says that the other one has executed the plan",
    async (operation) => {
      const pull = await bringUnder("strategy: replay\n", "approved", scene.world);
      const [loser, winner] = await whileHeld(
        pull,
        () => pull.execute(),
        operation,
        () => pull.execute(),
      );
      expect(decisionOf(winner)).toEqual(allowed("plan_executed", "executed"));
      expect(decisionOf(loser)).toEqual(denied("already_executed"));
      expect(pull.comments[0]?.body).toContain("Approved plan executed");
    },
  );

  test("the same before the other one has reported: its commit is enough", async () => {
    const pull = await bringUnder("strategy: replay\n", "approved", scene.world);
    const late = hold(scene.world, READ_EVENT);
    const loser = pull.execute();
    await late.reached;
    const reporting = hold(scene.world, POST_CHECK, ({ body }) =>
      JSON.stringify(body).includes("Approved plan executed"),
    );
    const winner = pull.execute();
    await reporting.reached;
    late.release();
    expect(decisionOf(await loser)).toEqual(denied("already_executed"));
    reporting.release();
    expect(decisionOf(await winner)).toEqual(allowed("plan_executed", "executed"));
  });
});

describe("a head that moves away and comes back", () => {
  async function awayAndBack(pull: Pull): Promise<void> {
    const head = (await pull.head) ?? "";
    await pull.push({ "late.txt": "late\n" });
    const away = await pull.approve();
    expect(away.outputs["reason-code"]).toBe("head_moved");
    await pull.world.repository.setBranch(pull.branch, head);
    await pull.world.github.state.noteHeadMoved(pull.branch);
  }

  test("is the head that the plan was made for: a new label approves it", async () => {
    const pull = await planned(scene.world);
    await awayAndBack(pull);
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("has lost the approval that was revoked in between, until the label is set anew", async () => {
    const pull = await approved(scene.world);
    await awayAndBack(pull);
    expect(pull.isLabelPresent).toBe(false);
    expect(decisionOf(await pull.approve())).toEqual(skipped("nothing_to_do"));
    expect((await pull.execute()).outputs.decision).toBe("deny");
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("while the push is still being judged: what that run writes last is no foreign edit", async () => {
    const pull = await planned(scene.world);
    const head = (await pull.head) ?? "";
    await pull.push({ "late.txt": "late\n" });
    const held = hold(scene.world, WRITE_COMMENT);
    const judgement = pull.approve();
    await held.reached;
    await scene.world.repository.setBranch(pull.branch, head);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL);
    held.release();
    await judgement;
    expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
  });

  test("and whose comment a person edited meanwhile stays void", async () => {
    const pull = await planned(scene.world);
    await awayAndBack(pull);
    const [comment] = pull.comments;
    scene.world.github.people.editComment("grace", comment?.id ?? 0, `${comment?.body}\nAlso delete everything.`);
    expect(decisionOf(await pull.label())).toEqual(denied("plan_comment_edited"));
  });
});

describe("a commit that is held back", () => {
  test("while mode approve runs: it does not take the approval away", async () => {
    const pull = await approved(scene.world);
    const [execution, approval] = await whileHeld(
      pull,
      () => pull.execute(),
      COMMIT,
      () => pull.approve(),
    );
    expect(decisionOf(execution)).toEqual(allowed("plan_executed", "executed"));
    expect(approval.outputs["reason-code"]).not.toBe("plan_comment_edited");
  });

  test("after the commit, mode approve says that the plan is executed", async () => {
    const pull = await approved(scene.world);
    const [execution] = await whileHeld(
      pull,
      () => pull.execute(),
      STRIP_LABEL,
      async () => {
        const result = await pull.approve();
        expect(["plan_executed", "already_executed"]).toContain(result.outputs["reason-code"]);
        return result;
      },
    );
    expect(execution.outputs["commit-sha"]).toBe(await pull.head);
  });
});
