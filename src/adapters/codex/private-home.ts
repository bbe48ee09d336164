import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { ConfigurationError } from "../../governance/errors.ts";
import { KEY_VARIABLE } from "./configuration.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The real name of an absolute, existing directory. Throws ConfigurationError. */
export function realDirectory(path: string): string {
  try {
    if (isAbsolute(path) && statSync(path).isDirectory()) return realpathSync(path);
  } catch (cause) {
    throw new ConfigurationError("configuration_invalid", `${path} cannot be used: it does not exist.`, { cause });
  }
  throw new ConfigurationError("configuration_invalid", `Expected an absolute path of a directory, got ${path}.`);
}

/** Only absolute entries outside the tree: a program of the pull request must not stand in for one of ours. */
export function safePath(path: string, directory: string): string {
  const isOurs = (entry: string): boolean =>
    isAbsolute(entry) && entry !== directory && !entry.startsWith(directory + sep);
  return path.split(delimiter).filter(isOurs).join(delimiter);
}

/** The directories of one run: Codex's own home, an empty HOME, and a TMPDIR. Nothing outlives the run. */
export class PrivateHome {
  readonly temporary: string;
  /** A file that no command can read. */
  readonly canary: { readonly path: string; readonly text: string };
  readonly #root: string;

  constructor(temporaryDirectory: string) {
    this.#root = mkdtempSync(join(realDirectory(temporaryDirectory), "codex-run-"));
    this.temporary = join(this.#root, "tmp");
    for (const name of ["codex", "home", "tmp"]) mkdirSync(join(this.#root, name), { mode: 0o700 });
    this.canary = { path: join(this.#root, "closed"), text: randomUUID() };
    writeFileSync(this.canary.path, this.canary.text, { mode: 0o600 });
  }

  /** What verification commands may write besides the tree. Codex's own home is not open to them. */
  get writable(): readonly string[] {
    return [this.temporary, join(this.#root, "home")];
  }

  /** Codex's whole environment, built from nothing. */
  environment(directory: string, apiKey: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      LANG: "C.UTF-8",
      ...extra,
      PATH: safePath(extra.PATH ?? process.env.PATH ?? DEFAULT_PATH, directory),
      HOME: join(this.#root, "home"),
      TMPDIR: this.temporary,
      CODEX_HOME: join(this.#root, "codex"),
      [KEY_VARIABLE]: apiKey,
    };
  }

  /** Says so in the log when it cannot be removed: the runner removes it later. */
  async remove(log: (line: string) => void): Promise<void> {
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 }).catch((error: Error) =>
      log(`Codex's home stays behind: ${error.message}`),
    );
  }
}
