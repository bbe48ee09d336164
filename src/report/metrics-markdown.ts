import type { Metrics } from "../governance/metrics.ts";
import type { EvidenceState } from "../governance/receipts.ts";
import { count, plainText, tableCell, tableCode } from "./markdown.ts";
import { BANDS, type Band, bandsOf, OTHER, periodText, shareText, spreadCells } from "./metrics-figures.ts";
import { qualityRows } from "./metrics-pairs.ts";
import { wholeTable } from "./room.ts";

/** The report as it is shown and stored. */
export interface MetricsReport {
  readonly metrics: Metrics;
  readonly evidence: EvidenceState;
}

/** Rows of a list that grows with the number of bundles; the JSON has all of them. */
const MOST_ROWS = 50;
const MOST_WEEKS = 26;
const MOST_SQUARES = 20;

const SQUARES: Readonly<Record<Band, string>> = {
  executed: "🟦",
  denied: "🟥",
  drifted: "🟪",
  stale: "🟨",
  other: "⬜",
};

/** For a job summary or a comment: it needs no picture, since GitHub shows no SVG that stands in a text. */
export function renderMetricsMarkdown({ metrics, evidence }: MetricsReport): string {
  const sections = [
    `# Codex plans: adoption and quality\n\n${headline(metrics, evidence)}`,
    section("Adoption, and the quality beside it", table(["Adoption", "", "Quality", ""], qualityRows(metrics))),
    section("Week by week", weekTable(metrics)),
    section("Rates", rateTable(metrics)),
    section("Times", timeTable(metrics)),
    section("Risk classes", riskTable(metrics)),
    section("Gates and escalations", gateText(metrics)),
    section("Why plans and requests were denied", reasonTable(metrics)),
    section("Not counted", unsoundTable(evidence)),
    section("Forked chains", forkList(evidence)),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

/** Cells are ready; no rows, no table. */
function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : (wholeTable(headers, rows, Number.POSITIVE_INFINITY) ?? "");
}

function headline(metrics: Metrics, { bundles, unsound, forks }: EvidenceState): string {
  const sound =
    unsound.length === 0
      ? `${count(bundles, "bundle")}, all sound`
      : `⚠️ **${unsound.length} of ${count(bundles, "bundle")} not sound, and counted nowhere**`;
  const forked = forks.length === 0 ? [] : [`⚠️ **${count(forks.length, "forked chain")}**`];
  return [`**${periodText(metrics)}**`, sound, ...forked].join(" · ");
}

function weekTable({ weeks, quality }: Metrics): string {
  const shown = weeks.slice(-MOST_WEEKS);
  if (shown.length === 0) return "No plan and no request began in this period.";
  const scale = Math.max(1, ...shown.map(({ plans }) => Math.ceil(plans / MOST_SQUARES)));
  const legend = BANDS.map((band) => `${SQUARES[band]} ${band === "other" ? OTHER : band}`).join(" · ");
  const left = weeks.length - shown.length;
  // What a phone shows without scrolling comes first: the plans, how they ended, and whether they were verified.
  const headers = ["Week of", "Plans", "", "verification passed", ...BANDS, "refused", "people"];
  const rows = shown.map((week) => {
    const bands = bandsOf(week.endings);
    const squares = BANDS.map((band) => SQUARES[band].repeat(Math.ceil(bands[band] / scale))).join("");
    const people = `${week.requesters} asked, ${week.approvers} approved`;
    const cells = [week.week, `${week.plans}`, squares, shareText(week.verified)];
    const issues = quality === null ? [] : [`${week.defects}`, `${week.incidents}`];
    return [...cells, ...BANDS.map((band) => `${bands[band]}`), `${week.refused}`, people, ...issues];
  });
  return [
    `${legend}${scale === 1 ? "" : ` · a square is up to ${scale} plans`}`,
    table([...headers, ...(quality === null ? [] : ["defects", "incidents"])], rows),
    ...(left === 0 ? [] : [`_${count(left, "earlier week")} in the JSON report._`]),
  ].join("\n\n");
}

function rateTable({ rates }: Metrics): string {
  return table(
    ["Rate", "Value", "What is divided by what"],
    rates.map(({ title, definition, ...share }) => [title, shareText(share), definition]),
  );
}

function timeTable({ durations }: Metrics): string {
  return table(
    ["From, to", "Median", "90% within", "n", "What is measured"],
    durations.map(({ title, definition, ...spread }) => [title, ...spreadCells(spread), definition]),
  );
}

function riskTable({ riskClasses, adoption }: Metrics): string {
  if (adoption.plans === 0) return "";
  const rows = riskClasses.map((each) => {
    const bands = bandsOf(each);
    return [each.riskClass, shareText(each), ...BANDS.map((band) => `${bands[band]}`)];
  });
  return table(["Class", "Plans", ...BANDS], rows);
}

function gateText({ gates, escalations }: Metrics): string {
  if (gates.plans === 0) return "";
  const { opened, closed, open, overdue } = escalations;
  const blocking = gates.blocking.map(({ gate, failed, openAtLast }) => [
    gate,
    shareText(failed),
    shareText(openAtLast),
  ]);
  return [
    `Gates of ${count(gates.plans, "plan")} were evaluated ${count(gates.evaluations, "time")}; at the last evaluation ${shareText(gates.passed)} had all that is needed.`,
    ...(blocking.length === 0
      ? []
      : [table(["Gate", "Failed at least once", "Open at the last evaluation"], blocking)]),
    `Escalations: ${opened} opened, ${closed} closed, ${open} still open, ${overdue} found overdue.`,
  ].join("\n\n");
}

function reasonTable({ reasons }: Metrics): string {
  return table(
    ["Reason", "Kind", "Plans and requests", "What it means"],
    reasons.map(({ reasonCode, kind, title, cases }) => [`\`${reasonCode}\``, kind, `${cases}`, title]),
  );
}

function unsoundTable({ unsound }: EvidenceState): string {
  const rows = unsound
    .slice(0, MOST_ROWS)
    .map(({ name, finding }) => [tableCode(name), tableCell(finding.message), tableCode(finding.code)]);
  return withRest(table(["Bundle", "What is wrong", "Code"], rows), unsound.length);
}

function forkList({ forks }: EvidenceState): string {
  const lines = forks.slice(0, MOST_ROWS).map(({ message }) => `- ${plainText(message)}`);
  return withRest(lines.join("\n"), forks.length);
}

function withRest(text: string, total: number): string {
  return total <= MOST_ROWS ? text : `${text}\n\n_… and ${total - MOST_ROWS} more in the JSON report._`;
}
