import { ANALYTICS_ENDPOINTS, type AnalyticsEndpoint, type AnalyticsReport } from "../../governance/analytics-facts.ts";
import type { AnalyticsClient } from "./client.ts";
import { type AnalyticsPage, joinPages, malformed, parsePage } from "./page.ts";

/** Ninety daily buckets fit few pages; what does not end is not believed. */
export const MAX_PAGES = 200;

/** Bound on all pages of a report, in bytes. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

/** Keeps a page as it came, before anything is understood of it. `number` is from 1. */
export type KeepPage = (endpoint: AnalyticsEndpoint, number: number, bytes: Uint8Array) => Promise<void>;

type NextPage = (cursor: string | undefined, number: number) => Promise<Uint8Array>;

/** All pages of all reports. Throws what the client throws, and ExternalError `analytics_malformed`. */
export async function fetchReports(client: AnalyticsClient, keep: KeepPage): Promise<readonly AnalyticsReport[]> {
  const reports: AnalyticsReport[] = [];
  for (const endpoint of ANALYTICS_ENDPOINTS) {
    const next: NextPage = async (cursor, number) => {
      const bytes = await client.fetchPage(endpoint, cursor);
      await keep(endpoint, number, bytes);
      return bytes;
    };
    reports.push(await readReport(endpoint, next));
  }
  return reports;
}

/** A report from its first page to the one that names no further. */
export async function readReport(endpoint: AnalyticsEndpoint, next: NextPage): Promise<AnalyticsReport> {
  const pages: AnalyticsPage[] = [];
  const cursors = new Set<string>();
  let bytes = 0;
  for (let cursor: string | undefined; ; ) {
    const number = pages.length + 1;
    const body = await next(cursor, number);
    const page = parsePage(body, endpoint, number);
    pages.push(page);
    bytes += body.length;
    cursor = page.next;
    if (cursor === undefined) return joinPages(endpoint, pages);
    const wrong = (expected: string, got: string) => malformed(endpoint, number, { path: "next_page", expected, got });
    if (cursors.has(cursor)) throw wrong("a cursor that was not there before", "the same once more");
    if (number === MAX_PAGES) throw wrong(`at most ${MAX_PAGES} pages`, "one more");
    if (bytes > MAX_REPORT_BYTES) throw wrong(`at most ${MAX_REPORT_BYTES} bytes`, "more");
    cursors.add(cursor);
  }
}
