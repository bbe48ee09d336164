import { z } from "zod";
import type {
  AnalyticsEndpoint,
  AnalyticsReport,
  AnalyticsRow,
  FIGURES,
  FigureName,
} from "../../governance/analytics-facts.ts";
import { ExternalError } from "../../governance/errors.ts";

/*
 * What is public of the answers (OpenAI's page on governance of Codex): daily buckets in pages with `has_more` and
 * `next_page`, and in words what is counted. Names of the fields of a row are only partly public. So every field may be
 * missing, an unknown one is ignored, and one that is known has to be of its type: a number that is none must not pass
 * for "not reported".
 */

const count = z.number().min(0).nullish();
const text = z.string().nullish();
const time = z.union([z.number().int(), z.string()]).nullish();
const byPriority = z.looseObject({ p0: count, p1: count, p2: count }).nullish();
const bySentiment = z.looseObject({ positive: count, negative: count, other: count }).nullish();

const common = { start_time: time, end_time: time, repository: text, pull_request: count, pull_request_url: text };

/** The known fields of a row, by report. Another name for a figure is another entry here and in `NAMES`. */
const ROWS = {
  usage: z.looseObject({ ...common, threads: count, turns: count, credits: count }),
  code_reviews: z.looseObject({
    ...common,
    reviews: count,
    reviews_completed: count,
    comments: count,
    comments_generated: count,
    comments_by_priority: byPriority,
    p0_comments: count,
    p1_comments: count,
    p2_comments: count,
  }),
  code_review_responses: z.looseObject({
    ...common,
    replies: count,
    reactions: bySentiment,
    positive_reactions: count,
    negative_reactions: count,
    other_reactions: count,
  }),
} as const satisfies Record<AnalyticsEndpoint, z.ZodType>;

/** Where each figure may stand in a row; the first one that is there counts. */
const NAMES: { readonly [E in AnalyticsEndpoint]: Readonly<Record<(typeof FIGURES)[E][number], readonly string[]>> } = {
  usage: { threads: ["threads"], turns: ["turns"], credits: ["credits"] },
  code_reviews: {
    reviews: ["reviews", "reviews_completed"],
    comments: ["comments", "comments_generated"],
    p0: ["comments_by_priority.p0", "p0_comments"],
    p1: ["comments_by_priority.p1", "p1_comments"],
    p2: ["comments_by_priority.p2", "p2_comments"],
  },
  code_review_responses: {
    replies: ["replies"],
    positive: ["reactions.positive", "positive_reactions"],
    negative: ["reactions.negative", "negative_reactions"],
    other: ["reactions.other", "other_reactions"],
  },
};

/** Fields that make a row one about a person. Their values are never looked at. */
const PERSONAL = /^(?:user|email|login|name|account|member|actor|author)(?:_|$)|_(?:email|login)$/;

const envelope = <T extends z.ZodType>(row: T) =>
  z.looseObject({ data: z.array(row).nullish(), has_more: z.boolean().nullish(), next_page: z.string().nullish() });

/** A page as it is understood. */
export interface AnalyticsPage {
  readonly rows: readonly AnalyticsRow[];
  readonly unknownFields: readonly string[];
  /** Cursor of the next page; undefined on the last one. */
  readonly next: string | undefined;
  readonly isPagingReported: boolean;
}

