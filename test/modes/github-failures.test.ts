import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModeName, ModeResult } from "../../src/modes/mode.ts";
import { GREETING, openBed, planOf } from "../acceptance/bed.ts";
import type { FaultKind } from "../world/github/faults.ts";
import { createMemoryCodex } from "../world/memory-codex.ts";
import { LABEL, Pull, REVIEWER } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { Lab } from "./lab.ts";

let world: World;
let lab: Lab;
beforeAll(async () => {
  world = await openBed();
  const codex = createMemoryCodex({
    plan: () => JSON.stringify(planOf([GREETING])),
    changes: [{ path: "src/greeting.js", operation: "modify", content: 'export const greeting = "hallo";\n' }],
    exitCodes: {},
  });
  lab = await Lab.open(world, codex);
});
afterAll(async () => {
  await lab.close();
  await world.close();
});

type Fault = readonly [name: string, fault: FaultKind];

const FAULTS: readonly [Fault, Fault, Fault] = [
  ["404", { kind: "status", status: 404 }],
  ["500", { kind: "status", status: 500 }],
  ["a secondary rate limit", { kind: "secondary-rate-limit", retryAfterSeconds: 600 }],
];

async function planned(): Promise<Pull> {
  const pull = await Pull.open(world);
  expect((await lab.ask(pull)).outcome.reasonCode).toBe("plan_published");
  return pull;
}

/** A pull request right before a mode runs, and that run. */
const BEFORE: Record<ModeName, { prepare: () => Promise<Pull>; act: (pull: Pull) => Promise<ModeResult> }> = {
  plan: { prepare: () => Pull.open(world), act: (pull) => lab.ask(pull) },
  approve: {
    prepare: async () => {
      const pull = await planned();
      await world.github.people.label(REVIEWER, pull.number, LABEL);
      return pull;
    },
    act: (pull) => lab.dispatch("approve", pull),
  },
  execute: {
    prepare: async () => {
      const pull = await planned();
      expect((await lab.label(pull)).outcome.reasonCode).toBe("plan_approved");
      return pull;
    },
    act: (pull) => lab.dispatch("execute", pull),
  },
};
const SUCCESS = { plan: "plan_published", approve: "plan_approved", execute: "plan_executed" } as const;

/** The calls of an undisturbed run, in order: what is to be disturbed, one after the other. */
async function callsOf(mode: ModeName): Promise<readonly string[]> {
  const pull = await BEFORE[mode].prepare();
  const before = world.github.requests.length;
  const result = await BEFORE[mode].act(pull);
  expect(result.outcome.reasonCode).toBe(SUCCESS[mode]);
  return world.github.requests.slice(before).map(({ operation }) => operation ?? "unknown");
}

/** Calls without which the decision is as good: the eyes on the comment, folding older plans. */
const COURTESIES = ["POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"];

async function commitsOf(pull: Pull, since: string): Promise<number> {
  const log = await world.repository.log(pull.branch, 10);
  return log.findIndex(({ sha }) => sha === since);
}

describe.each(["plan", "approve", "execute"] as const)("mode %s", (mode) => {
  // Each call meets one of the faults; which one changes from call to call.
  test("survives a fault at every single call, and a re-run ends right", async () => {
    const calls = await callsOf(mode);
    expect(calls.length).toBeGreaterThan(10);
    for (const [index, operation] of calls.entries()) {
      const [name, fault] = FAULTS[index % FAULTS.length] ?? FAULTS[0];
      const where = `${mode}, ${name} at call ${index + 1} of ${calls.length}: ${operation}`;
      const pull = await BEFORE[mode].prepare();
      const head = (await pull.head) ?? "";
      const skip = calls.slice(0, index).filter((earlier) => earlier === operation).length;
      world.github.fault({ match: (request) => request.operation === operation, fault, skip, times: 1_000 });
      const disturbed = await BEFORE[mode].act(pull);
      world.github.calm();
      if (disturbed.outcome.decision === "allow") {
        // Only where the lost answer changes nothing: absent files, absent labels, courtesies.
        const isHarmless =
          COURTESIES.includes(operation) ||
          (fault.kind === "status" && fault.status === 404) ||
          (mode === "plan" && operation === "GET /repos/{owner}/{repo}/issues/{issue_number}/comments");
        expect(isHarmless, `${where} allowed`).toBe(true);
      } else {
        expect(disturbed.outcome.reasonCode, where).not.toBe("internal_error");
        if (mode !== "execute") expect(await pull.head, where).toBe(head);
        // What was not decided is not shown as decided.
        expect(
          pull.checks(head).some(({ conclusion }) => conclusion === "success"),
          where,
        ).toBe(mode === "execute" && (await pull.head) !== head && pull.checks(head).at(-1)?.conclusion === "success");
      }
      // A plain re-run of what is not done yet ends right, and an execution has one effect.
      if (mode === "plan") continue;
      if (!pull.isLabelPresent && (await pull.head) === head) {
        await world.github.people.label(REVIEWER, pull.number, LABEL);
        const again = await lab.dispatch("approve", pull);
        if (again.outcome.reasonCode === "already_executed") continue;
        expect(["plan_approved", "plan_not_found", "plan_comment_edited"], where).toContain(again.outcome.reasonCode);
      }
      const rerun = await BEFORE[mode].act(pull);
      const right = mode === "approve" ? ["plan_approved"] : ["plan_executed", "already_executed"];
      expect(right, `${where}, re-run after ${disturbed.outcome.reasonCode}`).toContain(rerun.outcome.reasonCode);
      if (mode === "execute") expect(await commitsOf(pull, head), where).toBe(1);
      expect(world.github.violations).toEqual([]);
    }
  }, 600_000);
});
