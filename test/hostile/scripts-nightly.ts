import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Arena, openArena } from "./arena.ts";
import { namesOfActs, scriptOf, scripts } from "./drawn-scripts.ts";
import { numberFrom, SEED, Tally } from "./tally.ts";

const RUNS = numberFrom("RUNS", 200);
/** A failure is made smaller by this many further runs at most: each takes seconds. */
const SHRINKS = 30;

const tally = new Tally("scripts");
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(async () => {
  await arena.close();
  tally.write();
});

/** Whatever else a drawn script may come to would be an accident, not a decision. */
const VERDICTS = ["allowed", "parity_failed", "no_change"];

test(`whatever an agent tries, only what was approved would be committed (${RUNS} scripts, seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.limitShrink(scripts, SHRINKS), async (drawn) => {
      const attempt = await arena.attempt(scriptOf(drawn));
      tally.count(attempt, ...namesOfActs(drawn));
      const { verdict, declined, differences, isInside, leaks, findings } = attempt;
      expect(leaks).toEqual([]);
      expect(VERDICTS, findings.join(" ")).toContain(verdict);
      // Refused for a reason, and not out of fear.
      const isRight = declined === 0 && isInside && differences.length > 0;
      expect(verdict === "allowed", `${verdict}: ${findings.join(" ")}`).toBe(isRight);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 3_600_000);
