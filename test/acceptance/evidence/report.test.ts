import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actionsToken } from "../../world/github/double.ts";
import { rememberMoment } from "../../world/moment.ts";
import { Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { World } from "../../world/world.ts";
import { allowed, decisionOf, openBed } from "../bed.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const TOKEN = "ghs_reads_what_it_must";

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a user runs it, with nothing in the environment but what is named. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "", ...environment };
    const child = execFile(process.execPath, [CLI, "report", ...args], { env, maxBuffer: 1e8 }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const figuresOf = async (args: readonly string[], environment = {}) => {
  const said = await run([...args, "--json"], environment);
  return { ...said, ...JSON.parse(said.stdout) };
};

const directory = mkdtempSync(join(tmpdir(), "report-"));
/** Every bundle of an executed plan, of a plan that was pushed over, and of a refused request. */
const bundles = join(directory, "bundles");
const fork = join(directory, "fork.zip");
let world: World;
let pull: Pull;
let github: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await openBed({ policy: "verification: [test -f README.md]\n" });
  mkdirSync(bundles);
  const keep = async (path: string, { outputs }: StepResult) =>
    writeFileSync(path, await world.artifacts.read(Number(outputs["artifact-id"])));
  pull = await Pull.open(world);
  await keep(join(bundles, "1-planned.zip"), await pull.ask());
  const rewind = await rememberMoment(world);
  await keep(fork, await pull.label());
  await rewind();
  await keep(join(bundles, "2-approved.zip"), await pull.label());
  const executed = await pull.execute();
  expect(decisionOf(executed)).toEqual(allowed("plan_executed", "executed"));
  await keep(join(bundles, "3-executed.zip"), executed);
  cpSync(executed.outputs["evidence-directory"] ?? "", join(bundles, "unpacked"), { recursive: true });
  const other = await Pull.open(world);
  await keep(join(bundles, "4-planned.zip"), await other.ask());
  await other.push({ "more.txt": "more\n" });
  await keep(join(bundles, "5-stale.zip"), await other.label());
  await keep(join(bundles, "6-refused.zip"), await other.ask(""));
  world.github.administration.addToken(TOKEN, actionsToken({ issues: "read", pull_requests: "read" }));
  github = { GITHUB_TOKEN: TOKEN, GITHUB_API_URL: world.github.url };
}, 180_000);
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
});

