import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, open, realpath, rename, rm, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskCodeIn, diskCodeOf } from "../../governance/disk-failure.ts";
import { ConfigurationError, ExternalError } from "../../governance/errors.ts";
import { ProcessFamily, proveFamilies } from "../process/process-family.ts";

const EXACT_VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?$/;
const VERSION_MS = 30_000;
const INSTALL_MS = 10 * 60_000;
const OUTPUT_TAIL = 2_000;

/** The vendor directory of Codex's platform package, and that package's short name. */
const PLATFORMS: Readonly<Record<string, { readonly triple: string; readonly name: string }>> = {
  "linux-x64": { triple: "x86_64-unknown-linux-musl", name: "codex-linux-x64" },
  "linux-arm64": { triple: "aarch64-unknown-linux-musl", name: "codex-linux-arm64" },
  "darwin-x64": { triple: "x86_64-apple-darwin", name: "codex-darwin-x64" },
  "darwin-arm64": { triple: "aarch64-apple-darwin", name: "codex-darwin-arm64" },
};

/** What npm needs to reach its registry. Tokens of the job are not in this list. */
const NPM_ENVIRONMENT = [
  ...["PATH", "HOME", "LANG", "TMPDIR", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["npm_config_registry", "npm_config_cafile", "npm_config_cache", "npm_config_userconfig"],
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

export interface CodexLocation {
  /** Exact version, such as `0.171.0`. Ranges and tags are refused. */
  readonly version: string;
  /** The native binary or npm's launcher script; when given, nothing else is tried. */
  readonly codexPath?: string;
  /** Where an installed Codex is kept, as `codex-<version>`. */
  readonly cacheDirectory: string;
  readonly environment: Environment;
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly output: string;
}

/** Runs a program to its end, at most `timeoutMs`. Nothing that it started is left. */
async function run(
  argv: readonly [string, ...string[]],
  options: { readonly environment: Environment; readonly directory: string; readonly timeoutMs: number },
): Promise<Ended> {
  const family = new ProcessFamily(argv, options);
  const { child } = family;
  child.stdin.destroy();
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout = (stdout + text).slice(0, OUTPUT_TAIL);
    output = (output + text).slice(-OUTPUT_TAIL);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-OUTPUT_TAIL);
  });
  const closed = once(child, "close");
  const end = await Promise.race([family.exited, sleep(options.timeoutMs, undefined, { ref: false })]);
  await family.end(0);
  // Nobody holds the pipes any more; what is in them still comes.
  if (end !== undefined) await closed;
  return { exitCode: end?.code ?? undefined, stdout, output: (end?.error?.message ?? output).trim() };
}

function missing(what: string, cause?: unknown): ConfigurationError {
  const remedy = "Install the pinned version, or set `codex-path` to its binary.";
  return new ConfigurationError("codex_missing", `${what} ${remedy}`, cause === undefined ? undefined : { cause });
}

function platform(): { readonly triple: string; readonly name: string } {
  const known = PLATFORMS[`${process.platform}-${process.arch}`];
  if (known) return known;
  const supported = Object.keys(PLATFORMS).join(", ");
  throw missing(`Codex has no binary for this runner: expected ${supported}, got ${process.platform}-${process.arch}.`);
}

/** What commands must be able to read of Codex: its package with the tools in it, or else the program alone. */
export function codexFiles(binary: string): string {
  const real = existsSync(binary) ? realpathSync(binary) : binary;
  const parts = real.split(sep);
  const vendor = parts.lastIndexOf("vendor");
  return vendor < 0 ? real : parts.slice(0, vendor + 2).join(sep);
}

async function isScript(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString("latin1") === "#!";
  } finally {
    await file.close();
  }
}

/** The native binary that belongs to npm's launcher `…/@openai/codex/bin/codex.js`. */
function vendorBinary(packageRoot: string): string | undefined {
  const { triple, name } = platform();
  const roots = [join(packageRoot, "node_modules", "@openai", name), join(dirname(packageRoot), name), packageRoot];
  return roots.map((root) => join(root, "vendor", triple, "bin", "codex")).find((path) => existsSync(path));
}

async function nativeBinary(path: string): Promise<string | undefined> {
  const real = await realpath(path);
  if (!(await stat(real)).isFile()) return undefined;
  // A wrapper script that is not npm's launcher is run as it is; its version is proven like any other.
  return (await isScript(real)) ? (vendorBinary(dirname(dirname(real))) ?? real) : real;
}

