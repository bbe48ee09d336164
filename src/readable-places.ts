import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ReadablePlaces } from "./adapters/codex/permissions.ts";
import { ConfigurationError } from "./governance/errors.ts";
import { OPEN_IN_ETC, SYSTEM_DIRECTORIES, TOOLCHAINS } from "./toolchains.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that name files or directories with credentials. */
const CREDENTIAL_VARIABLES = [
  ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "CLOUDSDK_CONFIG"],
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AZURE_CONFIG_DIR", "DOCKER_CONFIG", "GH_CONFIG_DIR", "GNUPGHOME"],
  ...["GIT_CONFIG_GLOBAL", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_GHA_CREDS_PATH", "KUBECONFIG", "NETRC"],
  ...["NPM_CONFIG_USERCONFIG", "NPM_CONFIG_GLOBALCONFIG", "PIP_CONFIG_FILE"],
];

/** Where credentials lie beside tools; closed in every directory that is open. */
const CREDENTIAL_NAMES = [
  ...[".aws", ".azure", ".config", ".docker", ".env", ".git", ".gnupg", ".kube", ".password-store", ".ssh"],
  ...[".credentials", ".credentials_rsaparams", ".git-credentials", ".gitconfig", ".netrc", ".npmrc", ".pypirc"],
  ...["auth.json", "credentials", "credentials.toml", "gradle.properties", "settings.xml", "settings-security.xml"],
  ...[".condarc", ".pgpass", ".yarnrc.yml", "condarc"],
];

/** The same for a whole installation, such as that of Node in a tool cache: beside each `bin` of PATH. */
const INSTALLATION_CREDENTIALS = ["etc/npmrc", "pip.conf", ".condarc"];

/** Closed in system directories: configuration of npm, pip, PostgreSQL and R, where tokens and passwords are kept. */
const SYSTEM_CREDENTIALS = [
  ...["/usr/etc/npmrc", "/usr/local/etc/npmrc", "/usr/local/etc/pip.conf"],
  ...["/etc/postgresql-common/pg_service.conf", "/etc/R/Renviron.site"],
];

/** Temporary and run-time directories: PATH and a policy open nothing in them. */
const NEVER_OPENED = ["/boot", "/dev", "/etc", "/github", "/proc", "/run", "/sys", "/tmp", "/var/run", "/var/tmp"];

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(place + sep);

/** Absolute paths that exist, each also by its real name; never the root. */
function placesOf(paths: readonly (string | undefined)[]): readonly string[] {
  const found = paths.flatMap((path) => (path && isAbsolute(path) && existsSync(path) ? [resolve(path)] : []));
  return [...new Set(found.flatMap((path) => [path, realpathSync(path)]))].filter((path) => path !== sep);
}

/** The homes in the system's list of users, this process's user first: `homedir()` would believe HOME. */
function homesOfUsers(): readonly string[] {
  const lines = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8").split("\n") : [];
  const users = lines.map((line) => line.split(":")).map(([, , uid, , , home = ""]) => ({ uid, home }));
  const isSystem = (home: string): boolean => SYSTEM_DIRECTORIES.some((system) => isWithin(home, system));
  const ours = String(process.getuid?.());
  return [...users.filter(({ uid }) => uid === ours), ...users]
    .map(({ home }) => home)
    .filter((home) => !isSystem(home));
}

interface Layout {
  /** The first one is where `~/` of a policy leads. */
  readonly homes: readonly string[];
  /** The job's temporary directory, workspace and files of the runner. */
  readonly job: readonly string[];
  /** A self-hosted runner's root, which has its credentials and every job's directories. */
  readonly runner: readonly string[];
}

function layoutOf(env: Environment, temporaryDirectory: string): Layout {
  const inHome = existsSync("/home") ? readdirSync("/home").map((name) => join("/home", name)) : [];
  const files = [env.GITHUB_EVENT_PATH, env.GITHUB_OUTPUT].map((file) => file && dirname(file));
  return {
    homes: placesOf([...homesOfUsers(), env.HOME, "/root", ...inHome]),
    job: placesOf([temporaryDirectory, env.GITHUB_WORKSPACE, env.RUNNER_WORKSPACE, ...files]),
    runner: placesOf([dirname(temporaryDirectory), dirname(dirname(temporaryDirectory))]),
  };
}

