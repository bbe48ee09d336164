// Disturbs every outgoing call of every mode with every fault, and looks at what is left and at a re-run.
//   npm run test:faults -- [--mode execute] [--fault reset] [--call "git POST"] [--lanes 6]
import { parseArgs } from "node:util";
import { FAULTS } from "./faults.ts";
import { type Case, type CaseResult, enumerateCalls, runCase } from "./matrix.ts";
import { Lane, MODES } from "./scenario.ts";
import { LEGEND, renderLies, renderTable, renderTotals } from "./table.ts";

const { values } = parseArgs({
  options: {
    mode: { type: "string" },
    fault: { type: "string" },
    call: { type: "string" },
    // Most cases wait (for retries, for stalls), so there are more lanes than cores.
    lanes: { type: "string", default: "6" },
  },
});
const modes = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
const faults = FAULTS.filter(({ name }) => values.fault === undefined || name === values.fault);
if (modes.length === 0) throw new Error(`--mode is one of ${MODES.join(", ")}, got ${values.mode}.`);
if (faults.length === 0) {
  throw new Error(`--fault is one of ${FAULTS.map(({ name }) => name).join(", ")}, got ${values.fault}.`);
}

const lanes = await Promise.all(Array.from({ length: Number(values.lanes) }, () => Lane.open()));
const results: CaseResult[] = [];
let total = 0;
try {
  for (const mode of modes) {
    const [first] = lanes as [Lane];
    const calls = (await enumerateCalls(first, mode)).filter(({ name }) => name.includes(values.call ?? ""));
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
process.exitCode = results.every(({ lies }) => lies.length === 0) ? 0 : 1;
