// Runs the threat suite through the built dist and prints a line for each threat: what was tried, how often, the result.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const directory = mkdtempSync(path.join(tmpdir(), "codex-plan-governance-threats-"));
const file = path.join(directory, "results.json");
const run = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config=vitest.acceptance.config.ts",
    "test/acceptance/threats",
    "--reporter=json",
    `--outputFile=${file}`,
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
// vitest leaves no file when it does not even start, and has said why.
const { testResults } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { testResults: [] };
rmSync(directory, { recursive: true });

const threats = new Map();
for (const { assertionResults, message } of testResults) {
  if (assertionResults.length === 0) console.error(`A file ran no test: ${message}`);
  for (const { ancestorTitles, status } of assertionResults) {
    const title = ancestorTitles[0] ?? "untitled";
    const known = threats.get(title) ?? { cases: 0, failed: 0 };
    threats.set(title, { cases: known.cases + 1, failed: known.failed + (status === "passed" ? 0 : 1) });
  }
}
const number = (title) => Number(/^T(\d+)/.exec(title)?.[1]);
const rows = [...threats].sort(([a], [b]) => number(a) - number(b));
for (const [title, { cases, failed }] of rows) {
  const [, name, what] = /^(T\d+) (.*)$/.exec(title) ?? [title, "T?", title];
  const result = failed === 0 ? "all denied or survived" : `${failed} FAILED`;
  const text = `${what}: ${cases} ${cases === 1 ? "case" : "cases"}, ${result}`;
  const lines = text.match(/.{1,74}(?: |$)/g).map((line) => line.trimEnd());
  console.log(`${name.padEnd(5)}${lines.join(`\n${" ".repeat(5)}`)}`);
}
const expected = Array.from({ length: 24 }, (_, index) => index + 1);
const missing = expected.filter((id) => !rows.some(([title]) => number(title) === id));
if (missing.length > 0) console.log(`Not tried: ${missing.map((id) => `T${id}`).join(", ")}.`);
process.exitCode = run.status === 0 && missing.length === 0 ? 0 : 1;
