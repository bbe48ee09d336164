import type { Metrics } from "../governance/metrics.ts";
import type { Week } from "../governance/weeks.ts";
import { capCodePoints, count } from "./markdown.ts";
import { BANDS, bandsOf, durationText, OTHER, periodText, shareText } from "./metrics-figures.ts";
import { element, escapeXml, textAt } from "./svg.ts";

/** In units of the picture, which are pixels where it has all the width it wants. On a phone two thirds of it. */
const WIDTH = 480;
const MARGIN = { left: 56, right: 12 };
const BARS = { top: 173, height: 170 };
const CHECKS = { top: 461, height: 90 };
const ROW = 44;

/** As many as have room for a date and a share each, on a phone too. */
const MOST_WEEKS = 8;

/**
 * Colours of its own background, so that it can be read wherever it stands; GitHub tells a picture whether the reader's
 * system is dark. Told apart by brightness and by pattern as well.
 */
const STYLE = `
.page{fill:#fff;stroke:#d1d9e0}text{fill:#1f2328;font:15px system-ui,-apple-system,"Segoe UI",sans-serif}
.title{font-size:20px;font-weight:600}.head{font-weight:600}.soft{fill:#59636e}.mid{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:#d1d9e0}.line{fill:none;stroke:#1a7f37;stroke-width:2.5}.dot{fill:#1a7f37}
.executed{fill:#0969da}.denied{fill:#cf222e}.drifted{fill:#8250df}.stale{fill:#9a6700}.other{fill:#6e7781}
.on{fill:#fff;font-weight:600}.mark{stroke:#fff;stroke-width:2;fill:none;opacity:.45}
@media(prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#3d444d}text{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#3d444d}
.line{stroke:#3fb950}.dot{fill:#3fb950}.executed{fill:#58a6ff}.denied{fill:#ff7b72}.drifted{fill:#be8fff}.stale{fill:#d29922}.other{fill:#9198a1}
.on{fill:#0d1117}.mark{stroke:#0d1117}}
`.replaceAll("\n", "");

