import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Calendar,
  type Deadline,
  deadlineAfter,
  isPast,
  isTimezone,
  parseDeadline,
  WEEKDAYS,
} from "../../src/governance/deadline.ts";
import { errorOf } from "./builders.ts";

const BERLIN: Calendar = {
  timezone: "Europe/Berlin",
  days: ["mon", "tue", "wed", "thu", "fri"],
  start: "09:00",
  end: "17:00",
  holidays: [],
};

const rule = (text: string): Deadline => {
  const parsed = parseDeadline(text);
  if (parsed === undefined) throw new Error(`${text} is no deadline.`);
  return parsed;
};

describe("a deadline is", () => {
  test.each([
    ["1h", 1, "hours"],
    ["8h", 8, "hours"],
    ["2160h", 2_160, "hours"],
    ["2d", 2, "days"],
    ["90d", 90, "days"],
    ["1 business day", 1, "business days"],
    ["2 business days", 2, "business days"],
    ["60 business days", 60, "business days"],
  ])("%s", (text, amount, unit) => {
    expect(parseDeadline(text)).toEqual({ amount, unit });
  });

  test.each([
    "",
    "0h",
    "0 business days",
    "-1h",
    "1.5h",
    "08h",
    "2161h",
    "91d",
    "61 business days",
    "99999h",
    "8",
    "h",
    "8 h",
    "8H",
    "8h ",
    " 8h",
    "8hours",
    "2 days",
    "2  business days",
    "2 Business Days",
    "soon",
    "1e3h",
    "٨h",
  ])("not %j", (text) => {
    expect(parseDeadline(text)).toBeUndefined();
  });
});

describe("hours and days run on", () => {
  test.each([
    ["2026-11-20T12:00:00Z", "8h", "2026-11-20T20:00:00.000Z"],
    ["2026-11-20T12:00:00.500Z", "2d", "2026-11-22T12:00:00.500Z"],
    ["2024-02-28T23:00:00Z", "1d", "2024-02-29T23:00:00.000Z"],
  ])("from %s in %s to %s, with and without a calendar", (start, text, expected) => {
    expect(deadlineAfter(start, rule(text), null)).toBe(expected);
    expect(deadlineAfter(start, rule(text), BERLIN)).toBe(expected);
  });
});

describe("business days", () => {
  test.each([
    // 2026-11-20 is a Friday; Berlin is an hour ahead of UTC.
    ["keep the time of day", "2026-11-19T10:30:00Z", "1 business day", "2026-11-20T10:30:00.000Z"],
    ["leave the weekend out", "2026-11-20T10:30:15Z", "1 business day", "2026-11-23T10:30:15.000Z"],
    ["count more than a week", "2026-11-20T10:30:00Z", "6 business days", "2026-11-30T10:30:00.000Z"],
    ["start at the opening when it is too early", "2026-11-19T07:59:59Z", "1 business day", "2026-11-20T08:00:00.000Z"],
    ["take the opening as working time", "2026-11-19T08:00:00Z", "1 business day", "2026-11-20T08:00:00.000Z"],
    ["take split seconds after the opening", "2026-11-19T08:00:00.250Z", "1 business day", "2026-11-20T08:00:00.250Z"],
    ["take no split second after the end", "2026-11-19T16:00:00.250Z", "1 business day", "2026-11-23T08:00:00.000Z"],
    ["take the last minute as working time", "2026-11-19T15:59:59Z", "1 business day", "2026-11-20T15:59:59.000Z"],
    ["start at the next opening after work", "2026-11-19T16:00:00Z", "1 business day", "2026-11-23T08:00:00.000Z"],
    ["start on Monday when it is Saturday", "2026-11-21T12:00:00Z", "1 business day", "2026-11-24T08:00:00.000Z"],
    ["keep the local time when clocks go back", "2026-10-23T10:00:00Z", "1 business day", "2026-10-26T11:00:00.000Z"],
    [
      "keep the local time when clocks go forward",
      "2026-03-27T11:00:00Z",
      "1 business day",
      "2026-03-30T10:00:00.000Z",
    ],
    ["know years before 1970", "1969-12-29T10:30:00.250Z", "1 business day", "1969-12-30T10:30:00.250Z"],
  ])("%s", (_, start, text, expected) => {
    expect(deadlineAfter(start, rule(text), BERLIN)).toBe(expected);
  });

  test("leave holidays out, at the start and on the way", () => {
    const calendar = { ...BERLIN, holidays: ["2026-12-24", "2026-12-25", "2026-12-28"] };
    expect(deadlineAfter("2026-12-23T10:00:00Z", rule("1 business day"), calendar)).toBe("2026-12-29T10:00:00.000Z");
    expect(deadlineAfter("2026-12-24T10:00:00Z", rule("1 business day"), calendar)).toBe("2026-12-30T08:00:00.000Z");
  });

  test("are of the calendar's time zone, not of UTC", () => {
    // Monday morning in Auckland is still Sunday in UTC.
    const calendar = { ...BERLIN, timezone: "Pacific/Auckland" };
    expect(deadlineAfter("2026-11-22T21:00:00Z", rule("1 business day"), calendar)).toBe("2026-11-23T21:00:00.000Z");
  });

  test("take the earlier of two instants, and move on where there is none", () => {
    const nights = { ...BERLIN, days: [...WEEKDAYS], start: "00:00", end: "23:59" };
    // 02:30 is there twice on the 25th of October, and not at all on the 29th of March.
    expect(deadlineAfter("2026-10-24T00:30:00Z", rule("1 business day"), nights)).toBe("2026-10-25T00:30:00.000Z");
    expect(deadlineAfter("2026-03-28T01:30:00Z", rule("1 business day"), nights)).toBe("2026-03-29T01:30:00.000Z");
  });

  test("end by the clock as it goes on the very day on which it was changed", () => {
    const calendar = { ...BERLIN, days: [...WEEKDAYS] };
    expect(deadlineAfter("2026-10-24T08:00:00Z", rule("1 business day"), calendar)).toBe("2026-10-25T09:00:00.000Z");
    expect(deadlineAfter("2026-03-28T09:00:00Z", rule("1 business day"), calendar)).toBe("2026-03-29T08:00:00.000Z");
  });

  test("cannot be counted without a calendar", () => {
    const error = errorOf(() => deadlineAfter("2026-11-20T12:00:00Z", rule("1 business day"), null));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain("escalation.calendar");
  });
});

