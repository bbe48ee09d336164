import type { StepResult } from "../world/runner.ts";

const WIDTH = 76;

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** What a step said: its decision, and what it found. */
export function showStep(mode: string, { exitCode, outputs }: StepResult): readonly string[] {
  const ready = outputs.ready === "true" ? ", ready to be executed" : "";
  const commit = outputs["commit-sha"] ? `, commit ${outputs["commit-sha"].slice(0, 10)}` : "";
  const { findings = [] } = JSON.parse(outputs.result ?? "{}") as { findings?: Finding[] };
  return [
    `  ${mode}: ${outputs.decision} (${outputs["reason-code"]}), exit ${exitCode}${ready}${commit}`,
    ...findings.flatMap(({ code, message, path }) => {
      const kind = code === outputs["reason-code"] ? "" : ` (${code})`;
      return wrap(`    ${path === undefined ? "" : `${path}: `}${message}${kind}`, 6);
    }),
  ];
}

/** What a person says or does, indented. */
export function showSaying(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => wrap(line === "" ? "" : `  ${line}`, 4));
}

/** Markdown as plain text in a box: what a person sees of it before unfolding anything. */
export function showPage(title: string, markdown: string): readonly string[] {
  const lines = alignTables(readable(markdown).split("\n")).flatMap((line) =>
    wrap(line, line.startsWith("- ") ? 2 : 0),
  );
  return [`┌─ ${title}`, ...lines.map((line) => `│ ${line}`.trimEnd()), "└─"];
}

/** The sections of a comment whose titles start with one of these words, in the comment's order. */
export function findSections(markdown: string, words: readonly string[]): string {
  const sections = markdown.split(/^(?=#{3,4} |<details)/m);
  const titleOf = (section: string) => /^(?:#+ |<details[^>]*><summary>)(.*)/.exec(section)?.[1] ?? "";
  return sections.filter((section) => words.some((word) => titleOf(section).startsWith(word))).join("\n");
}

/** How each gate stands and who signed it: a comment's table without the evidence, which is long. */
export function findGates(markdown: string): string {
  const rows = findSections(markdown, ["Gates"]).split("\n").filter(isRow).map(cellsOf);
  return rows.map(([gate, status, , who]) => `| ${gate} | ${status} | ${who} |`).join("\n");
}

function readable(markdown: string): string {
  return markdown
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<details>\s*<summary>([\s\S]*?)<\/summary>[\s\S]*?<\/details>\n*/g, "▸ $1\n")
    .replace(/^(▸ .*)\n(?!▸)/gm, "$1\n\n")
    .replace(/<summary>([\s\S]*?)<\/summary>/g, "▾ $1")
    .replace(/<br>/g, "\n")
    .replace(/<\/?details[^>]*>/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/&nbsp;/g, " ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\*\*|^#+ /gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const isRow = (line: string | undefined): boolean => line?.startsWith("| ") ?? false;

/** A table's row; a bar inside of a cell is escaped. */
function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\| | \|$/g, "")
    .split(" | ")
    .map((cell) => cell.replaceAll("\\|", "|"));
}

/** Gives the rows of a markdown table equal columns, where they fit. */
function alignTables(lines: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    while (isRow(lines[index])) index += 1;
    if (index > start) result.push(...alignTable(lines.slice(start, index)));
    if (index < lines.length) result.push(lines[index] ?? "");
  }
  return result;
}

function alignTable(lines: readonly string[]): readonly string[] {
  const rows = lines.filter((line) => !/^\| -/.test(line)).map(cellsOf);
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, [...cell].length)),
    [],
  );
  const isNarrow = widths.reduce((sum, width) => sum + width + 2, 0) <= WIDTH;
  if (isNarrow) return rows.map((row) => row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2)).join(""));
  return rows.flatMap((row) => wrap(row.filter((cell) => cell !== "–").join(" · "), 2));
}

/** Breaks a line between words, and indents what follows the first row; a word that is too long is cut hard. */
function wrap(line: string, indent = 0): readonly string[] {
  const rows: string[] = [];
  let rest = [...line];
  while (rest.length > WIDTH) {
    const blank = rest.lastIndexOf(" ", WIDTH);
    const isBetweenWords = rest.slice(0, blank).some((character) => character !== " ");
    const end = isBetweenWords ? blank : WIDTH;
    rows.push(rest.slice(0, end).join(""));
    rest = [..." ".repeat(indent), ...rest.slice(isBetweenWords ? end + 1 : end)];
  }
  return [...rows, rest.join("")];
}
