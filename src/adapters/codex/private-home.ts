import { existsSync, mkdirSync, mkdtempSync, realpathSync, statSync } from "node:fs";
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

/**
 * The places that are closed to Codex's commands, by their real names. A place that Codex's own binary lies in
 * cannot be closed, since the sandbox runs that binary: there only `.git`, where tokens stay behind, is closed.
 * Throws ConfigurationError for a place that is not there.
 */
export function closedPlaces(places: readonly string[], binary: string): readonly string[] {
  const isInside = (path: string, place: string): boolean => path.startsWith(place + sep);
  const real = places.map((place) => {
    if (!isAbsolute(place) || !existsSync(place)) {
      throw new ConfigurationError("configuration_invalid", `Expected the absolute path of something, got ${place}.`);
    }
    return realpathSync(place);
  });
  const closable = real.flatMap((place) => {
    if (!isInside(existsSync(binary) ? realpathSync(binary) : binary, place)) return [place];
    const git = join(place, ".git");
    return existsSync(git) ? [git] : [];
  });
  // A place within a closed one is closed already, and could not be mounted over again.
  return [...new Set(closable)].filter((place) => !closable.some((other) => isInside(place, other)));
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
  readonly #root: string;

  constructor(temporaryDirectory: string) {
    this.#root = mkdtempSync(join(realDirectory(temporaryDirectory), "codex-run-"));
    this.temporary = join(this.#root, "tmp");
    for (const name of ["codex", "home", "tmp"]) mkdirSync(join(this.#root, name), { mode: 0o700 });
  }

  /** What verification commands may write besides the tree. */
  get writable(): readonly string[] {
    // Tools that know no TMPDIR want /tmp; but where our own state lives below it, commands must not write it.
    const shared = this.#root.startsWith("/tmp/") || process.platform !== "linux" ? [] : ["/tmp"];
    return [this.temporary, ...shared];
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

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}
