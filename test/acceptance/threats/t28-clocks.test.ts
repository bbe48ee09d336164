import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { readJournal } from "../../../src/governance/journal.ts";
import type { FaultKind } from "../../world/github/faults.ts";
import { LABEL, Pull, REVIEWER } from "../../world/pull.ts";
import type { StepOptions, World } from "../../world/world.ts";
import { allowed, archived, decisionOf, denied } from "../bed.ts";
import { hold, POST_CHECK } from "../instants.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const PRELOAD = fileURLToPath(new URL("../../world/wrong-clock.ts", import.meta.url));

/** The step's process has a clock that is wrong by this; `from` is a file that makes it so. */
const wrongBy = (seconds: number, from?: string): StepOptions => ({
  environment: {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    WRONG_CLOCK_MS: String(seconds * 1000),
    ...(from === undefined ? {} : { WRONG_CLOCK_FROM: from }),
  },
});

const WRONG: readonly [what: string, seconds: number, told: string][] = [
  ["8 days behind", -8 * DAY_S, "about 8 days behind GitHub's"],
  ["8 days ahead", 8 * DAY_S, "about 8 days ahead of GitHub's"],
  ["an hour behind", -HOUR_S, "about 60 minutes behind GitHub's"],
  ["an hour ahead", HOUR_S, "about 60 minutes ahead of GitHub's"],
];

/** Each answer of GitHub has this in place of its `Date`; an empty text: none. */
function changeDates(pull: Pull, date: (body: unknown) => string): void {
  const fault: FaultKind = {
    kind: "change",
    change: ({ body, headers }) => ({ body, headers: { ...headers, date: date(body) } }),
  };
  pull.world.github.fault({ match: () => true, fault, times: Number.POSITIVE_INFINITY });
}

async function asked(world: World): Promise<Pull> {
  const pull = await Pull.open(world);
  expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  return pull;
}

async function labelled(world: World): Promise<Pull> {
  const pull = await asked(world);
  expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  return pull;
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe("T28 a runner whose clock is wrong", () => {
  test.each(WRONG)("%s: an approval of today holds, and the clock is reported once", async (_what, seconds, told) => {
    const pull = await approved(scene.world);
    const executed = await pull.execute(wrongBy(seconds));
    expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
    expect(occurrences(executed.log, told)).toBe(1);
    expect(occurrences(executed.summary, told)).toBe(1);
    const last = readJournal((await archived(pull, executed)).get("journal.jsonl") ?? "").at(-1);
    expect(Math.abs(Number(last?.subject.runnerClockAheadSeconds) - seconds)).toBeLessThan(MINUTE_S);
    // The record's own time is GitHub's all the same.
    expect(Math.abs(Date.parse(last?.at ?? "") - scene.world.github.clock.now().getTime())).toBeLessThan(
      MINUTE_S * 1000,
    );
  });

  test.each([-8 * DAY_S, 8 * DAY_S])(
    "that jumps by %i seconds in the middle of a run changes nothing",
    async (seconds) => {
      const directory = await mkdtemp(join(tmpdir(), "wrong-clock-"));
      onTestFinished(() => rm(directory, { recursive: true }));
      const from = join(directory, "now");
      const pull = await approved(scene.world);
      const held = hold(scene.world, POST_CHECK);
      const execution = pull.execute(wrongBy(seconds, from));
      await held.reached;
      await writeFile(from, "");
      held.release();
      const executed = await execution;
      expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
      expect(occurrences(executed.log, "about 8 days")).toBe(1);
    },
  );

  test("by a minute is told to nobody", async () => {
    const pull = await approved(scene.world);
    const { log, summary } = await pull.execute(wrongBy(MINUTE_S));
    expect(`${log}${summary}`).not.toContain("clock is about");
  });
});

describe("T28 GitHub's answers without a time", () => {
  test.each<[what: string, date: string]>([
    ["have no `Date`", ""],
    ["are dated 1970", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ])("that %s: nothing is executed, and the label stays", async (_what, date) => {
    const pull = await approved(scene.world);
    const head = await pull.head;
    changeDates(pull, () => date);
    const result = await pull.execute();
    expect(decisionOf(result)).toEqual(denied("github_time_unknown"));
    expect(result.summary).toContain("Let the proxy");
    expect(await pull.head).toBe(head);
    expect(pull.isLabelPresent).toBe(true);
    scene.world.github.calm();
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("that are older than the label itself come from elsewhere: nothing is executed", async () => {
    const pull = await approved(scene.world);
    const old = new Date(scene.world.github.clock.now().getTime() - 8 * DAY_S * 1000).toUTCString();
    changeDates(pull, () => old);
    expect(decisionOf(await pull.execute())).toEqual(denied("github_time_unknown"));
    expect(pull.isLabelPresent).toBe(true);
  });

  test("still let a plan be made: its record says whose time it has", async () => {
    const pull = await planned(scene.world);
    changeDates(pull, () => "");
    const asked = await pull.ask("Greet in French.");
    expect(decisionOf(asked)).toEqual(allowed("plan_published", "planned"));
    const [first] = readJournal((await archived(pull, asked)).get("journal.jsonl") ?? "");
    expect(first?.subject.clock).toBe("runner");
  });
});

// GitHub's time goes forward only, so these come last, each with a pull request of its own.
describe("T28 an approval that GitHub's time has ended", () => {
  test.each(WRONG.slice(0, 3))("is not executed on a runner %s", async (_what, seconds) => {
    const { world } = scene;
    const pull = await labelled(world);
    world.github.clock.advance(8 * DAY_S);
    await expectDenied(pull, "approval_expired", () => pull.execute(wrongBy(seconds)));
  });

  test.each(WRONG.slice(0, 1))("leads to no dry run on a runner %s", async (_what, seconds) => {
    const { world } = scene;
    const pull = await asked(world);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    world.github.clock.advance(8 * DAY_S);
    await expectDenied(pull, "approval_expired", () => pull.approve(wrongBy(seconds)));
  });

  test("in the middle of the run is not executed", async () => {
    const { world } = scene;
    const pull = await labelled(world);
    const head = await pull.head;
    const held = hold(world, POST_CHECK);
    const execution = pull.execute(wrongBy(-8 * DAY_S));
    await held.reached;
    world.github.clock.advance(8 * DAY_S);
    held.release();
    expect(decisionOf(await execution)).toEqual(denied("approval_expired"));
    expect(await pull.head).toBe(head);
  });

  test("is not made younger by answers out of a cache, old and new ones mixed", async () => {
    const { world } = scene;
    const pull = await labelled(world);
    world.github.clock.advance(8 * DAY_S);
    let count = 0;
    const old = new Date(world.github.clock.now().getTime() - 8 * DAY_S * 1000).toUTCString();
    changeDates(pull, () => {
      count += 1;
      return count === 2 ? world.github.clock.now().toUTCString() : old;
    });
    await expectDenied(pull, "approval_expired", () => pull.execute());
  });
});
