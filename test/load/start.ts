// Puts heavy loads on the built action and prints what each step cost. Exits with 1 when one is not borne.
import { LoadBench } from "./bench.ts";
import { LOADS } from "./loads.ts";

/** What a step of the action may take, Codex and git not counted. */
const MOST_BYTES = 250_000_000;

const wanted = process.argv.slice(2);
const loads = LOADS.filter(({ title }) => wanted.length === 0 || wanted.some((part) => title.includes(part)));
if (loads.length === 0) {
  const titles = LOADS.map(({ title }) => `  ${title}`).join("\n");
  console.error(`Expected words of these loads, got ${wanted.join(", ")}:\n${titles}`);
  process.exit(2);
}
let failed = false;

for (const { title, policy, run } of loads) {
  const start = performance.now();
  const bench = await LoadBench.open(policy);
  let fault: unknown;
  try {
    await run(bench);
  } catch (error) {
    fault = error;
  }
  await bench.close().catch((error: unknown) => {
    fault ??= error;
  });
  const isHeavy = bench.costs.some(({ peakBytes }) => peakBytes >= MOST_BYTES);
  failed ||= isHeavy || fault !== undefined;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${fault === undefined && !isHeavy ? "ok    " : "FAILED"} ${title} (${seconds} s)`);
  for (const [what, costs] of Map.groupBy(bench.costs, (cost) => cost.what)) {
    const peak = Math.max(...costs.map(({ peakBytes }) => peakBytes)) / 1e6;
    const times = costs.length > 1 ? ` (${costs.length} of them)` : ` and ${costs[0]?.apiCalls} API calls`;
    console.log(`         ${what}: ${costs[0]?.result}, peak ${peak.toFixed(0)} MB${times}`);
  }
  if (fault !== undefined) console.log(fault instanceof Error ? fault.stack : fault);
}
console.log(`Peak: resident memory of the action's own process, limit ${MOST_BYTES / 1e6} MB.`);
process.exitCode = failed ? 1 : 0;
