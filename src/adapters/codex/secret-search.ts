import { readingsOf } from "./decodings.ts";
import { looksDrawn } from "./drawn-text.ts";
import { decodeRuns } from "./encoded-runs.ts";
import { findKeyBlocks } from "./key-blocks.ts";
import type { OwnSecrets } from "./own-secrets.ts";
import { Reading } from "./reading.ts";
import type { SecretForm } from "./secret-form.ts";
import { SECRET_FORMS } from "./secret-forms.ts";

/** A secret in a text. Offsets are in UTF-16 units, `end` is exclusive. */
export interface FoundSecret {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** How often a code may lie in a code. */
const MAX_DEPTH = 2;

/** Three characters of 7 bits each are an index into this: no form of a secret begins with any others. */
const BEGINNINGS = new Uint8Array(1 << 21);
const GROUPS: SecretForm[][] = [[]];

for (const form of SECRET_FORMS) {
  for (const key of new Set(form.starts.map((start) => keyOf(start)))) {
    if (BEGINNINGS[key] === 0) BEGINNINGS[key] = GROUPS.push([]) - 1;
    GROUPS[BEGINNINGS[key] as number]?.push(form);
  }
}

function keyOf(start: string): number {
  return (start.charCodeAt(0) << 14) | (start.charCodeAt(1) << 7) | start.charCodeAt(2);
}

/** Every secret in a text, plain or written in any of the ways that are known here. In no order, and they may overlap. */
export function findSecrets(text: string, own: OwnSecrets, depth = 0): readonly FoundSecret[] {
  const readings = readingsOf(text);
  const found = readings.flatMap((reading) => {
    const there = [...findPlain(reading, own), ...findEncoded(reading.text, own, depth)];
    return there.map(({ kind, start, end }) => ({ kind, start: reading.startOf(start), end: reading.endOf(end - 1) }));
  });
  const ends = new Set([readings[0], readings.at(-1)]) as Set<Reading>;
  for (const reading of ends) {
    for (const { start, end } of own.findApart(reading.text)) {
      found.push({ kind: "secret", start: reading.startOf(start), end: reading.endOf(end - 1) });
    }
  }
  return found;
}

function findEncoded(text: string, own: OwnSecrets, depth: number): readonly FoundSecret[] {
  if (depth >= MAX_DEPTH) return [];
  const found: FoundSecret[] = [];
  for (const run of decodeRuns(text)) {
    const inside = isReadable(run.text) ? findSecrets(run.text, own, depth + 1) : findPlain(Reading.of(run.text), own);
    found.push(...inside.map(({ kind, start, end }) => ({ kind, ...run.place(start, end) })));
  }
  return found;
}

/** Bytes that are no text are searched as they are, and not decoded any further. */
function isReadable(text: string): boolean {
  let odd = 0;
  const length = Math.min(text.length, 400);
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 126 || (code < 32 && code !== 10 && code !== 13 && code !== 9 && code !== 27)) odd += 1;
  }
  return odd * 8 <= length;
}

function findPlain(reading: Reading, own: OwnSecrets): readonly FoundSecret[] {
  return [
    ...own.find(reading.text).map((stretch) => ({ kind: "secret", ...stretch })),
    ...findForms(reading),
    ...findKeyBlocks(reading).map((stretch) => ({ kind: "pem", ...stretch })),
  ];
}

function findForms(reading: Reading): readonly FoundSecret[] {
  const { text } = reading;
  const found: FoundSecret[] = [];
  let key = 0;
  const skipped = new Map<SecretForm, number>();
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    key = ((key << 7) | (code < 128 ? code : 0)) & 0x1fffff;
    const group = BEGINNINGS[key] as number;
    if (group === 0) continue;
    const hit = findForm(reading, index - 2, GROUPS[group] as SecretForm[], skipped);
    if (hit === undefined) continue;
    found.push(hit);
    index = Math.max(index, hit.end - 1);
    key = 0;
  }
  return found;
}

/** `skipped`: up to where a form cannot begin. */
function findForm(
  reading: Reading,
  at: number,
  forms: readonly SecretForm[],
  skipped: Map<SecretForm, number>,
): FoundSecret | undefined {
  const { text } = reading;
  for (const form of forms) {
    if (at < (skipped.get(form) ?? 0)) continue;
    const isInWord = at > 0 && /[A-Za-z0-9]/.test(text.charAt(at - 1)) && !reading.isSeam(at);
    if (isInWord && form.isWord === true) continue;
    form.whole.lastIndex = at;
    const match = form.whole.exec(text);
    if (match === null) {
      if (form.part !== undefined) skipped.set(form, endOfPart(text, at, form.part));
      continue;
    }
    const secret = match.groups?.secret ?? match[0];
    const start = at + match[0].lastIndexOf(secret);
    const end = endOfSecret(reading, form, start, start + secret.length);
    const isWhole = (to: number) => form.isSecret?.(text.slice(start, to), isInWord) !== false;
    if (isWhole(end)) return { kind: form.kind, start, end };
    if (end < start + secret.length && isWhole(start + secret.length)) {
      return { kind: form.kind, start, end: start + secret.length };
    }
  }
  return undefined;
}

/** Up to where no other try can succeed: read once for a whole row of beginnings. */
function endOfPart(text: string, at: number, { characters, longest, next }: NonNullable<SecretForm["part"]>): number {
  characters.lastIndex = at;
  const end = at + (characters.exec(text)?.[0].length ?? 0);
  return text.startsWith(next, end) ? Math.max(at, end - longest) : end;
}

/** Where a secret ends in a text whose lines were joined: what stands on the next line may be something else. */
function endOfSecret(reading: Reading, form: SecretForm, start: number, end: number): number {
  const { text } = reading;
  let piece = start;
  for (let index = start + 1; index < end; index += 1) {
    if (!reading.isBreak(index)) continue;
    if (index - start >= form.complete && !goesOn(reading, form, { piece, index, end })) return index;
    piece = index;
  }
  return end;

  function goesOn(view: Reading, { isFixed }: SecretForm, at: { piece: number; index: number; end: number }): boolean {
    if (isFixed === true) return false;
    let next = at.index + 1;
    while (next < at.end && !view.isBreak(next)) next += 1;
    const following = text.slice(at.index, next);
    if (following.length === at.index - at.piece) return !startsAnother(following);
    return looksDrawn(following) || (/^[0-9a-f]{8,}$/.test(following) && /[0-9]/.test(following));
  }
}

function startsAnother(text: string): boolean {
  return text.length >= 3 && BEGINNINGS[keyOf(text) & 0x1fffff] !== 0;
}
