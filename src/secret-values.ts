import { proxySecrets } from "./proxy-settings.ts";

/** What a step before this one may have left in the environment: AWS's temporary keys, and what asks GitHub for an identity. */
const VARIABLES = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/** Secrets of the environment, none of them for Codex: nothing that is shown or archived may have one. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...VARIABLES.flatMap((name) => env[name] || []), ...proxySecrets(env)];
}
