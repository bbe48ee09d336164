import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { Pull } from "../world/pull.ts";
import { startWorld, type World } from "../world/world.ts";
import { CODEX, checkSandbox } from "./sandbox.ts";
import { SCENES, type Scene } from "./scenes.ts";
import { Stage, UnexpectedStep } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const USAGE = `Plays the governed loop with the real Codex CLI, real git and the built action.

  npm start -- [options]

  --scene NAME   play one scene: ${SCENES.map(({ name }) => name).join(", ")}
  --repo DIR     work on a clone of this git repository (default: this project)
  --out DIR      where the evidence is left (default: a new temporary directory)
  --live         use the real model service; needs OPENAI_API_KEY
  --json         print the result as JSON
  --help         print this

Exit code: 0 when every scene ended as it must, 1 when one did not, 2 for wrong arguments.
`;

interface SceneResult {
  readonly name: string;
  readonly decision: string;
  readonly reasonCode: string;
  readonly labelPresent: boolean;
  readonly commit: string | null;
  readonly evidenceDir: string;
}

class UsageError extends Error {}

type Say = (line: string) => void;

function parseOptions() {
  try {
    return parseArgs({
      options: {
        scene: { type: "string" },
        repo: { type: "string", default: ROOT },
        out: { type: "string" },
        live: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function readArguments() {
  const values = parseOptions();
  const chosen = SCENES.filter(({ name }) => values.scene === undefined || name === values.scene);
  if (chosen.length === 0) throw new UsageError(`There is no scene "${values.scene}".`);
  if (values.live && !process.env.OPENAI_API_KEY) throw new UsageError("--live needs OPENAI_API_KEY.");
  const scenes = values.live ? chosen.filter(({ worksLive }) => worksLive) : chosen;
  if (scenes.length === 0) throw new UsageError(`The scene "${values.scene}" needs the scripted model.`);
  if (values.help) return { ...values, scenes, out: "" };
  const repo = resolve(values.repo);
  await promisify(execFile)("git", ["-C", repo, "rev-parse", "--verify", "--quiet", "HEAD"]).catch(() => {
    throw new UsageError(`--repo: expected a git repository with a commit, got ${repo}.`);
  });
  return { ...values, scenes, repo, out: await makeOutput(values.out) };
}

async function makeOutput(directory: string | undefined): Promise<string> {
  if (directory === undefined) return mkdtemp(join(tmpdir(), "codex-plan-governance-"));
  const out = resolve(directory);
  await mkdir(out, { recursive: true }).catch((error: Error) => {
    throw new UsageError(`--out: expected a directory, got ${out} (${error.message}).`);
  });
  return out;
}

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
  say("  (comment-1.html shows the comment as a page; each step has its files in a directory of its own)");
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
  say("Starting GitHub's double, git, the artifact store and the model …");
  const apiKey = process.env.OPENAI_API_KEY ?? "";
  const live = options.live ? { live: { baseUrl: "https://api.openai.com/v1", apiKey } } : {};
  const world = await startWorld({ from: options.repo, codexPath: CODEX, ...live });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      world.close().finally(() => process.exit(130));
    });
  }
  try {
    const { results, failed, isClean } = await playAll(world, options.scenes, options.out, say);
    if (options.json) process.stdout.write(`${JSON.stringify({ scenes: results }, undefined, 2)}\n`);
    else say(`\n${results.length - failed} of ${results.length} scenes ended as they must.`);
    return isClean ? 0 : 1;
  } finally {
    await world.close();
  }
}

try {
  process.exitCode = await start();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${isUsage ? `${(error as Error).message}\n\n${USAGE}` : `${(error as Error).stack}\n`}`);
  process.exitCode = isUsage ? 2 : 1;
}
