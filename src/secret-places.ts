import { existsSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** Below the home directory: where tools keep their credentials. */
const CREDENTIALS = [
  ...[".aws", ".azure", ".claude", ".codex", ".config", ".docker", ".gnupg", ".kube", ".password-store", ".ssh"],
  ...[".bash_history", ".git-credentials", ".gitconfig", ".netrc", ".npmrc", ".pgpass", ".pypirc", ".vault-token"],
  ...[".yarnrc.yml", ".zsh_history", ".local/share/keyrings"],
  // Only the files: the tools beside them are needed by verification commands.
  ...[".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".gradle/gradle.properties"],
  ...[".m2/settings.xml", ".m2/settings-security.xml", ".terraform.d/credentials.tfrc.json"],
];

/** Files that the AWS SDK reads, where a workflow has put them elsewhere. */
const CREDENTIAL_FILES = [
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_CONFIG_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/** A self-hosted runner's own credentials, in its root: in the home, or two levels above its temporary directory. */
const RUNNER_CREDENTIALS = [".credentials", ".credentials_rsaparams", ".runner"];

/**
 * Files and directories of the runner that the agent must not read: credentials of tools and of the runner, the
 * event file, the file commands, and the job's workspace, whose `.git/config` may hold a token that a checkout
 * left there. What is above the run's own scratch space cannot be closed and is left out.
 */
export function secretPlaces(
  env: Readonly<Record<string, string | undefined>>,
  temporaryDirectory: string,
): readonly string[] {
  const below = (directory: string | undefined, names: readonly string[]) =>
    directory ? names.map((name) => join(directory, name)) : [];
  const candidates = [
    ...below(env.HOME, CREDENTIALS),
    ...below(
      env.HOME,
      RUNNER_CREDENTIALS.map((name) => join("actions-runner", name)),
    ),
    ...below(dirname(dirname(temporaryDirectory)), RUNNER_CREDENTIALS),
    ...[env.GITHUB_EVENT_PATH, env.GITHUB_OUTPUT].flatMap((file) => (file ? [dirname(file)] : [])),
    ...CREDENTIAL_FILES.flatMap((name) => env[name] || []),
    ...(env.GITHUB_WORKSPACE ? [env.GITHUB_WORKSPACE] : []),
  ];
  const scratch = `${realpathSync(temporaryDirectory)}${sep}`;
  const places = candidates
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => !scratch.startsWith(`${path}${sep}`));
  return [...new Set(places)];
}
