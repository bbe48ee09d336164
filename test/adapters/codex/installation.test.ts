import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CodexLocation, locateCodex } from "../../../src/adapters/codex/installation.ts";
import { processesWith } from "../../world/processes.ts";
import { CURRENT, temporary, VERSIONS } from "./bench.ts";

function program(path: string, body: string): string {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const at = (base: string, more: Partial<CodexLocation> = {}): CodexLocation => ({
  version: CURRENT.version,
  cacheDirectory: join(base, "cache"),
  environment: { PATH: "/usr/bin:/bin" },
  ...more,
});

it.each(VERSIONS)("finds the native binary of $version behind npm's launcher", async ({ version, launcher }) => {
  using home = temporary();
  const binary = await locateCodex(at(home.path, { version, codexPath: launcher }));
  expect(binary).toMatch(/vendor\/[^/]+\/bin\/codex$/);
  expect(existsSync(binary)).toBe(true);
  expect(await locateCodex(at(home.path, { version, codexPath: binary }))).toBe(binary);
});

it("leaves nothing behind when it asks for the version", async () => {
  // Below the system's temporary directory Codex would not write to its home.
  const home = mkdtempSync(join(homedir(), ".codex-installation-"));
  try {
    await locateCodex(at(home, { codexPath: CURRENT.launcher }));
    expect(readdirSync(join(home, "cache"))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

it.each(["latest", "^0.171.0", "0.169", "0.171.0 ; id", "../0.171.0", ""])(
  "refuses the version %j",
  async (version) => {
    using home = temporary();
    await expect(locateCodex(at(home.path, { version }))).rejects.toMatchObject({ code: "configuration_invalid" });
    expect(readdirSync(home.path)).toEqual([]);
  },
);

it("refuses a binary of another version, saying both", async () => {
  using home = temporary();
  const run = locateCodex(at(home.path, { version: "0.1.2", codexPath: CURRENT.launcher }));
  await expect(run).rejects.toMatchObject({
    code: "codex_version_mismatch",
    message: expect.stringMatching(/expected codex-cli 0\.1\.2, got "codex-cli 0\.171\.0"/),
  });
});

it.each([
  ["does not exist", "nothing"],
  ["is a directory", "directory"],
  ["fails", "fails"],
])("refuses a codex-path that %s", async (_what, name) => {
  using home = temporary();
  mkdirSync(join(home.path, "directory"));
  program(join(home.path, "fails"), "exit 3");
  const run = locateCodex(at(home.path, { codexPath: join(home.path, name) }));
  await expect(run).rejects.toMatchObject({ name: "ConfigurationError", code: "codex_missing" });
});

it("takes Codex from PATH only when it has the pinned version", async () => {
  using home = temporary();
  const right = program(join(home.path, "codex"), `echo "codex-cli ${CURRENT.version}"`);
  const environment = { PATH: `${home.path}:/usr/bin:/bin` };
  expect(await locateCodex(at(home.path, { environment }))).toBe(right);
  program(right, 'echo "codex-cli 0.1.0"');
  program(join(home.path, "npm"), "exit 1");
  await expect(locateCodex(at(home.path, { environment }))).rejects.toMatchObject({ code: "codex_missing" });
});

it("installs with npm into the cache, once, whole or not at all, and hands npm no token", async () => {
  using home = temporary();
  const triple = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-${process.platform === "darwin" ? "apple-darwin" : "unknown-linux-musl"}`;
  program(
    join(home.path, "npm"),
    [
      `env > ${home.path}/environment; echo "$@" >> ${home.path}/calls`,
      `[ -f ${home.path}/broken ] && exit 1`,
      `dir="$3/node_modules/@openai/codex/vendor/${triple}/bin"; mkdir -p "$dir"`,
      `printf '#!/bin/sh\\necho codex-cli ${CURRENT.version}\\n' > "$dir/codex"; chmod +x "$dir/codex"`,
    ].join("\n"),
  );
  const location = at(home.path, {
    environment: { PATH: `${home.path}:/usr/bin:/bin`, GITHUB_TOKEN: "canary", OPENAI_API_KEY: "canary" },
  });
  writeFileSync(join(home.path, "broken"), "");
  await expect(locateCodex(location)).rejects.toMatchObject({ code: "codex_missing" });
  expect(readdirSync(location.cacheDirectory)).toEqual([]);
  chmodSync(join(home.path, "broken"), 0o644);
  writeFileSync(join(home.path, "npm"), readFileSync(join(home.path, "npm"), "utf8").replace("&& exit 1", "&& :"));
  const [first, second] = await Promise.all([locateCodex(location), locateCodex(location)]);
  expect(first).toBe(second);
  expect(await locateCodex(location)).toBe(first);
  expect(readdirSync(location.cacheDirectory)).toEqual([`codex-${CURRENT.version}`]);
  expect(readFileSync(join(home.path, "environment"), "utf8")).not.toContain("canary");
  const calls = readFileSync(join(home.path, "calls"), "utf8").trim().split("\n");
  expect(calls.length).toBeLessThanOrEqual(3);
  expect(calls[0]).toContain(`--ignore-scripts --no-audit --no-fund`);
  expect(calls[0]).toContain(`@openai/codex@${CURRENT.version}`);
});

it("leaves no process of npm or of a binary that was asked for its version", async () => {
  using home = temporary();
  const daemon = `setsid sh -c 'trap "" TERM HUP; while :; do sleep 1; done # ${home.path}' & `;
  program(join(home.path, "npm"), `${daemon} exit 1`);
  const environment = { PATH: `${home.path}:/usr/bin:/bin` };
  await expect(locateCodex(at(home.path, { environment }))).rejects.toMatchObject({ code: "codex_missing" });
  expect(processesWith(home.path)).toEqual([]);
  const codexPath = program(join(home.path, "codex"), `${daemon} echo "codex-cli ${CURRENT.version}"`);
  expect(await locateCodex(at(home.path, { codexPath }))).toBe(codexPath);
  expect(processesWith(home.path)).toEqual([]);
});
