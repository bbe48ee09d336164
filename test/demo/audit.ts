import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StepResult } from "../world/runner.ts";
import type { Stage } from "./stage.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** An auditor gets the bundle of an execution and proves it, and then a copy in which one line was changed. */
export async function playAudit(stage: Stage, executed: StepResult): Promise<void> {
  stage.startChapter("an auditor with the bundle, a clone, and no network");
  const bundle = join(stage.directory, "bundle");
  await cp(executed.outputs["evidence-directory"] ?? "", bundle, { recursive: true });
  await verify(stage, bundle, 0, "--repo", stage.pull.world.repository.directory);

  stage.startChapter("the same bundle, with one line of the committed patch changed");
  const tampered = join(stage.directory, "tampered");
  await cp(bundle, tampered, { recursive: true });
  const patch = join(tampered, "run.patch");
  const text = await readFile(patch, "utf8");
  await writeFile(patch, text.replace("A person approves", "Nobody approves"));
  await verify(stage, tampered, 1);
}

/** Runs the command line like a user. A scene in which it answers otherwise has failed. */
async function verify(stage: Stage, bundle: string, code: number, ...options: readonly string[]): Promise<void> {
  const args = ["verify", bundle, ...options];
  const shown = args.map((arg) => (arg.startsWith("/") ? `…/${arg.split("/").at(-1)}` : arg)).join(" ");
  stage.say(`  $ codex-plan-governance ${shown}`);
  const { got, output } = await new Promise<{ got: number | null; output: string }>((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], (_, stdout, stderr) => {
      resolve({ got: child.exitCode, output: stdout + stderr });
    });
  });
  for (const line of output.replaceAll(bundle, "…").trimEnd().split("\n")) stage.say(`  ${line}`.trimEnd());
  if (got !== code) throw new Error(`verify ended with ${got}, expected ${code}.`);
}
