import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** Room that is taken for the outputs while there is some; more than nearly every run needs. */
const RESERVED = Buffer.alloc(64 * 1024, "\n");

/** Opened without waiting: a pipe that nobody reads must not hold the run. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;

function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, FLAGS, 0o644);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** Writes all of it at a place of the file, or leaves what was there before. */
function writeWhole(file: number, bytes: Uint8Array, at: number, before: number): void {
  const position = fstatSync(file).isFile() ? at : null;
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done);
    }
  } catch (error) {
    // Half a line would make the runner throw everything away.
    if (position !== null) ftruncateSync(file, before);
    throw error;
  }
}

/** Adds a text to a file as a whole or not at all, and not beyond `limit` bytes in all. Throws what the system says. */
export function appendWhole(path: string, text: string, limit: number): void {
  const bytes = Buffer.from(text);
  withFile(path, (file) => {
    const { size } = fstatSync(file);
    if (size + bytes.length > limit) {
      throw new Error(`${size} bytes are there and ${bytes.length} would come, at most ${limit} are shown`);
    }
    writeWhole(file, bytes, size, size);
  });
}

/**
 * The file of a step's outputs (`GITHUB_OUTPUT`). Room in it is taken before anything else is done, as empty lines, which
 * the runner passes over: whatever fills the disk later, the outputs can be written.
 */
export class OutputFile {
  readonly #path: string | undefined;
  #start = 0;
  #end = 0;
  #failure: Error | undefined;
  readonly #names = new Set<string>();

  /** An undefined path: a run outside of a runner. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What kept an output from being written. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether this output was written. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Takes room. That there is none is said when something is to be written. */
  reserve(): void {
    if (!this.#path) return;
    try {
      withFile(this.#path, (file) => {
        this.#start = this.#size(file);
        this.#end = this.#start;
        if (fstatSync(file).isFile()) writeWhole(file, RESERVED, this.#start, this.#start);
      });
    } catch {
      // Perhaps there is room again by then.
    }
  }

  /** Adds an output. False, with `failure`, when it could not be written; nothing of it is in the file then. */
  set(name: string, value: string): boolean {
    this.#names.add(name);
    if (!this.#path) return true;
    const text = /[\r\n]/.test(value) ? block(name, value) : `${name}=${value}\n`;
    try {
      withFile(this.#path, (file) => {
        // Nobody but this step writes the file; should it be shorter than was reserved, it goes on at its end.
        const at = Math.min(this.#end, this.#size(file));
        writeWhole(file, Buffer.from(text), at, at);
        this.#end = at + Buffer.byteLength(text);
      });
      return true;
    } catch (error) {
      this.#names.delete(name);
      this.#failure = error as Error;
      return false;
    }
  }

  /** Gives back the room that was not needed. */
  release(): void {
    if (!this.#path) return;
    try {
      withFile(this.#path, (file) => {
        if (fstatSync(file).isFile() && this.#size(file) > this.#end) ftruncateSync(file, this.#end);
      });
    } catch {
      // Empty lines harm nobody.
    }
  }

  #size(file: number): number {
    return fstatSync(file).size;
  }
}

/** The runner's form of a value with line breaks. */
function block(name: string, value: string): string {
  const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
