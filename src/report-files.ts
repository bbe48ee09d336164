import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { warning } from "@actions/core";
import type { Evidence } from "./governance/evidence.ts";
import { renderSummary } from "./report/summary.ts";
import type { RunView } from "./report/view.ts";
import { appendWhole } from "./runner-files.ts";

/** GitHub shows no part of a longer summary. */
const MAX_SUMMARY_BYTES = 1024 * 1024;

/**
 * The bundle as a directory on the runner, for steps that come after; empty when there is none. A bundle that does not
 * fit is taken away again: half of one must not pass for evidence.
 */
export async function writeEvidence(evidence: Evidence, temporaryDirectory: string): Promise<string> {
  if (evidence.size === 0) return "";
  const root = join(temporaryDirectory, `codex-plan-governance-${randomUUID()}`);
  const directory = join(root, ".codex-plan");
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, bytes] of evidence) await writeFile(join(directory, name), bytes, { flag: "wx" });
    return directory;
  } catch (error) {
    await rm(root, { recursive: true, force: true }).catch(() => {});
    warning(
      `The evidence was not laid out for later steps, and the output evidence-directory is empty: ${(error as Error).message}. What was decided stands.`,
    );
    return "";
  }
}

/** The job summary; without it everything else is told all the same. */
export function writeSummary(view: RunView, path: string | undefined): void {
  try {
    if (!path) throw new Error("GITHUB_STEP_SUMMARY is not set");
    appendWhole(path, `${renderSummary(view)}\n`, MAX_SUMMARY_BYTES);
  } catch (error) {
    warning(
      `The job summary was not written: ${(error as Error).message}. What was decided stands; the log, the comment and the check run tell of it.`,
    );
  }
}
