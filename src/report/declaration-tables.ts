import { DECLARATIONS, parseTrailers } from "../governance/declarations.ts";
import { fencedBlock, markedCell, tableCell, tableCode } from "./markdown.ts";
import { tokenOf } from "./open-points.ts";
import { fitTable } from "./room.ts";
import type { HighRiskView, RunView } from "./view.ts";

/** A longer prompt is not repeated in the comment to copy. */
const MAX_PROMPT = 4_000;

/** Each declaration with its value, or how to give it. */
export function declarationTable({ declarations, missing }: HighRiskView, room: number): string | undefined {
  const rows = DECLARATIONS.flatMap(({ name, token, description, example }) => {
    const value = declarations[name];
    // People are code, so that nobody is notified.
    const shown = /-owner$/.test(name) ? tableCode(value ?? "", 100) : tableCell(value ?? "", 500);
    if (value !== null) return [[tableCode(token), shown, description]];
    if (!missing.includes(name)) return [];
    return [[tableCode(token), "**missing**", `${description} For example ${tableCode(`${token}: ${example}`)}`]];
  });
  return fitTable(["Declaration", "Value", "Meaning"], rows, room);
}

/** What a value may be, for those who got it wrong. */
export function declarationGuide(room: number): string | undefined {
  const rows = DECLARATIONS.map(({ token, expected, example }) => [
    tableCode(`${token}: ${example}`),
    markedCell(expected),
  ]);
  return fitTable(["For example", "Value"], rows, room);
}

/**
 * The request as a comment with the missing declarations to fill in. A question mark is no value: the comment is
 * refused while one is left. Empty when the prompt is too long to be repeated.
 */
export function declarationComment({ command, prompt }: RunView, { missing }: HighRiskView, room: number): string {
  const text = prompt?.text ?? "";
  if (text === "" || text.length > Math.min(MAX_PROMPT, room)) return "";
  const isBlock = Object.keys(parseTrailers(text).values).length > 0;
  const lines = missing.map((name) => `${tokenOf(name)}: ?`);
  return fencedBlock(`${command} ${text}\n${isBlock ? "" : "\n"}${lines.join("\n")}`, "text", room);
}
