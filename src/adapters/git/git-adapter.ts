import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExternalError } from "../../governance/errors.ts";
import type { Git, ScratchTree, Sha } from "../../ports.ts";
import type { GitPlace } from "./git-process.ts";
import { createIgnoreRules } from "./ignore-rules.ts";
import { layOut } from "./layout.ts";
import { ObjectStore } from "./object-store.ts";
import { initRepository, Remote } from "./remote.ts";
import { removeDirectory } from "./removal.ts";
import { createScratchTree } from "./scratch-tree.ts";
import { WorkingDirectory } from "./working-directory.ts";

export interface GitOptions {
  /** `https://github.com/owner/name.git`, or http on the loopback. */
  readonly remoteUrl: string;
  /** May read the repository. Given to the fetching git process alone, in its environment. */
  readonly token: string;
  /** An existing directory; each scratch tree gets a directory of its own in it. */
  readonly temporaryDirectory: string;
  readonly log: (line: string) => void;
  /** Bound on one fetch. Default: 300. */
  readonly fetchTimeoutSeconds?: number;
  /** Bound on one local git command. Default: 120. */
  readonly timeoutSeconds?: number;
}

interface Commits {
  readonly head: Sha;
  readonly base: Sha;
}

/** No attribute that the files themselves carry may change what a patch looks like. */
const ATTRIBUTES =
  "* !text !eol !diff !merge !filter !ident !working-tree-encoding !whitespace !conflict-marker-size\n";

/** The `Git` port over the git command line. Throws ConfigurationError for a remote that may not be used. */
export function createGit(options: GitOptions): Git {
  const remote = new Remote(options.remoteUrl, options.token, options.fetchTimeoutSeconds ?? 300);
  return {
    openScratchTree: async (commits) => {
      const root = await makeRoot(options.temporaryDirectory);
      try {
        return await open(root, remote, commits, options);
      } catch (error) {
        // On a broken disk nothing can be removed either; what broke it says more.
        await removeDirectory(root).catch((left: Error) => options.log(left.message));
        throw error;
      }
    },
  };
}

async function makeRoot(temporaryDirectory: string): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(temporaryDirectory, "scratch-tree-")));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExternalError("git_failed", `No scratch tree in ${temporaryDirectory}: ${why}. Check that it exists.`, {
      cause,
    });
  }
}

/** The root holds the working directory and, beside it, everything of git's. */
async function open(root: string, remote: Remote, commits: Commits, options: GitOptions): Promise<ScratchTree> {
  const place: GitPlace = {
    gitDirectory: join(root, "repository"),
    home: join(root, "home"),
    timeoutSeconds: options.timeoutSeconds ?? 120,
  };
  const working = new WorkingDirectory(join(root, "tree"));
  const shadow = new WorkingDirectory(join(root, "ignore-rules"));
  for (const directory of [place.home, working.directory, shadow.directory]) await mkdir(directory);
  await initRepository(place, commits.head);
  await mkdir(join(place.gitDirectory, "info"), { recursive: true });
  await writeFile(join(place.gitDirectory, "info", "attributes"), ATTRIBUTES);
  await remote.fetchCommits(place, [commits.head, commits.base]);
  const store = new ObjectStore(place);
  const layout = await layOut(store, working, commits);
  const history = { ...place, gitDirectory: join(root, "history") };
  const pullRequestFiles = await findPullRequestFiles(remote, store, history, commits, options.log);
  const ignoreRules = createIgnoreRules(store, layout.start, shadow);
  const dispose = () => removeDirectory(root);
  return createScratchTree({ layout, pullRequestFiles, store, working, ignoreRules, dispose });
}

/**
 * Files that differ between the merge base and the head. Where no merge base is found in a bounded part of the
 * history, those that differ between base and head: this is context for the prompt and decides nothing.
 */
async function findPullRequestFiles(
  remote: Remote,
  store: ObjectStore,
  history: GitPlace,
  { head, base }: Commits,
  log: (line: string) => void,
): Promise<readonly string[]> {
  const from = await findStart(remote, store, history, { head, base }).catch((error: unknown) => {
    if (!(error instanceof ExternalError)) throw error;
    log(`No merge base: ${error.message}`);
    return undefined;
  });
  await removeDirectory(history.gitDirectory).catch((left: Error) => log(left.message));
  if (from === undefined) log("The files of the pull request are taken from a comparison of base and head.");
  return (await store.diffTrees(from ?? base, head)).map(({ path }) => path);
}

async function findStart(
  remote: Remote,
  store: ObjectStore,
  history: GitPlace,
  { head, base }: Commits,
): Promise<Sha | undefined> {
  if (head === base) return base;
  const mergeBase = await remote.findMergeBase(history, head, base);
  if (mergeBase !== undefined && mergeBase !== base && mergeBase !== head) {
    await remote.fetchCommits(store.place, [mergeBase]);
  }
  return mergeBase;
}
