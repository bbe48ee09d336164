import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { INPUT_NAMES } from "../../src/inputs.ts";
import { OUTPUT_NAMES } from "../../src/outputs.ts";
import { ACTION_VERSION } from "../../src/version.ts";

interface Described {
  readonly description: string;
}
interface ActionInput extends Described {
  readonly required: boolean;
  readonly default?: string;
}
interface Action {
  readonly inputs: Record<string, ActionInput>;
  readonly outputs: Record<string, Described>;
  readonly runs: { readonly using: string; readonly main: string };
}

const action = parse(readFileSync("action.yml", "utf8")) as Action;
const readme = readFileSync("README.md", "utf8");

/** The names in the first column of a generated table of the README. */
function tableNames(section: string): string[] {
  const [, table = ""] = readme.split(new RegExp(`<!-- ${section}:(?:start|end) -->`));
  return [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1] ?? "");
}

describe("action.yml", () => {
  test("declares exactly the inputs that the code reads", () => {
    expect(Object.keys(action.inputs).sort()).toEqual([...INPUT_NAMES].sort());
  });

  test("declares exactly the outputs that the code writes", () => {
    expect(Object.keys(action.outputs).sort()).toEqual([...OUTPUT_NAMES].sort());
  });

  test("is described by the README, input by input and output by output", () => {
    expect(tableNames("inputs")).toEqual(Object.keys(action.inputs));
    expect(tableNames("outputs")).toEqual(Object.keys(action.outputs));
  });

  test("gives the README its tables word for word", () => {
    const check = spawnSync(process.execPath, ["scripts/readme.mjs", "--check"], { encoding: "utf8" });
    expect(check.stderr).toBe("");
    expect(check.status).toBe(0);
  });

  test("describes everything in full sentences", () => {
    for (const [name, entry] of Object.entries({ ...action.inputs, ...action.outputs })) {
      expect(entry.description.trim(), name).toMatch(/^[A-Z].*\.$/s);
    }
  });

  test("gives every input that is not required a default that is a string", () => {
    for (const [name, input] of Object.entries(action.inputs)) {
      expect(typeof input.default, name).toBe(input.required ? "undefined" : "string");
    }
  });

  test("has one version in the code, the package, the changelog and the examples", () => {
    expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(ACTION_VERSION);
    expect(/^## (\d+\.\d+\.\d+)/m.exec(readFileSync("CHANGELOG.md", "utf8"))?.[1]).toBe(ACTION_VERSION);
    const pins = ["simple", "hardened", "pull-request-target"].flatMap((name) => [
      ...readFileSync(`examples/${name}.yml`, "utf8").matchAll(/codex-plan-governance@[0-9a-f]{40} # v(.*)$/gm),
    ]);
    expect(pins).toHaveLength(9);
    expect(new Set(pins.map((pin) => pin[1]))).toEqual(new Set([ACTION_VERSION]));
  });

  test("starts a file of dist on Node 24", () => {
    expect(action.runs).toEqual({ using: "node24", main: "dist/main.js" });
    expect(existsSync(action.runs.main)).toBe(true);
  });
});