/** Why a place must not be opened; undefined when it may. */
function objection(place: string, { homes, job, runner }: Layout): string | undefined {
  const real = realpathSync(place);
  const wide = [...homes, ...job, ...runner].find((other) => isWithin(other, real));
  if (wide !== undefined) return `it has ${wide} in it`;
  const closed = [...job, ...NEVER_OPENED].find((other) => isWithin(real, other) || isWithin(place, other));
  if (closed !== undefined) return `it lies in ${closed}`;
  if (CREDENTIAL_NAMES.some((name) => real.split(sep).includes(name) && name !== ".config"))
    return "credentials are kept there";
  if (existsSync(join(real, ".runner"))) return "it is a runner's directory";
  return SYSTEM_DIRECTORIES.some((system) => isWithin(system, real)) ? "it has system directories in it" : undefined;
}

/** What a directory of PATH opens: itself, and what its programs are known to read. */
function openedByPath(entry: string, layout: Layout): readonly string[] {
  const real = realpathSync(entry);
  if (SYSTEM_DIRECTORIES.some((system) => isWithin(real, system))) return [entry];
  const [home] = layout.homes.filter((each) => isWithin(real, each)).sort((a, b) => b.length - a.length);
  if (home !== undefined) {
    const toolchain = TOOLCHAINS.find(({ at }) => isWithin(relative(home, real), at));
    return (toolchain?.opens ?? []).map((name) => join(home, name));
  }
  const [, top, name] = real.split(sep);
  return top === "opt" && name !== undefined ? [entry, join("/opt", name)] : [entry];
}

/** Throws ConfigurationError for a directory that must not be opened; one that is not on this runner is left out. */
function openedByTeam(directories: readonly string[], layout: Layout): readonly string[] {
  const paths = directories.map((path) => path.replace(/^~(?=\/)/, layout.homes[0] ?? "~"));
  return placesOf(paths).map((place) => {
    const why = objection(place, layout);
    if (why === undefined) return place;
    throw new ConfigurationError(
      "configuration_invalid",
      `\`codex.readable-directories\` must not open ${place}: ${why}. Name the directory of the tool itself.`,
    );
  });
}

/**
 * The allow list of what Codex can read besides its own run: system directories, tool caches, the toolchains that
 * PATH leads to, and what the team's policy opens. Everything else is closed: temporary directories, homes whatever
 * HOME says, the workspace, mounts. Throws ConfigurationError `configuration_invalid`.
 */
export function readablePlaces(
  env: Environment,
  temporaryDirectory: string,
  directories: readonly string[] = [],
): ReadablePlaces {
  const layout = layoutOf(env, temporaryDirectory);
  const isAllowed = (place: string): boolean => objection(place, layout) === undefined;
  const path = (env.PATH ?? "").split(delimiter).filter((entry) => isAbsolute(entry) && existsSync(entry));
  const onPath = path.flatMap((entry) => openedByPath(entry, layout));
  const caches = placesOf([env.RUNNER_TOOL_CACHE, env.AGENT_TOOLSDIRECTORY]).filter(isAllowed);
  const tools = placesOf(onPath).filter(isAllowed);
  const opened = [...caches, ...tools, ...openedByTeam(directories, layout)];
  const beside = [
    ...opened.flatMap((place) => CREDENTIAL_NAMES.map((name) => join(place, name))),
    ...path.flatMap((entry) => INSTALLATION_CREDENTIALS.map((name) => join(dirname(realpathSync(entry)), name))),
  ];
  const named = CREDENTIAL_VARIABLES.map((name) => env[name]);
  const rustup = placesOf([env.RUSTUP_HOME, ...layout.homes.map((home) => join(home, ".rustup"))]);
  const rust = rustup.find((place) => opened.some((each) => isWithin(each, place)) || isWithin(place, "/usr"));
  return {
    opened: [...new Set([...placesOf(SYSTEM_DIRECTORIES), ...placesOf(OPEN_IN_ETC), ...opened])],
    closed: [
      ...new Set([
        ...placesOf(["/etc", ...SYSTEM_CREDENTIALS, ...beside, ...named]),
        ...layout.homes,
        ...layout.job,
        ...layout.runner,
      ]),
    ],
    variables: rust === undefined ? {} : { RUSTUP_HOME: rust },
  };
}
