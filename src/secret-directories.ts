import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** Below the home directory: where tools keep their credentials. */
const CREDENTIALS = [".aws", ".azure", ".config", ".docker", ".gnupg", ".kube", ".ssh"];

/**
 * Directories of the runner that the agent must not read: credentials of tools, the event file, the file
 * commands, and the job's workspace, whose `.git/config` may hold a token that a checkout left there.
 * Directories above the run's own scratch space cannot be denied and are left out.
 */
export function secretDirectories(
  env: Readonly<Record<string, string | undefined>>,
  temporaryDirectory: string,
): readonly string[] {
  const home = env.HOME ?? "";
  const candidates = [
    ...(home === "" ? [] : CREDENTIALS.map((name) => join(home, name))),
    ...[env.GITHUB_EVENT_PATH, env.GITHUB_OUTPUT].flatMap((file) => (file ? [dirname(file)] : [])),
    ...(env.GITHUB_WORKSPACE ? [env.GITHUB_WORKSPACE] : []),
  ];
  const scratch = realpathSync(temporaryDirectory);
  const directories = candidates
    .filter((path) => existsSync(path) && statSync(path).isDirectory())
    .map((path) => realpathSync(path))
    .filter((path) => `${scratch}${sep}`.startsWith(`${path}${sep}`) === false);
  return [...new Set(directories)];
}
