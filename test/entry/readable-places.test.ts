import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readablePlaces } from "../../src/readable-places.ts";

let root: string;
beforeEach(() => {
  // Not in a temporary directory, in which nothing is ever opened.
  root = realpathSync(mkdtempSync(join(userInfo().homedir, ".readable-places-")));
  for (const directory of [
    "home",
    "runner/_work/_temp/_github_workflow",
    "runner/_work/shop/.git",
    "runner/_work/_tool",
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(root, name);
const make = (name: string) => mkdirSync(at(name), { recursive: true });
const write = (name: string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), "x");
};
const places = (env: Record<string, string | undefined> = {}, directories: readonly string[] = []) =>
  readablePlaces({ HOME: at("home"), ...env }, at("runner/_work/_temp"), directories);
/** What is open on top of the system. */
const opened = (...given: Parameters<typeof places>) => places(...given).opened.filter((path) => path.startsWith(root));

test("opens the system's directories and known names in /etc, and closes the rest of /etc", () => {
  const { opened, closed } = places();
  expect(opened).toEqual(expect.arrayContaining(["/usr", "/etc", "/etc/passwd"]));
  expect(opened).not.toContain("/etc/shadow");
  expect(closed).toContain("/etc");
  for (const path of ["/", "/tmp", "/root", "/home", "/var", "/run", "/opt", "/dev", "/proc"]) {
    expect(opened).not.toContain(path);
  }
});

test.each(["", undefined, "/nonexistent", "relative", "/"])("closes the account's home where HOME is %j", (HOME) => {
  expect(places({ HOME }).closed).toContain(realpathSync(userInfo().homedir));
});

test("opens the tool cache, but no cache that has the job's directories or a home in it", () => {
  expect(opened({ RUNNER_TOOL_CACHE: at("runner/_work/_tool") })).toEqual([at("runner/_work/_tool")]);
  for (const cache of ["runner/_work", "runner", "runner/_work/_temp", "home", "runner/_work/_temp/_github_workflow"]) {
    expect(opened({ RUNNER_TOOL_CACHE: at(cache) })).toEqual([]);
  }
});

test("closes what keeps tokens in the installation of a tool cache that PATH leads to", () => {
  const names = ["etc/npmrc", "pip.conf", ".condarc"].map((name) => `runner/_work/_tool/node/24/x64/${name}`);
  for (const name of names) write(name);
  make("runner/_work/_tool/node/24/x64/bin");
  const PATH = at("runner/_work/_tool/node/24/x64/bin");
  const env = { PATH, RUNNER_TOOL_CACHE: at("runner/_work/_tool") };
  expect(places(env).closed).toEqual(expect.arrayContaining(names.map(at)));
});

test("opens the toolchain in a home that PATH leads to, and nothing beside it", () => {
  for (const name of [
    ".cargo/bin",
    ".cargo/registry",
    ".rustup/toolchains",
    ".pyenv/shims",
    ".pyenv/versions",
    ".ssh",
  ]) {
    make(`home/${name}`);
  }
  const PATH = [".cargo/bin", ".pyenv/shims", ".ssh", ".unknown/bin"].map((name) => at(`home/${name}`)).join(":");
  expect(opened({ PATH }).toSorted()).toEqual(
    [".cargo/bin", ".pyenv/shims", ".pyenv/versions", ".rustup/toolchains"].map((name) => at(`home/${name}`)),
  );
  expect(places({ PATH }).variables).toEqual({ RUSTUP_HOME: at("home/.rustup") });
  expect(opened({ PATH: at("home") })).toEqual([]);
});

test("opens nothing for a directory of PATH in the job's places, by whatever name", () => {
  make("runner/_work/_temp/bin");
  symlinkSync(at("runner/_work/_temp/bin"), at("runner/_work/_tool/link"));
  const PATH = [at("runner/_work/_temp/bin"), at("runner/_work/_tool/link"), "/tmp", "/", "relative"].join(":");
  expect(opened({ PATH, GITHUB_WORKSPACE: at("runner/_work/shop") })).toEqual([]);
  expect(places({ PATH }).opened).not.toContain("/tmp");
});

test("closes credentials beside tools, those that variables name, and the job's own places", () => {
  write("runner/_work/_tool/.npmrc");
  write("elsewhere/kubeconfig");
  const event = at("runner/_work/_temp/_github_workflow/event.json");
  const { closed } = places({
    RUNNER_TOOL_CACHE: at("runner/_work/_tool"),
    KUBECONFIG: at("elsewhere/kubeconfig"),
    GITHUB_EVENT_PATH: event,
    GITHUB_WORKSPACE: at("runner/_work/shop"),
  });
  const expected = ["runner/_work/_tool/.npmrc", "elsewhere/kubeconfig", "runner/_work/shop", "runner/_work/_temp"];
  expect(closed).toEqual(expect.arrayContaining([...expected.map(at), dirname(event), at("runner")]));
});

test("opens what a policy names, from the account's home with `~/`, and leaves out what is not there", () => {
  make("home/tool");
  const [, name = ""] = root.split(`${userInfo().homedir}/`);
  expect(opened({}, [at("home/tool"), at("home/nowhere"), `~/${name}/home/tool`])).toEqual([at("home/tool")]);
});

test.each([
  ["a home", "home", "it has"],
  ["what is above a home", "", "it has"],
  ["the job's temporary directory", "runner/_work/_temp", "it has"],
  ["a place in it", "runner/_work/_temp/_github_workflow", "it has|it lies in"],
  ["the workspace", "runner/_work/shop", "it has"],
  ["the runner's root", "runner", "it has"],
  ["a link to a home", "link", "it has"],
  ["where keys are kept", "home/.ssh", "credentials are kept there"],
  ["what lies in there", "home/.aws/cli", "credentials are kept there"],
  ["another runner", "other", "a runner's directory"],
])("refuses to open %s for a policy", (_what, name, reason) => {
  for (const made of ["home/.ssh", "home/.aws/cli"]) make(made);
  write("other/.runner");
  symlinkSync(at("home"), at("link"));
  const refuse = () => places({ GITHUB_WORKSPACE: at("runner/_work/shop") }, [at(name)]);
  expect(refuse).toThrow(expect.objectContaining({ code: "configuration_invalid" }));
  expect(refuse).toThrow(new RegExp(reason));
});

test.each(["/etc/ssl", "/var/tmp", "/proc/self", "/dev/shm"].filter((path) => existsSync(path)))(
  "refuses to open %s for a policy",
  (path) => {
    expect(() => places({}, [path])).toThrow("it lies in");
  },
);
