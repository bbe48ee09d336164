import type { Terminal } from "./command.ts";

/** Steps between two lines where there is no terminal to overwrite a line of. */
const LOG_EVERY = 100;

/** Tells on standard error how far a long work is; says nothing of a short one. */
export class Progress {
  readonly #out: Terminal["stderr"];
  readonly #total: number;
  readonly #what: string;
  #done = 0;

  constructor(out: Terminal["stderr"], total: number, what: string) {
    this.#out = out;
    this.#total = total;
    this.#what = what;
  }

  step(): void {
    this.#done += 1;
    if (this.#total < 10) return;
    const text = `${this.#done} of ${this.#total} ${this.#what}`;
    if (this.#out.isTTY) this.#out.write(`\r${text}`);
    else if (this.#done % LOG_EVERY === 0 || this.#done === this.#total) this.#out.write(`${text}\n`);
  }

  end(): void {
    if (this.#total >= 10 && this.#out.isTTY) this.#out.write("\n");
  }
}
