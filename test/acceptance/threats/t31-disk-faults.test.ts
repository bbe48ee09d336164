import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Disk } from "../../world/disk.ts";
import { applyPatch, type ModelRequest, message, type Reply } from "../../world/model.ts";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { StepOptions, World } from "../../world/world.ts";
import { allowed, archived, create, decisionOf, denied, greet, planOf, steps } from "../bed.ts";
import { hold, STRIP_LABEL } from "../instants.ts";
import { approved, bringUnder, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const FULL = "runner_disk_full";
const FAILED = "runner_disk_failed";
const FIRST_READ = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
const MODES = ["plan", "approve", "execute"] as const;
type Mode = (typeof MODES)[number];

let disk: Disk;
beforeEach(async () => {
  disk = await scene.world.openDisk();
});
afterEach(() => disk.close());

/** A pull request right before a mode runs. */
function readyFor(mode: Mode, world: World): Promise<Pull> {
  return mode === "plan" ? Pull.open(world) : (mode === "approve" ? planned : approved)(world);
}

/** What wakes the mode, and with a label that is there, its job once more. */
function step(mode: Mode, pull: Pull, options: StepOptions = {}): Promise<StepResult> {
  if (mode === "plan") return pull.ask("Greet in German.", options);
  if (mode === "execute") return pull.execute(options);
  return pull.isLabelPresent ? pull.approve(options) : pull.label(undefined, options);
}

const DONE = {
  plan: allowed("plan_published", "planned"),
  approve: allowed("plan_approved", "approved"),
  execute: allowed("plan_executed", "executed"),
} as const satisfies Record<Mode, unknown>;

/** Something happens while the step is about to make a request. */
async function meanwhile(operation: string, happen: () => void, run: () => Promise<StepResult>): Promise<StepResult> {
  const held = hold(scene.world, operation);
  const running = run();
  await Promise.race([held.reached, running]);
  happen();
  held.release();
  return running;
}

/** Nothing that Node or a library throws reaches the reader of the log as it is, and there is no half evidence. */
function expectTidy({ log }: StepResult): void {
  expect(log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(log).not.toContain("internal_error");
}

/** The step ended for its disk: told everywhere, nothing written, no approval lost; on a sound disk the job ends right. */
async function expectStopped(mode: Mode, pull: Pull, code: string, run: () => Promise<StepResult>): Promise<void> {
  const head = await pull.head;
  const result = await run();
  expect(decisionOf(result)).toEqual(denied(code, mode === "plan" ? "refused" : "denied"));
  expectTidy(result);
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(mode !== "plan");
  expect(pull.comments.map(({ body }) => body).join("\n")).toContain(code);
  expect(decisionOf(await step(mode, pull))).toEqual(DONE[mode]);
}

/** A model that changes a file after something has happened, then says that it is done. */
function changing(happen: (request: ModelRequest) => void, patch = greet()): (request: ModelRequest) => Reply {
  let hasHappened = false;
  return (request) => {
    if (!hasHappened) happen(request);
    hasHappened = true;
    return request.toolOutputs.length === 0 ? [patch] : [message("Done.")];
  };
}

describe("T31 a disk that is full", () => {
  test.each(MODES)("from the start of mode %s", async (mode) => {
    const { world } = scene;
    const pull = await readyFor(mode, world);
    await expectStopped(mode, pull, FULL, () => step(mode, pull, { disk, onStart: () => disk.fill() }));
  });

  test.each(MODES)("from mode %s's first read of the pull request on: its outputs are in the file", async (mode) => {
    const pull = await readyFor(mode, scene.world);
    let log = "";
    await expectStopped(mode, pull, FULL, async () => {
      const run = () => step(mode, pull, { disk });
      const result = await meanwhile(FIRST_READ, () => disk.fill(), run);
      log = result.log;
      return result;
    });
    expect(log).not.toContain("set-output");
  });

  test.each(["approve", "execute"] as const)(
    "when Codex writes in mode %s is not taken for no change",
    async (mode) => {
      const pull = await readyFor(mode, scene.world);
      scene.world.agent.change = changing(() => disk.fill());
      await expectStopped(mode, pull, FULL, () => step(mode, pull, { disk }));
    },
  );

  test("when Codex writes, and has room again before its turn ends, commits no half file", async () => {
    const { world } = scene;
    world.agent.plan = () => planOf([create("big.txt")]);
    const pull = await Pull.open(world);
    await pull.ask();
    const lines = Array.from({ length: 20_000 }, (_, line) => `+${line} of a long text`);
    const big = applyPatch(["*** Add File: big.txt", ...lines]);
    let isFull = false;
    world.agent.change = ({ toolOutputs }) => {
      if (toolOutputs.length > 0 && isFull) disk.drain();
      else disk.fill(64 * 1024);
      isFull = toolOutputs.length === 0;
      return toolOutputs.length === 0 ? [big] : [message("Done.")];
    };
    const result = await pull.label(undefined, { disk });
    expect(decisionOf(result)).toEqual(denied(FULL));
    expect(pull.isLabelPresent).toBe(true);
    world.agent.change = steps(big);
    expect(decisionOf(await pull.approve())).toEqual(DONE.approve);
    expect(decisionOf(await pull.execute())).toEqual(DONE.execute);
    const file = await world.repository.readFile((await pull.head) ?? "", "big.txt");
    expect(String(file).split("\n")).toHaveLength(20_001);
  });

  test("does not excuse what Codex asked for beyond the plan", async () => {
    const pull = await planned(scene.world);
    scene.world.agent.change = changing(() => disk.fill(), applyPatch(["*** Add File: other.txt", "+x"]));
    const result = await pull.label(undefined, { disk });
    expect(decisionOf(result)).toEqual(denied("parity_failed"));
    expect(pull.isLabelPresent).toBe(false);
  });

  test("because of a verification command is not the plan's fault", async () => {
    const { world } = scene;
    const policy = "verification:\n  - test ! -e much && head -c 100000000 /dev/zero > $TMPDIR/much\n";
    const pull = await bringUnder(policy, "approved", world);
    const head = await pull.head;
    const small = await world.openDisk("size=48m");
    const result = await pull.execute({ disk: small });
    await small.close();
    expect(decisionOf(result)).toEqual(denied(FULL));
    expect(pull.isLabelPresent).toBe(true);
    expect(await pull.head).toBe(head);
    expect(decisionOf(await pull.execute())).toEqual(DONE.execute);
  });

  test("of inodes", async () => {
    const pull = await planned(scene.world);
    const small = await scene.world.openDisk("size=64m,nr_inodes=40");
    await expectStopped("approve", pull, FULL, () => step("approve", pull, { disk: small }));
    await small.close();
  });

  test("right after the commit leaves the execution and its report whole", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await meanwhile(
      STRIP_LABEL,
      () => disk.fill(),
      () => pull.execute({ disk }),
    );
    expect(decisionOf(result)).toEqual(DONE.execute);
    expectTidy(result);
    await expectReported(pull, head, result);
    expect((await archived(pull, result)).get("journal.jsonl")).toContain("plan_executed");
  });

  test("with no room for evidence anywhere, right after the commit: the next run finishes the report", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const tiny = mkdtempSync(join(tmpdir(), "tiny-"));
    const nowhere = await world.openDisk("size=64m", [tiny, "/dev/shm"]);
    const run = () => pull.execute({ disk: nowhere, environment: { TMPDIR: tiny } });
    const result = await meanwhile(STRIP_LABEL, () => nowhere.fill(), run);
    await nowhere.close();
    rmdirSync(tiny);
    expect(decisionOf(result)).toEqual(denied(FULL, "executed"));
    expectTidy(result);
    const commit = (await pull.head) ?? "";
    expect(pull.checks(commit).map(({ conclusion }) => conclusion)).toEqual(["action_required"]);
    expect(decisionOf(await pull.execute())).toEqual(DONE.execute);
    expect(await pull.head).toBe(commit);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");
  });
});

