import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskCodeOf } from "../../governance/disk-failure.ts";
import { ExternalError } from "../../governance/errors.ts";
import type { Disk } from "../../ports.ts";

/** Bytes that must be free: with less, no step of a run can do its work. */
const TRIAL_BYTES = 1024 * 1024;

/** A disk that is asked by writing to it: quotas, limits, inodes and read-only mounts are noticed alike. */
export function createDisk(directory: string): Disk {
  return {
    findFailure: async () => {
      try {
        await tryToWrite(directory);
        return undefined;
      } catch (cause) {
        const code = diskCodeOf(cause);
        if (code === undefined) throw cause;
        const message = `${directory} cannot be written: ${(cause as Error).message}.`;
        return new ExternalError(code, message, { cause });
      }
    },
  };
}

async function tryToWrite(directory: string): Promise<void> {
  const trial = await mkdtemp(join(directory, "disk-trial-"));
  try {
    await writeFile(join(trial, "file"), Buffer.alloc(TRIAL_BYTES));
  } finally {
    await rm(trial, { recursive: true, force: true }).catch(() => {});
  }
}
