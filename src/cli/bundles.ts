import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isPlainName, LIMITS, readArchive } from "../adapters/artifact/archive.ts";
import { decodePath, encodePath } from "../adapters/git/path-bytes.ts";
import { type Digest, digestOf } from "../governance/digest.ts";
import { GovernanceError, IntegrityError } from "../governance/errors.ts";
import type { Finding } from "../governance/outcome.ts";
import type { Files } from "../ports.ts";
import { UsageError } from "./command.ts";
import { readRegularFile, systemCode } from "./regular-file.ts";

/** A file that every bundle has, so that a directory is known for one. */
const MARKS = ["evidence.sha256", "journal.jsonl"];

/**
 * Where a bundle is: a zip as GitHub gives it, a directory that one was unpacked into, an object of a bucket; or
 * something that stands where a bundle could and cannot be read. `path` is text as `decodePath` gives it.
 */
export type BundlePlace =
  | { readonly path: string; readonly kind: "zip" | "directory" }
  | { readonly path: string; readonly kind: "object"; fetch(): Promise<Uint8Array> }
  | { readonly path: string; readonly kind: "unreadable"; readonly problem: string };

/** A bundle's files; `archive` is the digest of the zip that they came from. */
export interface ReadBundle {
  readonly files: Files;
  readonly archive: Digest | undefined;
}

/** How a bucket is reached. What is not given, the environment says. */
export interface BucketOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/**
 * The bundles at a path, or in it at any depth, or in a bucket (`s3://bucket/prefix`, as the export lays it out).
 * Symbolic links to directories are not followed. Throws UsageError when there is nothing at the path, or no bundle.
 */
export async function findBundles(path: string, options: BucketOptions = {}): Promise<readonly BundlePlace[]> {
  if (path.startsWith("s3://")) return findInBucket(path, options);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new UsageError(`There is no ${path}. Expected a bundle: a directory or a zip.`);
  if (!kind.isFile() && !kind.isDirectory()) {
    throw new UsageError(`${path}: expected a directory or a regular file, got something else.`);
  }
  const found = kind.isDirectory() ? searchDirectory(path) : [{ path, kind: "zip" as const }];
  if (found.length === 0) {
    throw new UsageError(`${path}: expected an evidence bundle (with ${MARKS.join(" and ")}) or zips, got none.`);
  }
  return found;
}

/** The client of a bucket is loaded only where a bucket is named. */
async function findInBucket(uri: string, options: BucketOptions): Promise<readonly BundlePlace[]> {
  const { findStoredBundles } = await import("../adapters/s3/reading.ts");
  const found = await findStoredBundles(uri, options);
  if (found.length === 0)
    throw new UsageError(`${uri}: expected zips below bundles/, as \`export\` writes them, got none.`);
  return found.map(({ uri: path, size, fetch }) => ({
    path,
    kind: "object",
    fetch: async () => {
      if (size > LIMITS.archiveBytes) throw unusable(path, tooLarge(size, LIMITS.archiveBytes));
      return fetch(LIMITS.archiveBytes);
    },
  }));
}

/** In the order of the names' bytes. What cannot be read is one place of its own, so that it costs none of the others. */
function searchDirectory(directory: string): readonly BundlePlace[] {
  let entries: readonly Dirent<Buffer>[];
  try {
    entries = listDirectory(directory);
  } catch (error) {
    return [{ path: directory, kind: "unreadable", problem: `it cannot be read (${systemCode(error)})` }];
  }
  if (entries.some(({ name }) => MARKS.includes(decodePath(name)))) return [{ path: directory, kind: "directory" }];
  return entries.flatMap((entry): readonly BundlePlace[] => {
    const path = join(directory, decodePath(entry.name));
    if (entry.isDirectory()) return searchDirectory(path);
    if (!path.endsWith(".zip")) return [];
    if (entry.isFile()) return [{ path, kind: "zip" }];
    const problem = entry.isSymbolicLink()
      ? "it is a symbolic link, which is not followed"
      : "it is not a regular file";
    return [{ path, kind: "unreadable", problem }];
  });
}

function listDirectory(directory: string): readonly Dirent<Buffer>[] {
  const entries = readdirSync(encodePath(directory), { withFileTypes: true, encoding: "buffer" });
  return entries.sort((a, b) => Buffer.compare(a.name, b.name));
}

/**
 * Reads a bundle. Throws IntegrityError `evidence_invalid` or `artifact_tampered` when it is not made of plain files
 * within the limits, or cannot be read.
 */
export async function readBundle(place: BundlePlace): Promise<ReadBundle> {
  if (place.kind === "unreadable") throw unusable(place.path, place.problem);
  if (place.kind === "object") return unpack(await place.fetch());
  if (place.kind === "directory") return { files: await readDirectory(place.path), archive: undefined };
  const read = await readRegularFile(place.path, LIMITS.archiveBytes);
  if ("problem" in read) throw unusable(place.path, read.problem);
  return unpack(read.bytes);
}

async function unpack(archive: Uint8Array): Promise<ReadBundle> {
  return { files: await readArchive(archive), archive: digestOf(archive) };
}

async function readDirectory(path: string): Promise<Files> {
  const entries = listBundle(path);
  if (entries.length > LIMITS.files) throw unusable(path, `${entries.length} files, expected at most ${LIMITS.files}`);
  const files = new Map<string, Uint8Array>();
  let left = LIMITS.unpackedBytes;
  for (const entry of entries) {
    const name = decodePath(entry.name);
    if (!entry.isFile() || !isPlainName(name)) {
      throw unusable(path, `${JSON.stringify(name)} is not a plain file of a plain name`);
    }
    const read = await readRegularFile(join(path, name), left);
    if ("problem" in read) throw unusable(join(path, name), read.problem);
    left -= read.bytes.length;
    files.set(name, read.bytes);
  }
  return files;
}

function listBundle(path: string): readonly Dirent<Buffer>[] {
  try {
    return listDirectory(path);
  } catch (error) {
    throw unusable(path, `it cannot be read (${systemCode(error)})`);
  }
}

function tooLarge(bytes: number, most: number): string {
  return `it has ${bytes} bytes, expected at most ${most}`;
}

function unusable(path: string, why: string): IntegrityError {
  return new IntegrityError("evidence_invalid", `${path} is no evidence bundle: ${why}.`);
}

/** What is wrong with one bundle, whatever it made this program do: it must not end the work on all the others. */
export function findingOf(error: unknown): Finding {
  if (error instanceof GovernanceError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected_error", message: `This program failed on the bundle, please report it: ${message}` };
}
