/**
 * Runs the tests of the S3 export against versitygw, a server that checks signatures and knows conditional writes. It
 * is installed once, in an exact version, beside the packages. Where Go is missing, that is said in one line.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "v1.8.0";
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
// The binary does not know its version when Go installs it: the directory says it.
const bin = path.join(root, "node_modules", ".cache", "tools", `versitygw-${VERSION}`);
const gateway = path.join(bin, "versitygw");

function findGateway() {
  if (existsSync(gateway)) return undefined;
  const go = ["go", "/usr/local/go/bin/go"].find((command) => spawnSync(command, ["version"]).status === 0);
  if (go === undefined) return "Go, which installs versitygw, is not on PATH";
  mkdirSync(bin, { recursive: true });
  const install = spawnSync(go, ["install", `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], {
    encoding: "utf8",
    timeout: 1_200_000,
    env: { ...process.env, GOBIN: bin },
  });
  if (existsSync(gateway)) return undefined;
  return `versitygw was not installed: ${install.error?.message ?? install.stderr.trim().split("\n").at(-1)}`;
}

const problem = findGateway();
if (problem !== undefined) {
  console.log(`skipped: the S3 export was not tried against a server: ${problem}.`);
  process.exit(0);
}
const tests = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.s3.config.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, VERSITYGW: gateway } },
);
process.exit(tests.status ?? 1);
