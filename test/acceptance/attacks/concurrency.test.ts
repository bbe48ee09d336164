import { describe, expect, test } from "vitest";
import { parsePointer } from "../../../src/governance/pointer.ts";
import { LABEL, Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { COMMIT, hold, POST_CHECK, STRIP_LABEL } from "../instants.ts";
import { approved, openScene } from "../scene.ts";

const scene = openScene();

/** Runs `meanwhile` from beginning to end while an execution stands still right before a request of it. */
async function whileHeld(pull: Pull, operation: string, meanwhile: () => Promise<unknown>): Promise<StepResult> {
  const held = hold(pull.world, operation);
  const execution = pull.execute();
  // An execution that never comes there ends instead, and shows why.
  const ended = await Promise.race([held.reached, execution]);
  if (ended !== undefined) throw new Error(`The execution ended before ${operation}:\n${ended.log}`);
  try {
    await meanwhile();
  } finally {
    held.release();
  }
  return execution;
}

/** Commits of the action since a head. */
async function effects(pull: Pull, head: string): Promise<number> {
  const log = await pull.world.repository.log(pull.branch, 10);
  const since = log.slice(
    0,
    log.findIndex(({ sha }) => sha === head),
  );
  return since.filter(({ message }) => message.includes("Codex-Binding:")).length;
}

const conclusions = (pull: Pull, sha: string) => pull.checks(sha).map(({ conclusion }) => conclusion);

async function expectNothingDone(pull: Pull, head: string): Promise<void> {
  await expectNothingWritten(pull, head);
  expect(pull.isLabelPresent).toBe(false);
}

async function expectNothingWritten(pull: Pull, head: string): Promise<void> {
  expect(await effects(pull, head)).toBe(0);
  expect(String(await pull.world.repository.readFile(pull.branch, "src/greeting.js"))).toContain("hello");
  expect(pull.world.github.state.checkRuns.filter(({ headSha }) => headSha === head).length).toBeGreaterThan(0);
  for (const sha of [head, (await pull.head) ?? ""]) expect(conclusions(pull, sha)).not.toContain("success");
  expect(pull.comments.map(({ body }) => body).join()).not.toContain("Approved plan executed");
}

/** One commit, one success, told by the comment of the plan that was approved; and nothing makes another one. */
async function expectDoneOnce(pull: Pull, head: string, commit: string): Promise<void> {
  expect(await effects(pull, head)).toBe(1);
  expect(pull.isLabelPresent).toBe(false);
  expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
  expect(conclusions(pull, head)).not.toContain("success");
  const pointers = pull.checks(head).map(({ externalId }) => parsePointer(externalId));
  expect(pointers).toContainEqual(expect.objectContaining({ stage: "executed", commitSha: commit }));
  expect(pull.comments[0]?.body).toContain("Approved plan executed");
  await pull.world.github.people.label(REVIEWER, pull.number, LABEL);
  expect((await pull.execute()).outputs.decision).toBe("deny");
  expect(await effects(pull, head)).toBe(1);
}

const commitOf = ({ outputs }: StepResult): string => outputs["commit-sha"] ?? "";

describe("a second execution of the same approval", () => {
  test("from beginning to end while the first one is about to spend it: the first one is told, and spoils nothing", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    let second: StepResult | undefined;
    const first = await whileHeld(pull, POST_CHECK, async () => {
      second = await pull.execute();
    });
    expect(second && decisionOf(second)).toEqual(allowed("plan_executed", "executed"));
    expect(decisionOf(first)).toEqual(denied("already_executed"));
    await expectDoneOnce(pull, head, commitOf(second as StepResult));
  });
});

describe("a command that is commented while an approved plan is executed", () => {
  test("before the approval is spent makes a new plan, and the old one is not executed", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, POST_CHECK, async () => {
      expect(decisionOf(await pull.ask("Greet in Danish."))).toEqual(allowed("plan_published", "planned"));
    });
    expect(result.outputs.decision).toBe("deny");
    expect(["plan_superseded", "approval_withdrawn", "label_missing"]).toContain(result.outputs["reason-code"]);
    await expectNothingDone(pull, head);
    // The new plan is as good as any: the end of the old one did not take it along.
    expect(pull.comments.map(({ body }) => body).join()).toContain("Plan waits for approval");
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
    expect(await effects(pull, head)).toBe(1);
  });

  test("right before the commit does not stop it, and makes no second one", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, COMMIT, async () => {
      expect(decisionOf(await pull.ask("Greet in Danish."))).toEqual(allowed("plan_published", "planned"));
    });
    expect(decisionOf(result)).toEqual(allowed("plan_executed", "executed"));
    await expectDoneOnce(pull, head, commitOf(result));
  });
});