describe("`report` of a directory", () => {
  test("counts each plan once, whatever bundles of it there are", async () => {
    const { code, stderr, evidence, adoption, rates, endings, durations } = await figuresOf([bundles]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(evidence).toEqual({ bundles: 7, unsound: [], forks: [] });
    expect(adoption).toEqual({
      requests: 3,
      plans: 2,
      approved: 1,
      executed: 1,
      requesters: 1,
      approvers: 1,
      pullRequests: 2,
      repositories: 1,
    });
    expect(endings).toMatchObject({ executed: 1, stale: 1 });
    const shares = Object.fromEntries(
      rates.map(({ name, numerator, denominator }: Record<string, unknown>) => [name, `${numerator}/${denominator}`]),
    );
    expect(shares).toEqual({
      refused: "1/3",
      denied: "0/2",
      stale: "1/2",
      drifted: "0/1",
      verified: "1/1",
      executed: "1/1",
      failed: "0/2",
    });
    expect(durations.find(({ name }: { name: string }) => name === "lead_time")).toMatchObject({ n: 1 });
    const fewer = await figuresOf(
      ["3-executed.zip", "5-stale.zip", "6-refused.zip"].map((name) => join(bundles, name)),
    );
    expect([fewer.adoption, fewer.rates, fewer.endings]).toEqual([adoption, rates, endings]);
  });

  test("tells of a bundle that is not sound, counts it nowhere and ends with 1", async () => {
    const sound = await figuresOf([bundles]);
    const changed = join(directory, "changed");
    cpSync(join(bundles, "unpacked"), changed, { recursive: true });
    writeFileSync(join(changed, "run.patch"), "other\n");
    const broken = join(directory, "broken.zip");
    writeFileSync(broken, "no zip");
    const { code, evidence, ...figures } = await figuresOf([bundles, changed, broken]);
    expect(code).toBe(1);
    expect(evidence.unsound.map(({ name }: { name: string }) => name)).toEqual([changed, broken]);
    expect([figures.adoption, figures.rates, figures.weeks]).toEqual([sound.adoption, sound.rates, sound.weeks]);
    const { stdout } = await run([bundles, changed]);
    expect(stdout).toContain("⚠️ **1 of 8 bundles not sound, and counted nowhere**");
    expect(stdout).toContain("does not hold together at run.patch");
  });

  test("tells of a forked chain and ends with 1", async () => {
    const { code, evidence, adoption } = await figuresOf([bundles, fork]);
    expect(code).toBe(1);
    expect(evidence.forks).toHaveLength(1);
    expect(adoption).toMatchObject({ plans: 2, approved: 1 });
  });

  test("counts the plans of a period only", async () => {
    const [day] = new Date(Date.now() + 3 * 86_400_000).toISOString().split("T");
    expect((await figuresOf([bundles, "--since", day ?? ""])).adoption).toMatchObject({ requests: 0, plans: 0 });
    expect((await figuresOf([bundles, "--until", day ?? ""])).adoption).toMatchObject({ requests: 3, plans: 2 });
  });

  test("writes all three forms, and prints the one that was asked for", async () => {
    const out = join(directory, "out", "deep");
    const said = await run([bundles, "--out", out, "--format", "svg"]);
    expect(said.code).toBe(0);
    expect(readdirSync(out)).toEqual(["report.json", "report.md", "report.svg"]);
    expect(readFileSync(join(out, "report.svg"), "utf8")).toBe(said.stdout);
    expect(readFileSync(join(out, "report.md"), "utf8")).toBe((await run([bundles])).stdout);
    expect(said.stdout).toMatch(/^<svg .*<\/svg>\n$/s);
    expect((await run([bundles, "--out", join(bundles, "1-planned.zip")])).code).toBe(2);
  });

  test("takes a thousand bundles in one call and tells how far it is", async () => {
    const many = join(directory, "many");
    for (let index = 0; index < 1_000; index += 1) {
      const day = join(many, `dt=2026-11-${String((index % 28) + 1).padStart(2, "0")}`);
      mkdirSync(day, { recursive: true });
      cpSync(join(bundles, `${["1-planned", "3-executed", "5-stale"][index % 3]}.zip`), join(day, `${index}.zip`));
    }
    const { code, stderr, evidence, adoption } = await figuresOf([many]);
    expect([code, evidence.bundles]).toEqual([0, 1_000]);
    expect(adoption).toMatchObject({ requests: 2, plans: 2, executed: 1 });
    expect(stderr.match(/of 1000 bundles/g)).toHaveLength(10);
  }, 120_000);
});

describe("`report --github`", () => {
  test("adds what people found and thought of the changes", async () => {
    const { people, authors } = world.github;
    const [planComment] = pull.comments;
    people.react(REVIEWER, planComment?.id ?? 0, "+1");
    people.react(REQUESTER, planComment?.id ?? 0, "-1");
    // Anybody can write such a line; it is no plan's comment.
    const forged = people.comment(REQUESTER, pull.number, planComment?.body ?? "");
    people.react(REVIEWER, forged.commentId, "+1");
    people.review(REVIEWER, pull.number, "Why?", people.review(REVIEWER, pull.number, "Is that a word?"));
    people.labelIssue(REVIEWER, authors.openIssue(REQUESTER, "Greets nobody").number, "bug");
    people.labelIssue(REVIEWER, authors.openIssue(REQUESTER, "Shop is down").number, "incident");
    const args = [bundles, "--github", "Acme/Shop", "--defect-label", "Bug"];
    const { code, quality, durations, weeks } = await figuresOf(args, github);
    expect(code).toBe(0);
    expect(quality).toEqual({
      repository: "Acme/Shop",
      plans: 2,
      pullRequests: 2,
      reviewFindings: { people: 1, bots: 0 },
      feedback: { up: 1, down: 1 },
      defects: 1,
      incidents: 1,
      labels: { defect: "Bug", incident: "incident" },
    });
    expect(durations[0]).toMatchObject({ name: "planning", n: 2 });
    expect(weeks.reduce((sum: number, { defects }: { defects: number }) => sum + defects, 0)).toBe(1);
    expect(world.github.violations).toEqual([]);
  });

  test("fails as a whole when GitHub refuses, and never tells the token", async () => {
    for (const args of [
      { GITHUB_TOKEN: "ghs_unknown", GITHUB_API_URL: world.github.url },
      { ...github, GITHUB_API_URL: "http://127.0.0.1:9" },
    ]) {
      const out = join(directory, "nothing");
      const said = await run([bundles, "--github", "acme/shop", "--out", out], args);
      expect(said).toMatchObject({ code: 1, stdout: "" });
      expect(said.stderr).toMatch(/GitHub/);
      expect(said.stderr).not.toContain(args.GITHUB_TOKEN);
      expect(readdirSync(directory)).not.toContain("nothing");
    }
  });
});

describe("`report` with wrong arguments", () => {
  test.each([
    ["no bundle", []],
    ["no such path", ["/nowhere"]],
    ["a day that is none", [".", "--since", "2026-02-30"]],
    ["a period that ends before it begins", [".", "--since", "2026-11-02", "--until", "2026-11-01"]],
    ["an unknown form", [".", "--format", "pdf"]],
    ["two forms", [".", "--format", "svg", "--json"]],
    ["a repository that is none", [".", "--github", "acme"]],
    ["a repository that would be another path", [".", "--github", "acme/.."]],
    ["a label with a comma", [".", "--github", "acme/shop", "--defect-label", "a,b"]],
    ["a label that nobody asks for", [".", "--defect-label", "bug"]],
    ["an unknown option", [".", "--fast"]],
  ])("says what it expects and ends with 2: %s", async (_, args) => {
    const said = await run(args, { GITHUB_TOKEN: "ghs_x" });
    expect(said).toMatchObject({ code: 2, stdout: "" });
    expect(said.stderr).toContain("codex-plan-governance report <bundle or directory>...");
  });

  test("says that a token is missing", async () => {
    const said = await run([bundles, "--github", "acme/shop"]);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining("GITHUB_TOKEN") });
  });
});
