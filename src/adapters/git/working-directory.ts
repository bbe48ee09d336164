import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { ExternalError } from "../../governance/errors.ts";
import type { FileMode } from "../../governance/tree.ts";
import { MAX_BLOB_BYTES } from "./git-process.ts";
import { decodePath, encodePath } from "./path-bytes.ts";

/** What a walk finds. `unrecordable`: git would pass over it in silence, or refuse its name. */
export type Found =
  | { readonly kind: "file"; readonly path: string; readonly mode: "100644" | "100755"; readonly content: Buffer }
  | { readonly kind: "link"; readonly path: string; readonly content: Buffer }
  | { readonly kind: "submodule"; readonly path: string }
  | { readonly kind: "empty directory"; readonly path: string }
  | { readonly kind: "unrecordable"; readonly path: string };

/** A directory of files, addressed by repository-relative paths. Throws ExternalError `git_failed`. */
export class WorkingDirectory {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Every file, link, special file and empty directory below, each read anew, no link followed. Throws when anything cannot be read.
   */
  *walk(submodules: ReadonlySet<string>): Generator<Found> {
    const pending = [""];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const names = this.#names(path);
      if (names.length === 0 && path !== "") {
        yield { kind: submodules.has(path) ? "submodule" : "empty directory", path };
      }
      for (const name of names) {
        const found = this.#inspect(path === "" ? name : `${path}/${name}`, name);
        if (found === "directory") pending.push(path === "" ? name : `${path}/${name}`);
        else yield found;
      }
    }
  }

  /** Writes a new file; its parents must be real directories or nothing. */
  writeFile(path: string, content: Uint8Array, mode: FileMode): void {
    this.#write(path, (absolute) => {
      writeFileSync(absolute, content, { flag: "wx", mode: mode === "100755" ? 0o755 : 0o644 });
    });
  }

  /** Makes a symbolic link. Whether its target is harmless is for the caller to know. */
  writeLink(path: string, target: Uint8Array): void {
    this.#write(path, (absolute) => symlinkSync(Buffer.from(target), absolute));
  }

  /** Makes an empty directory. */
  makeDirectory(path: string): void {
    this.#write(path, (absolute) => mkdirSync(absolute));
  }

  /** Removes a file, a link or an empty directory, and the directories that become empty by it, as git does. */
  remove(path: string): void {
    this.#write(path, (absolute) => {
      if (lstatSync(absolute).isDirectory()) rmdirSync(absolute);
      else unlinkSync(absolute);
      for (let parent = parentOf(path); parent !== "" && this.#names(parent).length === 0; parent = parentOf(parent)) {
        rmdirSync(this.#absolute(parent));
      }
    });
  }

  #inspect(path: string, name: string): Found | "directory" {
    const absolute = this.#absolute(path);
    return reading(path, () => {
      const stat = lstatSync(absolute);
      if (name.toLowerCase() === ".git") return { kind: "unrecordable", path };
      if (stat.isDirectory()) return "directory";
      if (stat.isSymbolicLink()) {
        // git refuses to record this one name as a link, since it would follow it later.
        if (name.toLowerCase() === ".gitmodules") return { kind: "unrecordable", path };
        return { kind: "link", path, content: readlinkSync(absolute, { encoding: "buffer" }) };
      }
      if (!stat.isFile()) return { kind: "unrecordable", path };
      return { kind: "file", path, ...readPlainFile(absolute) };
    });
  }

  #names(path: string): string[] {
    return reading(path, () => {
      const absolute = path === "" ? Buffer.from(this.directory) : this.#absolute(path);
      if (!lstatSync(absolute).isDirectory()) throw new Error("not a directory any more");
      return readdirSync(absolute, { encoding: "buffer" }).map(decodePath).sort();
    });
  }

  #absolute(path: string): Buffer {
    return Buffer.concat([Buffer.from(`${this.directory}/`), encodePath(path)]);
  }

  #write(path: string, write: (absolute: Buffer) => void): void {
    const segments = path.split("/");
    if (segments.some((segment) => ["", ".", "..", ".git"].includes(segment.toLowerCase()))) {
      throw new ExternalError("git_failed", `Refused to write ${JSON.stringify(path)}: not a path inside a tree.`);
    }
    try {
      for (let depth = 1; depth < segments.length; depth++) {
        this.#makeParent(this.#absolute(segments.slice(0, depth).join("/")));
      }
      write(this.#absolute(path));
    } catch (cause) {
      throw diskFailure("written", path, cause);
    }
  }

  /** A link among the parents would let a write leave the tree. */
  #makeParent(absolute: Buffer): void {
    const stat = lstatSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) mkdirSync(absolute);
    else if (!stat.isDirectory()) throw new Error("a parent is not a directory");
  }
}

function readPlainFile(absolute: Buffer): { readonly mode: "100644" | "100755"; readonly content: Buffer } {
  // Should the file have become a link or a pipe since it was looked at, this fails rather than follows or hangs.
  const file = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("not a plain file any more");
    if (stat.size > MAX_BLOB_BYTES) throw new Error(`${stat.size} bytes are more than the bound of ${MAX_BLOB_BYTES}`);
    return { mode: (stat.mode & 0o100) === 0 ? "100644" : "100755", content: readFileSync(file) };
  } finally {
    closeSync(file);
  }
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw diskFailure("read", path, cause);
  }
}

function diskFailure(verb: string, path: string, cause: unknown): ExternalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${JSON.stringify(path)} of the scratch tree cannot be ${verb}: ${why}.`;
  // A file that somebody made unreadable is no failure of the disk.
  const isDenied = verb === "read" && /^(?:EACCES|EPERM)\b/.test(why);
  return new ExternalError("git_failed", message, isDenied ? undefined : { cause });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
