/**
 * Where each stretch of a reading begins (`at`), and where that is in the text that it was made of (`origins`). `widths`
 * is how long its first character is there: an escape is longer than what it stands for.
 */
interface Seams {
  readonly at: readonly number[];
  readonly origins: readonly number[];
  readonly widths: readonly number[];
}

const NO_SEAMS: Seams = { at: [], origins: [], widths: [] };

/** Between these two no string ends: `"sk-" + "proj"`, `'sk-''proj'`, a line that a back-slash or a `=` continues. */
const CONTINUED = /^(?:(?:["'`]|\\+["'`])\s*[+.&~\\]{0,2}\s*(?:["'`]|\\+["'`])|[ \t]*[\\=]\r?\n[ \t]*)$/;

/** A line break or a comma, plain or escaped: what comes after it may be something else. */
const BREAK = /[\r\n,]|\\+(?:[nr]|u000[ad]|x0[ad]|012|015)|%0[ad]|&(?:#(?:x0?[ad]|1[03])|newline);|=0[ad]/i;

/** One way to read a text, with the way back to the text itself. Offsets are in UTF-16 units. */
export class Reading {
  readonly text: string;
  /** Undefined for the text itself. */
  readonly #parent: Reading | undefined;
  readonly #seams: Seams;

  private constructor(text: string, parent: Reading | undefined, seams: Seams) {
    this.text = text;
    this.#parent = parent;
    this.#seams = seams;
  }

  static of(source: string): Reading {
    return new Reading(source, undefined, NO_SEAMS);
  }

  /** The same text with each match of `pattern` replaced; this reading itself when there is none. */
  rewrite(pattern: RegExp, replace: (match: RegExpExecArray) => string): Reading {
    const at: number[] = [];
    const origins: number[] = [];
    const widths: number[] = [];
    let text = "";
    let end = 0;
    for (const match of this.text.matchAll(pattern)) {
      const instead = replace(match);
      text += this.text.slice(end, match.index);
      end = match.index + match[0].length;
      if (instead !== "") {
        at.push(text.length);
        origins.push(match.index);
        widths.push(match[0].length);
        text += instead;
      }
      at.push(text.length);
      origins.push(end);
      widths.push(1);
    }
    if (end === 0) return this;
    return new Reading(text + this.text.slice(end), this, { at, origins, widths });
  }

  /** Where the character at `index` begins in the source. */
  startOf(index: number): number {
    return this.#parent === undefined ? index : this.#parent.startOf(this.#above(index));
  }

  /** Where it ends there. */
  endOf(index: number): number {
    if (this.#parent === undefined) return index + 1;
    const seam = this.#lastUpTo(index);
    const isFirst = this.#seams.at[seam] === index;
    return this.#parent.endOf(this.#above(index) + (isFirst ? (this.#seams.widths[seam] as number) - 1 : 0));
  }

  /** Whether something was taken out or decoded right before `index`: there a word may begin, whatever stands before. */
  isSeam(index: number): boolean {
    if (this.#parent === undefined) return false;
    return this.#seams.at[this.#lastUpTo(index)] === index || this.#parent.isSeam(this.#above(index));
  }

  /** Whether what was taken out right before `index` may have ended a text: a line break that nothing continues. */
  isBreak(index: number): boolean {
    if (index === 0 || !this.isSeam(index)) return false;
    const gap = this.#source().slice(this.endOf(index - 1), this.startOf(index));
    return gap.length > 0 && BREAK.test(gap) && !CONTINUED.test(gap);
  }

  #source(): string {
    return this.#parent === undefined ? this.text : this.#parent.#source();
  }

  #above(index: number): number {
    const seam = this.#lastUpTo(index);
    return seam < 0 ? index : (this.#seams.origins[seam] as number) + index - (this.#seams.at[seam] as number);
  }

  /** The number of the last seam up to here, -1 where there is none. */
  #lastUpTo(index: number): number {
    let low = 0;
    let high = this.#seams.at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seams.at[middle] as number) <= index) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
