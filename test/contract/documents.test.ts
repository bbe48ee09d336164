import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultPolicy } from "../../src/governance/policy.ts";

const read = (file: string) => readFileSync(file, "utf8");
const markdownIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.posix.join(folder, name));
const documents = [".", "docs", "docs/athena"].flatMap(markdownIn);

/** The first two cells of each row of a table whose first cell is code. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([^`|]+)` \| `?([^`|]+)`? \|/gm)].map(([, name = "", value = ""]) => [name, value.trim()]);

describe("the documents", () => {
  test("have the everyday keys of the policy with their defaults in the README", () => {
    const [, table = ""] = read("README.md").split(/<!-- policy:(?:start|end) -->/);
    const { codex, ...rest } = defaultPolicy();
    const elsewhere = ["risk", "declarations", "gates", "escalation", "rehearsal", "production", "impacted-tests"];
    const flat = Object.entries(rest).filter(([key]) => !elsewhere.includes(key));
    const nested = Object.entries(codex).map(([key, value]) => [`codex.${key}`, value] as const);
    const expected = [...flat, ...nested].map(([key, value]) => [key, JSON.stringify(value)]);
    expect(rowsOf(table)).toEqual(expected);
  });

  test("give each dependency its exact version and a reason", () => {
    const { dependencies, devDependencies, overrides } = JSON.parse(read("package.json"));
    const [, bundled = "", development = "", overridden = ""] = read("docs/dependencies.md").split(/^## .*$/m);
    expect(Object.fromEntries(rowsOf(bundled))).toEqual(dependencies);
    expect(Object.fromEntries(rowsOf(development))).toEqual(devDependencies);
    expect(Object.fromEntries(rowsOf(overridden))).toEqual(overrides);
    for (const version of Object.values({ ...dependencies, ...devDependencies, ...overrides })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[0-9a-z]+(\.[0-9a-z]+)*)?$/);
    }
  });

  test.each(documents)("link to files that exist: %s", (file) => {
    const targets = [...read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? "");
    const own = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(own.filter((target) => !existsSync(path.join(path.dirname(file), target)))).toEqual([]);
  });

  test("name only scripts that package.json has", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = documents.flatMap((file) =>
      [...read(file).matchAll(/npm (?:run )?((?:start|test)|(?<=run )[a-z:]+)/g)].map((match) => match[1] ?? ""),
    );
    expect(named).toContain("check");
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("keep credentials for the export from stopping a run, and valid until its end", () => {
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(read("docs/athena/README.md")) ?? [];
    const [credentials] = parse(yaml).steps;
    expect(credentials["continue-on-error"]).toBe(true);
    const { jobs } = parse(read("examples/hardened.yml"));
    const longest = Object.values<Record<string, number>>(jobs).map((job) => job["timeout-minutes"] ?? 0);
    expect(credentials.with["role-duration-seconds"]).toBeGreaterThanOrEqual(Math.max(...longest) * 60);
  });

  test("keep the contributor's guide within 60 lines", () => {
    expect(read("CONTRIBUTING.md").split("\n").length).toBeLessThanOrEqual(61);
  });
});
