import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** What every step of a world needs fits into it several times. */
const SIZE = "64m";
const CHUNK = Buffer.alloc(1024 * 1024);
/** A page: tmpfs gives no less. */
const PAGE = 4096;

/**
 * A small disk for a step: a tmpfs in a user and mount namespace of its own, which needs no root. A process holds the
 * namespaces open; a step enters them; from here the disk is reached through `/proc`. Needs `unshare` and `nsenter`
 * and the unprivileged user namespaces that Codex's sandbox needs as well. Throws when it cannot be made.
 */
export class Disk {
  /** Where the disk is mounted, as the step sees it. */
  readonly directory: string;
  readonly #holder: ChildProcess;

  private constructor(directory: string, holder: ChildProcess) {
    this.directory = directory;
    this.#holder = holder;
  }

  /** `more` are further places of the namespace that get a disk of one page each, which is full at once. */
  static async open(directory: string, options = `size=${SIZE}`, more: readonly string[] = []): Promise<Disk> {
    await mkdir(directory, { recursive: true });
    const script =
      'mount -t tmpfs -o "$0" tmpfs "$1" && shift && for at; do mount -t tmpfs -o size=4k,nr_inodes=1 tmpfs "$at" || exit 1; done && echo ready && exec cat';
    const arguments_ = ["--user", "--map-root-user", "--mount", "sh", "-c", script, options, directory, ...more];
    const holder = spawn("unshare", arguments_, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    holder.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    await new Promise<void>((resolve, reject) => {
      holder.on("error", reject);
      holder.on("exit", () => reject(new Error(`No namespace for a small disk: ${said}`)));
      holder.stdout.on("data", () => resolve());
    });
    return new Disk(directory, holder);
  }

  /** What starts a program in the namespaces, as the beginning of its command line. */
  get entrance(): readonly string[] {
    return ["nsenter", "--preserve-credentials", "--user", "--mount", `--target=${this.#holder.pid}`];
  }

  /** A path of the step, as it is reached from outside. */
  from(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  /** Takes every page that is left, but for so many bytes. */
  fill(left = 0): void {
    const file = openSync(this.from(`${this.directory}/filler`), "a");
    try {
      for (let size = CHUNK.length; size >= PAGE; ) {
        if (!write(file, size)) size /= 2;
      }
      if (left > 0) ftruncateSync(file, Math.max(0, fstatSync(file).size - left));
    } finally {
      closeSync(file);
    }
  }

  /** Empties the disk of what earlier steps left on it. */
  clear(): void {
    const directory = this.from(this.directory);
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true });
  }

  /** Gives back what `fill` took. */
  drain(): void {
    rmSync(this.from(`${this.directory}/filler`), { force: true });
  }

  remount(how: "ro" | "rw" | `size=${string}`): void {
    const [program = "", ...rest] = this.entrance;
    execFileSync(program, [...rest, "mount", "-o", `remount,${how}`, this.directory]);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once("close", resolve));
    this.#holder.stdin?.end();
    await gone;
  }
}

/** False when not all of it found room. */
function write(file: number, size: number): boolean {
  try {
    return writeSync(file, CHUNK, 0, size) === size;
  } catch {
    return false;
  }
}