const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) });
const calendars: fc.Arbitrary<Calendar> = fc.record({
  timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
  days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
  start: fc.constantFrom("06:00", "09:00", "11:45"),
  end: fc.constantFrom("12:00", "17:00", "23:30"),
  holidays: fc.array(
    fc
      .integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) })
      .map((at) => new Date(at).toISOString().slice(0, 10)),
    { maxLength: 20 },
  ),
});

/** Day, date and time of day as people in the time zone see them, by another way than the code's. */
function shown(instant: string, timezone: string) {
  const options = { timeZone: timezone, hourCycle: "h23", weekday: "short", dateStyle: undefined } as const;
  const weekday = new Date(instant).toLocaleString("en-US", options).slice(0, 3).toLowerCase();
  const [date = "", time = ""] = new Date(instant).toLocaleString("sv-SE", { timeZone: timezone }).split(" ");
  return { weekday, date, time: time.slice(0, 5) };
}

describe("whatever the start and the calendar, a deadline in business days", () => {
  test("is later, on a working day, within the hours", () => {
    fc.assert(
      fc.property(instants, calendars, fc.integer({ min: 1, max: 60 }), (start, calendar, amount) => {
        const deadline = deadlineAfter(new Date(start).toISOString(), { amount, unit: "business days" }, calendar);
        expect(Date.parse(deadline)).toBeGreaterThan(start);
        const { weekday, date, time } = shown(deadline, calendar.timezone);
        expect(calendar.days).toContain(weekday);
        expect(calendar.holidays).not.toContain(date);
        expect(time >= calendar.start && time < calendar.end).toBe(true);
      }),
    );
  });

  test("moves with its start and with its amount", () => {
    fc.assert(
      fc.property(
        instants,
        calendars,
        fc.integer({ min: 1, max: 59 }),
        fc.nat(1e8),
        (start, calendar, amount, more) => {
          const deadlineFrom = (from: number, days: number) =>
            Date.parse(deadlineAfter(new Date(from).toISOString(), { amount: days, unit: "business days" }, calendar));
          expect(deadlineFrom(start + more, amount)).toBeGreaterThanOrEqual(deadlineFrom(start, amount));
          expect(deadlineFrom(start, amount + 1)).toBeGreaterThan(deadlineFrom(start, amount));
        },
      ),
    );
  });
});

describe("a deadline is past", () => {
  test.each([
    ["2026-11-20T12:00:00Z", "2026-11-20T11:59:59Z", false],
    ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000Z", false],
    ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.001Z", true],
    ["2026-11-20T12:00:00Z", "no time", true],
    ["no time", "2026-11-20T12:00:00Z", true],
  ])("when it is %s and the time is %s: %j", (deadline, now, expected) => {
    expect(isPast(deadline, now)).toBe(expected);
  });
});

test.each([
  ["Europe/Berlin", true],
  ["UTC", true],
  ["Europe/Nowhere", false],
  ["", false],
])("whether %j is a time zone: %j", (name, expected) => {
  expect(isTimezone(name)).toBe(expected);
});
