import type { StepResult } from "../world/runner.ts";

const WIDTH = 76;

/** What a step said: its decision, and what it found. */
export function showStep(mode: string, { exitCode, outputs }: StepResult): readonly string[] {
  const commit = outputs["commit-sha"] ? `, commit ${outputs["commit-sha"].slice(0, 10)}` : "";
  const { findings = [] } = JSON.parse(outputs.result ?? "{}") as { findings?: { message: string; path?: string }[] };
  return [
    `  ${mode}: ${outputs.decision} (${outputs["reason-code"]}), exit ${exitCode}${commit}`,
    ...findings.flatMap(({ message, path }) => wrap(`    ${path === undefined ? "" : `${path}: `}${message}`)),
  ];
}

/** A comment as plain text in a box: what a person sees on the pull request before unfolding anything. */
export function showComment(markdown: string): readonly string[] {
  const text = markdown
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<details>\s*<summary>([\s\S]*?)<\/summary>[\s\S]*?<\/details>\n*/g, "▸ $1\n")
    .replace(/<summary>([\s\S]*?)<\/summary>/g, "▾ $1")
    .replace(/<br>/g, "\n")
    .replace(/<[^>]+>/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/&nbsp;/g, " ")
    .replace(/&#95;/g, "_")
    .replace(/\*\*|^#+ /gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  const lines = alignTables(text.split("\n")).flatMap((line) => wrap(line));
  return ["┌─ the comment on the pull request", ...lines.map((line) => `│ ${line}`.trimEnd()), "└─"];
}

/** Gives the rows of a markdown table equal columns, where they fit. */
function alignTables(lines: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    while (lines[index]?.startsWith("| ")) index += 1;
    if (index > start) result.push(...alignTable(lines.slice(start, index)));
    if (index < lines.length) result.push(lines[index] ?? "");
  }
  return result;
}

function alignTable(lines: readonly string[]): readonly string[] {
  const rows = lines.filter((line) => !/^\| -/.test(line)).map((line) => line.replace(/^\| | \|$/g, "").split(" | "));
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, [...cell].length)),
    [],
  );
  const isNarrow = widths.reduce((sum, width) => sum + width + 2, 0) <= WIDTH;
  if (!isNarrow) return rows.map((row) => row.join(" · "));
  return rows.map((row) => row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2)).join(""));
}

/** Breaks a line between words; a word that is too long is cut hard. */
function wrap(line: string): readonly string[] {
  const rows: string[] = [];
  let rest = [...line];
  while (rest.length > WIDTH) {
    const blank = rest.lastIndexOf(" ", WIDTH);
    const end = blank > 0 ? blank : WIDTH;
    rows.push(rest.slice(0, end).join(""));
    rest = rest.slice(blank > 0 ? end + 1 : end);
  }
  return [...rows, rest.join("")];
}
