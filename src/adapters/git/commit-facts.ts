import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommitClaim, CommitFacts } from "../../governance/commit-audit.ts";
import { ExternalError } from "../../governance/errors.ts";
import { createStore, withBorrowedObjects } from "./borrowed-objects.ts";
import { type GitPlace, runGit } from "./git-process.ts";
import { ObjectStore } from "./object-store.ts";
import { copyObjects } from "./verified-objects.ts";

/** What a `.git` file holds at most: one path. */
const MAX_LINK_BYTES = 16 * 1024;

/** The git directory of a clone, of a worktree, or a bare repository itself; undefined when it is none of them. */
export function findGitDirectory(repository: string): string | undefined {
  const dotGit = join(repository, ".git");
  const target = readLink(dotGit);
  const candidates = [target === undefined ? dotGit : resolve(repository, target), repository];
  return candidates.map((path) => resolve(path)).find((path) => existsSync(join(path, "HEAD")));
}

function readLink(dotGit: string): string | undefined {
  const facts = statSync(dotGit, { throwIfNoEntry: false });
  if (!facts?.isFile() || facts.size > MAX_LINK_BYTES) return undefined;
  return /^gitdir: (.+)$/m.exec(readFileSync(dotGit, "utf8"))?.[1];
}

/** What a clone says of the commit that a bundle claims. */
export type CommitReading =
  | { readonly status: "read"; readonly facts: CommitFacts }
  /** The commit is not in the clone. */
  | { readonly status: "missing" }
  /** Objects that the proof needs are not there (a shallow or partial clone), or are not what their names say. */
  | { readonly status: "incomplete" | "damaged"; readonly objects: readonly string[] };

/**
 * Reads the commit that a bundle claims from a repository on disk. Every object that is used is named anew by its
 * content; nothing of the repository's configuration is used, and nothing is written into it. Throws ExternalError
 * `git_failed`.
 */
export async function readCommitFacts(gitDirectory: string, claim: CommitClaim): Promise<CommitReading> {
  return withBorrowedObjects(gitDirectory, async (borrowed, format) => {
    const kind = await kindOf(borrowed, claim.sha);
    if (kind === undefined) return { status: "missing" };
    if (kind !== "commit") throw new ExternalError("git_failed", `${claim.sha} is not a commit but a ${kind}.`);
    const needed = await findNeeded(borrowed, claim);
    if (needed === undefined) return { status: "damaged", objects: [claim.parent] };
    const own = await createStore(borrowed.home, format);
    const { absent, damaged } = await copyObjects(borrowed, own, needed);
    if (damaged.length > 0) return { status: "damaged", objects: damaged };
    if (absent.length > 0) return { status: "incomplete", objects: absent };
    return { status: "read", facts: await readCommit(new ObjectStore(own), claim) };
  });
}

async function kindOf(place: GitPlace, id: string): Promise<string | undefined> {
  const { code, stdout } = await runGit(place, { args: ["cat-file", "-t", id], accept: [0, 128] });
  return code === 0 ? stdout.toString().trim() : undefined;
}

/**
 * The commit, its parent as the bundle claims it with all directories, and the files that the patch touches; undefined
 * when git cannot read the parent's directories. A clone that lies about a name leads to a wrong list, and what is then
 * not in the copy ends the proof.
 */
async function findNeeded(
  place: GitPlace,
  { sha, parent, patch }: CommitClaim,
): Promise<readonly string[] | undefined> {
  if ((await kindOf(place, parent)) === undefined) return [sha, parent];
  const list = ["rev-list", "--objects", "--no-object-names", "--no-walk", "--filter=blob:none", "--missing=print"];
  const listed = await runGit(place, { args: [...list, parent], accept: [0, 128] });
  if (listed.code !== 0) return undefined;
  const trees = listed.stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  const isWhole = trees.every((line) => !line.startsWith("?"));
  const touched = isWhole ? await findTouched(place, parent, patch) : [];
  return [sha, parent, ...trees.map((line) => line.replace("?", "")), ...touched];
}

/** Blobs of the parent that the patch changes, whether the clone has them or not. */
async function findTouched(place: GitPlace, parent: string, patch: Uint8Array): Promise<readonly string[]> {
  // With -z names are not quoted, and each ends with NUL.
  const counted = await runGit(place, { args: ["apply", "--numstat", "-z", "-"], input: patch, accept: [0, 1, 128] });
  const nameIn = (line: string) => line.slice(line.indexOf("\t", line.indexOf("\t") + 1) + 1);
  const paths = new Set(splitAtNul(counted.stdout).map(nameIn));
  // What keeps git from listing them is found when the directories are copied.
  const args = ["ls-tree", "-r", "-z", "--full-tree", parent];
  const { stdout } = await runGit(place, { args, accept: [0, 128] });
  return splitAtNul(stdout).flatMap((line) => {
    const [, id, path = ""] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return id !== undefined && paths.has(path) ? [id] : [];
  });
}

/** A byte is a character: names need not be UTF-8. */
function splitAtNul(output: Buffer): readonly string[] {
  return output.toString("latin1").split("\0").slice(0, -1);
}

async function readCommit(store: ObjectStore, { sha, parent, patch }: CommitClaim): Promise<CommitFacts> {
  const { stdout } = await runGit(store.place, { args: ["cat-file", "commit", sha] });
  const [header = "", ...body] = stdout.toString().split("\n\n");
  const fields = header.split("\n");
  const valuesOf = (name: string) =>
    fields.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    parents: valuesOf("parent"),
    message: body.join("\n\n"),
    tree: valuesOf("tree")[0] ?? "",
    claimedTree: await store.applyToTree(parent, patch).catch(() => undefined),
  };
}
