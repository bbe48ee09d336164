import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCodex } from "../../../src/adapters/codex/codex.ts";
import { locateCodex } from "../../../src/adapters/codex/installation.ts";
import type { GuardAnswer } from "../../../src/governance/guarded-request.ts";
import type { RequestedChange } from "../../../src/governance/tree.ts";
import type { Codex, CodexSettings } from "../../../src/ports.ts";
import { readablePlaces } from "../../../src/readable-places.ts";
import { createMemoryCodex, type ScriptedChange } from "../../world/memory-codex.ts";
import { applyPatch, type Model, message, startModel } from "../../world/model.ts";
import { CURRENT, hasLoopback, VERSIONS } from "./bench.ts";

const SETTINGS: CodexSettings = {
  version: CURRENT.version,
  model: "gpt-5.5",
  effort: "medium",
  timeoutSeconds: 60,
  readableDirectories: [],
};
const CHANGES: readonly ScriptedChange[] = [
  { path: "a.txt", operation: "modify", content: "two\n" },
  { path: "new/b.txt", operation: "create", content: "new\n" },
  { path: "gone.txt", operation: "delete" },
];
const PATCHES = [
  applyPatch(["*** Update File: a.txt", "@@", "-one", "+two"]),
  applyPatch(["*** Add File: new/b.txt", "+new"]),
  applyPatch(["*** Delete File: gone.txt"]),
];

let base: string;
let tree: string;
let model: Model;
beforeEach(async () => {
  base = mkdtempSync(join(homedir(), ".codex-contract-"));
  tree = join(base, "tree");
  for (const directory of [tree, join(base, "temporary")]) mkdirSync(directory);
  writeFileSync(join(tree, "a.txt"), "one\n");
  writeFileSync(join(tree, "gone.txt"), "gone\n");
  let plans = 0;
  model = await startModel({
    respond: (request) => {
      if (!request.wantsJson) return [PATCHES[request.toolOutputs.length] ?? message("Done.")];
      plans += 1;
      return [message(JSON.stringify({ answer: `attempt ${plans - 1}` }))];
    },
  });
});
afterEach(async () => {
  await model.close();
  rmSync(base, { recursive: true });
});

/** The port's two sides: what a mode may rely on holds for both, and for each version that a policy may pin. */
const CODEXES: readonly (readonly [name: string, version: string, create: () => Codex])[] = [
  [
    "in memory",
    CURRENT.version,
    () =>
      createMemoryCodex({
        plan: (attempt) => JSON.stringify({ answer: `attempt ${attempt}` }),
        changes: CHANGES,
        exitCodes: { false: 1 },
      }),
  ],
  ...VERSIONS.map(({ version, launcher }) => [`${version} for real`, version, () => real(launcher)] as const),
];

const real = (codexPath: string): Codex =>
  createCodex({
    locate: (version) =>
      locateCodex({ version, codexPath, cacheDirectory: join(base, "temporary"), environment: process.env }),
    apiKey: "sk-contract",
    baseUrl: model.baseUrl,
    temporaryDirectory: join(base, "temporary"),
    readable: () => readablePlaces(process.env, join(base, "temporary")),
    log: () => undefined,
  });

const SCHEMA = {
  type: "object",
  properties: { answer: { type: "string" } },
  required: ["answer"],
  additionalProperties: false,
};

describe.each(CODEXES)("Codex %s", (_name, version, create) => {
  const settings: CodexSettings = { ...SETTINGS, version };
  const request = () => ({ directory: tree, settings, prompt: "Do it." });

  test("asks for a plan again until it is accepted, and not more often than allowed", async () => {
    const seen: string[] = [];
    const accept = (text: string) => {
      seen.push(JSON.parse(text).answer);
      return seen.length < 3 ? "Not like this." : undefined;
    };
    const run = await create().plan({ ...request(), outputSchema: SCHEMA, accept, attempts: 2 });
    expect(seen).toEqual(["attempt 0", "attempt 1"]);
    expect(JSON.parse(run.message).answer).toBe("attempt 1");
  });

  test("makes the changes that are granted, one request a file", async () => {
    const asked: RequestedChange[] = [];
    const guard = (changes: readonly RequestedChange[]): GuardAnswer => {
      asked.push(...changes);
      return { grant: true };
    };
    const run = await create().change({ ...request(), guard });
    expect(asked.map(({ path, operation }) => [path, operation])).toEqual(
      CHANGES.map(({ path, operation }) => [path, operation]),
    );
    expect(run.requests.map((one) => one.granted)).toEqual([true, true, true]);
    expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("two\n");
    expect(readFileSync(join(tree, "new/b.txt"), "utf8")).toBe("new\n");
    expect(existsSync(join(tree, "gone.txt"))).toBe(false);
  });

  test("leaves the tree alone where a change is declined, and lists what was asked", async () => {
    const guard = (changes: readonly RequestedChange[]): GuardAnswer =>
      changes[0]?.path === "a.txt" ? { grant: true } : { grant: false, finding: "no" };
    const run = await create().change({ ...request(), guard });
    expect(run.requests).toMatchObject([
      { kind: "file_change", granted: true },
      { kind: "file_change", granted: false, changes: [{ path: "new/b.txt", operation: "create" }] },
      { kind: "file_change", granted: false, changes: [{ path: "gone.txt", operation: "delete" }] },
    ]);
    expect(existsSync(join(tree, "new"))).toBe(false);
    expect(readFileSync(join(tree, "gone.txt"), "utf8")).toBe("gone\n");
  });

  test("answers each verification command with its exit code", async () => {
    const results = await create().verify({ directory: tree, settings, commands: ["true", "false"] });
    expect(results.map(({ command, exitCode, timedOut }) => [command, exitCode, timedOut])).toEqual([
      ["true", 0, false],
      ["false", 1, false],
    ]);
  });

  test.runIf(hasLoopback(settings.version))("keeps a sandbox open for one command after the other", async () => {
    const sandbox = await create().openSandbox({ directory: tree, settings });
    try {
      const results = [...(await sandbox.run(["false", "true"])), ...(await sandbox.run(["true"]))];
      expect(results.map(({ command, exitCode, timedOut }) => [command, exitCode, timedOut])).toEqual([
        ["false", 1, false],
        ["true", 0, false],
        ["true", 0, false],
      ]);
    } finally {
      await sandbox.close();
    }
  });
});