/** The commit is there, green, and the label is gone. */
async function expectReported(pull: Pull, before: string, { outputs }: StepResult): Promise<void> {
  const commit = (await pull.head) ?? "";
  expect(commit).not.toBe(before);
  expect(outputs["commit-sha"]).toBe(commit);
  expect(pull.checks(commit).map(({ conclusion }) => conclusion)).toEqual(["success"]);
  expect(pull.isLabelPresent).toBe(false);
}

describe("T31 a disk that cannot be written", () => {
  test.each(MODES)("from mode %s's first read of the pull request on", async (mode) => {
    const pull = await readyFor(mode, scene.world);
    const run = () => step(mode, pull, { disk });
    await expectStopped(mode, pull, FAILED, () => meanwhile(FIRST_READ, () => disk.remount("ro"), run));
  });

  test("right after the commit: the execution stands; that its outputs do not is a failure of the step", async () => {
    const pull = await approved(scene.world);
    const head = (await pull.head) ?? "";
    const result = await meanwhile(
      STRIP_LABEL,
      () => disk.remount("ro"),
      () => pull.execute({ disk }),
    );
    expect(decisionOf(result)).toEqual({ ...DONE.execute, exitCode: 1 });
    expect(result.log).toContain("outputs could not be written to GITHUB_OUTPUT: EROFS");
    expectTidy(result);
    const commit = (await pull.head) ?? "";
    expect(commit).not.toBe(head);
    expect(pull.checks(commit).map(({ conclusion }) => conclusion)).toEqual(["success"]);
  });

  test("for one large file (a limit on the size of files)", async () => {
    const { world } = scene;
    const pull = await Pull.open(world, { files: { "large.bin": "x".repeat(3_000_000) } });
    const launcher = ["prlimit", "--fsize=2097152"];
    await expectStopped("plan", pull, FULL, () => step("plan", pull, { launcher }));
  });
});
