// Disturbs every outgoing call of every mode with every fault, and looks at what is left and at a re-run.
import { parseArgs } from "node:util";
import { FAULTS } from "./faults.ts";
import { type Case, type CaseResult, enumerateCalls, runCase } from "./matrix.ts";
import { Lane, MODES } from "./scenario.ts";
import { LEGEND, renderLies, renderTable, renderTotals } from "./table.ts";

const USAGE = `npm run test:faults -- [options]

  --mode NAME    one of ${MODES.join(", ")}
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
        mode: { type: "string" },
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

const { mode: wantedMode, fault: wantedFault, call: wantedCall, lanes: width } = readOptions();
const modes = MODES.filter((mode) => wantedMode === undefined || mode === wantedMode);
const faults = FAULTS.filter(({ name }) => wantedFault === undefined || name === wantedFault);
if (modes.length === 0) refuse(`--mode: expected one of those below, got ${wantedMode}.`);
if (faults.length === 0) refuse(`--fault: expected one of those below, got ${wantedFault}.`);
if (!/^[1-9]\d?$/.test(width) || Number(width) > 64) refuse(`--lanes: expected a number from 1 to 64, got ${width}.`);

const lanes = await Promise.all(Array.from({ length: Number(width) }, () => Lane.open()));
const results: CaseResult[] = [];
let total = 0;
try {
  for (const mode of modes) {
    const [first] = lanes as [Lane];
    const calls = (await enumerateCalls(first, mode)).filter(({ name }) => name.includes(wantedCall));
    total += calls.length;
    const queue: Case[] = faults.flatMap((fault) => calls.map((call) => ({ mode, call, fault })));
    const done: CaseResult[] = [];
    const drain = async (lane: Lane): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = await runCase(lane, next);
        done.push(result);
        for (const line of renderLies([result])) process.stderr.write(`\n${line}\n`);
        process.stderr.write(".");
      }
    };
    await Promise.all(lanes.map(drain));
    process.stderr.write("\n");
    results.push(...done);
    console.log(`\n${renderTable(mode, calls, done)}`);
  }
} finally {
  await Promise.all(lanes.map((lane) => lane.close()));
}
console.log(`\n${LEGEND.join("\n")}\n`);
for (const line of renderLies(results)) console.log(line);
console.log(`${modes.join(", ")}: ${renderTotals(total, results)}.`);
if (total === 0) console.error(`No call has "${wantedCall}" in its name: nothing was tried.`);
process.exitCode = total > 0 && results.every(({ lies }) => lies.length === 0) ? 0 : 1;
