// Disturbs every outgoing call of every step of everyday and of high-risk work with every fault, and looks at what is left and at a re-run.
import { parseArgs } from "node:util";
import { FAULTS } from "./faults.ts";
import { type Case, type CaseResult, enumerateCalls, runCase } from "./matrix.ts";
import { Lane, type Step, WORKS, type Work } from "./scenario.ts";
import { LEGEND, renderLies, renderTable, renderTotals } from "./table.ts";

const STEPS = [...new Set(Object.values(WORKS).flat())];

const USAGE = `npm run test:faults -- [options]

  --work NAME    one of ${Object.keys(WORKS).join(", ")}
  --step NAME    one of ${STEPS.join(", ")}
                 (sign: high-risk only; revoke, drift: everyday only)
  --fault NAME   one of ${FAULTS.map(({ name }) => name).join(", ")}
  --call TEXT    only calls whose name has this text, such as "git POST"
  --lanes N      how many cases at a time, from 1 to 64 (default: 6)
`;

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        work: { type: "string" },
        step: { type: "string" },
        fault: { type: "string" },
        call: { type: "string", default: "" },
        // Most cases wait (for retries, for stalls), so there are more lanes than cores.
        lanes: { type: "string", default: "6" },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { work: wantedWork, step: wantedStep, fault: wantedFault, call: wantedCall, lanes: width } = readOptions();
const works = (Object.keys(WORKS) as Work[]).filter((work) => wantedWork === undefined || work === wantedWork);
const stepsOf = (work: Work) => WORKS[work].filter((step) => wantedStep === undefined || step === wantedStep);
const faults = FAULTS.filter(({ name }) => wantedFault === undefined || name === wantedFault);
if (works.length === 0) refuse(`--work: expected one of those below, got ${wantedWork}.`);
if (works.flatMap(stepsOf).length === 0) refuse(`--step: expected one of those below, got ${wantedStep}.`);
if (faults.length === 0) refuse(`--fault: expected one of those below, got ${wantedFault}.`);
if (!/^[1-9]\d?$/.test(width) || Number(width) > 64) refuse(`--lanes: expected a number from 1 to 64, got ${width}.`);

/** All cases of a step, each lane one at a time. Prints the table, and on the way what is untrue. */
async function disturb(lanes: readonly Lane[], step: Step): Promise<{ calls: number; results: readonly CaseResult[] }> {
  const [first] = lanes as [Lane];
  const calls = (await enumerateCalls(first, step)).filter(({ name }) => name.includes(wantedCall));
  // By call, so that a stall, which only waits, runs beside others.
  const queue: Case[] = calls.flatMap((call) => faults.map((fault) => ({ step, call, fault })));
  const results: CaseResult[] = [];
  const drain = async (lane: Lane): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await runCase(lane, next);
      results.push(result);
      for (const line of renderLies([result])) process.stderr.write(`\n${line}\n`);
      process.stderr.write(".");
    }
  };
  await Promise.all(lanes.map(drain));
  process.stderr.write("\n");
  console.log(`\n${renderTable(step, calls, results)}`);
  return { calls: calls.length, results };
}

const totals: string[] = [];
const all: CaseResult[] = [];
for (const work of works) {
  const steps = stepsOf(work);
  if (steps.length === 0) continue;
  console.log(`\n${work} work`);
  const lanes = await Promise.all(Array.from({ length: Number(width) }, () => Lane.open(work)));
  try {
    for (const step of steps) {
      const { calls, results } = await disturb(lanes, step);
      totals.push(`${work}, ${step}: ${renderTotals(calls, results)}.`);
      all.push(...results);
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
console.log(`\n${LEGEND.join("\n")}\n`);
for (const line of [...renderLies(all), ...totals]) console.log(line);
if (all.length === 0) console.error(`No call has "${wantedCall}" in its name: nothing was tried.`);
process.exitCode = all.length > 0 && all.every(({ lies }) => lies.length === 0) ? 0 : 1;
