import type { AnalyticsSummary } from "../governance/analytics-facts.ts";
import { type Figure, type PlanReference, REVIEW_RULES, type ReviewEntry } from "../governance/review-entry.ts";
import type { ReviewNote } from "../governance/review-note.ts";
import { count, fencedBlock, inlineCode, markedText, plainText, tableCode } from "./markdown.ts";
import { timeText } from "./time.ts";

/** Plans shown of one entry; the JSON has all of them. */
const MAX_PLANS = 10;
/** Bundles shown that are not believed. */
const MAX_LEFT_OUT = 20;

const CONCLUSIONS = {
  approval: "✋ **Needs an approval:** a person decides on a stricter policy",
  "follow-up": "🔎 **Needs a follow-up**",
  "too few": "➖ **Too few to conclude anything**",
} as const;

const SECTIONS = [
  ["repositories", "Repositories that need stricter verification"],
  ["instructions", "Stale AGENTS.md files"],
  ["workflows", "Workflows that keep producing unreviewable changes"],
] as const;

/** The note as Markdown. Every text that is not ours is inert. */
export function renderReviewNote(note: ReviewNote): string {
  const parts = [
    "# Codex review note (internal)",
    `From ${timeText(note.period.since)} to ${timeText(note.period.until)} (not included). This note is about repositories and workflows and has no figures on persons. It changes nothing: a policy becomes stricter only when people merge the excerpt.`,
    looked(note),
    ...SECTIONS.flatMap(([name, title]) => [`## ${title}`, ...entriesOf(note.sections[name])]),
    "## What the Codex Analytics API reported",
    analytics(note.analytics),
    "## What is missing",
    list(
      note.missing.map((line) => plainText(line, 300)),
      "_Nothing._",
    ),
    ...leftOut(note),
  ];
  return `${parts.join("\n\n")}\n`;
}

function looked({ repositories, outsidePeriod }: ReviewNote): string {
  const rows = repositories.map(({ name, plans, executed }) => [tableCode(name), `${plans}`, `${executed}`]);
  const outside = outsidePeriod > 0 ? `\n\n${count(outsidePeriod, "plan")} of other times not counted.` : "";
  return (rows.length === 0 ? "_No plans._" : table(["Repository", "Plans", "Executed"], rows)) + outside;
}

function entriesOf(entries: readonly ReviewEntry[]): readonly string[] {
  return entries.length === 0 ? ["_No rule fired._"] : entries.flatMap(renderEntry);
}

function renderEntry(entry: ReviewEntry): readonly string[] {
  const { rule, repository, subject, conclusion, figures, threshold, plans, command, excerpt } = entry;
  const { title, advice } = REVIEW_RULES[rule];
  const place = subject === undefined ? inlineCode(repository) : `${inlineCode(repository)}, ${inlineCode(subject)}`;
  return [
    // A title alone must not accuse where nothing is concluded.
    `### ${conclusion === "too few" ? `Not concluded, too few plans: ${title}` : title}: ${place}`,
    `${CONCLUSIONS[conclusion]}${conclusion === "too few" ? "." : `. ${advice}`}`,
    list(figures.map(renderFigure), ""),
    `Rule ${inlineCode(rule)}: ${plainText(threshold)}.`,
    ...(plans.length === 0 ? [] : [planTable(plans)]),
    ...(command === undefined ? [] : [`Look at it with:\n\n${fencedBlock(command, "sh")}`]),
    ...(excerpt === undefined
      ? []
      : [`For the policy file, once it is approved (merge it with what is there):\n\n${fencedBlock(excerpt, "yaml")}`]),
  ];
}

function renderFigure({ name, value, of }: Figure): string {
  return `${name}: ${amount(value)}${of === undefined || of === 0 ? "" : ` (${Math.round(((value ?? 0) / of) * 100)} %)`}`;
}

function amount(value: number | undefined): string {
  return value === undefined ? "not reported" : value.toLocaleString("en-US");
}

function planTable(plans: readonly PlanReference[]): string {
  const rows = plans.slice(0, MAX_PLANS).map(({ pullRequest, planDigest, what }) => [
    // In code, so that no pull request of another repository is referred to.
    pullRequest === null ? "–" : tableCode(`#${pullRequest}`),
    planDigest === undefined ? "no plan" : tableCode(planDigest.slice(0, 19)),
    plainText(what, 100),
  ]);
  const more = plans.length > MAX_PLANS ? `\n\n_… and ${plans.length - MAX_PLANS} more, in the JSON._` : "";
  return table(["Pull request", "Plan", "What"], rows) + more;
}

function analytics(summaries: readonly AnalyticsSummary[]): string {
  if (summaries.length === 0) return "_It was not asked._";
  const rows = summaries.map(({ endpoint, pages, rows: amountOfRows, totals, rowsWithoutRepository }) => [
    tableCode(endpoint),
    `${pages}`,
    `${amountOfRows}`,
    totals.map(({ name, value }) => `${name} ${amount(value)}`).join(", "),
    `${rowsWithoutRepository}`,
  ]);
  const unknown = summaries.flatMap(({ endpoint, unknownFields }) =>
    unknownFields.map((name) => inlineCode(`${endpoint}.${name}`, 80)),
  );
  const people = summaries.reduce((sum, { rowsNamingPeople }) => sum + rowsNamingPeople, 0);
  return [
    table(["Report", "Pages", "Rows", "Totals", "Rows that name no repository"], rows),
    ...(people > 0
      ? [`${count(people, "row names a person", "rows name persons")}; what they count is in the totals alone.`]
      : []),
    ...(unknown.length > 0 ? [`Fields that were not read: ${unknown.slice(0, 30).join(", ")}.`] : []),
  ].join("\n\n");
}

function leftOut({ leftOut: findings }: ReviewNote): readonly string[] {
  if (findings.length === 0) return [];
  const more = findings.length - MAX_LEFT_OUT;
  const lines = findings.slice(0, MAX_LEFT_OUT).map(({ message }) => markedText(message, 400));
  return [
    "## Evidence that does not hold together",
    list([...lines, ...(more > 0 ? [`and ${more} more, in the JSON`] : [])], ""),
    "Find out why before anything is concluded from this note: `verify` says more.",
  ];
}

function list(lines: readonly string[], empty: string): string {
  return lines.length === 0 ? empty : lines.map((line) => `- ${line}`).join("\n");
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, headers.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
