/** From this difference on, in milliseconds, a runner's clock is reported as wrong. */
export const CLOCK_TOLERANCE_MS = 120_000;

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/**
 * What to say of a runner's clock; undefined while it is right enough. `aheadMs`: milliseconds by which it is ahead of
 * GitHub's, negative when it is behind.
 */
export function clockDifferenceText(aheadMs: number): string | undefined {
  const distance = Math.abs(aheadMs);
  if (distance < CLOCK_TOLERANCE_MS) return undefined;
  // The last unit fits whatever is above the tolerance.
  const [unit, length] = UNITS.find(([, each]) => distance >= 2 * each) as (typeof UNITS)[number];
  const amount = `${Math.round(distance / length)} ${unit}s`;
  const side = aheadMs > 0 ? "ahead of" : "behind";
  return `This runner's clock is about ${amount} ${side} GitHub's. GitHub's time decides; set the runner's clock, with NTP for example.`;
}
