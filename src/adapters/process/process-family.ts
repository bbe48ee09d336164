import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError } from "../../governance/errors.ts";

const POLL_MS = 5;
/** How long the kernel may take to end a namespace, or `unshare` to make one. */
const BOUND_MS = 5_000;
const TRIAL_MS = 20_000;

/** Not PATH: a workflow may put directories of the repository into it. The last one is NixOS's. */
const SYSTEM_DIRECTORIES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"];

/** Both know `new_session`; the second one is in e2fsprogs, which most systems have. */
const KEYRING_TOOLS = ["keyctl", "e4crypt"];

/**
 * Process 1 of the family. It is in another user namespace than the program, which therefore can neither trace nor
 * signal it; when it ends, the kernel ends every process of its PID namespace. Its keyring of the session is a new one:
 * the runner's may have credentials, and what is in it can be read through every namespace.
 */
const FIRST_PROCESS =
  '[ -z "$1" ] || "$1" new_session </dev/null >/dev/null 2>&1; ' +
  'unshare=$2; shift 2; "$unshare" --user --map-current-user -- "$@"; exit $?';

export interface FamilyOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Working directory of the program. */
  readonly directory: string;
}

const findProgram = (name: string): string | undefined =>
  SYSTEM_DIRECTORIES.map((directory) => join(directory, name)).find((path) => existsSync(path));

function systemProgram(name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw unavailable(`there is no \`${name}\` in ${SYSTEM_DIRECTORIES.join(", ")}. Install util-linux 2.36 or newer.`);
}

function unavailable(why: string): ConfigurationError {
  return new ConfigurationError(
    "sandbox_unavailable",
    `Codex cannot get a PID namespace of its own, without which its processes could outlive it: ${why} ` +
      "On an Ubuntu 24.04 runner add a step with " +
      "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` before this action. A container needs " +
      "user namespaces and a /proc without masks (Docker: `--security-opt seccomp=unconfined --security-opt " +
      "apparmor=unconfined --security-opt systempaths=unconfined`).",
  );
}

/**
 * `setpriv` ends with us, and with it `unshare`; that ends process 1 of the namespace. So the kernel leaves nothing of
 * the family, even when this process is killed and whatever a member does about sessions, groups and signals.
 */
function familyCommand(argv: readonly [string, ...string[]]): [string, string[]] {
  const unshare = systemProgram("unshare");
  const namespaces = ["--user", "--map-current-user", "--pid", "--mount-proc", "--fork", "--kill-child"];
  const keyrings = KEYRING_TOOLS.map(findProgram).find((path) => path !== undefined) ?? "";
  const first = ["/bin/sh", "-c", FIRST_PROCESS, "sh", keyrings, unshare];
  return [systemProgram("setpriv"), ["--pdeathsig", "KILL", unshare, ...namespaces, "--", ...first, ...argv]];
}

/**
 * How to start a program that is trusted and need not be held: as a family where that works, else as it is. For those
 * who only want that a killed run leaves nothing behind, such as a fetch that hangs.
 */
export async function familyWherePossible(argv: readonly [string, ...string[]]): Promise<[string, string[]]> {
  try {
    await proveFamilies();
    return familyCommand(argv);
  } catch {
    const [program, ...rest] = argv;
    return [program, rest];
  }
}

let trial: Promise<void> | undefined;

/** Tries once whether a family can be started here. Throws ConfigurationError `sandbox_unavailable`. */
export function proveFamilies(): Promise<void> {
  trial ??= tryFamily();
  return trial;
}

async function tryFamily(): Promise<void> {
  if (process.platform !== "linux") throw unavailable(`expected Linux, got ${process.platform}.`);
  const family = new ProcessFamily(["/bin/sh", "-c", "exit 0"], { environment: { LANG: "C.UTF-8" }, directory: "/" });
  let said = "";
  family.child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-600);
  });
  const end = await Promise.race([family.exited, sleep(TRIAL_MS, undefined, { ref: false })]);
  await family.end(0);
  if (end?.code === 0) return;
  const got = end === undefined ? "no end in time" : `exit code ${end.code ?? end.signal}`;
  throw unavailable(`expected exit code 0 of a trial, got ${got}. ${said.trim()}`.trim());
}

export interface FamilyEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly error?: Error;
}

/** The shell in between tells of a signal as 128 and its number. */
export function fromShell(code: number | null): FamilyEnd {
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return signal === undefined ? { code, signal: null } : { code: null, signal: signal as NodeJS.Signals };
}

/**
 * A program with everything that it ever starts, in a PID namespace of their own that ends with the program, with
 * `end`, and with this process. Linux only; `proveFamilies` says whether it works here.
 */
export class ProcessFamily {
  /** Its pipes are the program's. The process itself is `unshare`, which ends after the last member. */
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the whole family is gone. */
  readonly exited: Promise<FamilyEnd>;
  #hasEnded = false;
  #namespace: string | undefined;

  constructor(argv: readonly [string, ...string[]], { environment, directory }: FamilyOptions) {
    const [program, rest] = familyCommand(argv);
    this.child = spawn(program, rest, { cwd: directory, env: { ...environment }, detached: true, stdio: "pipe" });
    this.exited = new Promise((resolve) => {
      const ended = (end: FamilyEnd): void => {
        this.#hasEnded = true;
        resolve(end);
      };
      this.child.once("exit", (code, signal) => ended(signal === null ? fromShell(code) : { code, signal }));
      this.child.once("error", (error) => ended({ code: null, signal: null, error }));
    });
    // It is known from the first output on, should somebody kill `unshare` later.
    this.child.stdout.once("data", () => this.#findNamespace());
  }

  /**
   * Closes the program's input, waits `graceMs` for its end, then has the kernel kill the family. False when a member
   * is still there 5 s later.
   */
  async end(graceMs: number): Promise<boolean> {
    this.child.stdin.destroy();
    await within(BOUND_MS, () => this.#hasEnded || this.#findNamespace() !== undefined);
    await within(graceMs, () => this.#hasEnded);
    // Killed from the inside out: `unshare` ends when the kernel has ended every member.
    const isGone = await within(BOUND_MS, () => {
      if (!this.#hasEnded) for (const pid of this.#firstProcess()) kill(pid);
      return this.#hasEnded;
    });
    if (!isGone && this.child.pid !== undefined) kill(this.child.pid);
    return within(isGone ? BOUND_MS : POLL_MS, () => membersOf(this.#namespace).length === 0);
  }

  /** The namespace that the members are in, as the kernel names it; undefined before there is one. */
  #findNamespace(): string | undefined {
    if (this.#namespace !== undefined || this.child.pid === undefined) return this.#namespace;
    const found = linkOf(`/proc/${this.child.pid}/ns/pid_for_children`);
    if (found !== linkOf("/proc/self/ns/pid_for_children")) this.#namespace = found;
    return this.#namespace;
  }

  #firstProcess(): readonly number[] {
    const { pid } = this.child;
    return processes().filter((each) => parentOf(each) === pid);
  }
}

/** The processes of a PID namespace, by the numbers that they have here. */
function membersOf(namespace: string | undefined): readonly number[] {
  if (namespace === undefined) return [];
  return processes().filter((pid) => linkOf(`/proc/${pid}/ns/pid`) === namespace);
}

function processes(): readonly number[] {
  return readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the name in parentheses: state, parent, …
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

async function within(milliseconds: number, isTrue: () => boolean): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    if (isTrue()) return true;
    await sleep(POLL_MS);
  }
  return isTrue();
}
