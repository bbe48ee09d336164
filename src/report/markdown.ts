import { nameCodePoint, spellOutInvisible } from "../governance/visible.ts";

/**
 * Makes foreign text (a prompt, model text, a path, command output) inert in GitHub's markdown. Code is the
 * only context in which GitHub looks for no mention, reference, link, emoji or formula, so everything that
 * could be one is put into code; there is no list of dangerous words.
 */

/** What GitHub turns into something else: URLs, `@` names, references, commit ids, emoji codes, formulas. */
const MAGIC = new RegExp(
  [
    String.raw`:\/\/|www\.|(?:mailto|xmpp):|@|\$|#\d`,
    "(?<![a-z0-9])(?:gh|ghsa|cve)-",
    "(?<![a-z0-9])[0-9a-f]{7,64}(?![a-z0-9])",
    String.raw`:(?:[\w+\-]*[a-z][\w+\-]*|100|1234|[+\-]1):`,
  ].join("|"),
  "i",
);

/** A word with what may stand around it in a sentence. */
const WORD = /^([("'[]*)(.*?)([)"'\],.;!?]*)$/s;

const ELLIPSIS = "…";

const CUT = "\n[cut here: the evidence artifact has the rest]";

/** Line ends become LF; every other character that a reader cannot see becomes `<U+202E>`. Tabs stay. */
export function visibleText(text: string): string {
  return spellOutInvisible(text.replace(/\r\n?/g, "\n"));
}

function spell(character: string): string {
  return `<${nameCodePoint(character)}>`;
}

/** Visible text on one line, white space collapsed: for prose, where line ends carry nothing. */
export function oneLine(text: string): string {
  return visibleText(text).replace(/\s+/g, " ").trim();
}

/** Visible text on one line, with line ends and tabs spelled out: for paths, where every character counts. */
function exactLine(text: string): string {
  return visibleText(text).replace(/[\n\t]/g, spell);
}

/** The greatest cut at or below `max` that splits no surrogate pair and, within a window, no grapheme. */
function cutBelow(text: string, max: number): number {
  const low = text.charCodeAt(max);
  const cut = low >= 0xdc00 && low <= 0xdfff && max > 0 ? max - 1 : max;
  // A window is enough: longer clusters are not writing but an attack on the layout.
  let start = Math.max(0, cut - 64);
  if (/[\udc00-\udfff]/.test(text.charAt(start))) start += 1;
  const segments = new Intl.Segmenter("en").segment(text.slice(start, cut + 64));
  const boundary = start + (segments.containing(cut - start)?.index ?? cut - start);
  return boundary > start ? boundary : cut;
}

/** At most `max` UTF-16 units, cut between code points (and graphemes), with an ellipsis when cut. */
export function capCodePoints(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < ELLIPSIS.length) return "";
  return text.slice(0, cutBelow(text, max - ELLIPSIS.length)) + ELLIPSIS;
}

/** Like capCodePoints, but keeps the end too: the end of a path says more than its middle. */
export function capMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  let from = text.length - Math.max(0, Math.floor(max / 2) - 1);
  if (/[\udc00-\udfff]/.test(text.charAt(from))) from += 1;
  const end = text.slice(from);
  return capCodePoints(text, max - end.length) + end;
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  let run = 0;
  for (const each of text) {
    run = each === character ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

function span(visible: string): string {
  const delimiter = "`".repeat(longestRun(visible, "`") + 1);
  // CommonMark takes one space off each side when both are there, and nothing off a span of spaces alone.
  const padded = /^[ `]|[ `]$/.test(visible) && !/^ +$/.test(visible) ? ` ${visible} ` : visible;
  return `${delimiter}${padded === "" ? " " : padded}${delimiter}`;
}

/** Capped before as well, so that the cost does not grow with the text. */
function capExact(text: string, max: number): string {
  return capCodePoints(exactLine(capCodePoints(text, max)), max);
}

/** A code span, exact but for hidden characters; line ends and tabs are shown. Not for table cells. */
export function inlineCode(text: string, max = 200): string {
  return span(capExact(text, max));
}

/** A code span for a table cell. */
export function tableCode(text: string, max = 200): string {
  const visible = capExact(text, max);
  // Renderers disagree about `\\|` (escaped backslash, or escaped pipe), so that pipe is spelled out.
  const spelled = visible.includes("\\|") ? visible.replaceAll("|", spell) : visible;
  return span(spelled).replaceAll("|", "\\|");
}

/**
 * A fenced block of at most `max` UTF-16 units in all. `info` is ours, never foreign. A cut is announced
 * in the block's last line. Empty when `max` leaves no room for text.
 */
export function fencedBlock(text: string, info: string, max = Number.POSITIVE_INFINITY): string {
  const visible = visibleText(capCodePoints(text, max)).replace(/\n+$/, "");
  const fence = "`".repeat(Math.max(3, longestRun(visible, "`") + 1));
  const room = max - info.length - 2 * fence.length - 2;
  if (visible.length <= room && text.length <= max) return `${fence}${info}\n${visible}\n${fence}`;
  if (room < CUT.length + 20) return "";
  return `${fence}${info}\n${capCodePoints(visible, room - CUT.length)}${CUT}\n${fence}`;
}

function escapeText(text: string): string {
  return text.replace(/[\\`*_[\]<>&#|~]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** A whole word becomes code, never a part: the rest would stand at the edge of a text of its own. */
function inertWord(word: string): string {
  if (!MAGIC.test(word)) return escapeText(word);
  const [, before = "", core = "", after = ""] = WORD.exec(word) ?? [];
  return escapeText(before) + span(core) + escapeText(after);
}

/**
 * Foreign prose as one line of inert text. A word that GitHub would make a link, a mention, an emoji or a formula
 * of becomes a code span; the rest is escaped. Safe at the start of a line and in a table cell.
 */
export function plainText(text: string, max = 1000): string {
  const line = capCodePoints(oneLine(capCodePoints(text, 4 * max)), max);
  return (
    line
      .split(/([ `|<>]+)/)
      .map(inertWord)
      .join("")
      // An exclamation mark in front of a link of ours would make it an image.
      .replace(/^[-+=]|!$/g, (found) => `&#${found.charCodeAt(0)};`)
      .replace(/^(\d+)([.)])/, (_, digits: string, mark: string) => `${digits}&#${mark.charCodeAt(0)};`)
  );
}

