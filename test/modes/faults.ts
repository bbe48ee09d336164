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

/** Calls whose loss changes nothing: the eyes on the comment, and folding older plans. */
const COURTESIES = [
  "plan: POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
  "plan: GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
];

/** Calls to which 404 is an answer: there is no such file, the label is not set, the event is found on another way. */
const ANSWERED_BY_404 = [
  "GET /repos/{owner}/{repo}/contents/{path}",
  "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
  "GET /repos/{owner}/{repo}/issues/events/{event_id}",
];

function isHarmless(mode: ModeName, operation: string, fault: FaultKind, isLastOfItsKind: boolean): boolean {
  if (COURTESIES.includes(`${mode}: ${operation}`)) return true;
  // The last check run of mode plan takes an older refusal back; the one before it makes the plan.
  if (mode === "plan" && isLastOfItsKind && operation === "POST /repos/{owner}/{repo}/check-runs") return true;
  if (fault.kind !== "status" || fault.status !== 404) return false;
  // The last read of the plan's comment is for rewriting it; if it is gone, another one is posted.
  const isRewrite = isLastOfItsKind && operation === "GET /repos/{owner}/{repo}/issues/comments/{comment_id}";
  return ANSWERED_BY_404.includes(operation) || (isRewrite && mode !== "plan");
}

async function commitsOf(pull: Pull, since: string): Promise<number> {
  const log = await world.repository.log(pull.branch, 10);
  return log.findIndex(({ sha }) => sha === since);
}

/** Which calls are disturbed: every one that writes, and the last read of each kind. The matrix takes all. */
function chosen(calls: readonly string[]): readonly number[] {
  const all = calls.map((_, index) => index);
  return all.filter((index) => {
    const operation = calls[index] ?? "";
    return !operation.startsWith("GET ") || calls.lastIndexOf(operation) === index;
  });
}

/** Disturbs a mode at its calls to GitHub, one after the other, and looks at what is left and at a re-run. */
export function describeFaults(mode: ModeName): void {
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

  describe(`mode ${mode}`, () => {
    // Each call meets one of the faults; which one changes from call to call.
    test("survives a fault at its calls to GitHub, and a re-run ends right", async () => {
      const calls = await callsOf(mode);
      expect(calls.length).toBeGreaterThan(10);
      for (const index of chosen(calls)) {
        const operation = calls[index] ?? "";
        const [name, fault] = FAULTS[index % FAULTS.length] ?? FAULTS[0];
        const where = `${mode}, ${name} at call ${index + 1} of ${calls.length}: ${operation}`;
        const pull = await BEFORE[mode].prepare();
        const head = (await pull.head) ?? "";
        const skip = calls.slice(0, index).filter((earlier) => earlier === operation).length;
        world.github.fault({ match: (request) => request.operation === operation, fault, skip, times: 1_000 });
        const disturbed = await BEFORE[mode].act(pull);
        world.github.calm();
        if (disturbed.outcome.decision === "allow") {
          const isLast = calls.lastIndexOf(operation) === index;
          expect(isHarmless(mode, operation, fault, isLast), `${where} allowed`).toBe(true);
        } else {
          expect(disturbed.outcome.reasonCode, where).not.toBe("internal_error");
          if (mode !== "execute") expect(await pull.head, where).toBe(head);
          // What was not decided is not shown as decided.
          const isShownAsDone = pull.checks(head).some(({ conclusion }) => conclusion === "success");
          if ((await pull.head) === head) expect(isShownAsDone, where).toBe(false);
        }
        if (mode !== "plan") await expectRightRerun(mode, pull, head, `${where} (${disturbed.outcome.reasonCode})`);
        expect(world.github.violations).toEqual([]);
      }
    }, 900_000);
  });
}

/** A plain re-run of what is not done yet ends right, and an execution has one effect. */
async function expectRightRerun(mode: ModeName, pull: Pull, head: string, where: string): Promise<void> {
  if (!pull.isLabelPresent && (await pull.head) === head) {
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    expect((await lab.dispatch("approve", pull)).outcome.reasonCode, where).toBe("plan_approved");
  }
  const rerun = await BEFORE[mode].act(pull);
  const right = mode === "approve" ? ["plan_approved"] : ["plan_executed", "already_executed"];
  expect(right, `${where}, re-run`).toContain(rerun.outcome.reasonCode);
  if (mode === "execute") expect(await commitsOf(pull, head), where).toBe(1);
}
