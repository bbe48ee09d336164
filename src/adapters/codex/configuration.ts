/** The names that our permission profiles have in Codex's configuration. */
export const READ_PROFILE = "governed";
export const VERIFY_PROFILE = "governed-verify";

/** The variable that carries the key to Codex. Its own name, so that no command of a user ever sets it. */
export const KEY_VARIABLE = "CODEX_PLAN_GOVERNANCE_KEY";

const PROVIDER = "governed";

/**
 * Switched off because each could reach the network, start a process outside the sandbox, start another
 * agent, or remember something. A version that does not know one of them prints a warning and goes on.
 */
const FEATURES_OFF = [
  "apps",
  "browser_use",
  "browser_use_external",
  "computer_use",
  "goals",
  "guardian_approval",
  "hooks",
  "image_generation",
  "in_app_browser",
  "memories",
  "multi_agent",
  "multi_agent_v2",
  "plugins",
  "remote_plugin",
  "shell_snapshot",
  "skill_mcp_dependency_install",
  "tool_suggest",
  "unbounded_connection_retries",
] as const;

export interface Configuration {
  readonly baseUrl: string;
  readonly denyRead: readonly string[];
  /** Directories that verification commands may write. */
  readonly writable: readonly string[];
}

/** JSON's strings are TOML's basic strings. */
const toml = (text: string): string => JSON.stringify(text);

function profile(entries: readonly (readonly [path: string, access: "write" | "deny"])[]): string {
  const filesystem = entries.map(([path, access]) => `${toml(path)}=${toml(access)}`).join(",");
  return `{extends=":read-only",filesystem={${filesystem}}}`;
}

/** The arguments of `codex app-server`. No key: it is in the environment, under KEY_VARIABLE. */
export function codexArguments({ baseUrl, denyRead, writable }: Configuration): string[] {
  const denied = denyRead.map((path) => [path, "deny"] as const);
  const provider = [
    `name="governed"`,
    `base_url=${toml(baseUrl)}`,
    `env_key=${toml(KEY_VARIABLE)}`,
    `wire_api="responses"`,
    "request_max_retries=2",
    "stream_max_retries=2",
    "stream_idle_timeout_ms=120000",
    "supports_websockets=false",
  ].join(",");
  const settings = [
    `model_provider=${toml(PROVIDER)}`,
    `model_providers.${PROVIDER}={${provider}}`,
    `shell_environment_policy={inherit="core",exclude=[${toml(KEY_VARIABLE)},"*KEY*","*TOKEN*","*SECRET*"]}`,
    `default_permissions=${toml(READ_PROFILE)}`,
    `permissions.${READ_PROFILE}=${profile(denied)}`,
    `permissions.${VERIFY_PROFILE}=${profile([...writable.map((path) => [path, "write"] as const), ...denied])}`,
    `approval_policy="on-request"`,
    `approvals_reviewer="user"`,
    `web_search="disabled"`,
    "mcp_servers={}",
    "analytics.enabled=false",
    "feedback.enabled=false",
    "check_for_update_on_startup=false",
    `history.persistence="none"`,
    `cli_auth_credentials_store="file"`,
    // The directory is the project: instructions and configuration of a repository around it are nobody's.
    "project_root_markers=[]",
    // Codex's own skills would be instructions that nobody approved, and tokens of each turn.
    "skills.bundled.enabled=false",
    ...FEATURES_OFF.map((feature) => `features.${feature}=false`),
  ];
  return ["app-server", ...settings.flatMap((setting) => ["-c", setting])];
}
