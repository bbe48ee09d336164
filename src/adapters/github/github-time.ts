import { CLOCK_TOLERANCE_MS, clockDifferenceText } from "../../governance/clock-difference.ts";
import { ExternalError } from "../../governance/errors.ts";
import type { Clock } from "../../ports.ts";

export interface GitHubTimeOptions {
  /** One line of progress for the run's log. */
  readonly log: (line: string) => void;
  /** Milliseconds that only ever grow, whatever is done to the runner's clock. */
  readonly monotonicMs?: () => number;
  /** The runner's clock in milliseconds since 1970. */
  readonly runnerMs?: () => number;
}

export interface GitHubTime extends Clock {
  /** Takes the `Date` header of an answer of GitHub. */
  noteDate(header: unknown): void;
}

/** The one form that a server may send (RFC 9110, section 5.6.7). Two headers in one are not it. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Dates outside of these are nobody's time. */
const EARLIEST_MS = Date.UTC(2020, 0);
const LATEST_MS = Date.UTC(2100, 0);

/**
 * GitHub's time: the `Date` of its answers plus the monotonic time since. An answer can be held back or come out of a
 * cache, but not from the future, so the answer that gives the latest time counts. A wrong one can thus end an approval
 * early, and never late.
 */
export function createGitHubTime(options: GitHubTimeOptions): GitHubTime {
  const { log, monotonicMs = () => performance.now(), runnerMs = () => Date.now() } = options;
  let offsetMs: number | undefined;
  let aheadMs = 0;
  const githubMs = (): number | undefined => (offsetMs === undefined ? undefined : offsetMs + monotonicMs());
  return {
    noteDate: (header) => {
      const date = parseHttpDate(header);
      if (date === undefined) return;
      offsetMs = Math.max(offsetMs ?? Number.NEGATIVE_INFINITY, date - monotonicMs());
      const ahead = runnerMs() - date;
      const isFirst = Math.abs(aheadMs) < CLOCK_TOLERANCE_MS;
      if (Math.abs(ahead) > Math.abs(aheadMs)) aheadMs = ahead;
      const said = clockDifferenceText(aheadMs);
      if (isFirst && said !== undefined) log(said);
    },
    now: () => {
      const now = githubMs();
      if (now !== undefined) return new Date(now).toISOString();
      throw new ExternalError(
        "github_time_unknown",
        "GitHub's answers had no usable `Date` header, and the runner's own clock decides nothing. Let the proxy between the runner and GitHub pass that header, then re-run the job.",
      );
    },
    stamp: () => {
      const now = githubMs();
      return { at: new Date(now ?? runnerMs()).toISOString(), isGitHubs: now !== undefined };
    },
    runnerAheadMs: () => (Math.abs(aheadMs) < CLOCK_TOLERANCE_MS ? undefined : aheadMs),
  };
}

function parseHttpDate(header: unknown): number | undefined {
  if (typeof header !== "string" || !HTTP_DATE.test(header)) return undefined;
  const date = Date.parse(header);
  return date >= EARLIEST_MS && date < LATEST_MS ? date : undefined;
}
