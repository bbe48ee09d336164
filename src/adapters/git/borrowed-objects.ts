import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitPlace, runGit } from "./git-process.ts";

/** Bound on one git command in seconds. */
const TIMEOUT_SECONDS = 120;

/**
 * Works on the objects of a repository on disk from a store of our own: nothing of its configuration is used, and
 * nothing is written there. Throws ExternalError `git_failed`.
 */
export async function withBorrowedObjects<T>(gitDirectory: string, work: (place: GitPlace) => Promise<T>): Promise<T> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "codex-plan-audit-")));
  try {
    const place: GitPlace = { gitDirectory: join(home, "objects.git"), home, timeoutSeconds: TIMEOUT_SECONDS };
    await borrowObjects(place, gitDirectory);
    return await work(place);
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
