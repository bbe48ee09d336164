import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Act, PLAN } from "./acts/act.ts";
import { BREACH_ACTS } from "./acts/breach-acts.ts";
import { PATCH_ACTS } from "./acts/patch-acts.ts";
import { SHELL_ACTS } from "./acts/shell-acts.ts";
import { TOOL_ACTS } from "./acts/tool-acts.ts";
import { type Arena, openArena } from "./arena.ts";
import type { Attempt } from "./script.ts";
import { isNightly, Tally } from "./tally.ts";

const tally = new Tally("catalogue");
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(async () => {
  await arena.close();
  tally.write();
});

function expectOutcome({ outcome, said }: Act, attempt: Attempt): void {
  const { verdict, committed, toolOutputs, findings } = attempt;
  const context = `${verdict}: ${findings.join(" ")}\n${toolOutputs.join("\n").slice(0, 2_000)}`;
  if (said) expect(toolOutputs.join("\n"), context).toMatch(said);
  if (outcome === "either") return;
  if (outcome === "refused") expect(verdict, context).not.toBe("allowed");
  else if (outcome === "nothing") expect([verdict, committed], context).toEqual(["allowed", ["src/a.txt"]]);
  else if ("refused" in outcome) expect(verdict, context).toBe(outcome.refused);
  else expect([verdict, committed], context).toEqual(["allowed", outcome.committed]);
}

describe.each([
  ["by patches", PATCH_ACTS],
  ["by commands", SHELL_ACTS],
  ["by its tools", TOOL_ACTS],
  ["by chance", BREACH_ACTS],
])("a hostile agent %s", (_name, acts) => {
  const tried = acts.filter(({ isQuick }) => isNightly || isQuick);
  test.each(tried.map((act) => [act.name, act] as const))("%s: and nothing leaks", async (name, act) => {
    const attempt = await arena.attempt({ ...act, files: PLAN });
    tally.count(attempt, name);
    expect(attempt.leaks).toEqual([]);
    expectOutcome(act, attempt);
  });
});
