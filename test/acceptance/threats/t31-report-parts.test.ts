import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import { allowed, decisionOf, denied } from "../bed.ts";
import { hold, POST_CHECK } from "../instants.ts";
import { openScene } from "../scene.ts";

const scene = openScene();

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "report-parts-"));
});
afterEach(() => rmSync(place, { recursive: true }));

const PUBLISHED = allowed("plan_published", "planned");

/** Mode plan with a file of the runner's in another state. */
async function planWith(environment: Readonly<Record<string, string>>): Promise<{ pull: Pull; result: StepResult }> {
  const pull = await Pull.open(scene.world);
  return { pull, result: await pull.ask("Greet in German.", { environment }) };
}

/** Everything but the one part is there. */
function expectTold(pull: Pull, { outputs, log }: StepResult): void {
  expect(pull.comments).toHaveLength(1);
  expect(outputs["comment-url"]).toContain(String(pull.comments[0]?.id));
  expect(Number(outputs["check-run-id"])).toBeGreaterThan(0);
  expect(Number(outputs["artifact-id"])).toBeGreaterThan(0);
  expect(existsSync(join(outputs["evidence-directory"] ?? "", "journal.jsonl"))).toBe(true);
  expect(log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

describe("T31 a job summary that cannot be written stops nothing else", () => {
  test.each([
    ["a directory", () => place, "EISDIR"],
    ["in a directory that is not there", () => join(place, "none", "summary"), "ENOENT"],
    ["on a full disk", () => "/dev/full", "ENOSPC"],
    ["not named", () => "", "GITHUB_STEP_SUMMARY is not set"],
    ["a pipe that nobody reads", () => pipe("summary"), "ENXIO"],
    ["nearly as long as GitHub shows", () => longFile("summary"), "at most 1048576 are shown"],
  ])("%s", async (_, path, said) => {
    const { pull, result } = await planWith({ GITHUB_STEP_SUMMARY: path() });
    expect(decisionOf(result)).toEqual(PUBLISHED);
    expectTold(pull, result);
    expect(result.log).toContain("::warning::The job summary was not written");
    expect(result.log).toContain(said);
    // What other parts of the step wrote stays as it was.
    const summary = join(place, "summary");
    if (existsSync(summary) && statSync(summary).isFile()) expect(statSync(summary).size).toBe(1024 * 1024 - 10);
  });

  function pipe(name: string): string {
    execFileSync("mkfifo", [join(place, name)]);
    return join(place, name);
  }

  function longFile(name: string): string {
    writeFileSync(join(place, name), "");
    truncateSync(join(place, name), 1024 * 1024 - 10);
    return join(place, name);
  }
});

describe("T31 the step's outputs", () => {
  test.each([
    ["a directory", () => mkdtempSync(join(place, "output-"))],
    ["in a directory that is not there", () => join(place, "none", "output")],
    ["on a full disk", () => "/dev/full"],
  ])("%s: what was decided is in the log, and the step fails", async (_, path) => {
    const { pull, result } = await planWith({ GITHUB_OUTPUT: path() });
    expect(decisionOf(result)).toEqual({ ...PUBLISHED, exitCode: 1 });
    expect(result.log).toContain("::error::The step's outputs could not be written to GITHUB_OUTPUT");
    expect(pull.comments).toHaveLength(1);
    expect(result.summary).toContain("plan");
    expect(result.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  });

  test("come after what was there before, decision first, with no room left over", async () => {
    const output = join(place, "output");
    writeFileSync(output, "earlier=1\n");
    await planWith({ GITHUB_OUTPUT: output });
    const lines = readFileSync(output, "utf8").split("\n");
    expect(lines.slice(0, 4)).toEqual(["earlier=1", "decision=allow", "reason-code=plan_published", "stage=planned"]);
    expect(lines.indexOf("")).toBe(lines.length - 1);
  });

  test("of an ordinary comment fail in words", async () => {
    const pull = await Pull.open(scene.world);
    const result = await pull.comment("ada", "Nice.", { environment: { GITHUB_OUTPUT: "/dev/full" } });
    expect(decisionOf(result)).toEqual({ exitCode: 1, decision: "skip", reasonCode: "not_for_us", stage: "skipped" });
    expect(result.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  });

  test.each(["GITHUB_ENV", "GITHUB_STATE", "GITHUB_PATH"])("need no %s", async (name) => {
    const { pull, result } = await planWith({ [name]: "/dev/full" });
    expect(decisionOf(result)).toEqual(PUBLISHED);
    expectTold(pull, result);
  });
});

describe("T31 a runner in trouble", () => {
  test("that closes the log does not end the run", async () => {
    const pull = await Pull.open(scene.world);
    const result = await pull.ask("Greet in German.", {
      onStart: ({ stdout, stderr }) => {
        stdout?.destroy();
        stderr?.destroy();
      },
    });
    expect(decisionOf(result)).toEqual(PUBLISHED);
    expectTold(pull, result);
  });

  test("with an environment of a megabyte is a runner like any other", async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => [`VARIABLE_${at}`, "x".repeat(80)]);
    const { pull, result } = await planWith({ ...Object.fromEntries(many), LARGE: "y".repeat(130_000) });
    expect(decisionOf(result)).toEqual(PUBLISHED);
    expectTold(pull, result);
  });

  test.each([
    ["a rejection", "Promise.reject(new Error('nobody waits'))"],
    ["an exception", "setImmediate(() => { throw new Error('nobody waits') })"],
    ["no error at all", "Promise.reject('nobody waits')"],
  ])("that meets %s nobody waits for ends with a reason, and the re-run ends right", async (_, thrown) => {
    const { world } = scene;
    const pull = await Pull.open(world);
    const held = hold(world, POST_CHECK);
    const preload = join(place, "preload.cjs");
    writeFileSync(preload, `process.once("SIGUSR2", () => { ${thrown} });\n`);
    const environment = { NODE_OPTIONS: `--require=${preload}` };
    let interrupt = (): unknown => undefined;
    const onStart = (step: { kill(signal: NodeJS.Signals): boolean }) => {
      interrupt = () => step.kill("SIGUSR2");
    };
    const running = pull.ask("Greet in German.", { environment, onStart });
    await Promise.race([held.reached, running]);
    interrupt();
    const result = await running;
    held.release();
    expect(decisionOf(result)).toEqual(denied("internal_error", "refused"));
    expect(result.log).toContain("nobody waits");
    expect(result.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(decisionOf(await pull.ask())).toEqual(PUBLISHED);
  });
});
