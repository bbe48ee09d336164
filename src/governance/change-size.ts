/** Lines of a hunk's header that GNU and git write: `@@ -1,3 +1,4 @@`; a count that is left out is 1. */
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** Ends of lines for editors and languages, not for git: a text that has only these would be one line. */
const INNER_END = /\r(?!$)|[\u2028\u2029]/g;

/**
 * How many lines a unified diff adds and removes. Only what stands in a hunk counts, whatever it looks like. A binary
 * change has no lines: each line of its encoding counts, so that it is no way around a limit.
 */
export function countChangedLines(patch: string): number {
  let changed = 0;
  let before = 0;
  let after = 0;
  let isBinary = false;
  for (const line of patch.split("\n")) {
    if (before > 0 || after > 0) {
      const mark = line.charAt(0);
      if (mark !== "+" && mark !== "\\") before -= 1;
      if (mark !== "-" && mark !== "\\") after -= 1;
      if (mark === "+" || mark === "-") changed += 1 + (line.match(INNER_END)?.length ?? 0);
      continue;
    }
    const hunk = HUNK.exec(line);
    if (hunk) {
      before = Number(hunk[1] ?? 1);
      after = Number(hunk[2] ?? 1);
    } else if (line.startsWith("diff --git ")) isBinary = false;
    else if (line === "GIT binary patch") isBinary = true;
    else if (isBinary && line !== "") changed += 1;
  }
  return changed;
}
