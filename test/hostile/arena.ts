import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createCodex } from "../../src/adapters/codex/codex.ts";
import { locateCodex } from "../../src/adapters/codex/installation.ts";
import type { ReadablePlaces } from "../../src/adapters/codex/permissions.ts";
import type { Codex, Ports } from "../../src/ports.ts";
import { CURRENT } from "../adapters/codex/bench.ts";
import { type GitServer, startGitServer } from "../world/git-server.ts";
import { type BareRepository, createRepository, type FileContents } from "../world/repository.ts";
import { runAttempt } from "./attempt.ts";
import type { Attempt, Script } from "./script.ts";
import { type NetworkTrap, setNetworkTrap } from "./traps.ts";
import { type Tree, treeOfCommit } from "./trees.ts";

/** What the agent finds: one of everything that a tree can hold. */
export const FILES: FileContents = {
  "src/a.txt": "one\n",
  "src/b.txt": "two\n",
  "src/Ünï.txt": "composed\n",
  "docs/guide.md": "# Guide\n",
  "old/name.txt": "moving\n",
  "gone.txt": "gone\n",
  "run.sh": { content: "echo run\n", mode: "100755" },
  "data.bin": Buffer.from([0, 255, 1, 254, 10, 13, 0]),
  ".gitignore": "node_modules/\n*.log\n",
  "AGENTS.md": "Write short lines.\n",
  ".github/workflows/ci.yml": "name: ci\n",
  link: { content: "docs", mode: "120000" },
  "link-to-b": { content: "src/b.txt", mode: "120000" },
  "way-out": { content: "/etc", mode: "120000" },
  "vendor/lib": { content: "1".repeat(40), mode: "160000" },
};

/** The parts that every attempt shares: the repository, and what nobody may reach. */
export interface Arena {
  readonly repository: BareRepository;
  readonly server: GitServer;
  readonly head: string;
  readonly start: Tree;
  readonly trap: NetworkTrap;
  readonly apiKey: string;
  readonly token: string;
  readonly directory: string;
  /** Runs one script through the real Codex binary under guard and parity, on a runner of its own. */
  attempt(script: Script): Promise<Attempt>;
  close(): Promise<void>;
}

/** Variables of the job that the agent's commands must not see. */
const JOB_VARIABLES = ["GITHUB_TOKEN", "OPENAI_API_KEY", "INPUT_OPENAI-API-KEY", "ACTIONS_RUNTIME_TOKEN"] as const;

export async function openArena(): Promise<Arena> {
  // Not below the system's temporary directory: Codex warns about a home there.
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "hostile-"));
  const apiKey = `the-model-key-${randomBytes(12).toString("hex")}`;
  const token = `the-job-token-${randomBytes(12).toString("hex")}`;
  for (const name of JOB_VARIABLES) process.env[name] = name.endsWith("KEY") ? apiKey : token;
  const repository = await createRepository({ directory: join(directory, "served/acme/shop.git"), files: FILES });
  const head = (await repository.head("main")) ?? "";
  const server = await startGitServer({
    root: join(directory, "served"),
    tokens: new Map([[token, { login: "github-actions[bot]", push: false }]]),
  });
  const trap = await setNetworkTrap(directory);
  const arena: Arena = {
    repository,
    server,
    head,
    start: await treeOfCommit(repository, head),
    trap,
    apiKey,
    token,
    directory,
    attempt: (script) => runAttempt(arena, script),
    close: async () => {
      for (const name of JOB_VARIABLES) delete process.env[name];
      await Promise.all([server.close(), trap.close()]);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return arena;
}

export interface CodexPlace {
  readonly baseUrl: string;
  readonly temporaryDirectory: string;
  readonly readable: () => ReadablePlaces;
  readonly log: Ports["log"];
  /** Instead of the real binary. */
  readonly binary?: string | undefined;
}

export function openCodex({ apiKey }: Arena, { binary, ...place }: CodexPlace): Codex {
  return createCodex({
    ...place,
    apiKey,
    locate: async (version) =>
      binary ??
      locateCodex({
        version,
        codexPath: CURRENT.launcher,
        cacheDirectory: place.temporaryDirectory,
        environment: process.env,
      }),
  });
}
