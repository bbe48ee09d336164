import { describe, expect, test } from "vitest";
import { CLOCK_TOLERANCE_MS, clockDifferenceText } from "../../src/governance/clock-difference.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

describe("what is said of a runner's clock", () => {
  test.each([0, 1, CLOCK_TOLERANCE_MS - 1, 1 - CLOCK_TOLERANCE_MS])("is nothing at %i ms", (aheadMs) => {
    expect(clockDifferenceText(aheadMs)).toBeUndefined();
  });

  test.each<[aheadMs: number, said: string]>([
    [CLOCK_TOLERANCE_MS, "about 2 minutes ahead of GitHub's"],
    [-CLOCK_TOLERANCE_MS, "about 2 minutes behind GitHub's"],
    [2 * HOUR - SECOND, "about 120 minutes ahead of GitHub's"],
    [2 * HOUR, "about 2 hours ahead of GitHub's"],
    [-2 * DAY + MINUTE, "about 48 hours behind GitHub's"],
    [-2 * DAY, "about 2 days behind GitHub's"],
    [8 * DAY + 11 * HOUR, "about 8 days ahead of GitHub's"],
  ])("at %i ms is: %s", (aheadMs, said) => {
    expect(clockDifferenceText(aheadMs)).toBe(
      `This runner's clock is ${said}. GitHub's time decides; set the runner's clock, with NTP for example.`,
    );
  });
});
