import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allowed, decisionOf, openBed } from "../acceptance/bed.ts";
import { AthenaTable } from "../adapters/s3/athena-table.ts";
import { Pull } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import type { World } from "../world/world.ts";
import { type Gateway, SECRET_KEY, startGateway } from "./gateway.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let gateway: Gateway;
let world: World;
let directory: string;
/** Of one pull request: asked, approved, executed. */
let runs: readonly StepResult[];

beforeAll(async () => {
  gateway = await startGateway();
  world = await openBed();
  directory = mkdtempSync(join(homedir(), ".cache", "exported-"));
  const options = {
    environment: gateway.environment,
    inputs: { "s3-uri": "s3://evidence/codex/", "s3-endpoint": gateway.url },
  };
  const pull = await Pull.open(world);
  runs = [
    await pull.ask("Change the greeting.", options),
    await pull.label("grace", options),
    await pull.execute(options),
  ];
});
afterAll(async () => {
  await world.close();
  await gateway.close();
  rmSync(directory, { recursive: true });
});

/** The command line as a user runs it, with the bucket in the environment. */
function run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH ?? "", ...gateway.environment, AWS_ENDPOINT_URL_S3: gateway.url };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const objects = (below: string) =>
  readdirSync(join(gateway.bucket, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

describe("the action with a bucket", () => {
  test("stores the bundle of each run and each record once, and says where the bundle is", () => {
    expect(runs.map(decisionOf)).toEqual([
      allowed("plan_published", "planned"),
      allowed("plan_approved", "approved"),
      allowed("plan_executed", "executed"),
    ]);
    for (const { outputs, log } of runs) {
      expect(outputs["export-uri"]).toMatch(
        /^s3:\/\/evidence\/codex\/bundles\/dt=\d{4}-\d\d-\d\d\/repo=acme\.shop\/\d+-1-\w+-[0-9a-f]{12}\.zip$/,
      );
      expect(log).toContain(`Export to S3: ${outputs["export-uri"]}\n`);
      expect(log).not.toContain("::warning::");
      expect(log.replace(/^::add-mask::.*$/gm, "")).not.toContain(SECRET_KEY);
    }
    const uris = runs.map(({ outputs }) => outputs["export-uri"] ?? "");
    const paths = uris.map((uri) => uri.replace("s3://evidence", gateway.bucket));
    expect(objects("codex/bundles")).toEqual(paths.toSorted());
    const steps = objects("codex/journal").map((path) => JSON.parse(readFileSync(path, "utf8")).step);
    expect(steps.toSorted()).toEqual(["approve", "commit", "execute", "plan"]);
  });

  test("makes a table that answers an auditor's questions", async () => {
    const table = new AthenaTable(gateway.bucket);
    const commit = runs.at(-1)?.outputs["commit-sha"];
    expect(await table.query("approvals")).toMatchObject([{ requester: "ada", approver: "grace", commit_sha: commit }]);
    expect(await table.query("lead-time")).toMatchObject([{ repository: "acme/shop", plans: "1" }]);
    // The policy of this world has no verification commands.
    expect(await table.query("unverified")).toMatchObject([{ commit_sha: commit, verification_commands: 0 }]);
    expect(await table.query("journal-gaps")).toEqual([]);
    expect(await table.query("duplicated-executions")).toEqual([]);
  });
});

describe("the command line with a bucket", () => {
  test("proves what is stored there, all of it or one bundle, and the commit", async () => {
    const all = await run("verify", "s3://evidence/codex", "--repo", world.repository.directory);
    const counted = "3 of 3 bundles are sound. 1 of them with a commit that is theirs.\n";
    expect(all).toEqual({ code: 0, stdout: counted, stderr: "" });
    const one = await run("verify", runs.at(-1)?.outputs["export-uri"] ?? "");
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining("SOUND: executed") });
  });

  test("is counted and reviewed from there as from a directory", async () => {
    const local = join(directory, "bundles");
    mkdirSync(local);
    for (const [index, { outputs }] of runs.entries()) {
      writeFileSync(join(local, `${index}.zip`), await world.artifacts.read(Number(outputs["artifact-id"])));
    }
    const period = ["--since", "2020-01-01", "--until", "2099-12-31"];
    for (const command of ["report", "review-note"]) {
      const [there, here] = [
        await run(command, "s3://evidence/codex", "--json", ...period),
        await run(command, local, "--json", ...period),
      ];
      expect(there).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout));
    }
    const counted = await run("report", "s3://evidence/codex", "--json");
    expect(JSON.parse(counted.stdout)).toMatchObject({ evidence: { bundles: 3, unsound: [] } });
  });

  test("adds nothing for the artifact of a run that was exported, wherever it comes from", async () => {
    const zip = join(directory, "executed.zip");
    writeFileSync(zip, await world.artifacts.read(Number(runs.at(-1)?.outputs["artifact-id"])));
    for (const from of [zip, "s3://evidence/codex/bundles"]) {
      const { code, stdout } = await run("export", from, "--to", "s3://evidence/codex");
      expect(code).toBe(0);
      expect(stdout).toMatch(/^[13] of [13] bundles are stored; 0 objects are new, \d+ were there\.\n$/);
    }
  });

  test("brings a whole history to another prefix, where it is proved again", async () => {
    const said = await run("export", "s3://evidence/codex", "--to", "s3://evidence/copy", "--json");
    const bundles = JSON.parse(said.stdout).bundles as { uri: string; written: number; problem: unknown }[];
    expect(bundles.map(({ problem }) => problem)).toEqual([null, null, null]);
    // Three bundles and four records; the later bundles have the records of the earlier ones once more.
    expect(bundles.reduce((sum, { written }) => sum + written, 0)).toBe(7);
    const names = (prefix: string) => objects(prefix).map((path) => path.replace(join(gateway.bucket, prefix), ""));
    expect(names("copy")).toEqual(names("codex"));
    expect(await run("verify", "s3://evidence/copy")).toMatchObject({ code: 0 });
  });

  test("exports no bundle that is not sound, and says which", async () => {
    const zip = join(directory, "broken.zip");
    const bytes = await world.artifacts.read(Number(runs[0]?.outputs["artifact-id"]));
    writeFileSync(zip, bytes.subarray(0, bytes.length / 2));
    const said = await run("export", zip, "--to", "s3://evidence/none");
    expect(said).toMatchObject({ code: 1, stdout: expect.stringContaining(`${zip}\n  The evidence artifact`) });
    expect(said.stdout).toContain("0 of 1 bundles are stored");
    expect(readdirSync(gateway.bucket)).not.toContain("none");
  });

  test("exports only bundles of the repository that it is told, whatever they say of themselves", async () => {
    const exportOf = (repository: string) =>
      run("export", "s3://evidence/codex", "--to", "s3://evidence/pinned", "--json", "--repo", repository);
    const refused = await exportOf("acme/other");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout).bundles[0]).toMatchObject({
      uri: null,
      problem: "The bundle is of acme/shop, expected one of acme/other.",
    });
    expect(readdirSync(gateway.bucket)).not.toContain("pinned");
    expect(await exportOf("ACME/Shop")).toMatchObject({ code: 0 });
    expect(objects("pinned")).toHaveLength(objects("codex").length);
  });

  test.each([
    ["no target", ["export", "s3://evidence/codex"], 2, "--to: expected s3://bucket/prefix"],
    ["no bundle", ["export", "--to", "s3://evidence"], 2, "Expected the path of at least one bundle"],
    [
      "no repository",
      ["export", "x", "--to", "s3://evidence", "--repo", "shop"],
      2,
      "--repo: expected owner/repository",
    ],
    ["an empty prefix", ["verify", "s3://evidence/nothing"], 2, "expected zips below bundles/"],
    ["a bucket that is not there", ["verify", "s3://nowhere"], 1, "it answered 404 (NoSuchBucket)"],
    ["what is no place", ["verify", "s3://../x"], 2, "Expected s3://bucket/prefix"],
  ])("says what is wrong: %s", async (_, args, code, message) => {
    expect(await run(...args)).toEqual({ code, stdout: "", stderr: expect.stringContaining(message) });
  });
});
