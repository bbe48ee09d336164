import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { codexArguments, KEY_VARIABLE } from "../../../src/adapters/codex/configuration.ts";
import { PrivateHome, realDirectory, safePath } from "../../../src/adapters/codex/private-home.ts";
import { API_KEY, temporary } from "./bench.ts";

it("builds the environment from nothing but its own directories, a PATH and the key", async () => {
  using parent = temporary();
  const home = new PrivateHome(parent.path);
  const environment = home.environment("/tree", API_KEY, { HTTPS_PROXY: "http://proxy", HOME: "/elsewhere" });
  expect(Object.keys(environment).sort()).toEqual(
    ["CODEX_HOME", "HOME", "HTTPS_PROXY", "LANG", "PATH", "TMPDIR", KEY_VARIABLE].sort(),
  );
  expect(environment.HOME?.startsWith(parent.path)).toBe(true);
  expect(existsSync(home.temporary)).toBe(true);
  await home.remove(() => {});
  expect(existsSync(home.temporary)).toBe(false);
});

it("takes no program from the tree: relative entries and entries below it leave the PATH", () => {
  expect(safePath("/usr/bin:.::node_modules/.bin:/tree/bin:/tree:/treehouse/bin", "/tree")).toBe(
    "/usr/bin:/treehouse/bin",
  );
});

it("never has the key in the arguments, and quotes paths as TOML does", () => {
  const argv = codexArguments({
    version: "0.171.0",
    baseUrl: "http://x/v1",
    reading: new Map([['/odd "dir"', "deny"]]),
    verifying: new Map(),
    variables: { NAME: 'a "b"' },
    hasLoopback: false,
  });
  expect(argv.join(" ")).not.toContain(API_KEY);
  expect(argv).toContain('permissions.governed={filesystem={"/odd \\"dir\\""="deny"}}');
});

it.each(["relative", "/does/not/exist", process.execPath])("refuses %s as a directory", (path) => {
  expect(() => realDirectory(path)).toThrow(expect.objectContaining({ code: "configuration_invalid" }));
});
