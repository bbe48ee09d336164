import type { Finding } from "./outcome.ts";
import type { TreeSnapshot } from "./tree.ts";

/** The steps of a rehearsal in their order. */
export const REHEARSAL_STEPS = [
  "baseline",
  "apply",
  "up",
  "verify applied",
  "down",
  "roll back",
  "verify rolled back",
  "compare",
] as const;

export type RehearsalStep = (typeof REHEARSAL_STEPS)[number];

/** Shell commands of the policy. */
export interface RehearsalCommands {
  /** What verifies every change. */
  readonly verification: readonly string[];
  /** Run when the patch is applied, such as a migration. */
  readonly up: readonly string[];
  /** Verify what `up` and `down` change. Run before the change as well: there is something to compare with then. */
  readonly verify: readonly string[];
  /** Run before the patch is rolled back. */
  readonly down: readonly string[];
}

/** One thing to be done: a command, or what the action itself does to the tree. */
export interface RehearsalTask {
  readonly step: RehearsalStep;
  readonly command: string | undefined;
}

/** What came of one task. What is no command has the exit code 0 or 1. */
export interface RehearsalResult extends RehearsalTask {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly output: string;
}

export interface RehearsalEntry extends RehearsalTask {
  readonly status: "passed" | "failed" | "not run";
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** The end of what it printed. */
  readonly output: string;
}

/** The tree before anything and after everything; undefined when it did not come to that. */
export interface RehearsalTrees {
  readonly start: TreeSnapshot | undefined;
  readonly end: TreeSnapshot | undefined;
}

export interface RehearsalReport {
  readonly result: "pass" | "fail";
  /** The first step that failed or was not run; undefined after a pass. */
  readonly failedStep: RehearsalStep | undefined;
  readonly entries: readonly RehearsalEntry[];
  /** Git's ids of the tree before and after. */
  readonly startTree: string | undefined;
  readonly endTree: string | undefined;
  /** Files that were left and that the repository's own .gitignore ignores. They are told, and do not count. */
  readonly ignored: readonly string[];
  /** Why it is no pass. */
  readonly findings: readonly Finding[];
}

/** How much of a command's output a report carries. */
const OUTPUT_CHARACTERS = 4_000;

/** Everything that has to be done, in order. What names no command is done by the action itself. */
export function planRehearsal({ verification, up, verify, down }: RehearsalCommands): readonly RehearsalTask[] {
  const both = [...verification, ...verify];
  const commandsOf = { baseline: verify, up, "verify applied": both, down, "verify rolled back": both } as const;
  return REHEARSAL_STEPS.flatMap((step): readonly RehearsalTask[] =>
    step in commandsOf
      ? commandsOf[step as keyof typeof commandsOf].map((command) => ({ step, command }))
      : [{ step, command: undefined }],
  );
}

/** Whether the next task may be done after this one. */
export function hasSucceeded({ exitCode, timedOut }: RehearsalResult): boolean {
  return exitCode === 0 && !timedOut;
}

/**
 * Judges what was done against what had to be done. It is a pass only when something verified the change, every
 * task was done in its order and succeeded, and the tree has the id that it had at the start.
 */
export function judgeRehearsal(
  commands: RehearsalCommands,
  results: readonly RehearsalResult[],
  { start, end }: RehearsalTrees,
): RehearsalReport {
  const tasks = planRehearsal(commands);
  const entries = recordEntries(tasks, results, start !== undefined && start.tree === end?.tree);
  const failed = entries.find(({ status }) => status !== "passed");
  const isVerified = tasks.some(({ step }) => step === "verify applied");
  const unverified: Finding = {
    code: "nothing_verified",
    message: "No command verifies the change. Name one under `verification` or `rehearsal.verify` in the policy.",
  };
  return {
    result: isVerified && failed === undefined ? "pass" : "fail",
    failedStep: failed?.step ?? (isVerified ? undefined : "verify applied"),
    entries,
    startTree: start?.tree,
    endTree: end?.tree,
    ignored: end?.ignored ?? [],
    findings: [
      ...(isVerified ? [] : [unverified]),
      ...(failed === undefined ? [] : [describeFailure(failed)]),
      ...(end?.changes ?? []).map(({ path }) => ({ code: "not_rolled_back", message: "Not as it was.", path })),
    ],
  };
}

/** After the first task that failed, or whose result is another one's, nothing counts as run. */
function recordEntries(
  tasks: readonly RehearsalTask[],
  results: readonly RehearsalResult[],
  isRestored: boolean,
): readonly RehearsalEntry[] {
  let isOver = false;
  return tasks.map((task, index) => {
    const result = results[index];
    if (isOver || result?.step !== task.step || result.command !== task.command) {
      isOver = true;
      return { ...task, status: "not run", exitCode: undefined, timedOut: false, output: "" };
    }
    isOver = !hasSucceeded(result) || (task.step === "compare" && !isRestored);
    const { exitCode, timedOut, output } = result;
    return {
      ...task,
      status: isOver ? "failed" : "passed",
      exitCode,
      timedOut,
      output: output.slice(-OUTPUT_CHARACTERS),
    };
  });
}

function describeFailure({ step, command, status, exitCode, timedOut, output }: RehearsalEntry): Finding {
  const what = command === undefined ? step : `${step}: \`${command}\``;
  if (status === "not run") return { code: "step_not_run", message: `Not run: ${what}` };
  if (command === undefined) return { code: "step_failed", message: `Failed: ${what}. ${output}`.trim() };
  const got = timedOut ? "no end in time" : `exit code ${exitCode}`;
  return { code: "command_failed", message: `Failed: ${what}`, expected: "exit code 0", got };
}
