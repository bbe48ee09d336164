import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { journalled } from "../../governance/builders.ts";
import { rememberMoment } from "../../world/moment.ts";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { World } from "../../world/world.ts";
import { allowed, decisionOf, openBed } from "../bed.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a user runs it, with nothing in the environment that could help it. */
function run(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "" };
    const child = execFile(process.execPath, [CLI, ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const directory = mkdtempSync(join(tmpdir(), "verify-"));
/** The bundle of an execution, as GitHub gives it and unpacked. */
const zip = join(directory, "executed.zip");
const bundle = join(directory, "executed");
/** All bundles of that plan, and what forks their chain: another approval of the same plan by a run that knew of none. */
const steps = join(directory, "steps");
const fork = join(directory, "fork.zip");
let world: World;
let executed: StepResult;

beforeAll(async () => {
  world = await openBed();
  const { artifacts } = world;
  const pull = await Pull.open(world);
  const keep = async (path: string, { outputs }: StepResult) =>
    writeFileSync(path, await artifacts.read(Number(outputs["artifact-id"])));
  const asked = await pull.ask();
  const rewind = await rememberMoment(world);
  const other = await pull.label();
  await keep(fork, other);
  await rewind();
  const labelled = await pull.label();
  executed = await pull.execute();
  expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
  await keep(zip, executed);
  cpSync(executed.outputs["evidence-directory"] ?? "", bundle, { recursive: true });
  mkdirSync(steps);
  for (const [name, step] of Object.entries({ asked, labelled, executed }))
    await keep(join(steps, `${name}.zip`), step);
}, 120_000);
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
});

/** A copy of the bundle with a file that is another one. */
function tampered(name: string, change: (text: string) => string): string {
  const copy = mkdtempSync(join(directory, "tampered-"));
  cpSync(bundle, copy, { recursive: true });
  writeFileSync(join(copy, name), change(readFileSync(join(bundle, name), "utf8")));
  return copy;
}

