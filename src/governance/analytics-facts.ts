/** The reports of the Codex Analytics API, in the order in which they are read. */
export const ANALYTICS_ENDPOINTS = ["usage", "code_reviews", "code_review_responses"] as const;
export type AnalyticsEndpoint = (typeof ANALYTICS_ENDPOINTS)[number];

/** What is counted of each report. All are counts of the reported period; credits may have a fraction. */
export const FIGURES = {
  usage: ["threads", "turns", "credits"],
  code_reviews: ["reviews", "comments", "p0", "p1", "p2"],
  code_review_responses: ["replies", "positive", "negative", "other"],
} as const satisfies Record<AnalyticsEndpoint, readonly string[]>;
export type FigureName = (typeof FIGURES)[AnalyticsEndpoint][number];

/** One row of a report, as far as it is understood. Whom it names is left out on purpose. */
export interface AnalyticsRow {
  /** `owner/name`; undefined when the row is about the whole workspace, or does not say. */
  readonly repository: string | undefined;
  readonly pullRequest: number | undefined;
  /** Whether the row is about one person. Then only its contribution to a total is used. */
  readonly namesPerson: boolean;
  /** What the row does not report is not in here: it is no zero. */
  readonly figures: Partial<Readonly<Record<FigureName, number>>>;
}

export interface AnalyticsReport {
  readonly endpoint: AnalyticsEndpoint;
  readonly pages: number;
  readonly rows: readonly AnalyticsRow[];
  /** Names of fields that were there and mean nothing to us, sorted. */
  readonly unknownFields: readonly string[];
  /** False when the last page said nothing about further ones, so that nobody knows whether there are. */
  readonly isPagingReported: boolean;
}

/** A report in one line of figures; undefined is "not reported". */
export interface AnalyticsSummary {
  readonly endpoint: AnalyticsEndpoint;
  readonly pages: number;
  readonly rows: number;
  /** Rows of which no figure was understood. */
  readonly rowsWithoutFigures: number;
  /** Rows that name no repository: they are nobody's in particular, and no rule uses them. */
  readonly rowsWithoutRepository: number;
  readonly rowsNamingPeople: number;
  readonly totals: readonly { readonly name: FigureName; readonly value: number | undefined }[];
  readonly unknownFields: readonly string[];
  readonly isPagingReported: boolean;
}

export function summariseReport(report: AnalyticsReport): AnalyticsSummary {
  const { endpoint, pages, rows, unknownFields, isPagingReported } = report;
  return {
    endpoint,
    pages,
    rows: rows.length,
    rowsWithoutFigures: rows.filter(({ figures }) => Object.keys(figures).length === 0).length,
    rowsWithoutRepository: rows.filter(({ repository }) => repository === undefined).length,
    rowsNamingPeople: rows.filter(({ namesPerson }) => namesPerson).length,
    totals: FIGURES[endpoint].map((name) => ({ name, value: sumOf(rows, name) })),
    unknownFields,
    isPagingReported,
  };
}

/** The sum of what is reported; undefined when no row reports it. */
export function sumOf(rows: readonly AnalyticsRow[], name: FigureName): number | undefined {
  const reported = rows.flatMap(({ figures }) => figures[name] ?? []);
  return reported.length === 0 ? undefined : reported.reduce((sum, value) => sum + value, 0);
}
