import type { StepResult } from "../world/runner.ts";

const WIDTH = 76;

/** What a step said, in two lines. */
export function showStep(mode: string, { exitCode, outputs }: StepResult): readonly string[] {
  const commit = outputs["commit-sha"] ? `, commit ${outputs["commit-sha"].slice(0, 10)}` : "";
  return [`  ${mode}: ${outputs.decision} (${outputs["reason-code"]}), exit ${exitCode}${commit}`];
}

/** A comment's markdown as plain text in a box: what a person would read on the pull request. */
export function showComment(markdown: string): readonly string[] {
  const text = markdown
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<summary>([\s\S]*?)<\/summary>/g, "▸ $1")
    .replace(/<\/?(?:details|sub|b|br|strong|em)[^>]*>/g, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  const lines = text.split("\n").flatMap((line) => wrap(line));
  return ["┌─ the comment on the pull request", ...lines.map((line) => `│ ${line}`), "└─"];
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
