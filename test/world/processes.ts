import { readdirSync, readFileSync } from "node:fs";

/** Command lines of the processes that carry a mark in their command line or environment; this one does not count. */
export function processesWith(mark: string): readonly string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      const command = readQuietly(`/proc/${entry}/cmdline`);
      return command.includes(mark) || readQuietly(`/proc/${entry}/environ`).includes(mark) ? [command] : [];
    });
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", " ");
  } catch {
    // The process ended, or is not ours.
    return "";
  }
}
