import { proxySecrets } from "./proxy-settings.ts";

/** What a step before this one may have left in the environment: AWS's temporary keys, and what asks GitHub for an identity. */
const VARIABLES = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/** What the runner itself puts there and takes out of its log. */
const RUNNER_VARIABLES = ["ACTIONS_RUNTIME_TOKEN", "GITHUB_TOKEN"];

/** Names that teams give to the secrets of a job, such as `NPM_TOKEN` or `DATABASE_PASSWORD`. */
const SECRET_NAME = /(?:^|_)(?:TOKEN|SECRET|SECRET_KEY|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS)$/i;

/** Shorter values of such variables may be words, such as `true` or `development`. In UTF-16 units. */
const SHORTEST_VALUE = 16;

type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets of the environment that the runner may not know as such. */
export function maskedValues(env: Environment): readonly string[] {
  return [...VARIABLES.flatMap((name) => env[name] || []), ...proxySecrets(env)];
}

/** Secrets of the environment, none of them for Codex: nothing that is shown or archived may have one. */
export function secretValues(env: Environment): readonly string[] {
  const named = Object.entries(env).flatMap(([name, value = ""]) =>
    SECRET_NAME.test(name) && value.length >= SHORTEST_VALUE && !value.startsWith("/") ? [value] : [],
  );
  return [...new Set([...maskedValues(env), ...RUNNER_VARIABLES.flatMap((name) => env[name] || []), ...named])];
}
