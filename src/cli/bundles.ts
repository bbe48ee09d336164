import { type Dirent, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isPlainName, LIMITS, readArchive } from "../adapters/artifact/archive.ts";
import { IntegrityError } from "../governance/errors.ts";
import type { Files } from "../ports.ts";
import { UsageError } from "./command.ts";

/** A file that every bundle has, so that a directory is known for one. */
const MARKS = ["evidence.sha256", "journal.jsonl"];

/** Where a bundle is: a zip as GitHub gives it, a directory that one was unpacked into, or an object of a bucket. */
export type BundlePlace =
  | { readonly path: string; readonly kind: "zip" | "directory" }
  | { readonly path: string; readonly kind: "object"; fetch(): Promise<Uint8Array> };

/** How a bucket is reached. What is not given, the environment says. */
export interface BucketOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/**
 * The bundles at a path, or in it at any depth, or in a bucket (`s3://bucket/prefix`, as the export lays it out).
 * Symbolic links are not followed. Throws UsageError without any.
 */
export async function findBundles(path: string, options: BucketOptions = {}): Promise<readonly BundlePlace[]> {
  if (path.startsWith("s3://")) return findInBucket(path, options);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new UsageError(`There is no ${path}. Expected a bundle: a directory or a zip.`);
  const found = kind.isDirectory() ? searchDirectory(path) : [{ path, kind: "zip" as const }];
  if (found.length === 0) {
    throw new UsageError(`${path}: expected an evidence bundle (with ${MARKS.join(" and ")}) or zips, got none.`);
  }
  return found;
}

/** Whoever asks for no bucket does not load the client of one. */
async function findInBucket(uri: string, options: BucketOptions): Promise<readonly BundlePlace[]> {
  const { findStoredBundles } = await import("../adapters/s3/reading.ts");
  const found = await findStoredBundles(uri, options);
  if (found.length === 0)
    throw new UsageError(`${uri}: expected zips below bundles/, as \`export\` writes them, got none.`);
  return found.map(({ uri: path, size, fetch }) => ({
    path,
    kind: "object",
    fetch: async () => {
      assertSmall(path, size, LIMITS.unpackedBytes);
      return fetch(LIMITS.unpackedBytes);
    },
  }));
}

type LocalPlace = Extract<BundlePlace, { kind: "zip" | "directory" }>;

function searchDirectory(directory: string): readonly LocalPlace[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some(({ name }) => MARKS.includes(name))) return [{ path: directory, kind: "directory" }];
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return searchDirectory(path);
    return entry.isFile() && entry.name.endsWith(".zip") ? [{ path, kind: "zip" as const }] : [];
  });
}

/** The files of a bundle. Throws IntegrityError when it is not made of plain files within the limits. */
export async function readBundle(place: BundlePlace): Promise<Files> {
  const { path, kind } = place;
  if (place.kind === "object") return readArchive(await place.fetch());
  if (kind === "zip") {
    assertSmall(path, statSync(path).size, LIMITS.archiveBytes);
    return readArchive(await readFile(path));
  }
  const entries = readdirSync(path, { withFileTypes: true });
  const strange = entries.find((entry) => !isPlainFile(entry));
  if (strange) throw unusable(path, `${JSON.stringify(strange.name)} is not a plain file of a plain name`);
  if (entries.length > LIMITS.files) throw unusable(path, `${entries.length} files, expected at most ${LIMITS.files}`);
  const sizes = entries.map(({ name }) => statSync(join(path, name)).size);
  assertSmall(
    path,
    sizes.reduce((sum, size) => sum + size, 0),
    LIMITS.unpackedBytes,
  );
  const files = new Map<string, Uint8Array>();
  for (const { name } of entries) files.set(name, await readFile(join(path, name)));
  return files;
}

function isPlainFile(entry: Dirent): boolean {
  return entry.isFile() && isPlainName(entry.name);
}

function assertSmall(path: string, bytes: number, most: number): void {
  if (bytes > most) throw unusable(path, `${bytes} bytes, expected at most ${most}`);
}

function unusable(path: string, why: string): IntegrityError {
  return new IntegrityError("evidence_invalid", `${path} is no evidence bundle: ${why}.`);
}
