import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { createCodex } from "../../src/adapters/codex/codex.ts";
import { createDisk } from "../../src/adapters/disk/disk.ts";
import { createGitHubTime } from "../../src/adapters/github/github-time.ts";
import type { RehearsalCommands, RehearsalReport } from "../../src/governance/rehearsal.ts";
import { rehearse } from "../../src/modes/rehearsal.ts";
import { RunRecord } from "../../src/modes/run-record.ts";
import type { Ports } from "../../src/ports.ts";
import { readablePlaces } from "../../src/readable-places.ts";
import { createScene, type Scene } from "../adapters/git/scene.ts";
import { locateCodexForPostgres } from "../world/codex-for-postgres.ts";
import { INSTALLED } from "../world/postgres-rehearsal.ts";
import type { FileContents } from "../world/repository.ts";

const CODEX = fileURLToPath(new URL("../../node_modules/.bin/codex", import.meta.url));

/** A key that no command may see. */
export const API_KEY = "sk-rehearsal-key-that-no-command-may-see";

/** The approved change: contents of files, `null` for those that it removes. */
export type Change = Readonly<Record<string, string | null>>;

export interface RehearsalStage {
  readonly scene: Scene;
  /** A path that no command may write. */
  readonly outside: string;
  /** Rehearses a change of the repository's files, on `at` if it is another commit than theirs. */
  rehearse(change: Change, commands: Partial<RehearsalCommands>, at?: string): Promise<RehearsalReport>;
}

/** Real git and the real Codex around `rehearse`, on a repository with these files. */
export async function openStage(files: FileContents): Promise<RehearsalStage> {
  const scene = await createScene();
  // Not below the system's temporary directory: Codex warns about a home there.
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  await mkdir(parent, { recursive: true });
  const temporaryDirectory = await realpath(await mkdtemp(join(parent, "rehearsal-")));
  onTestFinished(() => rm(temporaryDirectory, { recursive: true, force: true, maxRetries: 3 }));
  const start = await scene.repository.commit("main", files);
  const codex = createCodex({
    locate: (version) =>
      locateCodexForPostgres({
        version,
        codexPath: CODEX,
        cacheDirectory: temporaryDirectory,
        environment: process.env,
      }),
    apiKey: API_KEY,
    baseUrl: "http://127.0.0.1:9/v1",
    temporaryDirectory,
    readable: () => readablePlaces(process.env, temporaryDirectory, [INSTALLED]),
    log: () => undefined,
  });
  const ports: Ports = {
    git: scene.git,
    codex,
    disk: createDisk(temporaryDirectory),
    clock: createGitHubTime({ log: () => undefined }),
    log: () => undefined,
    // A rehearsal asks nobody and stores nothing.
    github: undefined as never,
    artifacts: undefined as never,
    notifier: undefined as never,
    redact: (text) => text,
  };
  return {
    scene,
    outside: join(temporaryDirectory, "outside"),
    rehearse: async (change, commands, head = start) => {
      const record = new RunRecord("approve", undefined as never, ports);
      try {
        const patch = await renderPatch(scene, start, change);
        const none = { verification: [], up: [], verify: [], down: [] };
        return await rehearse(record, { head, base: head, patch, commands: { ...none, ...commands } });
      } finally {
        await record.dispose();
      }
    },
  };
}

async function renderPatch(scene: Scene, head: string, change: Change): Promise<Uint8Array> {
  const tree = await scene.git.openScratchTree({ head, base: head });
  try {
    for (const [path, content] of Object.entries(change)) {
      const file = join(tree.directory, path);
      await mkdir(dirname(file), { recursive: true });
      if (content === null) await rm(file);
      else await writeFile(file, content);
    }
    return await tree.renderPatch((await tree.compare()).changes);
  } finally {
    await tree.dispose();
  }
}
