import type { Permissions } from "./permissions.ts";

/** The names that our permission profiles have in Codex's configuration. */
export const READ_PROFILE = "governed";
export const VERIFY_PROFILE = "governed-verify";
/** What verification commands may, and a network of their own with nothing in it but a loopback. */
export const LOOPBACK_PROFILE = "governed-loopback";

/** The variable that carries the key to Codex. Its own name, so that no command of a user ever sets it. */
export const KEY_VARIABLE = "CODEX_PLAN_GOVERNANCE_KEY";

const PROVIDER = "governed";

/**
 * Everything that the action does not need and that some supported version has on, or may switch on by itself: what
 * reaches the network, starts a process outside the sandbox or another agent, remembers something, offers the model
 * one more tool, or belongs to an application around Codex. A version that does not know a name prints a warning and
 * goes on. The tests list what the binary leaves on after this.
 */
const FEATURES_OFF = [
  ...["api_key_cyber_access_programs", "api_key_model_discovery", "apps", "auth_elicitation", "bedrock_setup_wizard"],
  ...["browser_annotation_api", "browser_use", "browser_use_external", "browser_use_full_cdp_access", "cli_daybreak"],
  ...["chronicle", "computer_use", "daemon_auto_start", "enable_mcp_apps", "fast_mode", "goals"],
  ...["guardian_approval", "guardian_include_additional_context", "guardian_reuse_parent_compaction", "hooks"],
  ...["image_generation", "in_app_browser", "in_app_chat", "in_app_dictation", "in_app_local_automation"],
  ...[
    "in_app_updates",
    "in_app_voice",
    "incremental_tools",
    "incremental_tools_legacy",
    "incremental_tools_legacy_gcp",
  ],
  ...["mcp_oauth_refresh_coordination", "memories", "mentions_v2", "multi_agent", "multi_agent_v2"],
  ...["multi_environment_mcp", "per_environment_context", "personality", "plugin_sharing", "plugins"],
  ...["prediction_preserve_parent_tools", "remote_plugin", "request_permissions_tool", "shell_snapshot"],
  ...["skill_mcp_dependency_install", "skill_search", "sleep_tool", "standalone_web_search", "system_proxy_fallback"],
  ...["terminal_resize_reflow", "tool_call_mcp_elicitation", "tool_suggest", "tui_workspace", "ultrafast_mode"],
  ...["unbounded_connection_retries", "view_image", "workspace_dependencies"],
];

/**
 * A model whose catalogue entry asks for sub-agents gets them whatever the features say; this switch is above both.
 * Codex before 0.145.0 does not start with it. What its sub-agents ask for, the guard declines.
 */
function knowsAgentsSwitch(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 0 || minor >= 145;
}

export interface Configuration {
  /** The pinned version. */
  readonly version: string;
  readonly baseUrl: string;
  /** What the model's commands may. */
  readonly reading: Permissions;
  /** What verification commands may. */
  readonly verifying: Permissions;
  /** Set for every command, on top of PATH and the like. */
  readonly variables: Readonly<Record<string, string>>;
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

function table(entries: Iterable<readonly [key: string, value: string]>): string {
  return `{${[...entries].map(([key, value]) => `${toml(key)}=${toml(value)}`).join(",")}}`;
}

/** Without `extends`: what is not named in it cannot be read. */
function profile(permissions: Permissions, network?: string): string {
  return `{filesystem=${table(permissions)}${network === undefined ? "" : `,${network}`}}`;
}

/** The arguments of `codex app-server`. No key: it is in the environment, under KEY_VARIABLE. */
export function codexArguments(configuration: Configuration): string[] {
  const { version, baseUrl, reading, verifying, variables, hasLoopback } = configuration;
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
    `shell_environment_policy={inherit="core",exclude=[${toml(KEY_VARIABLE)},"*KEY*","*TOKEN*","*SECRET*"],set=${table(Object.entries(variables))}}`,
    `default_permissions=${toml(READ_PROFILE)}`,
    `permissions.${READ_PROFILE}=${profile(reading)}`,
    `permissions.${VERIFY_PROFILE}=${profile(verifying)}`,
    ...(hasLoopback ? [`permissions.${LOOPBACK_PROFILE}=${profile(verifying, CLOSED_PROXY)}`] : []),
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
    // Nobody is there to answer.
    "tools.experimental_request_user_input={enabled=false}",
    ...(knowsAgentsSwitch(version) ? ["agents.enabled=false"] : []),
    ...FEATURES_OFF.map((feature) => `features.${feature}=false`),
    `features.network_proxy=${hasLoopback}`,
  ];
  return ["app-server", ...settings.flatMap((setting) => ["-c", setting])];
}
