/** The names that our permission profiles have in Codex's configuration. */
export const READ_PROFILE = "governed";
export const VERIFY_PROFILE = "governed-verify";
/** What verification commands may, and a network of their own with nothing in it but a loopback. */
export const LOOPBACK_PROFILE = "governed-loopback";

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
  /** Whether there is a loopback profile. It needs a feature that no other session shall have. */
  readonly hasLoopback: boolean;
}

/**
 * Codex gives commands a network namespace of their own only together with its proxy, which is then the one way out
 * of it. Without any domain the proxy refuses everything, without a look-up. Local binding keeps the proxy's
 * variables away from what commands serve to each other on their loopback. Without the proxy's feature all this
 * would mean the open network: `proveIsolation` looks at what came of it.
 */
const CLOSED_PROXY =
  'network={enabled=true,mode="limited",domains={},enable_socks5=false,enable_socks5_udp=false,' +
  "allow_upstream_proxy=false,allow_local_binding=true}";

/** JSON's strings are TOML's basic strings. */
const toml = (text: string): string => JSON.stringify(text);

function profile(entries: readonly (readonly [path: string, access: "write" | "deny"])[], network?: string): string {
  const filesystem = entries.map(([path, access]) => `${toml(path)}=${toml(access)}`).join(",");
  return `{extends=":read-only",filesystem={${filesystem}}${network === undefined ? "" : `,${network}`}}`;
}

/** The arguments of `codex app-server`. No key: it is in the environment, under KEY_VARIABLE. */
export function codexArguments({ baseUrl, denyRead, writable, hasLoopback }: Configuration): string[] {
  const denied = denyRead.map((path) => [path, "deny"] as const);
  const verifiable = [...writable.map((path) => [path, "write"] as const), ...denied];
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
    `permissions.${VERIFY_PROFILE}=${profile(verifiable)}`,
    ...(hasLoopback ? [`permissions.${LOOPBACK_PROFILE}=${profile(verifiable, CLOSED_PROXY)}`] : []),
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
    `features.network_proxy=${hasLoopback}`,
  ];
  return ["app-server", ...settings.flatMap((setting) => ["-c", setting])];
}
