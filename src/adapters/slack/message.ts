import { spellOutInvisible } from "../../governance/visible.ts";
import type { Notice } from "../../ports.ts";

/** What an incoming webhook takes. `text` is for notifications, and for services that know no blocks. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Section[];
}

interface Section {
  readonly type: "section";
  /** `verbatim`: Slack looks for no names, channels or addresses in it. */
  readonly text: { readonly type: "mrkdwn"; readonly text: string; readonly verbatim: true };
}

/** Slack's limit of a section's text, in characters. */
const MAX_SECTION = 3000;

/** With title, people and link far from Slack's 50 blocks. This is a notice; the link leads to the whole. */
const MAX_TEXT_SECTIONS = 3;

const MAX_TITLE = 300;

/** Slack's control characters: unescaped, `<!channel>` would call everybody. */
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export function renderMessage(notice: Notice): SlackMessage {
  const title = harmless(notice.title.replace(/\s+/g, " ").trim());
  const text = harmless(notice.text.trim());
  const people = harmless(notice.mentions.map((login) => `@${login}`).join(", "));
  const address = addressOf(notice.url);
  const sections = [
    ...(title === "" ? [] : [`*${cut(title, MAX_TITLE)}*`]),
    ...textSections(text),
    ...(people === "" ? [] : [cut(people, MAX_SECTION)]),
    ...(address === undefined ? [] : [`<${address}|Open>`]),
  ];
  const link = address === undefined ? "" : `\n<${address}>`;
  const words = [title, text, people].filter((part) => part !== "").join("\n");
  return { text: `${cut(words, MAX_SECTION - link.length)}${link}`, blocks: sections.map(sectionOf) };
}

function sectionOf(text: string): Section {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

function textSections(text: string): readonly string[] {
  const pieces = escapedPieces(text, MAX_SECTION - 1);
  const kept = pieces.slice(0, MAX_TEXT_SECTIONS);
  const shown = pieces.length > kept.length ? [...kept.slice(0, -1), `${kept.at(-1)}…`] : kept;
  return shown.filter((piece) => piece.trim() !== "");
}

/** Nothing that a reader cannot see, and no word that calls a whole channel in services like Slack. */
function harmless(text: string): string {
  return spellOutInvisible(text.replaceAll("\r\n", "\n")).replace(/@(?=channel|here|everyone|all)/gi, "@\u2060");
}

/** Escaped, and cut with an ellipsis so that it is not longer than `size`. */
function cut(text: string, size: number): string {
  const [first = "", ...rest] = escapedPieces(text, size - 1);
  return rest.length === 0 ? first : `${first}…`;
}

/** Escaped pieces not longer than `size`; neither a code point nor an escape is cut apart. */
function escapedPieces(text: string, size: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    const escaped = ESCAPES[character] ?? character;
    if (piece.length + escaped.length > size) {
      pieces.push(piece);
      piece = "";
    }
    piece += escaped;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** As Slack's links have it; undefined for what is no web page, or too long to be whole. */
function addressOf(url: string): string | undefined {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return undefined;
  const address = new URL(url).href.replace(/[<>|]/g, encodeURIComponent).replaceAll("&", "&amp;");
  return address.length > MAX_SECTION / 2 ? undefined : address;
}
