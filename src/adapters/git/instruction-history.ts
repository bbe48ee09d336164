import { ConfigurationError } from "../../governance/errors.ts";
import type { InstructionFacts, RepositoryFacts } from "../../governance/instruction-staleness.ts";
import { withBorrowedObjects } from "./borrowed-objects.ts";
import { type GitPlace, runGit } from "./git-process.ts";
import { isInstructionPath } from "./instruction-files.ts";
import { ObjectStore } from "./object-store.ts";

/** Files that Codex reads for a directory and what is below it. */
const SCOPED = /(?:^|\/)AGENTS(?:\.override)?\.md$/i;

/** Instruction files that are looked at, each with two commands of git. */
const MAX_FILES = 200;

/** Whether a clone has a commit. */
export async function hasCommit(gitDirectory: string, commit: string): Promise<boolean> {
  return withBorrowedObjects(gitDirectory, async (place) => {
    const { stdout } = await ask(place, ["cat-file", "-t", commit], [0, 128]);
    return stdout.toString().trim() === "commit";
  });
}

/**
 * When each AGENTS.md of a commit last changed, along the first parents, and what changed under it since. A file counts
 * for the nearest AGENTS.md above it alone. Throws ConfigurationError for a clone without the whole history.
 */
export async function readInstructionHistory(
  gitDirectory: string,
  { repository, commit }: Pick<RepositoryFacts, "repository" | "commit">,
): Promise<RepositoryFacts> {
  await assertWhole(gitDirectory);
  return withBorrowedObjects(gitDirectory, async (place) => {
    const paths = (await new ObjectStore(place).listTree(commit))
      .map(({ path }) => path)
      .filter((path) => SCOPED.test(path));
    const looked = paths.slice(0, MAX_FILES);
    const directories = new Set(paths.map(directoryOf));
    const instructions: InstructionFacts[] = [];
    for (const path of looked) instructions.push(await readHistory(place, { path, commit, directories }));
    const committedAt = await timeOf(place, commit);
    return { repository, commit, committedAt, instructions, omitted: paths.length - looked.length };
  });
}

/** In a shallow clone the oldest commit seems to have made every file. */
async function assertWhole(gitDirectory: string): Promise<void> {
  const place: GitPlace = { gitDirectory, home: "/", timeoutSeconds: 30 };
  const config = [["safe.directory", "*"]] as const;
  const { stdout } = await runGit(place, { args: ["rev-parse", "--is-shallow-repository"], config });
  if (stdout.toString().trim() === "false") return;
  throw new ConfigurationError(
    "configuration_invalid",
    `--repo: expected a clone with its whole history, got a shallow one (${gitDirectory}). Fetch it with \`fetch-depth: 0\`.`,
  );
}

interface Place {
  readonly path: string;
  readonly commit: string;
  /** Every directory with an instruction file of its own. */
  readonly directories: ReadonlySet<string>;
}

async function readHistory(place: GitPlace, { path, commit, directories }: Place): Promise<InstructionFacts> {
  const log = ["log", "-1", "--first-parent", "--format=%H", commit, "--", path];
  const changedCommit = (await ask(place, log)).stdout.toString().trim();
  const own = directoryOf(path);
  const diff = ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", changedCommit, commit];
  const { stdout } = await ask(place, [...diff, ...(own === "" ? [] : ["--", own])]);
  const changed = readNumstat(stdout).filter(
    (file) => !isInstructionPath(file.path) && nearest(file.path, directories) === own,
  );
  return {
    path,
    changedCommit,
    changedAt: await timeOf(place, changedCommit),
    filesSince: changed.length,
    linesSince: changed.reduce((sum, { lines }) => sum + lines, 0),
  };
}

/** `added TAB removed TAB path NUL`; a binary file has dashes for numbers. */
function readNumstat(output: Buffer): readonly { readonly path: string; readonly lines: number }[] {
  return output
    .toString("latin1")
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [added = "", removed = "", ...path] = line.split("\t");
      return { path: Buffer.from(path.join("\t"), "latin1").toString(), lines: Number(added) + Number(removed) || 0 };
    });
}

function nearest(path: string, directories: ReadonlySet<string>): string {
  let directory = directoryOf(path);
  while (directory !== "" && !directories.has(directory)) directory = directoryOf(directory);
  return directory;
}

function directoryOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

/** ISO 8601 in UTC. */
async function timeOf(place: GitPlace, commit: string): Promise<string> {
  const { stdout } = await ask(place, ["log", "-1", "--format=%ct", commit, "--"]);
  return new Date(Number(stdout.toString().trim()) * 1000).toISOString();
}

function ask(place: GitPlace, args: readonly string[], accept: readonly number[] = [0]) {
  // A directory's name may look like a pattern; it is none.
  return runGit(place, { args, accept, env: { GIT_LITERAL_PATHSPECS: "1" } });
}
