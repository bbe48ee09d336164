import { existsSync } from "node:fs";

/**
 * Loaded into the action's process before anything else: its clock is wrong by `WRONG_CLOCK_MS`, from the start, or from
 * when the file `WRONG_CLOCK_FROM` is there. As on a real machine, only the clock is wrong: time itself goes on.
 */
const { WRONG_CLOCK_MS = "0", WRONG_CLOCK_FROM } = process.env;
const RealDate = Date;
const shift = (): number =>
  WRONG_CLOCK_FROM === undefined || existsSync(WRONG_CLOCK_FROM) ? Number(WRONG_CLOCK_MS) : 0;
const now = (): number => RealDate.now() + shift();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
});
