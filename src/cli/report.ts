import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDay, type Period } from "../governance/figures.ts";
import { findForks } from "../governance/journal-forks.ts";
import { measure } from "../governance/metrics.ts";
import type { Finding } from "../governance/outcome.ts";
import { type Receipt, readReceipt } from "../governance/receipts.ts";
import { renderMetricsChart } from "../report/metrics-chart.ts";
import { renderMetricsJson } from "../report/metrics-json.ts";
import { type MetricsReport, renderMetricsMarkdown } from "../report/metrics-markdown.ts";
import { findAllBundles, parseArguments } from "./arguments.ts";
import { type BundlePlace, findingOf, readBundle } from "./bundles.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { Progress } from "./progress.ts";
import { fetchQuality, type QualitySource, readQualitySource } from "./quality.ts";

export const REPORT_USAGE = `codex-plan-governance report <bundle or directory>... [options]

Metrics from evidence bundles: what was asked for, what came of it, how long it
took, and how good it was. Only bundles that \`verify\` would call sound are
counted; what is wrong with the others is in the report. s3://bucket/prefix
stands for all bundles that were exported there.

  --since DATE           only plans that were published on this day or later
                         (YYYY-MM-DD, UTC)
  --until DATE           only plans that were published on this day or earlier
  --github OWNER/REPO    also review findings, defects, incidents and reactions;
                         needs GITHUB_TOKEN in the environment (read access to
                         issues and pull requests)
  --defect-label LABEL   the label of issues that are defects (default: defect)
  --incident-label LABEL the label of issues that are incidents (default:
                         incident)
  --format FORMAT        markdown (default), json or svg
  --json                 the same as --format json
  --out DIR              also write report.md, report.json and report.svg there
  --help                 print this

Exit code: 0 when all bundles are sound, 1 when one is not or a chain is forked,
2 for wrong arguments.
`;

const OPTIONS = {
  since: { type: "string" },
  until: { type: "string" },
  github: { type: "string" },
  "defect-label": { type: "string" },
  "incident-label": { type: "string" },
  format: { type: "string" },
  json: { type: "boolean", default: false },
  out: { type: "string" },
} as const;

const RENDERERS = {
  markdown: { file: "report.md", render: renderMetricsMarkdown },
  json: { file: "report.json", render: renderMetricsJson },
  svg: { file: "report.svg", render: ({ metrics }: MetricsReport) => renderMetricsChart(metrics) },
} as const;

type Format = keyof typeof RENDERERS;

interface Options {
  readonly paths: readonly string[];
  readonly period: Period;
  readonly source: QualitySource | undefined;
  readonly format: Format;
  readonly out: string | undefined;
}

/** Counts and reports; answers with the exit code. */
export async function report(args: readonly string[], { stdout, stderr }: Terminal): Promise<number> {
  const { paths, period, source, format, out } = readOptions(args);
  const places = await findAllBundles(paths);
  const { receipts, unsound } = await readReceipts(places, new Progress(stderr, places.length, "bundles"));
  const forks = findForks(receipts);
  const quality = source && (await fetchQuality(source, { receipts, period, stderr }));
  const metrics = measure({ receipts, period, quality });
  const result: MetricsReport = { metrics, evidence: { bundles: places.length, unsound, forks } };
  if (out !== undefined) await writeAll(out, result);
  stdout.write(RENDERERS[format].render(result));
  return unsound.length === 0 && forks.length === 0 ? EXIT.ok : EXIT.wrong;
}

/** One after the other: of each bundle only what is counted stays in memory. */
async function readReceipts(places: readonly BundlePlace[], progress: Progress) {
  const receipts: Receipt[] = [];
  const unsound: { name: string; finding: Finding }[] = [];
  for (const place of places) {
    const { path: name } = place;
    const result = await readOne(place);
    if ("receipt" in result) receipts.push(result.receipt);
    else unsound.push({ name, finding: result.finding });
    progress.step();
  }
  progress.end();
  return { receipts, unsound };
}

async function readOne(place: BundlePlace): Promise<ReturnType<typeof readReceipt>> {
  try {
    return readReceipt(place.path, (await readBundle(place)).files);
  } catch (error) {
    return { finding: findingOf(error) };
  }
}

async function writeAll(directory: string, result: MetricsReport): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    for (const { file, render } of Object.values(RENDERERS)) await writeFile(join(directory, file), render(result));
  } catch (error) {
    throw new UsageError(`--out: expected a directory that can be written to: ${(error as Error).message}`);
  }
}

function readOptions(args: readonly string[]): Options {
  const { values, paths } = parseArguments(args, OPTIONS);
  const period = { since: readDay("--since", values.since), until: readDay("--until", values.until) };
  if (period.since !== null && period.until !== null && period.since > period.until) {
    throw new UsageError(`--since ${period.since} is after --until ${period.until}.`);
  }
  const format = readFormat(values);
  const source = readQualitySource(values, process.env);
  return { paths, period, source, format, out: values.out };
}

function readFormat({ json, format }: { readonly json: boolean; readonly format?: string | undefined }): Format {
  const asked = format ?? (json ? "json" : "markdown");
  if (!isFormat(asked)) {
    throw new UsageError(`--format: expected ${Object.keys(RENDERERS).join(", ")}, got ${JSON.stringify(asked)}.`);
  }
  if (json && asked !== "json") throw new UsageError(`--json: expected no --format ${asked} with it.`);
  return asked;
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(RENDERERS, text);
}

function readDay(option: string, value: string | undefined): string | null {
  if (value !== undefined && !isDay(value)) {
    throw new UsageError(`${option}: expected a day such as 2026-11-30, got ${JSON.stringify(value)}.`);
  }
  return value ?? null;
}
