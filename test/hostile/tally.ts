import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Attempt } from "./script.ts";

/** `npm run test:hostile` tries everything; `npm test` a few of each kind. */
export const isNightly = process.env.HOSTILE === "all";

/** A whole number from the environment; what is not one must not silently become the default. */
export function numberFrom(name: string, fallback: number): number {
  const given = process.env[name];
  if (given === undefined || given === "") return fallback;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${name} is wrong: expected a whole number, got ${given}. Leave it out, or give a number.`);
}

/** The seed of everything that is drawn. Printed by `npm run test:hostile`, and by fast-check when something fails. */
export const SEED = numberFrom("SEED", isNightly ? Date.now() % 2 ** 31 : 20_261_121);

export type Counts = Record<string, number>;

/** Counts what one file tried, for the summary at the end. */
export class Tally {
  readonly #name: string;
  readonly counts: Counts = {};

  constructor(name: string) {
    this.#name = name;
  }

  add(what: string, number = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + number;
  }

  count(attempt: Attempt, ...acts: readonly string[]): void {
    this.add("runs");
    this.add("acts", acts.length);
    this.add("granted", attempt.granted);
    this.add("declined", attempt.declined);
    this.add("escalations", attempt.escalations);
    this.add(attempt.verdict === "allowed" ? "allowed" : "refused");
    this.add("leaks", attempt.leaks.length);
  }

  /** Leaves the counts where the summary finds them, if there is to be one. */
  write(): void {
    const directory = process.env.HOSTILE_TALLIES;
    if (directory === undefined) return;
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `${this.#name}.json`), JSON.stringify(this.counts));
  }
}
