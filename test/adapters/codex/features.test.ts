import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { codexArguments } from "../../../src/adapters/codex/configuration.ts";
import { locateCodex } from "../../../src/adapters/codex/installation.ts";
import { type ModelRequest, message } from "../../world/model.ts";
import { openBench, temporary, VERSIONS } from "./bench.ts";

/** What may be on. A feature that is on by default in a new Codex is reviewed, then listed here or switched off. */
const KEPT: Readonly<Record<string, string>> = {
  code_mode_host: "newer models call their tools from JavaScript; each call is guarded like any other",
  code_mode_host_grpc: "how code mode reaches its host process",
  code_mode_host_output_truncation: "bounds what a script prints",
  code_mode_interrupt: "a turn that ends stops its scripts",
  compaction_image_budget: "bounds images in a compacted history",
  content_item_kinds: "form of the request to the model",
  deferred_tool_world_state: "form of the request to the model",
  enable_request_compression: "form of the request to the model",
  instant_interrupt: "a turn that ends stops at once",
  reasoning_effort_override: "the effort of the policy counts",
  retain_client_tool_outputs: "form of the history",
  shell_tool: "commands, in the sandbox",
  unified_exec: "commands, in the sandbox",
  unified_exec_tty: "commands with a terminal, in the sandbox",
  unified_image_budget: "bounds images of a request",
  untrusted_as_tool_output: "what comes from outside is no instruction",
  write_stdin_approval: "asks for more, never for less",
};

interface Feature {
  readonly name: string;
  readonly stage: string;
  readonly isOn: boolean;
}

/** Lines such as `shell_tool   stable   true`. */
function featuresOf(binary: string, settings: readonly string[]): readonly Feature[] {
  using home = temporary();
  const { stdout, status } = spawnSync(binary, ["features", "list", ...settings], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: home.path, CODEX_HOME: home.path },
  });
  expect(status).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", ...rest] = line.trim().split(/\s+/);
      return { name, stage: rest.slice(0, -1).join(" "), isOn: rest.at(-1) === "true" };
    });
}

function settingsFor(version: string): readonly string[] {
  const [, ...settings] = codexArguments({
    version,
    baseUrl: "http://127.0.0.1:9/v1",
    reading: new Map(),
    verifying: new Map(),
    variables: {},
    hasLoopback: false,
  });
  return settings;
}

const binaryOf = async ({ version, launcher }: (typeof VERSIONS)[number]): Promise<string> => {
  using cache = temporary();
  return locateCodex({ version, codexPath: launcher, cacheDirectory: cache.path, environment: process.env });
};

it.each(VERSIONS)("leaves on in Codex $version only what was reviewed", async (installed) => {
  const binary = await binaryOf(installed);
  const usual = featuresOf(binary, []);
  const ours = featuresOf(binary, settingsFor(installed.version));
  // The list is read right: Codex has features on by default that we switch off.
  expect(usual.filter(({ isOn }) => isOn).map(({ name }) => name)).toContain("apps");
  const unreviewed = ours.filter(({ name, stage, isOn }) => isOn && stage !== "removed" && !Object.hasOwn(KEPT, name));
  expect(unreviewed, `a new Codex must be reviewed: ${installed.version}`).toEqual([]);
});

it("names no feature that none of the versions has", async () => {
  const known = new Set<string>();
  for (const installed of VERSIONS) {
    for (const { name } of featuresOf(await binaryOf(installed), [])) known.add(name);
  }
  const named = settingsFor("0.171.0").flatMap((setting) => /^features\.(\w+)=/.exec(setting)?.[1] ?? []);
  expect(named.length).toBeGreaterThan(20);
  expect([...named, ...Object.keys(KEPT)].filter((name) => !known.has(name))).toEqual([]);
});

/** Tools as functions, and those that code mode offers as functions of JavaScript. */
function offered({ raw, input, tools }: ModelRequest): readonly string[] {
  const nested = input.filter(({ type }) => type === "additional_tools").flatMap((item) => leaves(item.tools));
  const inScripts = [...raw.matchAll(/declare const tools: \{ (\w+)\(/g)].map(([, name]) => `tools.${name}`);
  return [...tools.filter((name) => name !== ""), ...nested, ...inScripts].sort();
}

function leaves(tools: unknown): readonly string[] {
  const list = Array.isArray(tools) ? (tools as { type: string; name?: string; tools?: unknown }[]) : [];
  return list.flatMap((tool) => (tool.type === "namespace" ? leaves(tool.tools) : [tool.name ?? tool.type]));
}

const CLASSIC = ["apply_patch", "exec_command", "write_stdin"];
/** Without any MCP server the three of MCP have nothing to read. */
const CODE_MODE = [
  ...["exec", "tools.apply_patch", "tools.clock__curr_time", "tools.exec_command"],
  ...["tools.list_mcp_resource_templates", "tools.list_mcp_resources", "tools.read_mcp_resource"],
  ...["tools.write_stdin", "wait"],
];
/** What each version offers a model that it knows, a model of code mode, and one that it does not know. */
const OFFERED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // It has no switch for the two, nor code mode: that model is unknown to it.
  "0.139.0": {
    "gpt-5.5": ["apply_patch", "exec_command", "update_plan", "view_image", "write_stdin"],
    "gpt-6.1-sol": ["exec_command", "update_plan", "view_image", "write_stdin"],
    "no-such-model": ["exec_command", "update_plan", "view_image", "write_stdin"],
  },
  "0.169.0": { "gpt-5.5": CLASSIC, "gpt-6.1-sol": CODE_MODE, "no-such-model": ["exec_command", "write_stdin"] },
  "0.171.0": {
    "gpt-5.5": CLASSIC,
    "gpt-6.1-sol": CODE_MODE,
    "gpt-6.2-sol": [...CODE_MODE, "send_message_to_user_async"].sort(),
    "no-such-model": ["exec_command", "write_stdin"],
  },
};

const CASES = VERSIONS.flatMap((installed) =>
  Object.entries(OFFERED[installed.version] ?? {}).map(([name, tools]) => ({ ...installed, name, tools })),
);

it.each(CASES)("offers in Codex $version to the model $name what it needs", async ({ name, tools, ...installed }) => {
  await using bench = await openBench({ ...installed, settings: { model: name }, respond: () => [message("done")] });
  const { codex, directory, settings, model } = bench;
  await codex.change({ directory, settings, prompt: "Go.", guard: () => ({ grant: false, finding: "no" }) });
  expect(model.requests.map(offered)).toEqual([tools]);
  // No catalogue, account, update, plug-in or telemetry was asked for at the model's address.
  expect(model.others).toEqual([]);
});