const PATTERNS = [
  element(
    "pattern",
    { id: "stripes", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    element("path", { d: "M0 0V8", class: "mark" }),
  ),
  element(
    "pattern",
    { id: "bars", width: 6, height: 6, patternUnits: "userSpaceOnUse" },
    element("path", { d: "M0 0H6", class: "mark" }),
  ),
].join("");

const PATTERN_OF: Readonly<Record<string, string>> = { denied: "url(#stripes)", stale: "url(#bars)" };

/**
 * Adoption and quality in one picture: per week how the plans ended, below it how often verification passed. For a file
 * that is shown with `<img>`; no script, font or picture from elsewhere.
 */
export function renderMetricsChart(metrics: Metrics): string {
  const weeks = metrics.weeks.slice(-MOST_WEEKS);
  const rows = metrics.quality === null ? 0 : 2;
  const height = weeks.length === 0 ? BARS.top : CHECKS.top + CHECKS.height + 48 + rows * ROW;
  const body = [
    element("title", { id: "title" }, escapeXml(`Codex plans: adoption and quality, ${periodText(metrics)}`)),
    element("desc", { id: "desc" }, escapeXml(describe(metrics, weeks))),
    element("style", {}, STYLE),
    element("defs", {}, PATTERNS),
    element("rect", { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8, class: "page" }),
    ...header(metrics),
    ...(weeks.length === 0 ? [] : [...legend(), ...bars(weeks), ...checks(weeks), ...issueRows(metrics, weeks)]),
  ];
  const size = { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height };
  const names = { role: "img", "aria-labelledby": "title desc" };
  return `${element("svg", { xmlns: "http://www.w3.org/2000/svg", ...size, ...names }, `\n${body.join("\n")}\n`)}\n`;
}

/** All of the picture in words. */
function describe(metrics: Metrics, weeks: readonly Week[]): string {
  const { adoption } = metrics;
  const all = `${count(adoption.requests, "request")}, ${count(adoption.plans, "plan")}, ${adoption.executed} executed.`;
  const each = weeks.map(({ week, endings, plans, verified, defects, incidents }) => {
    const bands = bandsOf(endings);
    const ended = BANDS.map((band) => `${bands[band]} ${band}`).join(", ");
    const issues = defects === null ? "" : `, ${count(defects, "defect")}, ${count(incidents ?? 0, "incident")}`;
    return `Week of ${week}: ${count(plans, "plan")} (${ended}), verification passed ${shareText(verified)}${issues}.`;
  });
  return [all, ...each].join(" ");
}

function header(metrics: Metrics): readonly string[] {
  const { adoption, rates, durations, weeks } = metrics;
  const verified = rates.find(({ name }) => name === "verified");
  const lead = durations.find(({ name }) => name === "lead_time");
  const cut = weeks.length > MOST_WEEKS ? `, the last ${MOST_WEEKS} of ${weeks.length} weeks` : "";
  const time = `${durationText(lead?.median ?? null)}${lead?.n ? ` (n = ${lead.n})` : ""}`;
  const planned = `${count(adoption.plans, "plan")}, ${adoption.executed} executed`;
  return [
    textAt(16, 32, "Codex plans: adoption and quality", { class: "title" }),
    textAt(16, 55, `${periodText(metrics)}${cut}`, { class: "soft" }),
    textAt(16, 82, adoption.plans === 0 ? "No plan began in this period." : planned),
    textAt(16, 103, `Verification passed: ${verified ? shareText(verified) : "no data"}`),
    textAt(16, 124, `Lead time, median: ${time}`),
  ];
}

function legend(): readonly string[] {
  const places = [16, 120, 206, 296, 372];
  return BANDS.flatMap((band, index) => {
    const x = places[index] as number;
    return [...block(band, { x, y: 141, width: 13, height: 13 }), textAt(x + 18, 153, band)];
  });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function block(band: string, box: Box): readonly string[] {
  const pattern = PATTERN_OF[band];
  const { x, y, width, height } = box;
  const shape = { x, y, width, height };
  return [
    element("rect", { ...shape, class: band }),
    ...(pattern ? [element("rect", { ...shape, fill: pattern })] : []),
  ];
}

/** The middle of a week's column, and how wide that is. */
function columnOf(index: number, weeks: readonly Week[]): { readonly middle: number; readonly width: number } {
  const width = (WIDTH - MARGIN.left - MARGIN.right) / weeks.length;
  return { middle: MARGIN.left + (index + 0.5) * width, width };
}

/** Ticks at whole numbers: 1, 2 or 5 times a power of ten apart, four at most above 0. */
function ticksFor(most: number): readonly number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(most / 4)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => most / each <= 4) as number;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

function bars(weeks: readonly Week[]): readonly string[] {
  const ticks = ticksFor(Math.max(1, ...weeks.map(({ plans }) => plans)));
  const scale = BARS.height / (ticks.at(-1) as number);
  const bottom = BARS.top + BARS.height;
  return [
    ...ticks.flatMap((tick) => gridLine(bottom - tick * scale, tick.toLocaleString("en-US"))),
    ...weeks.flatMap((week, index) => {
      const { middle, width } = columnOf(index, weeks);
      const column = { x: middle - Math.min(44, width * 0.7) / 2, width: Math.min(44, width * 0.7) };
      return [...stack(week, column, scale), textAt(middle, bottom + 22, week.week.slice(5), { class: "soft mid" })];
    }),
    textAt(16, bottom + 48, "Plans by week of publication (month-day)", { class: "soft" }),
    textAt(16, bottom + 68, `other: ${OTHER}`, { class: "soft" }),
  ];
}

function gridLine(y: number, label: string): readonly string[] {
  const d = `M${MARGIN.left} ${Math.round(y * 100) / 100}H${WIDTH - MARGIN.right}`;
  return [element("path", { d, class: "grid" }), textAt(MARGIN.left - 6, y + 5, label, { class: "soft end" })];
}

function stack({ endings }: Week, { x, width }: Pick<Box, "x" | "width">, scale: number): readonly string[] {
  const bands = bandsOf(endings);
  let y = BARS.top + BARS.height;
  return BANDS.flatMap((band) => {
    const amount = bands[band];
    if (amount === 0) return [];
    const height = amount * scale;
    y -= height;
    // A hair of the page between two blocks.
    const shape = block(band, { x, y, width, height: Math.max(0.5, height - 1) });
    return height < 18
      ? shape
      : [...shape, textAt(x + width / 2, y + height / 2 + 5, `${amount}`, { class: "on mid" })];
  });
}

/** A week without a run that tells has no dot, and no line leads over it. */
function checks(weeks: readonly Week[]): readonly string[] {
  const bottom = CHECKS.top + CHECKS.height;
  const points = weeks.map(({ verified }, index) => {
    const { middle: x } = columnOf(index, weeks);
    return { x, verified, y: bottom - (verified.rate ?? 0) * CHECKS.height };
  });
  const lines = points.slice(1).flatMap((point, index) => {
    const before = points[index] as typeof point;
    if (before.verified.rate === null || point.verified.rate === null) return [];
    return [element("line", { x1: before.x, y1: before.y, x2: point.x, y2: point.y, class: "line" })];
  });
  return [
    textAt(16, CHECKS.top - 18, "Verification passed, runs of runs", { class: "head" }),
    ...[0, 1].flatMap((rate) => gridLine(bottom - rate * CHECKS.height, `${rate * 100}%`)),
    ...lines,
    ...points.flatMap(({ x, y, verified: { numerator, denominator, rate } }) => {
      const text = textAt(x, bottom + 22, rate === null ? "–" : `${numerator}/${denominator}`, { class: "mid" });
      return rate === null ? [text] : [element("circle", { cx: x, cy: y, r: 5, class: "dot" }), text];
    }),
  ];
}

function issueRows({ quality }: Metrics, weeks: readonly Week[]): readonly string[] {
  if (quality === null) return [];
  const top = CHECKS.top + CHECKS.height + 52;
  const rows = [
    { label: quality.labels.defect, amount: ({ defects }: Week) => defects },
    { label: quality.labels.incident, amount: ({ incidents }: Week) => incidents },
  ];
  return rows.flatMap(({ label, amount }, row) => [
    textAt(16, top + row * ROW, `Issues opened with the label ${capCodePoints(label, 24)}`, { class: "head" }),
    ...weeks.map((week, index) => {
      const { middle } = columnOf(index, weeks);
      return textAt(middle, top + row * ROW + 21, `${amount(week) ?? "–"}`, { class: "mid" });
    }),
  ]);
}
