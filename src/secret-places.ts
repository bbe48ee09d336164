import { existsSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** Below the home directory: where tools keep their credentials. */
const CREDENTIALS = [
  ...[".aws", ".azure", ".cargo", ".config", ".docker", ".gem", ".git-credentials", ".gnupg", ".gradle", ".kube"],
  ...[".m2", ".netrc", ".npmrc", ".pgpass", ".pypirc", ".ssh", ".terraform.d", ".vault-token", ".yarnrc.yml"],
];

/** In the root of a self-hosted runner, two levels above its temporary directory: its own credentials. */
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
    ...below(dirname(dirname(temporaryDirectory)), RUNNER_CREDENTIALS),
    ...[env.GITHUB_EVENT_PATH, env.GITHUB_OUTPUT].flatMap((file) => (file ? [dirname(file)] : [])),
    ...(env.GITHUB_WORKSPACE ? [env.GITHUB_WORKSPACE] : []),
  ];
  const scratch = `${realpathSync(temporaryDirectory)}${sep}`;
  const places = candidates
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => !scratch.startsWith(`${path}${sep}`));
  return [...new Set(places)];
}
