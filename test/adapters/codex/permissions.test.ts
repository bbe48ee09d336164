import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { permissionsOf } from "../../../src/adapters/codex/permissions.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "permissions-")));
  for (const name of [
    "r",
    "w",
    "tools/bin",
    "tools/runner/temp/run/tree",
    "tools/runner/temp/other",
    "tools/runner/diag",
  ]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, "tools/runner/.credentials"), "x");
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(root, name);
const denied = (...given: Parameters<typeof permissionsOf>) =>
  [...permissionsOf(...given)].filter(([, access]) => access === "deny").map(([path]) => path);

test("names nothing but the system, what is open and the run's own", () => {
  const places = { opened: [at("tools"), at("nowhere"), "/usr/bin"], closed: [at("nowhere")] };
  expect([...permissionsOf(places, { readable: [at("r")], writable: [at("w")] })]).toEqual([
    [":minimal", "read"],
    [at("tools"), "read"],
    [at("r"), "read"],
    [at("w"), "write"],
  ]);
});

test("closes a place within an open one, and names none that is closed anyway", () => {
  const places = { opened: [at("tools/bin"), at("tools/runner")], closed: [at("tools/runner/diag"), root] };
  expect(denied(places, { readable: [], writable: [] })).toEqual([at("tools/runner/diag")]);
});

test("keeps the run's own place open in a closed one, with its neighbours closed one by one", () => {
  const places = { opened: [at("tools")], closed: [at("tools/runner")] };
  expect(denied(places, { readable: [at("tools/runner/temp/run/tree")], writable: [] }).toSorted()).toEqual(
    ["tools/runner/.credentials", "tools/runner/diag", "tools/runner/temp/other"].map(at),
  );
});

test("closes a place under each name that leads into it", () => {
  symlinkSync(at("tools"), at("alias"));
  const places = { opened: [at("tools"), at("alias")], closed: [at("alias/runner/diag")] };
  expect(denied(places, { readable: [], writable: [] }).toSorted()).toEqual(
    ["alias/runner/diag", "tools/runner/diag"].map(at),
  );
});
