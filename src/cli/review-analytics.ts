import { join } from "node:path";
import { ANALYTICS_KEY, ANALYTICS_URL, createAnalyticsClient } from "../adapters/analytics/client.ts";
import { createRawPages, readRawPages } from "../adapters/analytics/raw-pages.ts";
import { fetchReports } from "../adapters/analytics/reports.ts";
import type { AnalyticsReport } from "../governance/analytics-facts.ts";
import { ConfigurationError } from "../governance/errors.ts";
import type { Period } from "../governance/review-note.ts";
import { UsageError } from "./command.ts";

/** What the arguments say of the period and of the Analytics API. Times in milliseconds since 1970. */
export interface AnalyticsChoice {
  readonly workspace: string | undefined;
  readonly url: string | undefined;
  readonly raw: string | undefined;
  readonly out: string | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

interface Analytics {
  readonly period: Period;
  /** Undefined when nobody asked for them. */
  readonly reports: readonly AnalyticsReport[] | undefined;
}

const DAY = 24 * 60 * 60_000;

/** Documented: a request looks back 90 days at most. */
const MAX_LOOK_BACK = 90 * DAY;

/** Reads the reports from the API or from kept pages, and settles the period that the note is about. */
export async function readAnalytics(choice: AnalyticsChoice, log: (line: string) => void): Promise<Analytics> {
  if (choice.raw !== undefined) return readKept(choice, choice.raw);
  const until = choice.until ?? Date.now();
  const since = choice.since ?? until - 30 * DAY;
  if (since >= until) throw new UsageError("--since: expected a time before --until.");
  const period = periodOf(since, until);
  if (choice.workspace === undefined) {
    if (choice.url !== undefined) throw new UsageError("--analytics-url: expected --workspace with it.");
    return { period, reports: undefined };
  }
  if (choice.out === undefined) throw new UsageError("--workspace: expected --out, where the raw pages are kept.");
  if (since < Date.now() - MAX_LOOK_BACK)
    throw new UsageError("--since: the Analytics API looks back 90 days at most.");
  const key = process.env[ANALYTICS_KEY] ?? "";
  if (key === "") {
    throw new ConfigurationError(
      "configuration_invalid",
      `--workspace: expected an API key in ${ANALYTICS_KEY}, got none.`,
    );
  }
  // Whole seconds: what the API is asked for is what the note says.
  const [startTime, endTime] = [Math.floor(since / 1000), Math.ceil(until / 1000)];
  const request = {
    version: 1 as const,
    url: choice.url ?? ANALYTICS_URL,
    workspace: choice.workspace,
    startTime,
    endTime,
  };
  const client = createAnalyticsClient({ ...request, key, log });
  const pages = await createRawPages(join(choice.out, "raw"), request);
  try {
    return { period: periodOf(startTime * 1000, endTime * 1000), reports: await fetchReports(client, pages.keep) };
  } finally {
    // What came before a failure is kept with its checksums as well.
    await pages.seal();
  }
}

/** The pages say of which period they are; another one would not fit them. */
async function readKept({ workspace, url, since, until }: AnalyticsChoice, raw: string): Promise<Analytics> {
  if (workspace !== undefined || url !== undefined) throw new UsageError("--raw: expected no --workspace with it.");
  const { request, reports } = await readRawPages(raw);
  const kept = [request.startTime * 1000, request.endTime * 1000] as const;
  if ((since ?? kept[0]) !== kept[0] || (until ?? kept[1]) !== kept[1]) {
    const { since: first, until: end } = periodOf(...kept);
    throw new UsageError(`--raw: the pages are of ${first} to ${end}. Leave --since and --until out.`);
  }
  return { period: periodOf(...kept), reports };
}

function periodOf(since: number, until: number): Period {
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
