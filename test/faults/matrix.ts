import type { Call, Interceptor } from "../world/wire.ts";
import type { Fault } from "./faults.ts";
import type { Job, Lane, Step } from "./scenario.ts";
import { type Before, ENDS, findLies, isDone, isEnding, look } from "./truth.ts";

/** One call of one step that meets one fault. */
export interface Case {
  readonly step: Step;
  readonly call: Call;
  readonly fault: Fault;
}

/**
 * How it went. First the disturbed run: `ok` did its work (which may be to end an approval), `deny` stopped and said why,
 * `kill` was killed. Then the plain re-run: `=` ended right, `L` the label had been taken back and a person set it again.
 */
export interface CaseResult extends Case {
  readonly first: "ok" | "deny" | "kill";
  readonly reasonCode: string;
  readonly again: "=" | "L";
  /** What was untrue; empty when all is well. */
  readonly lies: readonly string[];
}

/** Rounds of label, approve and execute until the work must be done. */
const ROUNDS = 3;

/** The calls of an undisturbed run, in order: what is to be disturbed, one after the other. */
export async function enumerateCalls(lane: Lane, step: Step): Promise<readonly Call[]> {
  const job = await lane.prepare(step);
  const before = await look(lane, job);
  const result = await lane.run(job);
  const calls = lane.wire.calls;
  const lies = await findLies(lane, job, before, result);
  if (!isDone(job, before) || lies.length > 0) throw new Error(`Undisturbed, ${step} fails: ${lies.join("; ")}`);
  return calls;
}

export async function runCase(lane: Lane, { step, call, fault }: Case): Promise<CaseResult> {
  const job = await lane.prepare(step);
  const before = await look(lane, job);
  const killer = new AbortController();
  let hasMet = false;
  const interceptor: Interceptor = async (exchange) => {
    const { name, occurrence } = exchange.call;
    const isMet = name === call.name && (fault.lasts ? occurrence >= call.occurrence : occurrence === call.occurrence);
    if (!isMet) return exchange.answer(await exchange.handle());
    hasMet = true;
    await fault.run(exchange, { kill: () => killer.abort(), fillDisk: () => lane.disk.fill() });
  };
  const first = await lane.run(job, interceptor, killer.signal);
  // The re-run is on a healthy disk.
  lane.disk.drain();
  const lies = hasMet ? [] : ["the call never came"];
  lies.push(...(await findLies(lane, job, before, first)));
  const isAllowed = first.exitCode === 0 && first.outputs.decision === "allow";
  const hasEnded = isEnding(step) && first.outputs.stage === ENDS[step].stage && isDone(job, before);
  const again = await rerun(lane, job, before, lies);
  return {
    step,
    call,
    fault,
    first: first.exitCode === null ? "kill" : isAllowed || hasEnded ? "ok" : "deny",
    reasonCode: first.outputs["reason-code"] ?? "none",
    again,
    lies,
  };
}

/** A plain re-run of the job; where the approval was taken back or used up, a person approves again first. */
async function rerun(lane: Lane, job: Job, before: Before, lies: string[]): Promise<"=" | "L"> {
  const { pull, step } = job;
  let again: "=" | "L" = "=";
  let reason = "";
  for (let round = 0; round < ROUNDS; round += 1) {
    if (
      round > 0 &&
      step !== "plan" &&
      step !== "revoke" &&
      (await pull.head) === before.head &&
      !pull.isLabelPresent
    ) {
      again = "L";
      await lane.setLabel(pull);
      if (step !== "approve") await lane.approveAgain(pull);
    }
    const result = await lane.run(job);
    const untrue = await findLies(lane, job, before, result);
    lies.push(...untrue.map((lie) => `re-run ${round + 1}: ${lie}`));
    if (isDone(job, before)) return again;
    reason = result.outputs["reason-code"] ?? "none";
  }
  lies.push(`the re-run does not end right: ${reason}`);
  return again;
}
