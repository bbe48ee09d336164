// Runs the threat suite through the built dist and prints a line for each threat: what was tried, how often, the result.
// The attacks that are of no single threat follow, a line for each file.
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
    "test/acceptance/attacks",
    "--reporter=json",
    `--outputFile=${file}`,
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
// vitest leaves no file when it does not even start, and has said why.
const { testResults } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { testResults: [] };
rmSync(directory, { recursive: true });

/** What was tried under one title. */
class Tally {
  cases = 0;
  failed = 0;

  add(status) {
    this.cases += 1;
    if (status !== "passed") this.failed += 1;
  }

  line(name, what) {
    const result = this.failed === 0 ? "all denied or survived" : `${this.failed} FAILED`;
    const text = `${what}: ${this.cases} ${this.cases === 1 ? "case" : "cases"}, ${result}`;
    const lines = text.match(/.{1,74}(?: |$)/g).map((line) => line.trimEnd());
    return `${name.padEnd(5)}${lines.join(`\n${" ".repeat(5)}`)}`;
  }
}

const threats = new Map();
const attacks = new Map();
for (const { name, assertionResults, message } of testResults) {
  if (assertionResults.length === 0) console.error(`A file ran no test: ${message}`);
  for (const { ancestorTitles, status } of assertionResults) {
    const title = ancestorTitles[0] ?? "untitled";
    const isThreat = /^T\d+ /.test(title);
    const [tallies, key] = isThreat ? [threats, title] : [attacks, path.basename(name, ".test.ts")];
    if (!tallies.has(key)) tallies.set(key, new Tally());
    tallies.get(key).add(status);
  }
}
const number = (title) => Number(/^T(\d+)/.exec(title)?.[1]);
for (const [title, tally] of [...threats].sort(([a], [b]) => number(a) - number(b))) {
  const [name, ...what] = title.split(" ");
  console.log(tally.line(name, what.join(" ")));
}
if (attacks.size > 0) console.log("Attacks that are of no single threat:");
for (const [file, tally] of [...attacks].sort()) console.log(tally.line("", file.replaceAll("-", " ")));
const expected = Array.from({ length: 34 }, (_, index) => index + 1);
const missing = expected.filter((id) => ![...threats.keys()].some((title) => number(title) === id));
if (missing.length > 0) console.log(`Not tried: ${missing.map((id) => `T${id}`).join(", ")}.`);
process.exitCode = run.status === 0 && missing.length === 0 ? 0 : 1;
