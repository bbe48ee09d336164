import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Pull } from "../world/pull.ts";
import { startWorld, type World } from "../world/world.ts";
import { SCENES, type Scene } from "./scenes.ts";
import { Stage } from "./stage.ts";

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

function readArguments() {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values } = parsed;
  const scenes = SCENES.filter(({ name }) => values.scene === undefined || name === values.scene);
  if (scenes.length === 0) throw new UsageError(`There is no scene "${values.scene}".`);
  if (values.live && !process.env.OPENAI_API_KEY) throw new UsageError("--live needs OPENAI_API_KEY.");
  const playable = values.live ? scenes.filter(({ worksLive }) => worksLive) : scenes;
  if (playable.length === 0) throw new UsageError(`The scene "${values.scene}" needs the scripted model.`);
  return { ...values, scenes: playable };
}

function parse() {
  return parseArgs({
    options: {
      scene: { type: "string" },
      repo: { type: "string" },
      out: { type: "string" },
      live: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
}

async function playScene(world: World, scene: Scene, out: string, say: (line: string) => void): Promise<SceneResult> {
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
  const { outputs } = await scene.play(stage);
  await stage.showComments();
  say(`evidence: ${directory}`);
  say("  (comment-1.html shows the comment as a page; each step has its files in a directory of its own)");
  const commit = outputs["commit-sha"] || null;
  const head = await pull.head;
  if (commit !== null && (head !== commit || head === before))
    throw new Error(`The branch is at ${head}, expected ${commit}.`);
  return {
    name: scene.name,
    decision: outputs.decision ?? "none",
    reasonCode: outputs["reason-code"] ?? "none",
    labelPresent: pull.isLabelPresent,
    commit,
    evidenceDir: directory,
  };
}

function isAsExpected({ expected }: Scene, result: SceneResult): boolean {
  return (
    result.decision === expected.decision &&
    result.reasonCode === expected.reasonCode &&
    result.labelPresent === expected.isLabelPresent &&
    (result.commit !== null) === expected.hasCommit
  );
}

async function start(): Promise<number> {
  const options = readArguments();
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  // With --json, standard output is for the result alone.
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const out = options.out ? resolve(options.out) : await mkdtemp(join(tmpdir(), "codex-plan-governance-"));
  say("Starting GitHub's double, git, the artifact store and the model …");
  const world = await startWorld({
    from: resolve(options.repo ?? ROOT),
    codexPath: join(ROOT, "node_modules", ".bin", "codex"),
    ...(options.live
      ? { live: { baseUrl: "https://api.openai.com/v1", apiKey: process.env.OPENAI_API_KEY ?? "" } }
      : {}),
  });
  const results: SceneResult[] = [];
  let failed = 0;
  try {
    for (const scene of options.scenes) {
      const result = await playScene(world, scene, out, say);
      results.push(result);
      if (isAsExpected(scene, result)) continue;
      failed += 1;
      say(`NOT AS EXPECTED: ${JSON.stringify(scene.expected)}`);
    }
    for (const violation of world.github.violations) say(`GitHub's API description was violated: ${violation}`);
    failed += world.github.violations.length;
  } finally {
    await world.close();
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ scenes: results }, undefined, 2)}\n`);
  else say(`\n${results.length - failed} of ${results.length} scenes ended as they must.`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await start();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${isUsage ? `${(error as Error).message}\n\n${USAGE}` : `${(error as Error).stack}\n`}`);
  process.exitCode = isUsage ? 2 : 1;
}
