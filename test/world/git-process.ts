import { spawn } from "node:child_process";

interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | string;
  /** Exit codes that are an answer rather than a failure. */
  readonly accept?: readonly number[];
}

interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** An environment in which no configuration of the machine or the user plays a part. */
export function worldGitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    LANG: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** Runs real git for the test world. Throws an Error with git's own words when it fails. */
export function runGit(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const accept = options.accept ?? [0];
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { env: { ...worldGitEnvironment(), ...options.env } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      const code = status ?? 128;
      const words = Buffer.concat(stderr).toString();
      if (accept.includes(code)) resolve({ code, stdout: Buffer.concat(stdout), stderr: words });
      else reject(new Error(`git ${args.join(" ")} ended with ${code}: ${words.trim()}`));
    });
    // git may end without reading its input; the exit code tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
