/**
 * Installs the older Codex version that the adapter's tests also run against. Offline, or without that version
 * in the registry, it says so in one line and succeeds: the tests then say that they had one version only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "0.139.0";
const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules", ".cache");
const home = join(cache, `codex-${VERSION}`);
const launcher = (root) => join(root, "node_modules", "@openai", "codex", "bin", "codex.js");

function runs(root) {
  if (!existsSync(launcher(root))) return false;
  const { stdout } = spawnSync(process.execPath, [launcher(root), "--version"], { encoding: "utf8", timeout: 60_000 });
  return stdout?.trim() === `codex-cli ${VERSION}`;
}

function install() {
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, ".codex-install-"));
  try {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
    const npm = spawnSync("npm", ["install", "--prefix", temporary, ...flags, `@openai/codex@${VERSION}`], {
      cwd: temporary,
      encoding: "utf8",
      timeout: 600_000,
    });
    if (npm.status !== 0) return npm.error?.message ?? npm.stderr.trim().split("\n").at(0) ?? "npm failed";
    if (!runs(temporary)) return "the installed binary does not run here";
    rmSync(home, { recursive: true, force: true });
    renameSync(temporary, home);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (runs(home)) {
  console.log(`Codex ${VERSION} is there.`);
} else {
  const problem = install();
  console.log(problem === undefined ? `Codex ${VERSION} is installed.` : `Codex ${VERSION} is skipped: ${problem}`);
}
