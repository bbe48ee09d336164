import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAnalyticsClient } from "../../../src/adapters/analytics/client.ts";
import { createRawPages } from "../../../src/adapters/analytics/raw-pages.ts";
import { fetchReports } from "../../../src/adapters/analytics/reports.ts";
import { bundleOf, type Story } from "../../governance/audit-bundles.ts";
import { type Bundle, journalled } from "../../governance/builders.ts";
import { planOnBase } from "../../governance/review-bundles.ts";
import { type AnalyticsServer, startAnalytics } from "../../world/analytics-server.ts";
import { Pull } from "../../world/pull.ts";
import { openBed } from "../bed.ts";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const PERIOD = ["--since", "2026-11-01", "--until", "2026-11-30"] as const;

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? "", ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, [CLI, "review-note", ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const directory = mkdtempSync(join(tmpdir(), "review-note-"));
const bundles = join(directory, "bundles");
let out: string;
let server: AnalyticsServer;

function writeBundle(at: string, bundle: Bundle): void {
  mkdirSync(at, { recursive: true });
  for (const [name, bytes] of bundle) writeFileSync(join(at, name), bytes);
}

/** An execution of a plan of its own, six of which make a sample. */
const executed = (runId: number, story: Story = {}) => bundleOf({ ...story, entries: { plan: { runId } } });
const failedFirst: Story = {
  before: { commit: { step: "execute", decision: "deny", reasonCode: "verification_failed" } },
};

beforeAll(() => {
  for (let index = 0; index < 6; index += 1)
    writeBundle(join(bundles, `${index}`), executed(100 + index, index < 2 ? failedFirst : {}));
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(async () => {
  out = mkdtempSync(join(directory, "out-"));
  server = await startAnalytics();
  server.publish("usage", [
    [{ user_email: "rita@example.com", threads: 3 }],
    [{ user_email: "ada@example.com", threads: 4 }],
  ]);
  server.publish("code_reviews", [
    [{ pull_request_url: "https://github.com/acme/shop/pull/7", reviews: 2, comments_by_priority: { p0: 5, p1: 4 } }],
  ]);
  server.publish("code_review_responses", [[]]);
});
afterEach(() => server.close());

const ask = (more: readonly string[] = [], env: Record<string, string> = { CODEX_ANALYTICS_API_KEY: server.key }) =>
  run([bundles, "--workspace", server.workspace, "--analytics-url", server.url, "--out", out, ...more], env);

/** `--since` of the last days, since the API looks back no further than 90. */
const recent = () => ["--since", new Date(Date.now() - 40 * 24 * 60 * 60_000).toISOString().slice(0, 10)];

/** The pages of the server as a run of November 2026 would have kept them: the time of the evidence. */
async function keepPages(): Promise<string> {
  const raw = join(out, "raw");
  const period = { startTime: Date.parse("2026-11-01") / 1000, endTime: Date.parse("2026-12-01") / 1000 };
  const request = { version: 1 as const, url: server.url, workspace: server.workspace, ...period };
  const pages = await createRawPages(raw, request);
  await fetchReports(createAnalyticsClient({ ...request, key: server.key, log: () => {} }), pages.keep);
  await pages.seal();
  return raw;
}

/** Everything that a run has said and written, but for the raw pages. */
function everything({ stdout, stderr }: Said, at = out): string {
  const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [stdout, stderr, ...files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))].join("\n");
}

describe("`review-note`", () => {
  test("turns evidence and the Analytics API into a note, and the kept pages into the same one offline", async () => {
    const said = await ask(recent());
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(out, "review-note.md"), "utf8")).toBe(said.stdout);
    const raw = join(out, "raw");
    expect(readdirSync(raw).sort()).toEqual([
      "code_review_responses-001.json",
      "code_reviews-001.json",
      "raw.sha256",
      "request.json",
      "usage-001.json",
      "usage-002.json",
    ]);
    execFileSync("sha256sum", ["--check", "--quiet", "raw.sha256"], { cwd: raw });
    const json = readFileSync(join(out, "review-note.json"), "utf8");
    expect(JSON.parse(json).analytics[0]).toMatchObject({ pages: 2, rowsNamingPeople: 2 });
    await server.close();
    expect(await run([bundles, "--raw", raw, "--json"])).toEqual({ code: 0, stdout: json, stderr: "" });
  });

  test("joins the reviews with the executions, and gives an excerpt of a policy to approve", async () => {
    const { code, stdout } = await run([bundles, "--raw", await keepPages(), "--json"]);
    const { period, sections } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(period).toEqual({ since: "2026-11-01T00:00:00.000Z", until: "2026-12-01T00:00:00.000Z" });
    const told = sections.repositories.map((entry: Record<string, string>) => [entry.rule, entry.conclusion]);
    expect(told).toEqual([
      ["verification-failures", "approval"],
      ["review-findings", "approval"],
    ]);
    expect(sections.repositories[1].figures.slice(0, 4)).toEqual([
      { name: "executed plans", value: 6 },
      { name: "reviews of their pull requests", value: 2 },
      { name: "comments P0", value: 5 },
      { name: "comments P1", value: 4 },
    ]);
  });

  test("works without the API, says so, and is the same each time", async () => {
    const said = await run([bundles, ...PERIOD]);
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("- of them with a failed verification: 2 (33 %)");
    expect(said.stdout).toContain("    gates: [code-quality]");
    expect(said.stdout).toContain("- The Codex Analytics API was not asked: no usage, no review findings.");
    expect(await run([bundles, ...PERIOD])).toEqual(said);
    expect(server.requests).toEqual([]);
  });

  test("counts the bundles of one plan once, and concludes nothing from few", async () => {
    const few = join(directory, "few");
    writeBundle(join(few, "a"), executed(1, { until: "plan" }));
    writeBundle(join(few, "b"), executed(1, failedFirst));
    const { stdout } = await run([few, ...PERIOD, "--json"]);
    const note = JSON.parse(stdout);
    expect(note.repositories).toEqual([{ name: "acme/shop", plans: 1, executed: 1 }]);
    expect(note.sections.repositories).toMatchObject([{ rule: "verification-failures", conclusion: "too few" }]);
    const other = JSON.parse((await run([few, ...PERIOD, "--json", "--min-plans", "1"])).stdout);
    expect(other.thresholds.minPlans).toBe(1);
    expect(other.sections.repositories).toEqual([]);
  });

  test("believes no bundle that is not sound, names it, and ends with 1", async () => {
    const mixed = join(directory, "mixed");
    cpSync(bundles, mixed, { recursive: true });
    const approval = join(mixed, "3/approval.json");
    writeFileSync(approval, readFileSync(approval, "utf8").replace('"anna"', '"mallory"'));
    writeBundle(join(mixed, "fork"), executed(105, { until: "approve", before: { approve: { step: "gates" } } }));
    const said = await run([mixed, ...PERIOD, "--out", out]);
    expect(said.code).toBe(1);
    expect(said.stdout).toContain("| `acme/shop` | 5 | 5 |");
    expect(said.stdout).toContain(`${mixed}/3: The evidence bundle does not hold together at approval.json`);
    expect(said.stdout).toContain("differ from record 1 on");
    for (const person of ["anna", "rita", "mallory"]) expect(everything(said)).not.toContain(person);
  });

  test("says nothing of a person, whoever asked, approved or is in a report", async () => {
    const said = await run([bundles, "--raw", await keepPages(), "--out", out]);
    expect(said.stdout).toContain("2 rows name persons");
    rmSync(join(out, "raw"), { recursive: true });
    for (const part of ["rita", "anna", "ada", "example.com"]) expect(everything(said)).not.toContain(part);
  });
});

