import { mkdtemp, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExternalError } from "../../governance/errors.ts";
import { type GitPlace, runGit } from "./git-process.ts";

/** Bound on one git command in seconds. */
const TIMEOUT_SECONDS = 120;

/**
 * Works on the objects of a repository on disk from a store of our own: nothing of its configuration is used, and
 * nothing is written there. Throws ExternalError `git_failed`.
 */
export async function withBorrowedObjects<T>(
  gitDirectory: string,
  work: (place: GitPlace, format: string) => Promise<T>,
): Promise<T> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "codex-plan-audit-")));
  try {
    const place: GitPlace = { gitDirectory: join(home, "objects.git"), home, timeoutSeconds: TIMEOUT_SECONDS };
    return await work(place, await borrowObjects(place, gitDirectory));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** An empty store in a directory of ours. `format` is git's word for how objects are named: `sha1` or `sha256`. */
export async function createStore(home: string, format: string): Promise<GitPlace> {
  const place: GitPlace = { gitDirectory: join(home, "verified.git"), home, timeoutSeconds: TIMEOUT_SECONDS };
  await runGit(place, { args: ["init", "--quiet", "--bare", `--object-format=${format}`, place.gitDirectory] });
  return place;
}

/** A store of our own that reads the objects of the repository and writes none there. Returns the objects' format. */
async function borrowObjects(place: GitPlace, gitDirectory: string): Promise<string> {
  await assertPlain(gitDirectory);
  const ask = async (args: readonly string[]): Promise<string> => {
    // Who owns the repository does not matter: nothing that it configures is used.
    const config = [["safe.directory", "*"]] as const;
    return (await runGit({ ...place, gitDirectory }, { args, config })).stdout.toString().trim();
  };
  const format = await ask(["rev-parse", "--show-object-format"]);
  const objects = await ask(["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
  await assertPlain(objects);
  for (const { name } of await readdir(objects, { withFileTypes: true })) await assertPlain(join(objects, name));
  await runGit(place, { args: ["init", "--quiet", "--bare", `--object-format=${format}`, place.gitDirectory] });
  await writeFile(join(place.gitDirectory, "objects/info/alternates"), `${objects}\n`);
  return format;
}

/** Git would wait for ever for what somebody writes into a pipe. Throws ExternalError for what is no file or directory. */
async function assertPlain(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() || entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || facts.isFile() || facts.isDirectory()) continue;
    throw new ExternalError("git_failed", `${path} is not a regular file. Run git fsck, or use another clone.`);
  }
}
