import { describe, expect, test } from "vitest";
import { createGitHubTime } from "../../../src/adapters/github/github-time.ts";

const NOON = "Fri, 20 Nov 2026 12:00:00 GMT";
const NOON_MS = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;

function open(runner = NOON_MS) {
  const state = { monotonic: 5_000, runner, log: [] as string[] };
  const time = createGitHubTime({
    log: (line) => state.log.push(line),
    monotonicMs: () => state.monotonic,
    runnerMs: () => state.runner,
  });
  return { state, time };
}

describe("GitHub's time", () => {
  test("goes on by itself after an answer, whatever is done to the runner's clock", () => {
    const { state, time } = open();
    time.noteDate(NOON);
    state.monotonic += 90_000;
    state.runner -= 30 * DAY;
    expect(time.now()).toBe("2026-11-20T12:01:30.000Z");
    expect(time.stamp()).toEqual({ at: "2026-11-20T12:01:30.000Z", isGitHubs: true });
  });

  test("is that of the latest answer, and an older one does not turn it back", () => {
    const { state, time } = open();
    time.noteDate(NOON);
    time.noteDate("Fri, 13 Nov 2026 12:00:00 GMT");
    expect(time.now()).toBe("2026-11-20T12:00:00.000Z");
    state.monotonic += 1_000;
    time.noteDate("Fri, 20 Nov 2026 12:00:05 GMT");
    expect(time.now()).toBe("2026-11-20T12:00:05.000Z");
  });

  test.each([
    undefined,
    0,
    "",
    "yesterday",
    "2026-11-20T12:00:00Z",
    "Friday, 20-Nov-26 12:00:00 GMT",
    "Fri Nov 20 12:00:00 2026",
    "Fri, 20 Nov 2026 12:00:00 +0100",
    `${NOON}, ${NOON}`,
    "Fri, 99 Nov 2026 12:00:00 GMT",
    "Fri, 20 Foo 2026 12:00:00 GMT",
    "Tue, 31 Dec 2019 23:59:59 GMT",
    "Fri, 01 Jan 2100 00:00:00 GMT",
  ])("is not taken from %s: what decides by it fails, and a record says whose time it has", (header) => {
    const { time } = open();
    time.noteDate(header);
    expect(() => time.now()).toThrow(expect.objectContaining({ code: "github_time_unknown" }));
    expect(time.stamp()).toEqual({ at: "2026-11-20T12:00:00.000Z", isGitHubs: false });
    expect(time.runnerAheadMs()).toBeUndefined();
  });

  test.each([-8 * DAY, 8 * DAY, 120_000, -120_000])("a runner that is %i ms off is reported once", (offMs) => {
    const { state, time } = open(NOON_MS + offMs);
    time.noteDate(NOON);
    time.noteDate(NOON);
    expect(state.log).toEqual([expect.stringContaining(offMs > 0 ? "ahead of GitHub's" : "behind GitHub's")]);
    expect(time.runnerAheadMs()).toBe(offMs);
  });

  test("a runner that is 119 seconds off is right enough, until its clock jumps", () => {
    const { state, time } = open(NOON_MS + 119_000);
    time.noteDate(NOON);
    expect(state.log).toEqual([]);
    expect(time.runnerAheadMs()).toBeUndefined();
    state.runner -= DAY;
    time.noteDate(NOON);
    expect(time.runnerAheadMs()).toBe(119_000 - DAY);
    state.runner = NOON_MS;
    time.noteDate(NOON);
    expect(state.log).toHaveLength(1);
    expect(time.runnerAheadMs()).toBe(119_000 - DAY);
  });

  test("is the real one with nothing but a log", () => {
    const time = createGitHubTime({ log: () => undefined });
    const date = new Date(Math.floor(Date.now() / 1000) * 1000);
    time.noteDate(date.toUTCString());
    expect(Date.parse(time.now())).toBeGreaterThanOrEqual(date.getTime());
  });
});
