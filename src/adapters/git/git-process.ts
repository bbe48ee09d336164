import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { diskCodeIn } from "../../governance/disk-failure.ts";
import { ExternalError } from "../../governance/errors.ts";
import { familyWherePossible, fromShell } from "../process/process-family.ts";

/** Where a git command runs. All three are directories of ours, outside the working directory. */
export interface GitPlace {
  readonly gitDirectory: string;
  /** Empty: nobody's configuration. */
  readonly home: string;
  /** Bound on one local command. */
  readonly timeoutSeconds: number;
}

export interface GitCommand {
  readonly args: readonly string[];
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  /** The current directory. Default: the empty home. */
  readonly directory?: string;
  /** Configuration of this command alone; it travels in the environment, never in argv or on disk. */
  readonly config?: readonly (readonly [key: string, value: string])[];
  /** Exit codes that are an answer rather than a failure. Default: 0 alone. */
  readonly accept?: readonly number[];
  /** Bound on stdout. Default: 256 MiB. */
  readonly maxBytes?: number;
  readonly timeoutSeconds?: number;
  /** Whether it talks to a server: then it has helpers that may hang, and must not outlive a run that is killed. */
  readonly isRemote?: boolean;
  /** Texts that must not appear in an error message. */
  readonly secrets?: readonly string[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
}

/** No blob larger than this is read or stored; GitHub's own limit on a file is 100 MiB. */
export const MAX_BLOB_BYTES = 256 * 1024 * 1024;

const STDERR_BYTES = 64 * 1024;

/** What a repository, a machine or a user could otherwise make git do. */
const CONFIG: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.autocrlf", "false"],
  ["core.ignoreCase", "false"],
  // A name like `git~1` is an ordinary name here, and has to be reported rather than make git fail.
  ["core.protectNTFS", "false"],
  ["core.protectHFS", "false"],
  ["credential.helper", ""],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  // git would send the token to wherever it is redirected.
  ["http.followRedirects", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
];

/**
 * Runs git as a child process, in an environment built from nothing. Throws ExternalError `git_failed` when it
 * cannot be started, ends with another code, says too much or takes too long, `runner_disk_*` when it says that the disk
 * is the cause. Nothing of its process group is left.
 */
export async function runGit(place: GitPlace, command: GitCommand): Promise<GitResult> {
  const seconds = command.timeoutSeconds ?? place.timeoutSeconds;
  const argv = ["git", ...command.args] as const;
  const [program, args] = command.isRemote ? await familyWherePossible(argv) : ["git", command.args];
  const child = spawn(program, args, {
    cwd: command.directory ?? place.home,
    env: environment(place, command),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let trouble: Error | undefined;
  const stop = (reason: Error) => {
    trouble ??= reason;
    endGroup(child.pid);
  };
  const timer = setTimeout(() => stop(failure(command, `did not end within ${seconds} s`, "")), seconds * 1000);
  const stdout = collect(child.stdout, command.maxBytes ?? MAX_BLOB_BYTES, () =>
    stop(failure(command, "printed more than the bound allows", "")),
  );
  let stderr = Buffer.alloc(0);
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_BYTES);
  });
  const fed = feed(child.stdin, command.input).catch((cause: unknown) => {
    // git may end without reading everything; its exit code tells. Anything else is the input's own failure.
    if (!isBrokenPipe(cause)) stop(cause instanceof Error ? cause : new Error(String(cause)));
  });
  let signal: NodeJS.Signals | null = null;
  const code = await new Promise<number>((resolve) => {
    child.on("error", (cause) => {
      trouble ??= failure(command, `could not be started: ${cause.message}`, "");
      resolve(-1);
    });
    // Whatever git left running would hold its pipes open.
    child.on("exit", () => endGroup(child.pid));
    child.on("close", (status, ending) => {
      signal = ending ?? (command.isRemote ? fromShell(status).signal : null);
      resolve(status ?? -1);
    });
  });
  clearTimeout(timer);
  child.stdin.destroy();
  await fed;
  if (trouble !== undefined) throw trouble;
  const words = stderr.toString();
  // An answer that is a failure of the disk is none.
  const isAnswer = (command.accept ?? [0]).includes(code) && (code === 0 || diskCodeIn(words) === undefined);
  if (!isAnswer) throw failure(command, `ended with ${signal ?? code}`, words);
  return { code, stdout: stdout() };
}

function environment(place: GitPlace, command: GitCommand): Record<string, string> {
  const config = [...CONFIG, ...(command.config ?? [])];
  const variables: Record<string, string> = {
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: place.home,
    LANG: "C.UTF-8",
    GIT_DIR: place.gitDirectory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "https:http",
    GIT_CONFIG_COUNT: String(config.length),
    ...command.env,
  };
  config.forEach(([key, value], at) => {
    variables[`GIT_CONFIG_KEY_${at}`] = key;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
  });
  return variables;
}

function collect(stream: Readable, maxBytes: number, overflow: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) overflow();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

async function feed(stdin: NodeJS.WritableStream, input: GitCommand["input"]): Promise<void> {
  const chunks = input === undefined ? [] : input instanceof Uint8Array ? [input] : input;
  await pipeline(Readable.from(chunks, { objectMode: true }), stdin);
}

function isBrokenPipe(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "EPIPE" || code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

function failure(command: GitCommand, what: string, stderr: string): ExternalError {
  const words = stderr.trim().split("\n").slice(-5).join(" | ");
  const message = `git ${command.args[0] ?? ""} ${what}${words === "" ? "" : `: ${words}`}. Re-run the job; if it fails again, look at git's words.`;
  const redacted = (command.secrets ?? [])
    .filter((secret) => secret !== "")
    .reduce((text, secret) => text.replaceAll(secret, "***"), message);
  return new ExternalError(
    what.endsWith("SIGXFSZ") ? "runner_disk_full" : (diskCodeIn(stderr) ?? "git_failed"),
    redacted,
  );
}
