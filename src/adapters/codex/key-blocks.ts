import { looksDrawn } from "./drawn-text.ts";
import type { Reading } from "./reading.ts";

/** A blank may be gone where a line was broken there. */
const BEGIN = /-----BEGIN ?[A-Z0-9 ]{0,40}PRIVATE ?KEY(?: ?BLOCK)?-----/g;
const END = /-----END ?[A-Z0-9 ]{0,40}PRIVATE ?KEY(?: ?BLOCK)?-{2,5}/g;

/** A key of 16,384 bits, written twice as long as usual. In UTF-16 units. */
const MAX_BLOCK = 32_768;

/** What may stand between two lines of a block: indentation, quotes, the marks of a comment or a diff. */
const BETWEEN = /[\s"'`+,;#*>|\\]{0,200}/y;
const HEADER = /(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): [^\n]{0,200}(?:\n|$)/y;
const LINE = /[A-Za-z0-9+/]{1,500}={0,2}/y;
const AFTER_LINE = /[\s"'`\\,;-]|$/y;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Private keys in PEM: from the first line to the last, or as far as lines of a key go where one of these is missing. */
export function findKeyBlocks(reading: Reading): readonly Stretch[] {
  const { text } = reading;
  if (!/PRIVATE ?KEY/.test(text)) return [];
  const ends = [...text.matchAll(END)];
  const begins = [...text.matchAll(BEGIN)];
  const found: Stretch[] = [];
  let next = 0;
  for (const [order, { index, 0: line }] of begins.entries()) {
    while (next < ends.length && (ends[next] as RegExpExecArray).index < index) next += 1;
    const end = ends[next];
    const limit = Math.min(begins[order + 1]?.index ?? text.length, index + MAX_BLOCK);
    if (end !== undefined && end.index < limit) found.push({ start: index, end: end.index + end[0].length });
    else found.push({ start: index, end: endOfBody(reading, index + line.length, limit) });
  }
  let looked = 0;
  for (const { index, 0: line } of ends) {
    const start = startOfBody(reading, index, looked);
    looked = index + line.length;
    if (index - start >= 20) found.push({ start, end: looked });
  }
  return found;
}

function endOfBody(reading: Reading, start: number, limit: number): number {
  const { text } = reading;
  let end = start;
  let at = start;
  while (at < limit) {
    at += matchAt(BETWEEN, text, at)?.length ?? 0;
    const header = end === start ? matchAt(HEADER, text, at) : undefined;
    if (header !== undefined) {
      at += header.length;
      continue;
    }
    const line = untilBreak(reading, at, matchAt(LINE, text, at) ?? "");
    if (!isBody(line)) return end;
    const after = at + line.length;
    if (!reading.isBreak(after) && matchAt(AFTER_LINE, text, after) === undefined) return end;
    at = after;
    end = after;
  }
  return end;
}

const isBody = (line: string): boolean =>
  line.length >= 16 || (line.length >= 2 && (line.endsWith("=") || looksDrawn(line)));

function untilBreak(reading: Reading, start: number, line: string): string {
  for (let index = 1; index < line.length; index += 1) {
    if (reading.isBreak(start + index)) return line.slice(0, index);
  }
  return line;
}

/** The lines above an end whose beginning was cut off; seen where lines are joined. */
function startOfBody(reading: Reading, end: number, from: number): number {
  const { text } = reading;
  let start = end;
  while (start > from && end - start < MAX_BLOCK && /[A-Za-z0-9+/=]/.test(text.charAt(start - 1))) {
    if (start < end && reading.isBreak(start) && !/^[A-Za-z0-9+/]{16}$/.test(text.slice(start - 16, start))) break;
    start -= 1;
  }
  return start;
}
