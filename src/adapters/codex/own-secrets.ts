import { readingsOf } from "./decodings.ts";

/** Shorter values would hit ordinary words. */
const SHORTEST_SECRET = 6;
/** Letters and digits of a value that is found whatever stands between them: fewer might be prose. */
const SHORTEST_SKELETON = 16;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The given values of a run, in every spelling in which they are looked for. */
export class OwnSecrets {
  readonly #values: readonly string[];
  readonly #skeletons: readonly string[];

  constructor(secrets: readonly string[]) {
    const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
    const lines = long
      .filter((secret) => /[\r\n]/.test(secret.trim()))
      .flatMap((secret) => secret.split(/[\r\n]+/).map((line) => line.trim()))
      .filter((line) => line.length >= SHORTEST_SKELETON && !line.startsWith("-----"));
    // A value may have escapes of its own: where a text is decoded, so is what is looked for.
    const read = [...long, ...lines].flatMap((secret) => readingsOf(secret).map(({ text }) => text));
    const values = read.flatMap((text) => [text, text.trim(), [...text].reverse().join("")]);
    this.#values = [...new Set(values)].filter(({ length }) => length >= SHORTEST_SECRET);
    const skeletons = [...long, ...lines].map((secret) => skeletonOf(secret).text);
    this.#skeletons = [...new Set(skeletons)].filter(({ length }) => length >= SHORTEST_SKELETON);
  }

  /** Where a value stands as it is, or backwards. */
  find(text: string): readonly Stretch[] {
    return findEach(text, this.#values);
  }

  /** Where its letters and digits stand in a row, in any case, with nothing but other characters between them. */
  findApart(text: string): readonly Stretch[] {
    if (this.#skeletons.length === 0) return [];
    const skeleton = skeletonOf(text);
    return findEach(skeleton.text, this.#skeletons).map(({ start, end }) => ({
      start: skeleton.places[start] as number,
      end: (skeleton.places[end - 1] as number) + 1,
    }));
  }
}

function findEach(text: string, values: readonly string[]): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      found.push({ start: at, end: at + value.length });
    }
  }
  return found;
}

function skeletonOf(text: string): { readonly text: string; readonly places: Int32Array } {
  const bytes = Buffer.alloc(text.length);
  const places = new Int32Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isCapital = code >= 65 && code <= 90;
    if (!isCapital && !(code >= 97 && code <= 122) && !(code >= 48 && code <= 57)) continue;
    bytes[length] = isCapital ? code + 32 : code;
    places[length] = index;
    length += 1;
  }
  return { text: bytes.toString("latin1", 0, length), places };
}
