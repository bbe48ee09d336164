/**
 * Installs the older Codex versions that the adapter's tests also run against. Offline, or without one of them in the
 * registry, it says so in one line and succeeds: the tests then run without that version.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The same list is in `test/adapters/codex/bench.ts`. */
const VERSIONS = ["0.139.0", "0.169.0"];
const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules", ".cache");
const launcher = (root) => join(root, "node_modules", "@openai", "codex", "bin", "codex.js");

function runs(root, version) {
  if (!existsSync(launcher(root))) return false;
  const { stdout } = spawnSync(process.execPath, [launcher(root), "--version"], { encoding: "utf8", timeout: 60_000 });
  return stdout?.trim() === `codex-cli ${version}`;
}

function install(version, home) {
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, ".codex-install-"));
  try {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
    const npm = spawnSync("npm", ["install", "--prefix", temporary, ...flags, `@openai/codex@${version}`], {
      cwd: temporary,
      encoding: "utf8",
      timeout: 600_000,
    });
    if (npm.status !== 0) return npm.error?.message ?? npm.stderr.trim().split("\n").at(0) ?? "npm failed";
    if (!runs(temporary, version)) return "the installed binary does not run here";
    rmSync(home, { recursive: true, force: true });
    renameSync(temporary, home);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

for (const version of VERSIONS) {
  const home = join(cache, `codex-${version}`);
  if (runs(home, version)) {
    console.log(`Codex ${version} is there.`);
  } else {
    const problem = install(version, home);
    console.log(problem === undefined ? `Codex ${version} is installed.` : `Codex ${version} is skipped: ${problem}`);
  }
}
