import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnalyticsReport } from "../governance/analytics-facts.ts";
import { THRESHOLDS, type Thresholds } from "../governance/review-entry.ts";
import { composeReviewNote, hasBegunWithin, type Period } from "../governance/review-note.ts";
import { renderJson } from "../report/json.ts";
import { findAllBundles, parseArguments } from "./arguments.ts";
import type { BundlePlace } from "./bundles.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { Progress } from "./progress.ts";
import { type Clone, readClone, readClones, readEvidence } from "./review-evidence.ts";

export const REVIEW_NOTE_USAGE = `codex-plan-governance review-note <bundle or directory>... [options]

Writes an internal note from evidence bundles and, if it is asked, the Codex
Analytics API: repositories that need stricter verification, stale AGENTS.md
files, workflows that keep producing unreviewable changes. It changes nothing.
s3://bucket/prefix stands for all bundles that were exported there.

  --workspace ID       ask the Codex Analytics API about this ChatGPT workspace;
                       the key is read from the environment variable
                       CODEX_ANALYTICS_API_KEY. Needs --out, where raw pages are
                       kept
  --analytics-url URL  another address of the API, https or on loopback
  --raw DIR            read the pages that an earlier run kept, offline
  --since DATE         first day, or a time in UTC such as 2026-11-01T06:00Z;
                       default: 30 days before the end
  --until DATE         last day, or a time in UTC; default: now
  --repo DIR           a clone with its whole history, or OWNER/NAME=DIR; as
                       often as there are repositories
  --min-plans N        conclude nothing from fewer plans than this; default: ${THRESHOLDS.minPlans}
  --stale-days N       days without a change before an AGENTS.md can be stale;
                       default: ${THRESHOLDS.staleDays}
  --out DIR            write review-note.md and review-note.json there, and raw
                       pages into DIR/raw
  --json               print the note as JSON
  --help               print this

Exit code: 0 when the note is written, 1 when evidence does not hold together or
something failed, 2 for wrong arguments. A note is written also when single
bundles are not sound; it names them.
`;

const OPTIONS = {
  workspace: { type: "string" },
  "analytics-url": { type: "string" },
  raw: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  repo: { type: "string", multiple: true },
  "min-plans": { type: "string" },
  "stale-days": { type: "string" },
  out: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

const DAY_MS = 24 * 60 * 60_000;

interface Options {
  readonly places: readonly BundlePlace[];
  readonly period: Period;
  readonly clones: readonly Clone[];
  readonly thresholds: Thresholds;
  readonly out: string | undefined;
  readonly isJson: boolean;
  readonly reports: readonly AnalyticsReport[] | undefined;
}

/** Writes the note; answers with the exit code. */
export async function reviewNote(args: readonly string[], { stdout, stderr }: Terminal): Promise<number> {
  const options = await readOptions(args, (line) => stderr.write(`${line}\n`));
  const { places, period, thresholds, clones, reports, out } = options;
  const progress = new Progress(stderr, places.length, "bundles");
  const { plans, leftOut } = await readEvidence(places, () => progress.step());
  progress.end();
  const plansOfPeriod = plans.filter((plan) => hasBegunWithin(period, plan));
  const repositories = await readClones(clones, plansOfPeriod);
  const note = composeReviewNote({ period, plans, leftOut, reports, repositories, thresholds });
  const { renderReviewNote } = await import("../report/review-note.ts");
  const [markdown, json] = [renderReviewNote(note), renderJson(note)];
  if (out !== undefined) writeBoth(out, markdown, json);
  stdout.write(options.isJson ? json : markdown);
  return leftOut.length === 0 ? EXIT.ok : EXIT.wrong;
}

function writeBoth(directory: string, markdown: string, json: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "review-note.md"), markdown);
    writeFileSync(join(directory, "review-note.json"), json);
  } catch (error) {
    throw new UsageError(`--out: expected a directory that can be written to: ${(error as Error).message}`);
  }
}

async function readOptions(args: readonly string[], log: (line: string) => void): Promise<Options> {
  const { values, paths } = parseArguments(args, OPTIONS);
  const places = await findAllBundles(paths);
  const thresholds: Thresholds = {
    ...THRESHOLDS,
    minPlans: wholeNumber("--min-plans", values["min-plans"]) ?? THRESHOLDS.minPlans,
    staleDays: wholeNumber("--stale-days", values["stale-days"]) ?? THRESHOLDS.staleDays,
  };
  // Before the API is asked: what is wrong with the arguments should cost nothing.
  const clones = (values.repo ?? []).map(readClone);
  const { readAnalytics } = await import("./review-analytics.ts");
  const { period, reports } = await readAnalytics(
    {
      workspace: values.workspace,
      url: values["analytics-url"],
      raw: values.raw,
      out: values.out,
      since: readTime("--since", values.since)?.at,
      until: readEnd(values.until),
    },
    log,
  );
  const { out, json: isJson } = values;
  return { places, period, clones, thresholds, out, isJson, reports };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${name}: expected a whole number from 1, got ${JSON.stringify(text)}.`);
}

/** A day or a time in UTC: when it begins, in milliseconds since 1970, and whether it is a day. */
function readTime(
  name: string,
  text: string | undefined,
): { readonly at: number; readonly isDay: boolean } | undefined {
  if (text === undefined) return undefined;
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/.test(text);
  const at = isTime ? Date.parse(text) : Number.NaN;
  // A 31st of February would be taken for a day of March.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text.slice(0, 10)))
    return { at, isDay: !text.includes("T") };
  throw new UsageError(
    `${name}: expected a day such as 2026-11-01, or a time such as 2026-11-01T06:00Z, got ${JSON.stringify(text)}.`,
  );
}

/** A day is wholly within the period, as it is in `report`. */
function readEnd(text: string | undefined): number | undefined {
  const end = readTime("--until", text);
  return end && (end.isDay ? end.at + DAY_MS : end.at);
}
