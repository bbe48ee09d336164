import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCodex } from "../../src/adapters/codex/codex.ts";
import { locateCodex } from "../../src/adapters/codex/installation.ts";
import { GovernanceError } from "../../src/governance/errors.ts";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { readablePlaces } from "../../src/readable-places.ts";

/** npm's launcher of the pinned Codex. */
export const CODEX = fileURLToPath(new URL("../../node_modules/.bin/codex", import.meta.url));

/** Why Codex's sandbox cannot run here, with what to do; undefined when it can. Asks no model. */
export async function checkSandbox(): Promise<string | undefined> {
  const parent = join(homedir(), ".cache", "codex-plan-governance");
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, "check-"));
  const { version, model, effort } = defaultPolicy().codex;
  const codex = createCodex({
    locate: () => locateCodex({ version, codexPath: CODEX, cacheDirectory: directory, environment: process.env }),
    apiKey: "none",
    baseUrl: "http://127.0.0.1:9/v1",
    temporaryDirectory: directory,
    readable: () => readablePlaces(process.env, directory),
    log: () => undefined,
  });
  try {
    const tree = await mkdtemp(join(directory, "tree-"));
    await codex.verify({
      directory: tree,
      settings: { version, model, effort, timeoutSeconds: 60, readableDirectories: [] },
      commands: ["true"],
    });
    return undefined;
  } catch (error) {
    if (error instanceof GovernanceError) return error.message;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
