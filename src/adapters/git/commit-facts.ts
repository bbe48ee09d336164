import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CommitClaim, CommitFacts } from "../../governance/commit-audit.ts";
import { ExternalError } from "../../governance/errors.ts";
import { type GitPlace, runGit } from "./git-process.ts";
import { ObjectStore } from "./object-store.ts";

/** Bound on one git command in seconds. */
const TIMEOUT_SECONDS = 120;

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
  const home = await realpath(await mkdtemp(join(tmpdir(), "codex-plan-audit-")));
  try {
    const place: GitPlace = { gitDirectory: join(home, "objects.git"), home, timeoutSeconds: TIMEOUT_SECONDS };
    await borrowObjects(place, gitDirectory);
    return await readCommit(new ObjectStore(place), claim);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A store of our own that reads the objects of the repository and writes none there. */
async function borrowObjects(place: GitPlace, gitDirectory: string): Promise<void> {
  const ask = async (args: readonly string[]): Promise<string> => {
    // Who owns the repository does not matter: nothing that it configures is used.
    const config = [["safe.directory", "*"]] as const;
    return (await runGit({ ...place, gitDirectory }, { args, config })).stdout.toString().trim();
  };
  const format = await ask(["rev-parse", "--show-object-format"]);
  const objects = await ask(["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
  await runGit(place, { args: ["init", "--quiet", "--bare", `--object-format=${format}`, place.gitDirectory] });
  await writeFile(join(place.gitDirectory, "objects/info/alternates"), `${objects}\n`);
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