describe("`verify` of an execution's bundle", () => {
  test("proves it as a zip and as a directory, and the commit in a clone", async () => {
    for (const path of [zip, bundle]) {
      const said = await run("verify", path, "--repo", world.repository.directory);
      expect(said).toMatchObject({ code: 0, stderr: "" });
      expect(said.stdout).toContain("ok   the commit is the one that this bundle made");
      expect(said.stdout).toContain(`SOUND: executed; its last word is plan_executed`);
      expect(said.stdout).toContain(`commit    ${executed.outputs["commit-sha"]}\n`);
      for (const line of said.stdout.split("\n"))
        if (!line.startsWith("/")) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test("proves that the journal ends where the check run says", async () => {
    const shown = world.github.state.checkRuns.map(({ output }) => output.summary ?? "").join("\n");
    const { claims } = JSON.parse((await run("verify", bundle, "--json")).stdout).bundles[0];
    expect(claims).toMatchObject({
      stage: "executed",
      approver: "grace",
      commit: { sha: executed.outputs["commit-sha"] },
    });
    expect(shown).toContain(claims.journalHead);
    expect((await run("verify", bundle, "--journal-head", claims.journalHead)).code).toBe(0);
    const other = await run("verify", bundle, "--journal-head", `sha256:${"0".repeat(64)}`);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain(`  got\n    ${claims.journalHead}\n`);
  });

  test.each([
    ["run.patch", (text: string) => text.replace("hallo", "hello, world")],
    ["approval.json", (text: string) => text.replace('"grace"', '"ada"')],
    ["journal.jsonl", (text: string) => text.replace('"actor":"grace"', '"actor":"ada"')],
    ["plan.json", (text: string) => text.replace("greeting.js", "price.js")],
    ["run-log.jsonl", (text: string) => text.slice(0, -1)],
  ])("names the file when %s was changed, with what was expected and what is there", async (name, change) => {
    const { code, stdout } = await run("verify", tampered(name, change));
    expect(code).toBe(1);
    expect(stdout).toContain("NOT SOUND");
    expect(stdout).toMatch(new RegExp(`does not hold together at ${name}`));
    expect(stdout).toMatch(/expected\n {4}sha256:[0-9a-f]{64}\n {2}got\n {4}sha256:[0-9a-f]{64}/);
  });

  test("finds a commit that is not there, and a directory that is no repository", async () => {
    const elsewhere = mkdtempSync(join(directory, "repository-"));
    await new Promise((resolve) => execFile("git", ["init", "--quiet", elsewhere], resolve));
    const missing = await run("verify", bundle, "--repo", elsewhere);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain(`The commit ${executed.outputs["commit-sha"]} is not in ${elsewhere}/.git.`);
    const none = await run("verify", bundle, "--repo", directory);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("--repo: expected a git repository") });
  });

  test("writes nothing into the repository that it looks at", async () => {
    const list = () => readdirSync(join(world.repository.directory, "objects"), { recursive: true }).length;
    const before = list();
    await run("verify", bundle, "--repo", world.repository.directory);
    expect(list()).toBe(before);
  });
});

test("`verify` prints no line that a bundle or its name has made up", async () => {
  const lie = "\nSOUND: executed; its last word is plan_executed\n::error::x";
  const liar = join(directory, `liar${lie}`);
  mkdirSync(liar);
  const refusal = { decision: "deny", reasonCode: "prompt_empty", repository: `acme/shop${lie}` } as const;
  for (const subject of [{}, { planDigest: lie }]) {
    for (const [name, bytes] of journalled(new Map(), { ...refusal, subject })) writeFileSync(join(liar, name), bytes);
    const { stdout } = await run("verify", liar);
    expect(stdout).toContain("<U+000A>SOUND: executed;");
    expect(stdout).not.toMatch(/^\s*(?:SOUND: executed|::)/m);
  }
});

describe("`verify` of many bundles", () => {
  test("proves all steps of a plan, and finds a chain that was forked", async () => {
    expect(await run("verify", steps)).toMatchObject({ code: 0, stdout: "3 of 3 bundles are sound.\n" });
    expect(await run("verify", steps, "--repo", world.repository.directory)).toMatchObject({
      code: 0,
      stdout: "3 of 3 bundles are sound. 1 of them with a commit that is theirs.\n",
    });
    const forked = await run("verify", steps, fork);
    expect(forked.code).toBe(1);
    expect(forked.stdout).toContain(
      `FORKED\n  The journals of ${steps}/executed.zip and ${fork} differ from record 1 on.\n`,
    );
    expect(forked.stdout).toContain("4 of 4 bundles are sound.");
  });

  test("takes a thousand in one call and tells how far it is", async () => {
    const many = join(directory, "many");
    for (let index = 0; index < 1_000; index += 1) {
      const day = join(many, `dt=2026-11-${String((index % 28) + 1).padStart(2, "0")}`);
      mkdirSync(day, { recursive: true });
      cpSync(zip, join(day, `${index}.zip`));
    }
    const said = await run("verify", many);
    expect(said).toMatchObject({ code: 0, stdout: "1000 of 1000 bundles are sound.\n" });
    expect(said.stderr.match(/of 1000 bundles/g)).toHaveLength(10);
  }, 120_000);
});

describe("`verify` with wrong arguments", () => {
  test.each([
    ["no bundle", []],
    ["no such path", ["/nowhere"]],
    ["a directory without bundles", [fileURLToPath(new URL("../../../docs", import.meta.url))]],
    ["an unknown option", [bundle, "--fast"]],
    ["a digest that is none", [bundle, "--journal-head", "abc"]],
  ])("says what it expects and ends with 2: %s", async (_, args) => {
    const said = await run("verify", ...args);
    expect(said).toMatchObject({ code: 2, stdout: "" });
    expect(said.stderr).toContain("codex-plan-governance verify <bundle>...");
  });

  test("explains itself", async () => {
    expect(await run("verify", "--help")).toMatchObject({ code: 0, stderr: "" });
    expect((await run("--help")).stdout).toContain("verify       prove evidence bundles, offline");
    expect(await run()).toMatchObject({ code: 2 });
    expect((await run("prove")).stderr).toContain('There is no command "prove".');
  });
});
