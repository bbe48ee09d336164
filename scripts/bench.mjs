// Cold start and peak memory of dist/main.js, as a ratio to an empty Node process measured in the same run.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { runs: { type: "string", default: "21" } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 15) {
  console.error(`--runs must be a whole number of at least 15, got ${values.runs}.`);
  process.exit(2);
}

const directory = mkdtempSync(path.join(tmpdir(), "codex-plan-governance-bench-"));
const main = path.resolve("dist/main.js");
// A hook of its own measures memory, in runs that are not timed.
const memoryHook = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.BENCH_RSS, String(process.resourceUsage().maxRSS)));
`)}`;

function writeEvent(name, event) {
  const file = path.join(directory, name);
  writeFileSync(file, JSON.stringify(event));
  return file;
}

const commentOf = (body) => ({
  action: "created",
  issue: { number: 7, pull_request: {} },
  comment: { id: 1, body, user: { id: 1, login: "author", type: "User" }, author_association: "NONE" },
  sender: { id: 1, login: "author", type: "User" },
  repository: { id: 1, full_name: "octo/repository", default_branch: "main" },
});

/** An API that knows nothing: each mode is loaded, asks once, and ends. In a process of its own, as runs block. */
async function startEmptyApi() {
  const script = `const server = require("node:http").createServer((request, response) => {
    response.writeHead(404, { "content-type": "application/json" }).end('{"message":"Not Found"}');
  }).listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${String(port).trim()}`, end: () => child.kill() };
}

/** What a runner gives a step. */
function environment(api, mode, eventName, eventPath, inputs = {}) {
  const given = {
    mode,
    "github-token": "bench",
    "openai-base-url": "http://127.0.0.1:9/v1",
    "policy-path": ".github/codex-governance.yml",
    "retention-days": "90",
    attest: "false",
    ...inputs,
  };
  const names = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const commandFiles = ["OUTPUT", "STEP_SUMMARY", "STATE", "ENV", "PATH"].map((name) => {
    const file = path.join(directory, name.toLowerCase());
    writeFileSync(file, "");
    return [`GITHUB_${name}`, file];
  });
  return {
    PATH: process.env.PATH,
    HOME: directory,
    RUNNER_TEMP: directory,
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: api.url,
    GITHUB_GRAPHQL_URL: `${api.url}/graphql`,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "octo/repository",
    GITHUB_RUN_ID: "1",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_WORKFLOW_REF: "octo/repository/.github/workflows/codex.yml@refs/heads/main",
    GITHUB_EVENT_NAME: eventName,
    GITHUB_EVENT_PATH: eventPath,
    ...Object.fromEntries([...names, ...commandFiles]),
  };
}

const api = await startEmptyApi();
const other = writeEvent("other.json", commentOf("Looks good to me."));
const command = writeEvent("command.json", commentOf("/codex rename the button"));
const dispatch = writeEvent("dispatch.json", { inputs: { "pull-request": "7" } });
const cases = [
  { name: "node -e 0", argv: ["-e", "0"], env: { PATH: process.env.PATH }, status: 0 },
  { name: "skip: not a command", argv: [main], env: environment(api, "plan", "issue_comment", other), status: 0 },
  // The first call finds no such person: a denial.
  {
    name: "plan, to its first answer",
    argv: [main],
    env: environment(api, "plan", "issue_comment", command),
    status: 1,
  },
  // The first call finds no such pull request: skipped.
  ...["approve", "execute"].map((mode) => ({
    name: `${mode}, to its first answer`,
    argv: [main],
    env: environment(api, mode, "workflow_dispatch", dispatch, { "pull-request": "7" }),
    status: 0,
  })),
];

function start(one, argv, extra = {}) {
  const from = process.hrtime.bigint();
  const child = spawnSync(process.execPath, argv, { env: { ...one.env, ...extra }, encoding: "utf8", timeout: 60_000 });
  const milliseconds = Number(process.hrtime.bigint() - from) / 1e6;
  if (child.status !== one.status) {
    const printed = `${child.stdout}${child.stderr}`.slice(-2000);
    throw new Error(`"${one.name}" ended with ${child.status}, expected ${one.status}:\n${printed}`);
  }
  return milliseconds;
}

function measureMemory(one) {
  const file = path.join(directory, "rss");
  start(one, ["--import", memoryHook, ...one.argv], { BENCH_RSS: file });
  return Number(readFileSync(file, "utf8")) / 1024;
}

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join("  "));
  }
}

try {
  for (const one of cases) for (let i = 0; i < 2; i += 1) start(one, one.argv);
  const times = new Map(cases.map((one) => [one, []]));
  // Interleaved, so that what else the machine does falls on all of them alike.
  for (let i = 0; i < runs; i += 1) for (const one of cases) times.get(one).push(start(one, one.argv));
  const base = median(times.get(cases[0]));
  const rows = cases.map((one) => {
    const all = times.get(one);
    const memory = median([0, 1, 2].map(() => measureMemory(one)));
    const milliseconds = [Math.min(...all), median(all), Math.max(...all)].map((value) => value.toFixed(1));
    return [one.name, ...milliseconds, `${(median(all) / base).toFixed(2)}x`, memory.toFixed(0)];
  });
  console.log(`Node ${process.version}, ${runs} interleaved runs each; times in ms, peak memory in MiB.`);
  printTable([["case", "min", "median", "max", "ratio", "memory"], ...rows]);
} finally {
  api.end();
  rmSync(directory, { recursive: true });
}
