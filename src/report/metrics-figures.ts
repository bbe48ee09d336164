import type { Ending } from "../governance/course.ts";
import type { Share, Spread } from "../governance/figures.ts";
import type { Metrics } from "../governance/metrics.ts";

/** Endings as the pictures show them, in the order in which they are stacked; the rest is one group. */
export const BANDS = ["executed", "denied", "drifted", "stale", "other"] as const;
export type Band = (typeof BANDS)[number];

/** What is in `other`, for legends. */
export const OTHER = "open, superseded or failed";

export function bandsOf(endings: Readonly<Record<Ending, number>>): Readonly<Record<Band, number>> {
  const { executed, denied, drifted, stale, open, superseded, failed } = endings;
  return { executed, denied, drifted, stale, other: open + superseded + failed };
}

/** `3 of 4 (75%)`; without a denominator there is nothing to say. */
export function shareText({ numerator, denominator, rate }: Share): string {
  return rate === null ? "no data" : `${numerator} of ${denominator} (${percent(rate)})`;
}

/** Never rounded to all or to nothing where it is neither. */
export function percent(rate: number): string {
  const rounded = Math.round(rate * 100);
  if (rounded === 100 && rate < 1) return "> 99%";
  if (rounded === 0 && rate > 0) return "< 1%";
  return `${rounded}%`;
}

/** `4 min`, `2 h 5 min`, `3 d 4 h`: the two greatest units. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return "no data";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return joined([minutes, "min"], [whole % 60, "s"]);
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? joined([hours, "h"], [minutes % 60, "min"])
    : joined([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

function joined([amount, unit]: readonly [number, string], [rest, smaller]: readonly [number, string]): string {
  return rest === 0 ? `${amount} ${unit}` : `${amount} ${unit} ${rest} ${smaller}`;
}

/** A percentile of few values is one of these values. */
export function spreadCells({ n, median, p90 }: Spread): readonly string[] {
  return [durationText(median), durationText(p90), String(n)];
}

/** `2026-11-01 to 2026-11-30`, both included. */
export function periodText({ period: { since, until } }: Pick<Metrics, "period">): string {
  if (since === null && until === null) return "all bundles";
  if (since === null) return `until ${until}`;
  return until === null ? `since ${since}` : `${since} to ${until}`;
}
