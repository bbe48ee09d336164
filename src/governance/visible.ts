/**
 * What a reader cannot see. By Unicode property, never by a list of the characters known today: everything
 * that is default-ignorable, a format, control, private-use or surrogate code point, a line or paragraph
 * separator, a noncharacter, or the blank Braille pattern. Line feed and tab are seen as white space.
 */
export const INVISIBLE =
  /[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u{2800}]--[\n\t]]/gv;

/** Emoji that Unicode recommends for interchange; their joiners and variation selectors are seen as one picture. */
// Stryker disable next-line Regex: its mutants are not valid expressions, and end the whole run.
const EMOJI = /\p{RGI_Emoji}/gv;

export interface InvisibleCharacter {
  /** For example `U+200B`. */
  readonly codePoint: string;
  readonly count: number;
  /** Line of the first occurrence, from 1. */
  readonly line: number;
}

export function nameCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The invisible characters of a text, each once, in order of appearance. */
export function findInvisible(text: string): readonly InvisibleCharacter[] {
  // The replacement keeps line feeds out of it, so line numbers stay true.
  const bare = text.replace(EMOJI, "x");
  const found = new Map<string, { count: number; line: number }>();
  // Line by line: to count the lines anew for every character would take half a minute on a hostile comment.
  for (const [index, line] of bare.split("\n").entries()) {
    for (const [character] of line.matchAll(INVISIBLE)) {
      const name = nameCodePoint(character);
      const known = found.get(name);
      if (known) known.count += 1;
      else found.set(name, { count: 1, line: index + 1 });
    }
  }
  return [...found].map(([codePoint, { count, line }]) => ({ codePoint, count, line }));
}

/** The same text with every invisible character spelled out as `<U+200B>`. Emoji sequences stay. */
export function spellOutInvisible(text: string): string {
  const spell = (part: string) => part.replace(INVISIBLE, (character) => `<${nameCodePoint(character)}>`);
  let result = "";
  let end = 0;
  for (const match of text.matchAll(EMOJI)) {
    result += spell(text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return result + spell(text.slice(end));
}

/**
 * The same as one line of a log: line ends and tabs are spelled out, so that a text cannot go on as lines of ours, and
 * nothing in it is a command of GitHub's runner, which looks for `::` after blanks, and for `##[` anywhere.
 */
export function spellOutLine(text: string): string {
  return spellOutInvisible(text)
    .replace(/[\n\t]/g, (character) => `<${nameCodePoint(character)}>`)
    .replaceAll("##[", "## [")
    .replace(/^( *)::/, "$1: :");
}

/** One line of visible characters with single blanks: what a reader sees of it is what it is. */
export function isPlainLine(text: string): boolean {
  return text === spellOutInvisible(text.normalize("NFC").replace(/\s+/g, " ").trim());
}
