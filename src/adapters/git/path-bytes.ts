import { IntegrityError } from "../../governance/errors.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are no UTF-8 become lone surrogates from here on: no valid name decodes to one of those. */
const ESCAPE = 0xdc00;

/**
 * A file name as git and the disk have it, as text. Valid UTF-8 is decoded exactly. Each byte of an invalid
 * sequence becomes the lone surrogate U+DC80..U+DCFF, so that the name stays unique and can never equal a
 * valid one; `encodePath` gives the bytes back.
 */
export function decodePath(bytes: Uint8Array): string {
  const whole = tryDecode(bytes);
  if (whole !== undefined) return whole;
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0 ? String.fromCharCode(ESCAPE + (bytes[at] as number)) : tryDecode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** The bytes of a name. Throws IntegrityError `evidence_invalid` for text that no name decodes to. */
export function encodePath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path);
  const parts = Array.from(path, (character) => {
    if (character.isWellFormed()) return Buffer.from(character);
    const byte = character.charCodeAt(0) - ESCAPE;
    if (byte >= 0x80 && byte <= 0xff) return Buffer.from([byte]);
    throw new IntegrityError("evidence_invalid", `Not a file name: ${JSON.stringify(path)} has a lone surrogate.`);
  });
  return Buffer.concat(parts);
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of the valid sequence that starts here; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  return [1, 2, 3, 4].find((n) => at + n <= bytes.length && tryDecode(bytes.subarray(at, at + n)) !== undefined) ?? 0;
}
