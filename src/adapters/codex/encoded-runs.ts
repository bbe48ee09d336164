/** A stretch of a text that may be a code for another text. */
export interface EncodedRun {
  /** One character a byte. */
  readonly text: string;
  /** Where the code of these bytes stands; `end` is exclusive. In UTF-16 units of the encoded text. */
  readonly place: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/** Shorter ones hold no secret. In characters of the code. */
const SHORTEST_BASE64 = 20;
const SHORTEST_HEX = 24;

const IN_BASE64 = 1;
const IN_HEX = 2;
const HEX_DIGIT = 4;

/** What each character of ASCII may be a part of. */
const CLASSES = new Uint8Array(128);
for (const one of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_") mark(one, IN_BASE64);
for (const one of "0123456789abcdefABCDEF") mark(one, IN_HEX | HEX_DIGIT);
for (const one of "x ,:-") mark(one, IN_HEX);

function mark(character: string, what: number): void {
  const code = character.charCodeAt(0);
  CLASSES[code] = (CLASSES[code] as number) | what;
}

const CAPITALS = /[A-Z]/g;

/** A path has the alphabet of base64 as well, but hardly capitals; the code of any text has many. */
const isLikelyBase64 = (run: string): boolean => (run.match(CAPITALS)?.length ?? 0) * 16 >= Math.min(run.length, 512);

/** Every stretch that is base64 (of either alphabet) or hex, decoded from each place where the code may begin. */
export function* decodeRuns(text: string): Generator<EncodedRun> {
  let base64 = 0;
  let hex = 0;
  let digits = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : 128;
    const classes = code < 128 ? (CLASSES[code] as number) : 0;
    if ((classes & IN_BASE64) === 0) {
      if (index - base64 >= SHORTEST_BASE64) yield* decodeBase64(text.slice(base64, index), base64);
      base64 = index + 1;
    }
    if ((classes & IN_HEX) === 0) {
      if (digits >= SHORTEST_HEX) yield* decodeHex(text.slice(hex, index), hex);
      hex = index + 1;
      digits = 0;
    } else if ((classes & HEX_DIGIT) !== 0) digits += 1;
  }
}

function* decodeBase64(run: string, index: number): Generator<EncodedRun> {
  if (!isLikelyBase64(run)) return;
  for (let offset = 0; offset < 4; offset += 1) {
    const from = index + offset;
    yield {
      text: Buffer.from(run.slice(offset), "base64").toString("latin1"),
      place: (start, end) => ({
        start: from + Math.floor((start * 8) / 6),
        end: Math.min(from + Math.ceil((end * 8) / 6), index + run.length),
      }),
    };
  }
}

function* decodeHex(run: string, index: number): Generator<EncodedRun> {
  const places: number[] = [];
  const bare = run.replace(/0x|[x ,:-]/g, (gap) => " ".repeat(gap.length));
  for (let at = 0; at < bare.length; at += 1) if (bare[at] !== " ") places.push(index + at);
  const digits = bare.replaceAll(" ", "");
  for (const offset of [0, 1]) {
    yield {
      text: Buffer.from(digits.slice(offset), "hex").toString("latin1"),
      place: (start, end) => ({
        start: places[offset + start * 2] as number,
        end: (places[offset + end * 2 - 1] as number) + 1,
      }),
    };
  }
}