/** What `--version` prints, without the line's end; undefined when it cannot be run. */
async function versionOf(binary: string, location: CodexLocation): Promise<string | undefined> {
  await mkdir(location.cacheDirectory, { recursive: true });
  // Codex writes to its home even then; the cache outlives the job.
  const home = await mkdtemp(join(location.cacheDirectory, "codex-version-"));
  try {
    const { exitCode, stdout } = await run([binary, "--version"], {
      environment: { PATH: location.environment.PATH, HOME: home },
      directory: home,
      timeoutMs: VERSION_MS,
    });
    return exitCode === 0 ? stdout.trim() : undefined;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

async function proveVersion(binary: string, location: CodexLocation): Promise<string> {
  const expected = `codex-cli ${location.version}`;
  const got = await versionOf(binary, location);
  if (got === expected) return binary;
  if (got === undefined) throw missing(`${binary} --version did not run.`);
  throw new ConfigurationError(
    "codex_version_mismatch",
    `Codex's version is not the pinned one: expected ${expected}, got ${JSON.stringify(got.slice(0, 100))} ` +
      `from ${binary}. Install the pinned version, or pin this one in the policy.`,
  );
}

async function fromGivenPath(path: string): Promise<string> {
  try {
    const binary = await nativeBinary(path);
    if (binary !== undefined) return binary;
  } catch (cause) {
    throw missing(`There is no Codex at codex-path: expected a binary, got ${path}.`, cause);
  }
  throw missing(`There is no Codex at codex-path: expected a file, got ${path}.`);
}

/** A `codex` on PATH, if it has the pinned version. Another version there is no error: ours gets installed. */
async function fromPath(location: CodexLocation): Promise<string | undefined> {
  const entries = (location.environment.PATH ?? "").split(delimiter).filter((entry) => isAbsolute(entry));
  const found = entries.map((entry) => join(entry, "codex")).find((path) => existsSync(path));
  if (found === undefined) return undefined;
  const binary = await nativeBinary(found);
  if (binary === undefined) return undefined;
  return (await versionOf(binary, location)) === `codex-cli ${location.version}` ? binary : undefined;
}

async function installWithNpm(directory: string, location: CodexLocation): Promise<void> {
  const environment = Object.fromEntries(
    NPM_ENVIRONMENT.map((name) => [name, location.environment[name]] as const).filter(([, value]) => value),
  );
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
  const { exitCode, output } = await run(
    ["npm", "install", "--prefix", directory, ...flags, `@openai/codex@${location.version}`],
    { environment, directory, timeoutMs: INSTALL_MS },
  );
  if (exitCode === 0) return;
  const disk = diskCodeIn(output);
  const how = exitCode === undefined ? "it did not end, or could not be started" : `exit code ${exitCode}`;
  const what = `npm could not install @openai/codex@${location.version}: ${how}. ${output.slice(-600)}`;
  throw disk ? new ExternalError(disk, what) : missing(what);
}

/** Installs into a directory of its own and renames it, so that a half-made installation is never found. */
async function fromRegistry(location: CodexLocation): Promise<string> {
  const home = join(location.cacheDirectory, `codex-${location.version}`);
  const binary = (): string | undefined => vendorBinary(join(home, "node_modules", "@openai", "codex"));
  const present = binary();
  if (present !== undefined) return present;
  await mkdir(location.cacheDirectory, { recursive: true });
  const temporary = await mkdtemp(join(location.cacheDirectory, ".codex-install-"));
  try {
    await installWithNpm(temporary, location);
    await rename(temporary, home).catch((error: unknown) => {
      // Another run was faster, and what it installed is as good.
      if (binary() === undefined && diskCodeOf(error)) throw error;
      if (binary() === undefined) throw missing(`Codex could not be moved to ${home}.`, error);
    });
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
  }
  const installed = binary();
  if (installed === undefined) throw missing(`npm installed Codex without a binary for ${platform().name}.`);
  return installed;
}

/**
 * The native Codex binary of exactly the pinned version: from `codexPath`, else from PATH, else installed with
 * npm. Throws ConfigurationError `configuration_invalid`, `codex_missing`, `codex_version_mismatch`, and
 * `sandbox_unavailable` where no program can be run as a family of its own; ExternalError `runner_disk_*` when npm had
 * no room.
 */
export async function locateCodex(location: CodexLocation): Promise<string> {
  if (!EXACT_VERSION.test(location.version)) {
    throw new ConfigurationError(
      "configuration_invalid",
      `The Codex version is not exact: expected a version such as 0.171.0, got ${JSON.stringify(location.version)}. ` +
        "Pin one version; tags and ranges move.",
    );
  }
  await proveFamilies();
  if (location.codexPath !== undefined && location.codexPath !== "") {
    return proveVersion(await fromGivenPath(location.codexPath), location);
  }
  const onPath = await fromPath(location).catch(() => undefined);
  return onPath ?? proveVersion(await fromRegistry(location), location);
}
