import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type GitPlace, runGit } from "./git-process.ts";

/** What became of objects that were asked for: all three lists together have each id once. */
export interface CopiedObjects {
  readonly copied: ReadonlySet<string>;
  /** Not in the repository. */
  readonly absent: readonly string[];
  /** There, but with content that another id belongs to, or that cannot be read. */
  readonly damaged: readonly string[];
}

/**
 * Copies objects from one store into an empty one, and gives each the id that its content has. Git believes the names
 * under which a repository keeps its objects; whoever can write into a clone could keep other content under them.
 * Throws ExternalError `git_failed`.
 */
export async function copyObjects(from: GitPlace, into: GitPlace, ids: readonly string[]): Promise<CopiedObjects> {
  const wanted = [...new Set(ids)];
  const present = await findPresent(from, wanted);
  const absent = wanted.filter((id) => !present.has(id));
  const packed = await pack(from, into, [...present]);
  const copied = packed ? await findPresent(into, [...present]) : new Set<string>();
  return { copied, absent, damaged: [...present].filter((id) => !copied.has(id)) };
}

async function findPresent(place: GitPlace, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await runGit(place, { args: ["cat-file", "--batch-check=%(objectname)"], input: linesOf(ids) });
  // What is not there is answered with the id and the word "missing".
  return new Set(
    stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "" && !line.includes(" ")),
  );
}

/** False when git cannot read one of the objects. */
async function pack(from: GitPlace, into: GitPlace, ids: readonly string[]): Promise<boolean> {
  const directory = join(into.gitDirectory, "objects/pack");
  const args = ["pack-objects", "-q", "--window=0", "--no-reuse-delta", join(directory, "pack")];
  if ((await runGit(from, { args, input: linesOf(ids), accept: [0, 128] })).code !== 0) return false;
  for (const name of await readdir(directory)) {
    if (name.endsWith(".pack")) await indexByContent(into, join(directory, name));
  }
  return true;
}

/** Replaces the index, which has the ids that the other store claims, by one with those of the content. */
async function indexByContent(into: GitPlace, pack: string): Promise<void> {
  await rm(pack.replace(/\.pack$/, ".idx"));
  await runGit(into, { args: ["index-pack", pack] });
}

function linesOf(ids: readonly string[]): Buffer {
  return Buffer.from(ids.map((id) => `${id}\n`).join(""));
}
