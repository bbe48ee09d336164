/** How many of how many. With a denominator of 0 there is no rate, which is not a rate of 0. */
export interface Share {
  readonly numerator: number;
  readonly denominator: number;
  /** 0 to 1; null when there is nothing to divide by. */
  readonly rate: number | null;
}

/** How long something took. */
export interface Spread {
  /** How many were measured. */
  readonly n: number;
  /** Seconds; null when nothing was measured. */
  readonly median: number | null;
  /** Seconds: nine of ten took at most this (nearest rank); null when nothing was measured. */
  readonly p90: number | null;
}

/** Days as people write them, both included, in UTC. */
export interface Period {
  /** `YYYY-MM-DD`; null: from the beginning. */
  readonly since: string | null;
  /** `YYYY-MM-DD`; null: until the end. */
  readonly until: string | null;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** More weeks than this are not filled up: one record with a strange time must not make a table without end. */
const MOST_WEEKS = 520;

/** Counts among a population, so that the numerator cannot be greater than the denominator. */
export function shareOf<T>(population: readonly T[], holds: (each: T) => boolean): Share {
  const numerator = population.filter(holds).length;
  const denominator = population.length;
  return { numerator, denominator, rate: denominator === 0 ? null : numerator / denominator };
}

/** Of times in milliseconds. Clocks of two runners may differ, so what took less than nothing took nothing. */
export function spreadOf(times: readonly number[]): Spread {
  const seconds = times.map((time) => Math.max(0, Math.round(time / 1_000))).sort((a, b) => a - b);
  const n = seconds.length;
  if (n === 0) return { n, median: null, p90: null };
  const at = (index: number) => seconds[index] as number;
  const middle = (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2;
  return { n, median: middle, p90: at(Math.ceil(0.9 * n) - 1) };
}

/** Whether a day is one of the calendar, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Whether an instant, ISO 8601, is in a period. */
export function isWithin({ since, until }: Period, at: string): boolean {
  const time = Date.parse(at);
  const isEarly = since !== null && time < Date.parse(`${since}T00:00:00Z`);
  const isLate = until !== null && time >= Date.parse(`${until}T00:00:00Z`) + DAY_MS;
  return !isEarly && !isLate;
}

/** The Monday, `YYYY-MM-DD`, of the week of an instant, in UTC. */
export function weekOf(at: string): string {
  // No runner's clock shows less than 0, but a record may; there a year need not have four digits.
  const time = Math.max(0, Date.parse(at));
  const sinceMonday = (new Date(time).getUTCDay() + 6) % 7;
  return dayOf(time - sinceMonday * DAY_MS);
}

/** These weeks, each once, in order, with the empty ones between them. */
export function weeksBetween(weeks: readonly string[]): readonly string[] {
  const known = [...new Set(weeks)].sort();
  const [first, last] = [known[0], known.at(-1)].map((week) => Date.parse(`${week}T00:00:00Z`)) as [number, number];
  if (known.length === 0 || last - first > MOST_WEEKS * WEEK_MS) return known;
  return Array.from({ length: Math.round((last - first) / WEEK_MS) + 1 }, (_, index) => dayOf(first + index * WEEK_MS));
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
