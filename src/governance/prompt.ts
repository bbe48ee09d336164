import { type Digest, digestOf } from "./digest.ts";
import type { Finding, ReasonCode } from "./outcome.ts";
import { SHOWN_PROMPT_MOST, showPrompt } from "./shown-prompt.ts";
import { findInvisible } from "./visible.ts";

/**
 * GitHub's own limit on a comment, in UTF-16 units. GitHub speaks of characters and does not say how it counts those
 * that take two units; this is the stricter reading.
 */
export const MAX_COMMENT_LENGTH = 65_536;

/**
 * White space at a line's end and at the text's ends, as a reader sees it: JavaScript's `\s` has invisible
 * characters too, which must be refused, not cut off. The look-behinds keep long runs of blanks linear.
 */
const LINE_END_BLANKS = /(?<![\p{Zs}\t])[\p{Zs}\t]+$/gmu;
const EDGE_BLANKS = /^[\p{Zs}\t\n]+|(?<!\n)\n+$/gu;

/** Blanks of other widths than the plain one: a reader sees a blank, so the model gets a blank. */
const OTHER_BLANKS = /[\p{Zs}--[ ]]/gv;

/** HTML's names for characters that a reader cannot see; the numeric ones are found by their number. */
const INVISIBLE_ENTITIES =
  /^(?:zwj|zwnj|lrm|rlm|shy|NoBreak|ZeroWidthSpace|Negative(?:VeryThin|Thin|Medium|Thick)Space|Invisible(?:Times|Comma)|ApplyFunction|af|ic|it)$/;

export interface FrozenPrompt {
  readonly text: string;
  readonly digest: Digest;
}

export type FreezeResult =
  | { readonly status: "not_command" }
  | { readonly status: "refused"; readonly reasonCode: ReasonCode; readonly findings: readonly Finding[] }
  | { readonly status: "frozen"; readonly prompt: FrozenPrompt };

/**
 * True when a comment's first line starts with the command followed by white space or its end. `/codexfoo` and
 * ` /codex` are not commands.
 */
export function isCommand(body: string, command: string): boolean {
  if (!body.startsWith(command)) return false;
  const next = body.charAt(command.length);
  return next === "" || /\s/.test(next);
}

/**
 * Freezes the prompt of a comment: line ends become LF, white space at line ends and at the end goes, NFC, and every
 * blank becomes a plain one. What a reader of the comment could not see is refused, not removed, so that the author
 * learns of it; so is a prompt that the plan's comment could not show whole.
 */
export function freezePrompt(body: string, command: string): FreezeResult {
  if (!isCommand(body, command)) return { status: "not_command" };
  if (body.length > MAX_COMMENT_LENGTH) {
    return refused("prompt_too_long", [
      {
        code: "prompt_too_long",
        message: "The comment is too long; a character such as an emoji counts twice or more.",
        expected: `at most ${MAX_COMMENT_LENGTH} UTF-16 units`,
        got: String(body.length),
      },
    ]);
  }
  const text = body
    .slice(command.length)
    .replace(/\r\n?/g, "\n")
    .normalize("NFC")
    .replace(OTHER_BLANKS, " ")
    .replace(LINE_END_BLANKS, "")
    .replace(EDGE_BLANKS, "");
  const invisible = findInvisible(text);
  if (invisible.length > 0) {
    return refused(
      "prompt_invisible",
      invisible.map(({ codePoint, count, line }) => ({
        code: "invisible_character",
        message: `${codePoint} occurs ${count} time${count === 1 ? "" : "s"}, first on line ${line} of the prompt.`,
        got: codePoint,
      })),
    );
  }
  const hidden = findHiddenMarkup(text);
  if (hidden.length > 0) return refused("prompt_hidden_markup", hidden);
  if (text === "") return refused("prompt_empty", []);
  const shownLength = showPrompt(text).length;
  if (shownLength > SHOWN_PROMPT_MOST) {
    return refused("prompt_too_long", [
      {
        code: "prompt_not_shown_whole",
        message: "The plan's comment shows the prompt whole, wrapped, and has no room for this one.",
        expected: `at most ${SHOWN_PROMPT_MOST} characters`,
        got: `${shownLength} characters`,
      },
    ]);
  }
  return { status: "frozen", prompt: { text, digest: digestOf(text) } };
}

function refused(reasonCode: ReasonCode, findings: readonly Finding[]): FreezeResult {
  return { status: "refused", reasonCode, findings };
}

/** HTML comments, closed or not, and character references that decode to either. */
function findHiddenMarkup(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (text.includes("<!--") || decodeReferences(text).includes("<!--")) {
    findings.push({ code: "html_comment", message: "An HTML comment starts (`<!--`); GitHub does not show it." });
  }
  for (const [reference] of text.matchAll(/&(?:#x[0-9a-f]+|#[0-9]+|[a-z]+);/gi)) {
    const name = reference.slice(1, -1);
    const character = decodeReference(name);
    const isHidden = character === undefined ? INVISIBLE_ENTITIES.test(name) : findInvisible(character).length > 0;
    if (isHidden) {
      findings.push({
        code: "invisible_entity",
        message: `The character reference ${reference.replace("&", "&amp;")} shows nothing.`,
        got: reference,
      });
    }
  }
  return findings;
}

function decodeReferences(text: string): string {
  return text.replace(/&(lt|#x[0-9a-f]+|#[0-9]+);?/gi, (reference, name: string) =>
    name.toLowerCase() === "lt" ? "<" : (decodeReference(name) ?? reference),
  );
}

function decodeReference(name: string): string | undefined {
  if (!name.startsWith("#")) return undefined;
  const isHex = /^#x/i.test(name);
  const value = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
  return value <= 0x10ffff ? String.fromCodePoint(value) : undefined;
}