/** Foreign prose for a table cell; a dash when there is none. */
export function tableCell(text: string | undefined, max = 300): string {
  return text === undefined || text.trim() === "" ? "–" : plainText(text, max);
}

/**
 * Foreign prose in which what stands between two back-ticks is shown as code. The edges of a code span are blanks or
 * a sentence's marks, so that no two spans can touch and become another one.
 */
function marked(text: string, max: number, code: (text: string, max: number) => string): string {
  const line = capCodePoints(oneLine(capCodePoints(text, 4 * max)), max);
  const parts = line.split(/(?<=^|[\s(])`([^`]+)`(?=[).,;:?!]*(?:\s|$))/);
  return parts.map((part, index) => (index % 2 === 1 ? code(part, max) : spaced(part, max))).join("");
}

function spaced(text: string, max: number): string {
  const [before = "", after = ""] = [/^\s/, /\s$/].map((edge) => (edge.test(text) ? " " : ""));
  return text.trim() === "" ? before : before + plainText(text, max) + after;
}

export function markedText(text: string, max = 1000): string {
  return marked(text, max, inlineCode);
}

/** The same for a table cell; a dash when there is none. */
export function markedCell(text: string | undefined, max = 300): string {
  return text === undefined || text.trim() === "" ? "–" : marked(text, max, tableCode);
}

/** A path, with its middle left out when it is very long. */
export function pathCode(path: string): string {
  return tableCode(capMiddle(exactLine(capMiddle(path, 400)), 200));
}

/** A link with a label that is already markdown. Without a plain http(s) address, only the label. */
export function link(label: string, url: string | undefined): string {
  const parsed = url === undefined || url.length > 1000 ? null : URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "") return label;
  const href = parsed.href.replace(/[^A-Za-z0-9\-._~:/?#@!$&+,;=%]/g, (found) => {
    return `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `[${label}](${href})`;
}

/** `1 file`, `10,000 files`. */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount.toLocaleString("en-US")} ${amount === 1 ? noun : plural}`;
}
