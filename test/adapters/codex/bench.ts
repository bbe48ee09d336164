/** What the tests of the Codex adapter share: the installed versions, and a run against a scripted model. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCodex } from "../../../src/adapters/codex/codex.ts";
import { locateCodex } from "../../../src/adapters/codex/installation.ts";
import type { CodexOptions } from "../../../src/adapters/codex/session.ts";
import type { GuardAnswer } from "../../../src/governance/guarded-request.ts";
import type { Codex, CodexSettings } from "../../../src/ports.ts";
import { readablePlaces } from "../../../src/readable-places.ts";
import { type Model, type Responder, startModel } from "../../world/model.ts";

const modules = join(fileURLToPath(new URL("../../..", import.meta.url)), "node_modules");
const launcher = (root: string): string => join(root, "@openai", "codex", "bin", "codex.js");

export const CURRENT = { version: "0.171.0", launcher: launcher(modules) };
/** What `scripts/older-codex.mjs` installs: a policy may pin one of these. */
const OLDER = ["0.139.0", "0.169.0"].map((version) => ({
  version,
  launcher: launcher(join(modules, ".cache", `codex-${version}`, "node_modules")),
}));
export const MISSING = OLDER.filter(({ launcher }) => !existsSync(launcher)).map(({ version }) => version);
export const VERSIONS = [CURRENT, ...OLDER.filter(({ version }) => !MISSING.includes(version))];
/** Older ones keep the way to their proxy in the machine's /tmp, which is closed: they have no loopback for commands. */
export const hasLoopback = (version: string): boolean => version !== "0.139.0";

export const API_KEY = "the-key-of-this-run-0123456789";

/** A directory that removes itself at the end of the `using` block. */
export function temporary(): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "codex-adapter-")));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export interface Bench extends AsyncDisposable {
  readonly codex: Codex;
  readonly model: Model;
  readonly settings: CodexSettings;
  /** Parent of everything of this run. */
  readonly base: string;
  readonly directory: string;
  /** Where the adapter may put its private directories. */
  readonly scratch: string;
  /** A directory with a canary file that no command may read. */
  readonly secret: string;
}

export interface BenchOptions {
  readonly version?: string;
  readonly launcher?: string;
  /** Instead of a real Codex. */
  readonly binary?: string;
  readonly respond?: Responder;
  readonly settings?: Partial<CodexSettings>;
  readonly options?: Partial<CodexOptions>;
}

export const FILES: Readonly<Record<string, string>> = {
  "src/a.txt": "one\n",
  "b.txt": "b\n",
  "AGENTS.md": "Write short lines.\n",
};

/** A small tree, a scripted model and the adapter between them. */
export async function openBench(given: BenchOptions): Promise<Bench> {
  const root = temporary();
  const directory = join(root.path, "tree");
  for (const name of ["tree/src", "scratch", "secret", "cache"]) mkdirSync(join(root.path, name), { recursive: true });
  for (const [path, content] of Object.entries(FILES)) writeFileSync(join(directory, path), content);
  writeFileSync(join(root.path, "secret", "canary"), "CANARY-IN-A-FILE\n");
  const model = await startModel({ respond: given.respond ?? (() => []) });
  const version = given.version ?? CURRENT.version;
  const locate = (): Promise<string> =>
    given.binary !== undefined
      ? Promise.resolve(given.binary)
      : locateCodex({
          version,
          codexPath: given.launcher ?? CURRENT.launcher,
          cacheDirectory: join(root.path, "cache"),
          environment: process.env,
        });
  const codex = createCodex({
    locate,
    apiKey: API_KEY,
    baseUrl: model.baseUrl,
    temporaryDirectory: join(root.path, "scratch"),
    log: () => {},
    readable: (directories) => readablePlaces(process.env, join(root.path, "scratch"), directories),
    ...given.options,
  });
  return {
    codex,
    model,
    settings: {
      version,
      model: "gpt-5.5",
      effort: "low",
      timeoutSeconds: 60,
      readableDirectories: [],
      ...given.settings,
    },
    base: dirname(directory),
    directory,
    scratch: join(root.path, "scratch"),
    secret: join(root.path, "secret"),
    async [Symbol.asyncDispose]() {
      await model.close();
      root[Symbol.dispose]();
    },
  };
}

/** Grants exactly these operations, written `modify src/a.txt`. */
export function grantOnly(...granted: readonly string[]) {
  return (changes: readonly { readonly path: string; readonly operation: string }[]): GuardAnswer => {
    const extra = changes.find(({ path, operation }) => !granted.includes(`${operation} ${path}`));
    return extra === undefined
      ? { grant: true }
      : { grant: false, finding: `${extra.operation} ${extra.path} is not planned` };
  };
}

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
