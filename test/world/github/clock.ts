/**
 * The double's time, in whole seconds as GitHub gives them. Every change of state happens at least one second
 * after the one before, so that order can be read from timestamps. Without a start it never falls behind the
 * real time (expiry works); with a start it only moves by changes and `advance`.
 */
export class WorldClock {
  readonly #follows: boolean;
  #offset = 0;
  #seconds: number;

  constructor(start: Date | undefined) {
    this.#follows = start === undefined;
    this.#seconds = Math.floor((start ?? new Date()).getTime() / 1000);
  }

  /** The time now. */
  now(): Date {
    return new Date(this.#current() * 1000);
  }

  /** Lets time pass. */
  advance(seconds: number): void {
    if (this.#follows) this.#offset += seconds;
    this.#seconds += seconds;
  }

  /** The time of a change of state, as ISO 8601 with seconds. */
  tick(): string {
    this.#seconds = Math.max(this.#current(), this.#seconds + 1);
    return isoSeconds(this.now());
  }

  #current(): number {
    const real = Math.floor(Date.now() / 1000) + this.#offset;
    return this.#follows ? Math.max(real, this.#seconds) : this.#seconds;
  }
}

/** `2026-11-20T09:30:00Z`: GitHub's notation has no fraction. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
