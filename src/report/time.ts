import { plainText } from "./markdown.ts";

/** `2026-11-20 09:04 UTC`; anything that is no ISO time is shown as inert text. */
export function timeText(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z$/.exec(iso);
  return match === null ? plainText(iso, 40) : `${match[1]} ${match[2]} UTC`;
}
