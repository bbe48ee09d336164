import {
  hasSucceeded,
  judgeRehearsal,
  planRehearsal,
  type RehearsalCommands,
  type RehearsalReport,
  type RehearsalResult,
  type RehearsalStep,
  type RehearsalTask,
} from "../governance/rehearsal.ts";
import type { TreeSnapshot } from "../governance/tree.ts";
import type { CommandSandbox, ScratchTree, Sha } from "../ports.ts";
import { codexSettings } from "./codex-settings.ts";
import type { RunRecord } from "./run-record.ts";

export interface RehearsalRequest {
  readonly head: Sha;
  readonly base: Sha;
  /** From the head to the head with the approved change. */
  readonly patch: Uint8Array;
  readonly commands: RehearsalCommands;
}

interface Stage {
  readonly tree: ScratchTree;
  readonly sandbox: CommandSandbox;
  readonly patch: Uint8Array;
  readonly start: TreeSnapshot;
  end: TreeSnapshot | undefined;
}

/**
 * Applies a change and rolls it back, in a scratch tree of its own, with the policy's commands in Codex's sandbox.
 * It ends at the first failure, and the judgement is the core's.
 */
export async function rehearse(record: RunRecord, request: RehearsalRequest): Promise<RehearsalReport> {
  const { git, codex, redact, log } = record.ports;
  const { head, base, patch, commands } = request;
  const tree = record.keep(await git.openScratchTree({ head, base }));
  const start = await tree.takeSnapshot();
  const sandbox = await codex.openSandbox({ directory: tree.directory, settings: codexSettings(record) });
  const stage: Stage = { tree, sandbox, patch, start, end: undefined };
  const results: RehearsalResult[] = [];
  try {
    for (const task of planRehearsal(commands)) {
      if (task.step !== results.at(-1)?.step) log(`Rehearsal: ${task.step}.`);
      const result = await perform(stage, task);
      // Here, because a report carries only the end of it, and half a secret is not recognised.
      if (result !== undefined) results.push({ ...result, output: redact(result.output) });
      if (result === undefined || !hasSucceeded(result)) break;
    }
  } finally {
    await sandbox.close();
  }
  return judgeRehearsal(commands, results, { start, end: stage.end });
}

/** Undefined when the sandbox gave no answer: then the task was not run. */
async function perform(stage: Stage, { step, command }: RehearsalTask): Promise<RehearsalResult | undefined> {
  if (command !== undefined) {
    const [result] = await stage.sandbox.run([command]);
    return result && { step, ...result };
  }
  const failure = await handleTree(stage, step);
  return { step, command, exitCode: failure === undefined ? 0 : 1, timedOut: false, output: failure ?? "" };
}

/** What the action does to the tree itself; the reason when it could not be done. */
async function handleTree(stage: Stage, step: RehearsalStep): Promise<string | undefined> {
  const { tree, patch, sandbox } = stage;
  await sandbox.settle();
  if (step === "apply") {
    return (await tree.applyInPlace(patch, "forward")) ? undefined : "The patch does not apply to the head.";
  }
  if (step === "roll back") {
    if (await tree.applyInPlace(patch, "reverse")) return undefined;
    return "The patch cannot be taken back: a command changed the files that it changes, or left what git cannot record.";
  }
  stage.end = await tree.takeSnapshot();
  if (stage.end.tree === stage.start.tree) return undefined;
  return `The tree is ${stage.end.tree}, at the start it was ${stage.start.tree}.`;
}