/** Reads page `number` (from 1) of a report. Throws ExternalError `analytics_malformed`, which repeats no value. */
export function parsePage(bytes: Uint8Array, endpoint: AnalyticsEndpoint, number: number): AnalyticsPage {
  const wrong = (path: string, expected: string, got: string) => malformed(endpoint, number, { path, expected, got });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw wrong("the whole", "JSON", `${bytes.length} bytes that are none`);
  }
  const parsed = envelope(ROWS[endpoint]).safeParse(value);
  if (!parsed.success) {
    const { path, expected } = describeIssue(parsed.error.issues[0] as z.core.$ZodIssue);
    throw wrong(path.join(".") || "the whole", expected, typeAt(value, path));
  }
  const { data, has_more: hasMore, next_page: nextPage } = parsed.data;
  const hasNext = hasMore ?? Boolean(nextPage);
  if (hasNext && !nextPage) throw wrong("next_page", "a cursor, as has_more is true", "none");
  const rows = (data ?? []) as readonly Row[];
  return {
    rows: rows.map((row) => readRow(row, endpoint)),
    unknownFields: [...new Set(rows.flatMap((row) => findUnknown(row, endpoint)))].sort(),
    next: hasNext ? (nextPage ?? undefined) : undefined,
    isPagingReported: typeof hasMore === "boolean" || nextPage !== undefined,
  };
}

/** All pages of a report as one. */
export function joinPages(endpoint: AnalyticsEndpoint, pages: readonly AnalyticsPage[]): AnalyticsReport {
  return {
    endpoint,
    pages: pages.length,
    rows: pages.flatMap(({ rows }) => rows),
    unknownFields: [...new Set(pages.flatMap(({ unknownFields }) => unknownFields))].sort(),
    isPagingReported: pages.every(({ isPagingReported }) => isPagingReported),
  };
}

type Row = Readonly<Record<string, unknown>>;

function readRow(row: Row, endpoint: AnalyticsEndpoint): AnalyticsRow {
  const figures = Object.entries<readonly string[]>(NAMES[endpoint]).flatMap(([figure, paths]) => {
    const value = paths.map((path) => at(row, path.split("."))).find((each) => typeof each === "number");
    return value === undefined ? [] : [[figure as FigureName, value as number] as const];
  });
  return {
    ...placeOf(row),
    namesPerson: Object.keys(row).some((name) => PERSONAL.test(name)),
    figures: Object.fromEntries(figures),
  };
}

/** Of what is named twice the address is taken: it has both. Not every text is a repository's name. */
function placeOf({ repository, pull_request: number, pull_request_url: url }: Row) {
  const address = /^https:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})(?:[/?#]|$)/.exec(String(url ?? ""));
  if (address) return { repository: address[1] as string, pullRequest: Number(address[2]) };
  const isName = typeof repository === "string" && /^[\w.-]+\/[\w.-]+$/.test(repository);
  return {
    repository: isName ? repository : undefined,
    pullRequest: typeof number === "number" ? number : undefined,
  };
}

function findUnknown(row: Row, endpoint: AnalyticsEndpoint): readonly string[] {
  const known = new Set(Object.keys(ROWS[endpoint].shape));
  // A name that is no ordinary one may be a value in disguise.
  return Object.keys(row).filter((name) => !known.has(name) && /^[a-z][a-z0-9_]{0,39}$/.test(name));
}

function describeIssue(issue: z.core.$ZodIssue): { readonly path: readonly PropertyKey[]; readonly expected: string } {
  if (issue.code === "invalid_type") return { path: issue.path, expected: issue.expected };
  if (issue.code === "too_small") return { path: issue.path, expected: "a number from 0" };
  return { path: issue.path, expected: "a whole number or a text" };
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (each, name) =>
      typeof each === "object" && each !== null ? (each as Record<PropertyKey, unknown>)[name] : undefined,
    value,
  );
}

/** The kind of a value, never the value: it may be about a person. */
function typeAt(value: unknown, path: readonly PropertyKey[]): string {
  const found = at(value, path);
  if (found === null) return "null";
  if (Array.isArray(found)) return "array";
  return typeof found === "number" ? "another number" : typeof found;
}

interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

export function malformed(
  endpoint: AnalyticsEndpoint,
  page: number,
  { path, expected, got }: Difference,
): ExternalError {
  return new ExternalError(
    "analytics_malformed",
    `Page ${page} of the Codex Analytics report ${endpoint} was not understood at ${path}: expected ${expected}, got ${got}. Look at the raw page; without --workspace and --raw the note is written without the API.`,
  );
}
