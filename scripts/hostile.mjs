// Lets a hostile agent try everything, at full length, and prints what was tried and what came of it. SEED, PAIRS and
// RUNS repeat a run or change its size.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

for (const name of ["SEED", "PAIRS", "RUNS"]) {
  const given = process.env[name] ?? "";
  if (/^\d*$/.test(given)) continue;
  console.error(`${name}: expected a whole number, got ${given}. Leave it out, or give a number.`);
  process.exit(2);
}
const seed = process.env.SEED || String(Date.now() % 2 ** 31);
const directory = mkdtempSync(path.join(tmpdir(), "codex-plan-governance-hostile-"));
console.log(`Seed ${seed}. SEED=${seed} npm run test:hostile tries the same again.`);
const run = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--config=vitest.hostile.config.ts", ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, HOSTILE: "all", SEED: seed, HOSTILE_TALLIES: directory } },
);
const tallies = new Map(
  readdirSync(directory).map((file) => [
    path.basename(file, ".json"),
    JSON.parse(readFileSync(path.join(directory, file), "utf8")),
  ]),
);
rmSync(directory, { recursive: true });

const describe = (counts) =>
  Object.entries(counts)
    .map(([what, number]) => `${number} ${what}`)
    .join(", ");
for (const [name, counts] of [...tallies].sort()) {
  const lines = describe(counts)
    .match(/.{1,66}(?: |$)/g)
    .map((line) => line.trimEnd());
  console.log(`${name.padEnd(14)}${lines.join(`\n${" ".repeat(14)}`)}`);
}
const total = (what) => [...tallies.values()].reduce((sum, counts) => sum + (counts[what] ?? 0), 0);
const leaks = total("leaks");
console.log(`Seed ${seed}: ${total("pairs")} pairs in the core, ${total("runs")} runs with ${total("acts")} acts,`);
console.log(`${total("allowed")} allowed, ${total("refused")} refused; requests: ${total("granted")} granted,`);
console.log(`${total("declined")} declined, ${total("escalations")} escalations declined; ${leaks} leaks.`);
const missing = ["catalogue", "pairs", "publication", "rogue-codex", "scripts"].filter((name) => !tallies.has(name));
if (missing.length > 0) console.log(`Not tried: ${missing.join(", ")}.`);
process.exitCode = run.status === 0 && leaks === 0 && missing.length === 0 ? 0 : 1;
