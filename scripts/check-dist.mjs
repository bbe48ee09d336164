// Rebuilds into a temporary directory and compares it with dist byte for byte.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

function listFiles(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}

function compare(committed, rebuilt) {
  const before = new Set(listFiles(committed));
  const after = new Set(listFiles(rebuilt));
  const differences = [];
  for (const name of new Set([...before, ...after])) {
    if (!after.has(name)) differences.push(`${name}: in dist, but the build does not make it`);
    else if (!before.has(name)) differences.push(`${name}: made by the build, but not in dist`);
    else if (!readFileSync(path.join(committed, name)).equals(readFileSync(path.join(rebuilt, name)))) {
      differences.push(`${name}: other bytes`);
    }
  }
  return { files: before.size, differences };
}

const rebuilt = mkdtempSync(path.join(tmpdir(), "codex-plan-governance-dist-"));
try {
  const build = spawnSync("rolldown", ["-c", "rolldown.config.ts", "--dir", rebuilt], { encoding: "utf8" });
  if (build.status !== 0) throw new Error(`The build failed.\n${build.error ?? ""}${build.stdout}${build.stderr}`);
  const { files, differences } = compare("dist", rebuilt);
  if (differences.length > 0) {
    console.error(`dist is not what the sources build to:\n  ${differences.join("\n  ")}`);
    console.error("Run `npm run build` and commit dist.");
    process.exitCode = 1;
  } else {
    console.log(`dist is what the sources build to: ${files} files, byte for byte.`);
  }
} finally {
  rmSync(rebuilt, { recursive: true });
}
