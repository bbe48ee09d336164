/** When people work, for deadlines in business days. */
export interface Calendar {
  /** IANA name, for example `Europe/Berlin`. */
  readonly timezone: string;
  readonly days: readonly Weekday[];
  /** `HH:MM`, local time; the end is the first minute outside. */
  readonly start: string;
  readonly end: string;
  /** Local dates, `YYYY-MM-DD`. */
  readonly holidays: readonly string[];
}

/** In the order of JavaScript's `getUTCDay`. */
export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Deadline {
  readonly amount: number;
  readonly unit: "hours" | "days" | "business days";
}

/** What a deadline looks like, for messages. */
export const DEADLINE_GRAMMAR = "a time such as `8h`, `2d` or `2 business days`, at most 90 days";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A deadline further away than this is none. */
const MAX_AMOUNT: Readonly<Record<Deadline["unit"], number>> = { hours: 2_160, days: 90, "business days": 60 };

/** Undefined for what is no deadline. */
export function parseDeadline(text: string): Deadline | undefined {
  const match = /^([1-9][0-9]{0,3})(h|d| business days?)$/.exec(text);
  if (match === null) return undefined;
  const [, digits, suffix] = match;
  const unit = suffix === "h" ? "hours" : suffix === "d" ? "days" : "business days";
  const amount = Number(digits);
  return amount <= MAX_AMOUNT[unit] ? { amount, unit } : undefined;
}

/** Whether a time zone is one that this runtime knows. */
export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/**
 * The instant of a deadline, as ISO 8601 in UTC. Hours and days (24 hours each) run on; business days keep the local
 * time of day and start at the next opening when the start is outside of the working hours. Throws RangeError
 * without a calendar for business days; the policy's schema and the declarations refuse that before.
 */
export function deadlineAfter(startIso: string, { amount, unit }: Deadline, calendar: Calendar | null): string {
  const start = Date.parse(startIso);
  if (unit !== "business days") {
    return new Date(start + amount * (unit === "hours" ? HOUR_MS : DAY_MS)).toISOString();
  }
  if (calendar === null)
    throw new RangeError("Business days need a calendar. Set `escalation.calendar` in the policy.");
  let local = nextWorkingTime(localTime(start, calendar.timezone), calendar);
  for (let day = 0; day < amount; day += 1) local = nextWorkingDay(local, calendar);
  return new Date(instantOf(local, calendar.timezone)).toISOString();
}

/** Whether a deadline has passed; an unreadable time counts as passed. */
export function isPast(deadline: string, now: string): boolean {
  return !(Date.parse(now) <= Date.parse(deadline));
}

/** Milliseconds of a wall clock, as if it showed UTC. Days are then plain arithmetic. */
type LocalTime = number;

function nextWorkingTime(local: LocalTime, calendar: Calendar): LocalTime {
  const time = ((local % DAY_MS) + DAY_MS) % DAY_MS;
  const midnight = local - time;
  if (isWorkingDay(midnight, calendar)) {
    if (time < minutesOf(calendar.start)) return midnight + minutesOf(calendar.start);
    if (time < minutesOf(calendar.end)) return local;
  }
  return nextWorkingDay(midnight + minutesOf(calendar.start), calendar);
}

/** The same time of day on the next working day. Ends because holidays are finite and a week has a working day. */
function nextWorkingDay(local: LocalTime, calendar: Calendar): LocalTime {
  let next = local + DAY_MS;
  while (!isWorkingDay(next, calendar)) next += DAY_MS;
  return next;
}

function isWorkingDay(local: LocalTime, { days, holidays }: Calendar): boolean {
  const date = new Date(local);
  return days.includes(WEEKDAYS[date.getUTCDay()] as Weekday) && !holidays.includes(date.toISOString().slice(0, 10));
}

/** Milliseconds since midnight of `HH:MM`. */
function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number) as [number, number];
  return (hours * 60 + minutes) * 60_000;
}

function localTime(instant: number, timezone: string): LocalTime {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: timezone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = part as Record<string, number> & { year: number; month: number };
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1_000) + 1_000) % 1_000);
}

/**
 * The instant at which a wall clock shows this. Of two (clocks went back) the earlier; where there is none (clocks went
 * forward), the time that the clock would have shown without the change.
 */
function instantOf(local: LocalTime, timezone: string): number {
  // Offsets change at most once within two days, so these two are all that can apply.
  const instants = [local - DAY_MS, local + DAY_MS].map((near) => local - (localTime(near, timezone) - near));
  const [before, after] = instants as [number, number];
  const exact = [before, after].filter((instant) => localTime(instant, timezone) === local);
  return exact.length > 0 ? Math.min(...exact) : before;
}
