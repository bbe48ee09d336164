import { eastAsianWidth } from "get-east-asian-width";

/** What joins the character before it, or stands over or under it; what makes an emoji of it widens it instead. */
const WITHOUT_WIDTH = /^[[\p{M}\p{Default_Ignorable_Code_Point}]--\u{FE0F}]$/v;

/** Columns of one code point: 2 for East Asian wide and full-width ones and for emoji, 0 for combining marks. */
function widthOf(point: string): number {
  // Below the first combining mark every character that is shown takes one column.
  if (point < "\u0300") return 1;
  return WITHOUT_WIDTH.test(point) ? 0 : eastAsianWidth(point.codePointAt(0) as number);
}

/** Columns that a text takes in a monospaced font, at most: of an emoji that is made of several, each is counted. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const point of text) width += widthOf(point);
  return width;
}

const SEGMENTER = new Intl.Segmenter("en");

/** A word in parts of at most `size` columns, between graphemes; one that is wider itself is broken as well. */
function pieces(word: string, size: number): readonly string[] {
  if (displayWidth(word) <= size) return [word];
  const parts: string[] = [];
  let part = "";
  let width = 0;
  const add = (text: string): void => {
    const wide = displayWidth(text);
    if (part !== "" && width + wide > size) {
      parts.push(part);
      part = "";
      width = 0;
    }
    part += text;
    width += wide;
  };
  for (const { segment } of SEGMENTER.segment(word)) {
    if (displayWidth(segment) <= size) add(segment);
    else for (const point of segment) add(point);
  }
  return [...parts, part];
}

/**
 * Breaks a line at blanks so that no part is wider than `width` columns (at least 2 more than the indent); continuation
 * lines get `indent`. Words that are too long are broken as well: nothing may hide to the right of what a reader sees.
 */
export function wrapLine(text: string, width: number, indent = ""): readonly string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let used = 0;
  for (const word of text.split(" ").flatMap((each) => pieces(each, width - indent.length))) {
    const size = displayWidth(word);
    const line = lines.at(-1);
    if (line !== undefined && used + 1 + size <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
      used += 1 + size;
    } else {
      const start = line === undefined ? "" : indent;
      lines.push(start + word);
      used = start.length + size;
    }
  }
  return lines;
}
