/**
 * Runs the example workflows under act, in host mode, against the test world. act is installed once, in an exact
 * version, beside the packages. What is missing is said in one line; in CI that is a failure.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ACT = "v0.2.89";
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, "node_modules", ".cache", "tools");
const bin = path.join(cache, "bin");
const run = (command, argv, options = {}) =>
  spawnSync(command, argv, { encoding: "utf8", timeout: 600_000, ...options });
const firstLine = ({ error, stderr }) => error?.message ?? stderr.trim().split("\n").at(-1) ?? "it failed";

const isThere = (command) => run(command, ["--version"]).status === 0;

function findAct() {
  const act = path.join(bin, "act");
  const isWanted = () => run(act, ["--version"]).stdout?.includes(ACT.slice(1)) ?? false;
  if (isWanted()) return { command: act };
  const go = ["go", "/usr/local/go/bin/go"].find((command) => run(command, ["version"]).status === 0);
  if (go === undefined) return { problem: "act is not there, and Go, which installs it, is not on PATH" };
  mkdirSync(bin, { recursive: true });
  const install = run(go, ["install", `github.com/nektos/act@${ACT}`], { env: { ...process.env, GOBIN: bin } });
  return isWanted() ? { command: act } : { problem: `act ${ACT} was not installed: ${firstLine(install)}` };
}

/** GitHub's runners have it. Elsewhere the distribution's package is unpacked into the cache, without installing it. */
function findGh() {
  if (isThere("gh")) return {};
  const directory = path.join(cache, "gh");
  const gh = path.join(directory, "usr", "bin", "gh");
  if (isThere(gh)) return { directory: path.dirname(gh) };
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(path.join(cache, ".gh-"));
  try {
    const download = run("apt-get", ["download", "gh"], { cwd: temporary });
    const [archive] = readdirSync(temporary).filter((name) => name.endsWith(".deb"));
    if (archive === undefined) return { problem: `gh is not on PATH and was not downloaded: ${firstLine(download)}` };
    run("dpkg-deb", ["--extract", archive, "unpacked"], { cwd: temporary });
    rmSync(directory, { recursive: true, force: true });
    renameSync(path.join(temporary, "unpacked"), directory);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return isThere(gh) ? { directory: path.dirname(gh) } : { problem: "the gh that was downloaded does not run here" };
}

if (!existsSync(path.join(root, "dist", "main.js"))) {
  console.error("There is no dist: run `npm run build` first.");
  process.exit(1);
}
const act = findAct();
const gh = findGh();
const problem = act.problem ?? gh.problem;
if (problem !== undefined) {
  console.log(`skipped: the examples did not run under act: ${problem}.`);
  process.exit(process.env.CI === "true" ? 1 : 0);
}
const tests = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.workflows.config.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ACT: act.command, PATH: [process.env.PATH, gh.directory].filter(Boolean).join(":") },
  },
);
process.exit(tests.status ?? 1);
