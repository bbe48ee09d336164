import { type Outcome, outcome } from "../governance/outcome.ts";
import type { TreeChange } from "../governance/tree.ts";
import type { ScratchTree } from "../ports.ts";
import { codexSettings } from "./codex-settings.ts";
import type { RunRecord } from "./run-record.ts";

/** Runs the policy's commands in Codex's sandbox; they must pass and leave the tree as it was. */
export async function verify(
  record: RunRecord,
  tree: ScratchTree,
  changes: readonly TreeChange[],
): Promise<Outcome | undefined> {
  const commands = record.policy.verification;
  // How many have passed, for whoever asks afterwards what was committed without any.
  const { subject } = record;
  subject.verificationCommands = 0;
  if (commands.length === 0) return undefined;
  const { codex, redact } = record.ports;
  const raw = await codex.verify({ directory: tree.directory, settings: codexSettings(record), commands });
  // It is archived and told as it is here; later it is cut, and half a secret is not recognised.
  const results = raw.map((each) => ({ ...each, output: redact(each.output) }));
  record.facts.verification = results;
  record.checks = results;
  const failed = results.filter(({ exitCode, timedOut }) => exitCode !== 0 || timedOut);
  if (failed.length > 0 || results.length !== commands.length) {
    return outcome(
      "verification_failed",
      "denied",
      failed.map(({ command, exitCode, timedOut }) => ({
        code: "command_failed",
        message: `\`${command}\``,
        expected: "exit code 0",
        got: timedOut ? "no end in time" : `exit code ${exitCode}`,
      })),
    );
  }
  const after = await tree.compareUnignored();
  const before = new Map(changes.map(({ path, after }) => [path, fileOf(after)]));
  const touched = [
    ...after.filter(({ path, after }) => !before.has(path) || before.get(path) !== fileOf(after)),
    ...changes.filter(({ path }) => !after.some((change) => change.path === path)),
  ];
  if (touched.length === 0) {
    subject.verificationCommands = commands.length;
    return undefined;
  }
  return outcome(
    "verification_changed_tree",
    "denied",
    touched.map(({ path }) => ({
      code: "changed_by_verification",
      message: "A verification command changed this file.",
      path,
    })),
  );
}

/** A file's mode and content; undefined when there is none. */
function fileOf(side: TreeChange["after"]): string | undefined {
  return side && `${side.mode} ${side.oid}`;
}
