import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createGit, type GitOptions } from "../../../src/adapters/git/git-adapter.ts";
import type { Git, ScratchTree } from "../../../src/ports.ts";
import { type GitServer, type GitServerOptions, startGitServer } from "../../world/git-server.ts";
import { type BareRepository, createRepository, type FileContents } from "../../world/repository.ts";

export const TOKEN = "ghs_canary_4bf1d2";

/** A real repository behind a real server, with the adapter that reads it. Gone when the test ends. */
export interface Scene {
  readonly repository: BareRepository;
  readonly server: GitServer;
  readonly git: Git;
  /** Where the adapter puts its scratch trees. */
  readonly temporaryDirectory: string;
  readonly log: readonly string[];
  /** Commits `head` on top of `base` (the branch `main`) and opens a scratch tree of it. */
  open(base: FileContents, head?: FileContents): Promise<ScratchTree>;
}

export async function createScene(
  options: Partial<GitOptions> & { readonly fault?: GitServerOptions["fault"] } = {},
): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), "git-scene-"));
  const { fault } = options;
  const temporaryDirectory = join(root, "temporary");
  await mkdir(temporaryDirectory);
  const repository = await createRepository({ directory: join(root, "served/owner/name.git") });
  const server = await startGitServer({
    root: join(root, "served"),
    tokens: new Map([[TOKEN, { login: "reader", push: false }]]),
    ...(fault === undefined ? {} : { fault }),
  });
  onTestFinished(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  const log: string[] = [];
  const remoteUrl = `${server.url}/owner/name.git`;
  const git = createGit({ remoteUrl, token: TOKEN, temporaryDirectory, log: (line) => log.push(line), ...options });
  return {
    repository,
    server,
    git,
    temporaryDirectory,
    log,
    open: async (baseFiles, headFiles = {}) => {
      const base = await repository.commit("main", baseFiles);
      const head = await repository.commit("topic", headFiles, { parent: base });
      const tree = await git.openScratchTree({ head, base });
      onTestFinished(() => tree.dispose());
      return tree;
    },
  };
}
