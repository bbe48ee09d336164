import { type ExternalCode, ExternalError } from "./errors.ts";

/** Failures of the runner's own disk: no room on it, or no way to read or write it. */
export type DiskCode = Extract<ExternalCode, `runner_disk_${string}`>;

/** Numbers of the operating system by name. `EFBIG`: a limit on the size of one file. */
const CODES: Readonly<Record<string, DiskCode>> = {
  ENOSPC: "runner_disk_full",
  EDQUOT: "runner_disk_full",
  EFBIG: "runner_disk_full",
  EROFS: "runner_disk_failed",
  EIO: "runner_disk_failed",
  ESTALE: "runner_disk_failed",
  EMFILE: "runner_disk_failed",
  ENFILE: "runner_disk_failed",
  EACCES: "runner_disk_failed",
  EPERM: "runner_disk_failed",
};

/**
 * What git and npm print for these, at the end of a line: a file may have any name. Missing permissions are not among
 * git's, which prints them for much else.
 */
const WORDS: readonly (readonly [RegExp, DiskCode])[] = [
  [/: (?:No space left on device|Disk quota exceeded|File too large)$/m, "runner_disk_full"],
  [/^npm (?:error|ERR!) code (?:ENOSPC|EDQUOT|EFBIG)$/m, "runner_disk_full"],
  [/: (?:Read-only file system|Input\/output error|Stale file handle|Too many open files)$/m, "runner_disk_failed"],
  [/^npm (?:error|ERR!) code (?:EROFS|EIO|ESTALE|EMFILE|ENFILE|EACCES|EPERM)$/m, "runner_disk_failed"],
];

/** Calls that have nothing to do with files, though they fail with the same numbers. */
const OTHER_CALLS = /^(?:spawn|connect|listen|bind|kill|getaddrinfo)/;

/** How deep causes are followed. */
const MAX_CAUSES = 8;

/** The code of a failure that the runner's disk is the cause of; undefined for every other. */
export function diskCodeOf(error: unknown): DiskCode | undefined {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    const found = ownCode(current);
    if (found !== undefined) return found;
    current = current.cause;
  }
  return undefined;
}

function ownCode(error: Error): DiskCode | undefined {
  if (error instanceof ExternalError) return isDiskCode(error.code) ? error.code : undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== "string" || typeof syscall !== "string" || OTHER_CALLS.test(syscall)) return undefined;
  return Object.hasOwn(CODES, code) ? CODES[code] : undefined;
}

export function isDiskCode(code: string): code is DiskCode {
  return code.startsWith("runner_disk_");
}

/** The same from the last words of a program of ours. What git repeats of the other side is not about this disk. */
export function diskCodeIn(words: string): DiskCode | undefined {
  const own = words.replace(/^remote: .*$/gm, "");
  return WORDS.find(([pattern]) => pattern.test(own))?.[1];
}
