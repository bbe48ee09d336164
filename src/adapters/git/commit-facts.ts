import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommitClaim, CommitFacts } from "../../governance/commit-audit.ts";
import { ExternalError } from "../../governance/errors.ts";
import { withBorrowedObjects } from "./borrowed-objects.ts";
import { runGit } from "./git-process.ts";
import { ObjectStore } from "./object-store.ts";

/** The git directory of a clone, of a worktree, or a bare repository itself; undefined when it is none of them. */
export function findGitDirectory(repository: string): string | undefined {
  const dotGit = join(repository, ".git");
  const isFile = statSync(dotGit, { throwIfNoEntry: false })?.isFile();
  const target = isFile ? /^gitdir: (.+)$/m.exec(readFileSync(dotGit, "utf8"))?.[1] : undefined;
  const candidates = [target === undefined ? dotGit : resolve(repository, target), repository];
  return candidates.map((path) => resolve(path)).find((path) => existsSync(join(path, "HEAD")));
}

/**
 * The commit that a bundle claims, as a repository on disk has it; undefined when it is not there. Nothing is written
 * into that repository. Throws ExternalError `git_failed`.
 */
export async function readCommitFacts(gitDirectory: string, claim: CommitClaim): Promise<CommitFacts | undefined> {
  return withBorrowedObjects(gitDirectory, (place) => readCommit(new ObjectStore(place), claim));
}

async function readCommit(store: ObjectStore, claim: CommitClaim): Promise<CommitFacts | undefined> {
  const { place } = store;
  const kind = await runGit(place, { args: ["cat-file", "-t", claim.sha], accept: [0, 128] });
  if (kind.code !== 0) return undefined;
  if (kind.stdout.toString().trim() !== "commit") {
    throw new ExternalError("git_failed", `${claim.sha} is not a commit but a ${kind.stdout.toString().trim()}.`);
  }
  const { stdout } = await runGit(place, { args: ["cat-file", "commit", claim.sha] });
  const [header = "", ...body] = stdout.toString().split("\n\n");
  const fields = header.split("\n");
  const valuesOf = (name: string) =>
    fields.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    parents: valuesOf("parent"),
    message: body.join("\n\n"),
    tree: valuesOf("tree")[0] ?? "",
    claimedTree: await store.applyToTree(claim.parent, claim.patch).catch(() => undefined),
  };
}
