/**
 * What splits a word without being seen or without being meant: escapes of JSON (in JSON in JSON …) and of
 * programming languages, colours and other sequences of a terminal, invisible characters, controls, line ends.
 * The look-behind keeps a run of back-slashes linear.
 */
const ESCAPE = /(?<!\\)\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([nr/]))/gi;

const ESC = "\u001b";
const BEL = "\u0007";
const CSI = "\u009b";

const UNSEEN = new RegExp(
  [
    // A title, a link and other strings for the terminal.
    String.raw`${ESC}[\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\)`,
    // A colour, a movement.
    String.raw`(?:${ESC}\[|${CSI})[0-?]*[ -\/]*[@-\x7e]`,
    String.raw`${ESC}[ -\/]*[0-\x7e]?`,
    String.raw`[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]--\t]`,
  ].join("|"),
  "gv",
);

/** Where a stretch of the view begins, and where that is in the text that it was made of. */
interface Seam {
  readonly at: number;
  readonly origin: number;
  /** How long the stretch's first character is in that text: an escape is longer than what it stands for. */
  readonly width: number;
}

/** One rewriting of a text, with the way back. */
class Layer {
  readonly text: string;
  readonly #seams: readonly Seam[];

  constructor(source: string, pattern: RegExp, read: (match: RegExpExecArray) => string) {
    const seams: Seam[] = [];
    const parts: string[] = [];
    let length = 0;
    let end = 0;
    for (const match of source.matchAll(pattern)) {
      const before = source.slice(end, match.index);
      const instead = read(match);
      parts.push(before, instead);
      length += before.length;
      if (instead !== "") seams.push({ at: length, origin: match.index, width: match[0].length });
      length += instead.length;
      end = match.index + match[0].length;
      seams.push({ at: length, origin: end, width: 1 });
    }
    this.text = end === 0 ? source : parts.join("") + source.slice(end);
    this.#seams = seams;
  }

  originOf(index: number): number {
    const seam = this.#lastUpTo(index);
    return seam === undefined ? index : seam.origin + index - seam.at;
  }

  /** Where the character at `index` ends in the source. */
  endOf(index: number): number {
    const seam = this.#lastUpTo(index);
    return seam?.at === index ? seam.origin + seam.width : this.originOf(index) + 1;
  }

  isSeam(index: number): boolean {
    return this.#lastUpTo(index)?.at === index;
  }

  #lastUpTo(index: number): Seam | undefined {
    let low = 0;
    let high = this.#seams.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seams[middle] as Seam).at <= index) low = middle + 1;
      else high = middle;
    }
    return this.#seams[low - 1];
  }
}

function readEscape([, unicode, byte, letter]: RegExpExecArray): string {
  const hex = unicode ?? byte;
  return hex === undefined ? (letter === "/" ? "/" : "\n") : String.fromCharCode(Number.parseInt(hex, 16));
}

/** A text as it reads when everything that splits its words is taken out, with the way back to the text itself. */
export class PlainView {
  readonly text: string;
  readonly #decoded: Layer;
  readonly #seen: Layer;

  constructor(source: string) {
    this.#decoded = new Layer(source, ESCAPE, readEscape);
    this.#seen = new Layer(this.#decoded.text, UNSEEN, () => "");
    this.text = this.#seen.text;
  }

  /** Where the view's character at `index` begins in the source. */
  originOf(index: number): number {
    return this.#decoded.originOf(this.#seen.originOf(index));
  }

  /** Where it ends there. */
  endOf(index: number): number {
    return this.#decoded.endOf(this.#seen.originOf(index));
  }

  /** True where something was taken out or decoded: there a word may begin, whatever stands before. */
  isSeam(index: number): boolean {
    return this.#seen.isSeam(index) || this.#decoded.isSeam(this.#seen.originOf(index));
  }
}
