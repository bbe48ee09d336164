import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { bundleOf } from "../governance/audit-bundles.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "wrong-usage-"));
afterAll(() => rmSync(directory, { recursive: true }));
const bundle = join(directory, "bundle");
mkdirSync(bundle);
for (const [name, bytes] of bundleOf()) writeFileSync(join(bundle, name), bytes);
const [text, zip, empty] = ["text.txt", "broken.zip", "empty.jsonl"].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];
writeFileSync(text, "no JSON\n");
writeFileSync(zip, "no zip\n");
writeFileSync(empty, "");

/** The command line as a user runs it, with nothing in the environment but what is named. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env.PATH ?? "", HOME: directory, ...environment };
    const child = execFile(process.execPath, [CLI, ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

test("the version is what package.json says", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each(["", "verify", "export", "report", "review-note"])(
  "the help of %s fits a terminal of 80 columns",
  async (name) => {
    const { code, stdout } = await run([...(name === "" ? [] : [name]), "--help"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  },
);

test.each(["report", "review-note"])("%s into something that is no directory is wrong usage", async (command) => {
  const said = await run([command, bundle, "--out", text]);
  expect(said).toMatchObject({ code: 2, stdout: "" });
  expect(said.stderr).toMatch(/^--out: expected a directory that can be written to: EEXIST/);
  expect(said.stderr).toContain(`codex-plan-governance ${command} <bundle or directory>...`);
});

test("raw pages into something that is no directory is said in one line", async () => {
  const asked = ["--workspace", "ws", "--analytics-url", "http://127.0.0.1:1", "--out", text];
  const { code, stderr } = await run(["review-note", bundle, ...asked], { CODEX_ANALYTICS_API_KEY: "key" });
  expect(code).toBe(2);
  expect(stderr).toMatch(/text\.txt\/raw: expected a directory that can be written to: .*\n$/);
  expect(stderr.split("\n")).toHaveLength(2);
});

test("a path that the system refuses is said in one line", async () => {
  const loop = join(directory, "loop");
  symlinkSync(loop, loop);
  const { code, stderr } = await run(["verify", loop]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^ELOOP: .*\n$/);
});

test("a commit that a clone does not have is told with what fetches it, also when its branch is gone", async () => {
  const clone = join(directory, "clone");
  execFileSync("git", ["init", "--quiet", clone]);
  const { code, stdout } = await run(["verify", bundle, "--repo", clone]);
  expect(code).toBe(1);
  const number = /acme\/shop#(\d+)/.exec((await run(["verify", bundle])).stdout)?.[1];
  expect(stdout).toContain(`Fetch it (git fetch origin refs/pull/${number}/head), then verify again.`);
});

test("report in two forms says which two", async () => {
  const { code, stderr } = await run(["report", bundle, "--format", "svg", "--json"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^--json: expected no --format svg with it\.\n/);
});

test("what is no zip is said without advice for a pull request", async () => {
  const { code, stdout } = await run(["verify", zip]);
  expect(code).toBe(1);
  expect(stdout).toContain("The evidence artifact is not acceptable: the zip is broken");
  expect(stdout).not.toContain("Comment the command again");
});

test.each([
  ["what is no attestation", text, "The attestation cannot be read: expected JSON, got something else."],
  ["an empty file", empty, "got       nothing"],
])("%s takes nothing away from what is proved of the bundle", async (_, file, words) => {
  const { code, stdout } = await run(["verify", bundle, "--attestation", file]);
  expect(code).toBe(1);
  expect(stdout).toContain("ok   what was executed is what was approved");
  expect(stdout).toContain("FAIL the attestation says what this bundle says");
  expect(stdout).toContain(words);
});

test.each([
  ["no region", {}],
  ["a region that is none", { AWS_REGION: "no region" }],
])("a bucket with %s is not asked, and it is said what to set", async (_, region) => {
  const keys = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  const { code, stderr } = await run(["verify", "s3://example-evidence/codex"], { ...keys, ...region });
  expect(code).toBe(2);
  expect(stderr).toContain("there is no region, or none that can be. Set AWS_REGION");
});
