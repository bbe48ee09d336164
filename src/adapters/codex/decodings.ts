import { Reading } from "./reading.ts";

const ESC = "\u001b";
const BEL = "\u0007";
const CSI = "\u009b";

/** What a reader does not see: colours and other sequences of a terminal, overstruck and invisible characters. */
const UNSEEN = new RegExp(
  [
    // A title, a link and other strings for the terminal.
    String.raw`${ESC}[\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\)`,
    // A colour, a movement.
    String.raw`(?:${ESC}\[|${CSI})[0-?]*[ -\/]*[@-\x7e]`,
    String.raw`${ESC}[ -\/]*[0-\x7e]?`,
    // A character that the next one is printed over.
    String.raw`[^\n\b]\x08`,
    String.raw`[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]--[\t\n\r]]`,
  ].join("|"),
  "gv",
);

/**
 * Escapes of JSON, programming languages and shells, of URLs and of HTML, each also escaped again and again: one pass
 * reads any number of back-slashes, `%25` and `&amp;`. The look-behinds keep runs of them linear.
 */
const ESCAPE = new RegExp(
  [
    String.raw`(?<!\\)\\+(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|U([0-9a-f]{8})|x([0-9a-f]{2})|([0-3][0-7]{2})|([^\n\r\\]))`,
    String.raw`%(?:25){0,8}(?:u([0-9a-f]{4})|([0-9a-f]{2}))`,
    String.raw`&(?:amp;){0,8}(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,14}));`,
  ].join("|"),
  "gi",
);

const LETTERS: Readonly<Record<string, string>> = {
  ...{ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", e: ESC, E: ESC, a: BEL, "0": "\0" },
};

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ quot: '"', apos: "'", lt: "<", gt: ">", amp: "&", nbsp: "\u00a0", shy: "\u00ad", zwj: "\u200d", zwnj: "\u200c" },
  ...{ sol: "/", bsol: "\\", lowbar: "_", period: ".", colon: ":", num: "#", plus: "+", equals: "=", commat: "@" },
  ...{ hyphen: "-", dash: "-", comma: ",", tab: "\t", newline: "\n", zerowidthspace: "\u200b" },
};

function readEscape(match: RegExpExecArray): string {
  const [all, u4, uBraces, u8, x2, octal, letter, percentU, percent, decimal, hex, name] = match;
  if (letter !== undefined) return LETTERS[letter] ?? letter;
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
  const digits = u4 ?? uBraces ?? u8 ?? x2 ?? percentU ?? percent ?? hex;
  const code =
    digits !== undefined
      ? Number.parseInt(digits, 16)
      : Number.parseInt((octal ?? decimal) as string, octal === undefined ? 10 : 8);
  return code <= 0x10ffff ? String.fromCodePoint(code) : all;
}

/** Quotes that close only to open again, and line ends with the indentation and the comment's mark of the next line. */
const JOINT = new RegExp(
  [
    String.raw`["'${"`"}](?:\s{0,80}(?:[+.,&|~]{1,2}|\\)?\s{0,80})?["'${"`"}]`,
    String.raw`(?<![ \t])[ \t]*\\?(?:\r?\n|\r)[ \t]*(?:(?:\/\/|\/\*|--|REM|dnl|[+\-])[ \t]+|[#*>|;!]+[ \t]*)*`,
  ].join("|"),
  "g",
);

/** The same for the lines of a diff, whose mark has no blank behind it. */
const DIFF_JOINT = /(?:\r?\n|\r)[+ -]?[ \t]*/g;
const DIFF = /^[+-].*\n[+-]/m;

const SOFT_BREAK_OR_BYTE = /=(?:([0-9A-F]{2})|[ \t]*\r?\n)/g;
const HAS_QUOTED_PRINTABLE = /=(?:\r?\n|[0-9A-F]{2})/;

const BACKSLASH = /\\+(?![\\\r\n])/g;
const HAS_MANY_BACKSLASHES = /(?:\\[^\\]{1,3}){4}/;

const byte = (hex: string | undefined): string =>
  hex === undefined ? "" : String.fromCharCode(Number.parseInt(hex, 16));

/** How often what was decoded is decoded again. */
const PASSES = 3;

function plain(reading: Reading): Reading {
  return reading.rewrite(UNSEEN, () => "");
}

/** The ways to read a text in which a secret may stand, without its codes for whole texts: at most about 20. */
export function readingsOf(source: string): readonly Reading[] {
  const itself = Reading.of(source);
  const found = new Map<string, Reading>([[source, itself]]);
  const add = (reading: Reading): void => {
    if (!found.has(reading.text)) found.set(reading.text, reading);
  };
  const joints = DIFF.test(source) ? [JOINT, DIFF_JOINT] : [JOINT];
  const seen = plain(itself);
  const starts = [seen];
  if (HAS_QUOTED_PRINTABLE.test(source)) starts.push(seen.rewrite(SOFT_BREAK_OR_BYTE, ([, hex]) => byte(hex)));
  if (HAS_MANY_BACKSLASHES.test(source)) starts.push(seen.rewrite(BACKSLASH, () => ""));
  for (const start of starts) {
    for (const joint of joints) decode(start, joint, add);
  }
  return [...found.values()];
}

/** Decodes pass by pass: as it stands, and with its lines joined before, so that an escape may be split as well. */
function decode(start: Reading, joint: RegExp, add: (reading: Reading) => void): void {
  const join = (reading: Reading): Reading => reading.rewrite(joint, () => "");
  let current = start;
  for (let pass = 0; pass <= PASSES; pass += 1) {
    add(current);
    add(join(current));
    const next = plain(current.rewrite(ESCAPE, readEscape));
    if (next === current) break;
    current = next;
  }
  const joined = join(start);
  if (joined === start) return;
  const decoded = plain(joined.rewrite(ESCAPE, readEscape));
  if (decoded !== joined) add(join(decoded));
}
