import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Pull } from "../world/pull.ts";
import { startWorld, type World, type WorldOptions } from "../world/world.ts";
import { readArguments, USAGE, UsageError } from "./arguments.ts";
import { CODEX, checkSandbox } from "./sandbox.ts";
import type { Scene } from "./scene.ts";
import { Stage, UnexpectedStep } from "./stage.ts";

interface SceneResult {
  readonly name: string;
  readonly decision: string;
  readonly reasonCode: string;
  readonly labelPresent: boolean;
  readonly commit: string | null;
  readonly evidenceDir: string;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Say = (line: string) => void;

async function playScene(world: World, scene: Scene, out: string, say: Say): Promise<SceneResult> {
  say("");
  say(`━━ ${scene.name}: ${scene.title}`);
  const files = { "demo-scene.txt": `${scene.name}\n` };
  const pull = await Pull.open(world, { branch: `demo/${scene.name}`, title: scene.title, files });
  const before = await pull.head;
  const directory = join(out, scene.name);
  // What an earlier run left there would look like evidence of this one.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const stage = new Stage(pull, directory, say);
  const { outputs } = await scene.play(stage).catch((error: unknown) => {
    if (error instanceof UnexpectedStep) return error.result;
    throw error;
  });
  await stage.showComments();
  say(`evidence: ${directory}`);
  say("  (comment-N.html shows a comment as a page, one for each plan; each step has");
  say("  its files in a directory of its own)");
  const commit = outputs["commit-sha"] || null;
  const head = await pull.head;
  if (commit !== null && (head !== commit || head === before)) {
    throw new Error(`The branch is at ${head}, expected ${commit}.`);
  }
  return {
    name: scene.name,
    decision: outputs.decision ?? "none",
    reasonCode: outputs["reason-code"] ?? "none",
    labelPresent: pull.isLabelPresent,
    commit,
    evidenceDir: directory,
  };
}

/** What is not as it must be; empty when the scene ended well. */
function findDifferences({ expected }: Scene, result: SceneResult): readonly string[] {
  const pairs = [
    ["decision", expected.decision, result.decision],
    ["reason code", expected.reasonCode, result.reasonCode],
    ["label present", expected.isLabelPresent, result.labelPresent],
    ["commit", expected.hasCommit, result.commit !== null],
  ] as const;
  return pairs.flatMap(([what, want, got]) => (want === got ? [] : [`${what}: expected ${want}, got ${got}`]));
}

/** Plays scenes in a world that ends with them, also when somebody interrupts. */
async function playInWorld(options: WorldOptions, scenes: readonly Scene[], out: string, say: Say) {
  say("Starting GitHub's double, git, the artifact store and the model …");
  const world = await startWorld(options);
  const interrupt = () => {
    world.close().finally(() => process.exit(130));
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    return await playAll(world, scenes, out, say);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    await world.close();
  }
}

async function playAll(world: World, scenes: readonly Scene[], out: string, say: Say) {
  const results: SceneResult[] = [];
  let failed = 0;
  for (const scene of scenes) {
    const result = await playScene(world, scene, out, say);
    results.push(result);
    const differences = findDifferences(scene, result);
    if (differences.length > 0) failed += 1;
    for (const difference of differences) say(`NOT AS EXPECTED: ${difference}`);
  }
  for (const violation of world.github.violations) say(`GitHub's API description was violated: ${violation}`);
  return { results, failed, isClean: failed === 0 && world.github.violations.length === 0 };
}

async function start(): Promise<number> {
  const options = await readArguments();
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  // With --json, standard output is for the result alone.
  const say: Say = (line) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const unfit = await checkSandbox();
  if (unfit !== undefined) {
    say(unfit);
    return 1;
  }
  const apiKey = process.env.OPENAI_API_KEY ?? "";
  const live = options.live ? { live: { baseUrl: "https://api.openai.com/v1", apiKey } } : {};
  const runs = [];
  for (const [setting, scenes] of Map.groupBy(options.scenes, (scene) => scene.setting)) {
    const world = { from: options.repo, codexPath: CODEX, ...live, ...setting?.() };
    runs.push(await playInWorld(world, scenes, options.out, say));
  }
  const results = runs.flatMap((run) => run.results);
  if (options.json) process.stdout.write(`${JSON.stringify({ scenes: results }, undefined, 2)}\n`);
  else {
    const failed = runs.reduce((sum, run) => sum + run.failed, 0);
    say(`\n${results.length - failed} of ${results.length} scenes ended as they must.`);
  }
  return runs.every((run) => run.isClean) ? 0 : 1;
}

try {
  process.exitCode = await start();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${isUsage ? `${(error as Error).message}\n\n${USAGE}` : `${(error as Error).stack}\n`}`);
  process.exitCode = isUsage ? 2 : 1;
}
