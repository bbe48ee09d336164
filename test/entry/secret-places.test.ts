import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closedPlaces } from "../../src/adapters/codex/private-home.ts";
import { secretPlaces } from "../../src/secret-places.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "secret-places-")));
  for (const directory of ["home", "runner/_work/_temp/_github_workflow", "runner/_work/shop/.git", "elsewhere"]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(root, name);
const write = (name: string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), "x");
};
const temporary = () => at("runner/_work/_temp");

test("closes credentials of tools and of the runner, files and directories, where they are there", () => {
  for (const name of ["home/.netrc", "home/.ssh/id", "home/.cargo/credentials.toml", "runner/.credentials"])
    write(name);
  write("home/.cargo/bin/cargo");
  expect(secretPlaces({ HOME: at("home") }, temporary()).toSorted()).toEqual(
    ["home/.netrc", "home/.ssh", "home/.cargo/credentials.toml", "runner/.credentials"].map(at).toSorted(),
  );
});

test("closes the event's directory and the workspace, by their real names", () => {
  symlinkSync(at("runner/_work/shop"), at("link"));
  const event = at("runner/_work/_temp/_github_workflow/event.json");
  expect(secretPlaces({ GITHUB_EVENT_PATH: event, GITHUB_WORKSPACE: at("link") }, temporary())).toEqual([
    at("runner/_work/_temp/_github_workflow"),
    at("runner/_work/shop"),
  ]);
});

test("closes the files that AWS's variables name, wherever they are", () => {
  const names = ["SHARED_CREDENTIALS", "CONFIG", "WEB_IDENTITY_TOKEN", "CONTAINER_AUTHORIZATION_TOKEN"];
  for (const name of names) write(`elsewhere/${name}`);
  const env = Object.fromEntries(names.map((name) => [`AWS_${name}_FILE`, at(`elsewhere/${name}`)]));
  expect(secretPlaces({ ...env, HOME: at("home") }, temporary())).toEqual(names.map((name) => at(`elsewhere/${name}`)));
  expect(secretPlaces({ AWS_CONFIG_FILE: at("nowhere") }, temporary())).toEqual([]);
});

test("leaves out what lies above the scratch space, which could not be closed", () => {
  expect(secretPlaces({ GITHUB_WORKSPACE: at("runner/_work") }, temporary())).toEqual([]);
  expect(secretPlaces({ GITHUB_EVENT_PATH: at("runner/_work/_temp/event.json") }, temporary())).toEqual([]);
});

test("closes .git alone in a place that Codex's own binary lies in, and nothing within a closed place twice", () => {
  const workspace = at("runner/_work/shop");
  write("runner/_work/shop/node_modules/codex");
  expect(closedPlaces([workspace], join(workspace, "node_modules/codex"))).toEqual([join(workspace, ".git")]);
  expect(closedPlaces([workspace], at("elsewhere/codex"))).toEqual([workspace]);
  expect(closedPlaces([workspace, join(workspace, ".git")], at("elsewhere/codex"))).toEqual([workspace]);
  expect(() => closedPlaces([at("nowhere")], at("elsewhere/codex"))).toThrow("nowhere");
});
