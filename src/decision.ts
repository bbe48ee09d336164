import type { Outcome } from "./governance/outcome.ts";
import type { OutputFile } from "./runner-files.ts";

/**
 * Writes the three outputs that say how the run ended, before any other. Where the file cannot be written, the runner's
 * older command says them in the log, and the step fails: a workflow must not go on without them unnoticed.
 */
export function decide(
  outputs: OutputFile,
  { decision, reasonCode, stage }: Pick<Outcome, "decision" | "reasonCode" | "stage">,
): void {
  const values = { decision, "reason-code": reasonCode, stage };
  let isWritten = true;
  for (const [name, value] of Object.entries(values)) isWritten = outputs.set(name, value) && isWritten;
  if (isWritten) return;
  for (const [name, value] of Object.entries(values)) console.log(`::set-output name=${name}::${value}`);
  console.log(
    `::error::The step's outputs could not be written to GITHUB_OUTPUT: ${outputs.failure?.message}. The run ended as ${reasonCode} (${decision}).`,
  );
  process.exitCode = 1;
}
