import { execFile } from "node:child_process";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { SCENES } from "./scenes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const USAGE = `Plays the governed loop with the real Codex CLI, real git and the built action.

  npm start -- [options]

  --scene NAME   play one scene of
                 ${SCENES.map(({ name }) => name).join(", ")}
  --repo DIR     work on a clone of this git repository (default: this project)
  --out DIR      where the evidence is left (default: a new temporary directory)
  --live         use the real model service; needs OPENAI_API_KEY
  --json         print the result as JSON
  --help         print this

Exit code: 0 when every scene ended as it must, 1 when one did not, 2 for wrong
arguments.
`;

export class UsageError extends Error {}

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

/** Throws UsageError for arguments with which nothing can be played. */
export async function readArguments() {
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