describe("`review-note --repo`", () => {
  let clone: string;
  const git = (day: string, ...args: readonly string[]) => {
    const env = { ...process.env, GIT_COMMITTER_DATE: `${day}T12:00:00Z` };
    const person = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    return execFileSync("git", ["-C", clone, ...person, ...args], { encoding: "utf8", env }).trim();
  };
  const commit = (day: string) => {
    git(day, "add", "--all");
    git(day, "commit", "--quiet", "--message", day);
    return git(day, "rev-parse", "HEAD");
  };
  let stale: string;
  let start: string;
  let head: string;

  beforeAll(() => {
    clone = join(directory, "clone");
    execFileSync("git", ["init", "--quiet", clone]);
    mkdirSync(join(clone, "billing"));
    writeFileSync(join(clone, "billing/AGENTS.md"), "Use tabs.\n");
    start = commit("2026-06-01");
    for (let index = 0; index < 25; index += 1) writeFileSync(join(clone, `billing/${index}.ts`), "one\ntwo\n");
    head = commit("2026-11-09");
    stale = join(directory, "stale");
    for (let index = 0; index < 5; index += 1) writeBundle(join(stale, `${index}`), planOnBase(head, 200 + index));
  });

  test.each(["", "acme/shop="])("finds an AGENTS.md that stayed while the code under it moved (%j)", async (name) => {
    const { code, stdout } = await run([stale, ...PERIOD, "--repo", `${name}${clone}`]);
    expect(code).toBe(0);
    expect(stdout).toContain("`acme/shop`, `billing/AGENTS.md`");
    expect(stdout).toContain("- days since the file changed: 161\n- files changed under it since: 25\n");
    expect(stdout).toContain(`git diff --stat ${start} ${head} -- billing`);
    const patient = await run([stale, ...PERIOD, "--repo", clone, "--stale-days", "162"]);
    expect(patient.stdout).not.toContain("billing/AGENTS.md");
  });

  const NOT_LOOKED_AT =
    "Instruction files of acme/shop were not looked at: no clone with the base commit of its newest plan was given.";
  test.each<[string, () => readonly string[], string]>([
    ["a repository without plans", () => [stale, ...PERIOD, "--repo", `acme/api=${clone}`], NOT_LOOKED_AT],
    ["a base commit that is gone", () => [bundles, ...PERIOD, "--repo", `acme/shop=${clone}`], NOT_LOOKED_AT],
    [
      "a period without plans",
      () => [stale, "--since", "2026-01-01", "--until", "2026-02-01", "--repo", clone],
      "No sound bundle of a plan of this period was given.",
    ],
  ])("writes the note without instruction files for %s, as a weekly job needs it", async (_, args, why) => {
    const { code, stdout } = await run([...args(), "--json"]);
    const { missing, sections } = JSON.parse(stdout);
    expect([code, sections.instructions]).toEqual([0, []]);
    expect(missing).toContain(why);
  });

  test("says when a clone is of another repository, or shallow", async () => {
    const other = await run([bundles, ...PERIOD, "--repo", clone]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("of one repository in it, got none") });
    const shallow = join(directory, "shallow");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${clone}`, shallow]);
    const cut = await run([stale, ...PERIOD, "--repo", shallow]);
    expect(cut).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("fetch-depth: 0") });
  });
});

describe("the key of the Analytics API", () => {
  test.each<[string, () => void, string]>([
    ["refused", () => server.trouble({ status: 401, body: `Bearer ${server.key}` }), "it answered 401"],
    ["redirected", () => server.trouble({ status: 302, headers: { location: "http://127.0.0.1:1/" } }), "a redirect"],
    ["answered with HTML", () => server.publishRaw("code_reviews", "<html>"), "was not understood at the whole"],
    [
      "answered with its own key",
      () => server.publishRaw("usage", `{"data":["${server.key}"]}`),
      "repeats the API key",
    ],
    ["cut off", () => server.trouble("cut", "cut", "cut", "cut"), "the connection failed"],
  ])(
    "appears nowhere when a request is %s; the run ends with 1 and keeps what came before",
    async (_, trouble, what) => {
      trouble();
      const said = await ask(recent());
      expect(said).toMatchObject({ code: 1, stdout: "" });
      expect(said.stderr).toContain(what);
      expect(everything(said)).not.toContain(server.key);
      execFileSync("sha256sum", ["--check", "--quiet", "raw.sha256"], { cwd: join(out, "raw") });
      expect(readdirSync(out)).toEqual(["raw"]);
    },
  );

  test("appears nowhere when all is well, and is not repeated when it cannot be sent", async () => {
    expect(everything(await ask(recent()))).not.toContain(server.key);
    const broken = "sk-one\nsk-two";
    const said = await run([bundles, "--workspace", "ws", "--out", join(out, "b")], {
      CODEX_ANALYTICS_API_KEY: broken,
    });
    expect(said).toMatchObject({ code: 2, stdout: "" });
    for (const part of broken.split("\n")) expect(everything(said)).not.toContain(part);
  });

  test("is needed, and is no argument", async () => {
    const said = await ask(recent(), {});
    expect(said).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected an API key in CODEX_ANALYTICS_API_KEY"),
    });
    expect((await run([bundles, "--key", "x"])).code).toBe(2);
    expect(server.requests).toEqual([]);
  });

  test("is not used where pages were kept before: nothing is overwritten", async () => {
    await ask(recent());
    const asked = server.requests.length;
    const again = await ask(recent());
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("expected an empty directory") });
    expect(server.requests).toHaveLength(asked);
  });
});

describe("`review-note` with wrong arguments", () => {
  test.each<[string, readonly string[]]>([
    ["no bundle", []],
    ["an unknown option", [bundles, "--fast"]],
    ["a day that does not exist", [bundles, "--since", "2026-02-31"]],
    ["a date of another form", [bundles, "--until", "1 May"]],
    ["an empty period", [bundles, "--since", "2026-11-02", "--until", "2026-11-01"]],
    ["an empty period of hours", [bundles, "--since", "2026-11-02", "--until", "2026-11-02T00:00Z"]],
    ["no number of plans", [bundles, "--min-plans", "0"]],
    ["a clone that is none", [bundles, "--repo", directory]],
    ["a workspace without --out", [bundles, "--workspace", "ws"]],
    ["an address without a workspace", [bundles, "--analytics-url", "https://api.example.com"]],
    ["both a workspace and kept pages", [bundles, "--workspace", "ws", "--raw", directory]],
    [
      "a period that the API does not have",
      [bundles, "--workspace", "ws", "--out", directory, "--since", "2020-01-01"],
    ],
  ])("says what it expects and ends with 2: %s", async (_, args) => {
    const said = await run(args);
    expect(said).toMatchObject({ code: 2, stdout: "" });
    expect(said.stderr).toContain("codex-plan-governance review-note <bundle or directory>...");
  });

  test("refuses another period than that of the kept pages", async () => {
    await ask(recent());
    const said = await run([bundles, "--raw", join(out, "raw"), "--since", "2026-01-01"]);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining("--raw: the pages are of") });
  });

  test("explains itself", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, stderr: "" });
  });
});

test("`review-note` reads what the action itself has stored, with the workflow's file", async () => {
  const world = await openBed();
  try {
    const asked = await (await Pull.open(world)).ask();
    const zip = join(out, "plan.zip");
    writeFileSync(zip, await world.artifacts.read(Number(asked.outputs["artifact-id"])));
    const { code, stdout } = await run([zip, "--repo", world.repository.directory, "--json"]);
    const note = JSON.parse(stdout);
    expect([code, note.repositories]).toMatchObject([0, [{ plans: 1, executed: 0 }]]);
    expect(note.missing).toEqual(["The Codex Analytics API was not asked: no usage, no review findings."]);
  } finally {
    await world.close();
  }
});

test("`review-note` holds the files of one bundle at a time", async () => {
  const large = join(directory, "large");
  for (let index = 0; index < 12; index += 1) {
    const log = new Uint8Array(100_000_000);
    const refusal = { runId: index, decision: "deny", reasonCode: "prompt_empty" } as const;
    writeBundle(join(large, `${index}`), journalled(new Map([["run-log.jsonl", log]]), refusal));
  }
  const peak = join(directory, "peak");
  const hook = `import { readFileSync, writeFileSync } from "node:fs";
    process.on("exit", () => writeFileSync(${JSON.stringify(peak)}, readFileSync("/proc/self/status")));`;
  const { code } = await run([large, "--since", "2026-11-01", "--until", "2026-11-30"], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
  });
  expect(code).toBe(0);
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(peak, "utf8")) ?? [];
  expect(Number(kibibytes)).toBeLessThan(700_000);
  rmSync(large, { recursive: true });
});
