import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { ExternalError } from "../../governance/errors.ts";

const TIMEOUT_MS = 120_000;

/**
 * Removes a directory with everything below. The system's own tools take over where permissions were taken away
 * or names nest deeper than a path may be long. Throws ExternalError `git_failed` when something stays.
 */
export async function removeDirectory(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await run("chmod", ["-R", "u+rwX", "--", directory]);
    const code = await run("rm", ["-rf", "--", directory]);
    if (code !== 0) {
      throw new ExternalError("git_failed", `The scratch tree could not be removed: rm ended with ${code}.`);
    }
  }
}

async function run(command: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(command, args, { stdio: "ignore", timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}
