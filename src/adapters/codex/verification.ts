import { randomUUID } from "node:crypto";
import { lstatSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { CodexSettings, CommandResult } from "../../ports.ts";
import type { RunLog } from "./run-log.ts";
import type { Session } from "./session.ts";

const MAX_OUTPUT_BYTES = 64 * 1024;
/** What Codex's sandbox answers with when it ended a command for its time. */
const TIMEOUT_EXIT_CODE = 124;

/** What the sandbox protects below a writable directory; where one is missing it leaves an empty one behind. */
const PROTECTED_NAMES = [".git", ".codex", ".agents", ".aws"];

/** The runner's /tmp is closed. Tools that know no TMPDIR find the run's own one there. */
const WITH_TMP = '[ -e /tmp ] || ln -s "$TMPDIR" /tmp 2>/dev/null; exec /bin/sh -c "$1"';

interface CommandsRequest {
  readonly directory: string;
  readonly settings: CodexSettings;
  readonly commands: readonly string[];
  /** A profile of the configuration. */
  readonly profile: string;
}
/** What is kept of an output: more than what is shown, so that a secret at the cut is seen as one. */
const KEPT_BYTES = MAX_OUTPUT_BYTES + 16 * 1024;

/** The end of what a command prints, in the order in which it came. */
class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isWhole = true;

  /** False when the beginning is gone. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 4 * KEPT_BYTES) this.#compact();
  }

  text(): string {
    this.#compact();
    return this.#chunks[0]?.toString("utf8") ?? "";
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const end = all.subarray(-KEPT_BYTES);
    this.#isWhole &&= end.length === all.length;
    this.#chunks = [Buffer.from(end)];
    this.#bytes = end.length;
  }
}

/** At most `limit` bytes from the end of a text, without half a character. */
function lastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let start = bytes.length - limit;
  while (start < bytes.length && ((bytes[start] as number) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString("utf8");
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not there, or a command put something in: then it is for the tree comparison to find.
  }
}

async function runCommand(
  session: Session,
  log: RunLog,
  request: CommandsRequest & { readonly command: string },
): Promise<CommandResult> {
  const { command, profile } = request;
  const timeoutMs = request.settings.timeoutSeconds * 1000;
  const processId = `verification-${randomUUID()}`;
  const tail = new Tail();
  session.watch.onOutput = (id, bytes) => {
    if (id === processId) tail.add(bytes);
  };
  const start = performance.now();
  const { exitCode } = await session.execute({
    argv: ["/bin/sh", "-c", WITH_TMP, "sh", command],
    profile,
    timeoutMs,
    processId,
  });
  session.watch.onOutput = undefined;
  // Before what the command wrote is removed: a disk that it filled is not its failure.
  const failure = exitCode === 0 ? undefined : await session.findDiskFailure();
  if (failure) throw failure;
  const timedOut = exitCode === TIMEOUT_EXIT_CODE && performance.now() - start >= timeoutMs;
  const text = tail.text();
  const output = lastBytes(log.end(text, tail.isWhole), MAX_OUTPUT_BYTES);
  return { command, exitCode, output, timedOut };
}

/** Lets commands work in a writable profile and takes away what the sandbox itself leaves behind. */
export async function withoutPlaceholders<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const missing = PROTECTED_NAMES.map((name) => join(directory, name)).filter((path) => !isThere(path));
  try {
    return await work();
  } finally {
    for (const path of missing) removeEmpty(path);
  }
}

/** Runs shell commands one after the other; the directory and a private TMPDIR are writable, nothing is online. */
export async function runCommands(
  session: Session,
  log: RunLog,
  request: CommandsRequest,
): Promise<readonly CommandResult[]> {
  return withoutPlaceholders(request.directory, async () => {
    const results: CommandResult[] = [];
    for (const command of request.commands) results.push(await runCommand(session, log, { ...request, command }));
    return results;
  });
}
