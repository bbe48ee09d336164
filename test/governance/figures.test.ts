import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isDay, isWithin, shareOf, spreadOf, weekOf, weeksBetween } from "../../src/governance/figures.ts";

describe("a spread", () => {
  test.each([
    [[], { n: 0, median: null, p90: null }],
    [[5_400], { n: 1, median: 5, p90: 5 }],
    [[3_000, 1_000], { n: 2, median: 2, p90: 3 }],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((each) => each * 1_000), { n: 10, median: 5.5, p90: 9 }],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((each) => each * 1_000), { n: 11, median: 6, p90: 10 }],
    [[-4_000, 2_000, 60_000], { n: 3, median: 2, p90: 60 }],
  ])("of %j is %j", (times, expected) => {
    expect(spreadOf(times)).toEqual(expected);
  });

  test("does not depend on the order, and lies within what was measured", () => {
    const times = fc.array(fc.integer({ min: -1_000_000, max: 10_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(times, (measured) => {
        const { median, p90 } = spreadOf(measured);
        expect(spreadOf(measured.toReversed())).toEqual(spreadOf(measured));
        const most = Math.max(0, Math.round(Math.max(...measured) / 1_000));
        expect(median).toBeGreaterThanOrEqual(0);
        expect(p90).toBeGreaterThanOrEqual(Math.floor(median ?? 0));
        expect(p90).toBeLessThanOrEqual(most);
      }),
    );
  });
});

test("a share of nothing has no rate", () => {
  expect(shareOf([], () => true)).toEqual({ numerator: 0, denominator: 0, rate: null });
  expect(shareOf([1, 2, 3, 4], (each) => each > 1)).toEqual({ numerator: 3, denominator: 4, rate: 0.75 });
});

test.each([
  ["2026-11-30", true],
  ["2024-02-29", true],
  ["2026-02-29", false],
  ["2026-11-31", false],
  ["2026-13-01", false],
  ["2026-1-1", false],
  ["2026-11-30T00:00:00Z", false],
  // JavaScript takes a sign and six digits for a year.
  ["+012026-11-30", false],
  ["-000001-01-01", false],
  ["yesterday", false],
])("whether %s is a day: %s", (text, expected) => {
  expect(isDay(text)).toBe(expected);
});

test.each([
  ["2026-11-08T23:59:59.999Z", "2026-11-09", "2026-11-15", false],
  ["2026-11-09T00:00:00Z", "2026-11-09", "2026-11-15", true],
  ["2026-11-15T23:59:59.999Z", "2026-11-09", "2026-11-15", true],
  ["2026-11-16T00:00:00Z", "2026-11-09", "2026-11-15", false],
  ["2026-11-16T00:00:00Z", "2026-11-09", null, true],
  ["2026-11-08T23:59:59.999Z", null, "2026-11-15", true],
])("whether %s is within %s to %s: %s", (at, since, until, expected) => {
  expect(isWithin({ since, until }, at)).toBe(expected);
});

test.each([
  ["2026-11-09T00:00:00Z", "2026-11-09"],
  ["2026-11-15T23:59:59.999Z", "2026-11-09"],
  ["2026-11-16T00:00:00Z", "2026-11-16"],
  ["2027-01-01T12:00:00Z", "2026-12-28"],
  ["2024-03-01T12:00:00Z", "2024-02-26"],
])("%s is in the week of %s", (at, week) => {
  expect(weekOf(at)).toBe(week);
});

test("a week is a Monday that is at most six days ago, and every instant is within its own day", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("1970-01-05"), max: new Date("2100-01-01"), noInvalidDate: true }), (date) => {
      const at = date.toISOString();
      const monday = Date.parse(weekOf(at));
      expect(new Date(monday).getUTCDay()).toBe(1);
      expect(date.getTime() - monday).toBeGreaterThanOrEqual(0);
      expect(date.getTime() - monday).toBeLessThan(7 * 86_400_000);
      const day = at.slice(0, 10);
      expect(isWithin({ since: day, until: day }, at)).toBe(true);
    }),
  );
});

test("weeks are filled up in order, across the end of a year and of summer time", () => {
  expect(weeksBetween(["2027-01-04", "2026-12-21", "2026-12-21"])).toEqual(["2026-12-21", "2026-12-28", "2027-01-04"]);
  expect(weeksBetween([])).toEqual([]);
  expect(weeksBetween(["2026-03-02", "2026-11-30"])).toHaveLength(40);
});

test("weeks are filled up over ten years at most", () => {
  expect(weeksBetween(["2000-01-03", "2009-12-21"])).toHaveLength(521);
  expect(weeksBetween(["2000-01-03", "2009-12-28"])).toEqual(["2000-01-03", "2009-12-28"]);
});
