import { spellOutInvisible } from "./visible.ts";
import { displayWidth, wrapLine } from "./wrapping.ts";

/** Columns of a code block that a comment shows on a desktop without scrolling sideways. */
export const SHOWN_WIDTH = 84;

/**
 * The most characters (UTF-16 units) that a prompt may have as it is shown. With the listing of the plan's files
 * (`LISTING_MOST`) and the facts on top it fits a comment whatever else there is to say: what the approver is not
 * shown, nobody approves.
 */
export const SHOWN_PROMPT_MOST = 24_000;

const TAB_STOP = 4;

/** Longer runs are counted: they would push what follows out of sight. */
const LONGEST_TABS = 8;
const LONGEST_BLANKS = 32;
const LONGEST_EMPTY_LINES = 3;

const RUN = new RegExp(`\\t{${LONGEST_TABS + 1},}| {${LONGEST_BLANKS + 1},}`, "g");

/** One line as it is shown, before it is wrapped: long runs are counted, and a tab is an arrow up to its tab stop. */
function visibleLine(line: string): string {
  const counted = line.replace(RUN, (run) => `⟨${run.length} ${run.startsWith("\t") ? "tabs" : "blanks"}⟩`);
  if (!counted.includes("\t")) return counted;
  let shown = "";
  let column = 0;
  for (const part of counted.split(/(\t)/)) {
    const text = part === "\t" ? "→".padEnd(TAB_STOP - (column % TAB_STOP)) : part;
    shown += text;
    column += displayWidth(text);
  }
  return shown;
}

/**
 * A frozen prompt as the plan's comment shows it, whole: line by line, wrapped so that nothing is to the right of what
 * a reader sees, with tabs as arrows and long runs of blanks, tabs or empty lines counted in `⟨…⟩`.
 */
export function showPrompt(text: string): string {
  return spellOutInvisible(text)
    .replace(/\n{2,}/g, (run) => {
      const empty = run.length - 1;
      return empty > LONGEST_EMPTY_LINES ? `\n⟨${empty} empty lines⟩\n` : run;
    })
    .split("\n")
    .flatMap((line) => wrapLine(visibleLine(line), SHOWN_WIDTH))
    .join("\n");
}
