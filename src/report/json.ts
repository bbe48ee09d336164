import { INVISIBLE } from "../governance/visible.ts";

/**
 * A value as an indented JSON document. What a terminal would obey or a reader would not see is written as `\uXXXX`, as
 * JSON may: names of files and texts of bundles come from anybody.
 */
export function renderJson(value: unknown): string {
  const spell = (character: string) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }).join("");
  return `${JSON.stringify(value, undefined, 2).replace(INVISIBLE, spell)}\n`;
}
