import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { exportsDefault, importsOf } from "./modules.ts";

interface Rule {
  /** What the path of a source file starts with. The first rule that fits is the one that counts. */
  readonly from: RegExp;
  /** Own modules that may be imported. `$1` is the group of `from`. */
  readonly own: readonly string[];
  /** Packages that may be imported; "any" where I/O is the purpose. */
  readonly packages: readonly string[] | "any";
}

const RULES: readonly Rule[] = [
  {
    from: /^src\/governance\//,
    own: ["src/governance/"],
    packages: ["zod", "diff", "get-east-asian-width", "picomatch", "yaml", "node:buffer", "node:crypto"],
  },
  {
    from: /^src\/report\/unrendered\.ts$/,
    own: [],
    packages: ["mdast", "mdast-util-from-markdown", "mdast-util-gfm", "micromark-extension-gfm"],
  },
  { from: /^src\/report\//, own: ["src/governance/", "src/report/"], packages: [] },
  {
    from: /^src\/modes\//,
    own: ["src/governance/", "src/report/", "src/ports", "src/modes/"],
    packages: [],
  },
  // What GitHub knows of an artifact or an attestation goes through the same client as everything else.
  {
    from: /^src\/adapters\/(artifact|attestation)\//,
    own: ["src/governance/", "src/ports", "src/carrier.ts", "src/adapters/$1/", "src/adapters/github/"],
    packages: "any",
  },
  {
    from: /^src\/adapters\/([^/]+)\//,
    own: ["src/governance/", "src/ports", "src/carrier.ts", "src/adapters/$1/", "src/adapters/process/"],
    packages: "any",
  },
  { from: /^src\/ports(\.ts$|\/)/, own: ["src/governance/", "src/ports/"], packages: [] },
  { from: /^src\/carrier\.ts$/, own: ["src/governance/", "src/ports"], packages: [] },
  // The entries and what reads inputs and events: they wire everything together.
  { from: /^src\/(cli\/|[^/]+\.ts$)/, own: ["src/"], packages: "any" },
];

/** What is wrong with the imports of one file; empty when nothing is. */
function findWrongImports(file: string, source: string): string[] {
  const rule = RULES.find(({ from }) => from.test(file));
  if (rule === undefined) return [`${file} is in no known folder: add a rule`];
  const folder = rule.from.exec(file)?.[1] ?? "";
  const own = rule.own.map((prefix) => prefix.replace("$1", folder));
  return importsOf(file, source).flatMap((specifier) => {
    if (specifier.startsWith(".")) {
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (!target.endsWith(".ts")) return [`${file} imports ${specifier} without the extension .ts`];
      return own.some((prefix) => target.startsWith(prefix)) ? [] : [`${file} must not import ${target}`];
    }
    if (builtinModules.includes(specifier)) return [`${file} imports ${specifier} without node:`];
    const isAllowed = rule.packages === "any" || rule.packages.includes(specifier);
    return isAllowed ? [] : [`${file} must not import ${specifier}`];
  });
}

const listFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name).split(path.sep).join("/"))
    .filter((file) => !file.includes("/generated/") && !file.includes("/golden/"));

const sources = listFiles("src").map((file) => ({ file, source: readFileSync(file, "utf8") }));
const modules = [...listFiles("src"), ...listFiles("test"), ...listFiles("scripts")].filter((file) =>
  /\.(ts|mjs)$/.test(file),
);

describe("the sources", () => {
  test("import only in the directions of docs/architecture.md", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap(({ file, source }) => findWrongImports(file, source))).toEqual([]);
  });

  test("have no default exports", () => {
    expect(sources.filter(({ file, source }) => exportsDefault(file, source)).map(({ file }) => file)).toEqual([]);
  });

  test("have names that say what is inside", () => {
    const isVague = (file: string) =>
      file.split("/").some((part) => /^(utils?|helpers?|common|types|functions|misc)(\.|$)/.test(part));
    expect(modules.filter(isVague)).toEqual([]);
  });

  test("are in files with names in kebab case", () => {
    const isKebab = (file: string) => /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|mjs)$/.test(path.basename(file));
    expect(modules.filter((file) => !isKebab(file))).toEqual([]);
  });

  test("have at most 400 lines a file", () => {
    const lines = (file: string) => readFileSync(file, "utf8").split("\n").length - 1;
    expect(modules.filter((file) => lines(file) > 400)).toEqual([]);
  });
});

describe("the import rules", () => {
  test.each([
    ["src/governance/plan.ts", 'import { x } from "../adapters/git/tree.ts";'],
    ["src/governance/plan.ts", 'import type { Ports } from "../ports.ts";'],
    ["src/governance/plan.ts", 'import { readFileSync } from "node:fs";'],
    ["src/governance/plan.ts", 'const fs = await import("node:fs");'],
    ["src/governance/plan.ts", 'export * from "../report/comment.ts";'],
    ["src/governance/plan.ts", 'import "../governance/digest";'],
    ["src/report/comment.ts", 'import { plan } from "../modes/plan.ts";'],
    ["src/modes/plan.ts", 'import { createGit } from "../adapters/git/git.ts";'],
    ["src/modes/plan.ts", 'import { getOctokit } from "@actions/github";'],
    ["src/adapters/git/tree.ts", 'import { x } from "../github/client.ts";'],
    ["src/adapters/git/tree.ts", 'import { x } from "../git-other/client.ts";'],
    ["src/adapters/git/tree.ts", 'import { x } from "fs";'],
    ["src/ports.ts", 'import { x } from "./modes/plan.ts";'],
    ["src/elsewhere/file.ts", 'import { x } from "../ports.ts";'],
  ])("refuse in %s: %s", (file, source) => {
    expect(findWrongImports(file, source)).toHaveLength(1);
  });

  test.each([
    ["src/governance/plan.ts", 'import { z } from "zod"; import { digest } from "./digest.ts";'],
    ["src/modes/plan.ts", 'import type { Ports } from "../ports.ts"; import { x } from "../report/comment.ts";'],
    ["src/adapters/git/tree.ts", 'import { spawn } from "node:child_process"; import { x } from "./index-file.ts";'],
    ["src/main.ts", 'const { run } = await import("./modes/plan.ts");'],
    ["src/cli/verify.ts", 'import { x } from "../adapters/git/tree.ts";'],
  ])("allow in %s: %s", (file, source) => {
    expect(findWrongImports(file, source)).toEqual([]);
  });

  test("see a default export in every spelling", () => {
    const spellings = [
      "export default 1;",
      "const a = 1; export { a as default };",
      'export { default } from "./a.ts";',
    ];
    expect(spellings.filter((source) => exportsDefault("src/a.ts", source))).toEqual(spellings);
    expect(exportsDefault("src/a.ts", "export const a = 1; const b = 2; export { b };")).toBe(false);
  });
});