describe("a label that is removed while the plan is executed", () => {
  test("before the approval is spent stops the execution", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, POST_CHECK, async () => {
      expect(decisionOf(await pull.unlabel()).reasonCode).toBe("approval_withdrawn");
    });
    expect(decisionOf(result)).toEqual(denied("approval_withdrawn"));
    await expectNothingDone(pull, head);
    expect(pull.comments[0]?.body).toContain("approval_withdrawn");
  });

  test("and applied again by the same person is another approval, which this execution does not have", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const { people } = scene.world.github;
    const result = await whileHeld(pull, POST_CHECK, async () => {
      await people.unlabel(REVIEWER, pull.number, LABEL);
      await people.label(REVIEWER, pull.number, LABEL);
    });
    expect(decisionOf(result)).toEqual(denied("approval_withdrawn"));
    await expectNothingDone(pull, head);
  });

  test("right before the commit comes too late, and what is told is that it was executed", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, COMMIT, async () => {
      expect(decisionOf(await pull.unlabel()).decision).toBe("skip");
    });
    expect(decisionOf(result)).toEqual(allowed("plan_executed", "executed"));
    await expectDoneOnce(pull, head, commitOf(result));
  });
});

describe("a push while the plan is executed", () => {
  test("before the approval is spent stops the execution", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, POST_CHECK, async () => {
      const delivery = await pull.push({ "late.txt": "late\n" });
      expect(decisionOf(await scene.world.act("approve", delivery)).reasonCode).toBe("head_moved");
    });
    expect(decisionOf(result)).toEqual(denied("head_moved"));
    await expectNothingDone(pull, head);
    expect(String(await scene.world.repository.readFile(pull.branch, "late.txt"))).toBe("late\n");
  });

  test("on top of the commit leaves the commit, and a report that tells of it", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await whileHeld(pull, STRIP_LABEL, async () => {
      const delivery = await pull.push({ "late.txt": "late\n" });
      await scene.world.act("approve", delivery);
    });
    expect(decisionOf(result)).toEqual(allowed("plan_executed", "executed"));
    await expectDoneOnce(pull, head, commitOf(result));
    expect(conclusions(pull, (await pull.head) ?? "")).not.toContain("success");
  });

  test("on top of the commit, judged before the report and told after it, does not hide the execution", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const isJudged = hold(world, POST_CHECK, ({ body }) => (body as { head_sha: string }).head_sha !== head);
    let judgement: Promise<StepResult> | undefined;
    const execution = await whileHeld(pull, STRIP_LABEL, async () => {
      const delivery = await pull.push({ "late.txt": "late\n" });
      judgement = world.act("approve", delivery);
      await Promise.race([isJudged.reached, judgement]);
    });
    isJudged.release();
    await judgement;
    expect(decisionOf(execution)).toEqual(allowed("plan_executed", "executed"));
    await expectDoneOnce(pull, head, commitOf(execution));
  });
});

describe("another pull request with the same head", () => {
  async function openSibling(pull: Pull, head: string): Promise<Pull> {
    const branch = `${pull.branch}-sibling`;
    await pull.world.repository.setBranch(branch, head);
    const { number } = await pull.world.github.authors.openPullRequest({ user: REQUESTER, head: branch });
    return new Pull(pull.world, number, branch);
  }

  test("that is opened before the approval is spent stops the execution of both until it is closed", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    let sibling: Pull | undefined;
    let other: StepResult | undefined;
    const result = await whileHeld(pull, POST_CHECK, async () => {
      sibling = await openSibling(pull, head);
      await scene.world.github.people.label(REVIEWER, sibling.number, LABEL);
      other = await sibling.execute();
      expect(await sibling.head).toBe(head);
    });
    expect(decisionOf(result)).toEqual(denied("shared_head"));
    expect(other && decisionOf(other)).toEqual(denied("shared_head"));
    await expectNothingWritten(pull, head);
    expect(pull.isLabelPresent).toBe(true);
    await scene.world.github.authors.close(sibling?.number ?? 0);
    const again = await pull.execute();
    expect(decisionOf(again)).toEqual(allowed("plan_executed", "executed"));
    await expectDoneOnce(pull, head, commitOf(again));
  });

  test("that is opened right before the commit shares neither the commit nor a success", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    let sibling: Pull | undefined;
    const result = await whileHeld(pull, COMMIT, async () => {
      sibling = await openSibling(pull, head);
    });
    expect(decisionOf(result)).toEqual(allowed("plan_executed", "executed"));
    expect(await sibling?.head).toBe(head);
    await expectDoneOnce(pull, head, commitOf(result));
  });
});
