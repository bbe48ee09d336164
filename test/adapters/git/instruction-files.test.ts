import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateOverlay, isInstructionPath, staysInside } from "../../../src/adapters/git/instruction-files.ts";
import type { SizedEntry } from "../../../src/adapters/git/tree-format.ts";

const entries = (...list: [path: string, mode: SizedEntry["mode"], oid: string][]) =>
  new Map(list.map(([path, mode, oid]) => [path, { path, mode, oid, size: 1 }]));

test.each([
  ["AGENTS.md", true],
  ["a/b/agents.MD", true],
  ["a/AGENTS.override.md", true],
  [".codex", true],
  ["a/.Codex/deep/er.toml", true],
  ["AGENTS.md/inner", true],
  ["AGENTS.mdx", false],
  ["x.codex/y", false],
  ["docs/AGENTS.md.txt", false],
])("%s counts as an instruction file: %s", (path, expected) => {
  expect(isInstructionPath(path)).toBe(expected);
});

describe("the overlay", () => {
  test("follows the base's links inside the base, through directories and other links", () => {
    const base = entries(
      ["AGENTS.md", "120000", "to-current"],
      ["current", "120000", "to-v2"],
      ["v2/rules.md", "100755", "rules"],
      ["sub/AGENTS.md", "120000", "up"],
    );
    const links = new Map([
      ["to-current", "current/rules.md"],
      ["to-v2", "./v2"],
      ["up", "../AGENTS.md"],
    ]);
    expect(evaluateOverlay(new Map(), base, links).placed).toEqual([
      { path: "AGENTS.md", mode: "100755", oid: "rules", size: 1 },
      { path: "sub/AGENTS.md", mode: "100755", oid: "rules", size: 1 },
    ]);
  });

  test.each([
    ["an absolute link", "/etc/passwd"],
    ["a link out of the tree", "../../etc/passwd"],
    ["a link to itself", "AGENTS.md"],
    ["a link to nothing", "nothing"],
    ["a link to a directory", "dir"],
    ["a link through a file", "dir/file/x"],
    ["a link into a submodule", "module"],
  ])("leaves out %s", (_, target) => {
    const base = entries(["a/AGENTS.md", "120000", "link"], ["dir/file", "100644", "x"], ["module", "160000", "m"]);
    const links = new Map([
      ["link", target === "AGENTS.md" ? target : target.startsWith("/") ? target : `../${target}`],
    ]);
    const overlay = evaluateOverlay(entries(["a/AGENTS.md", "100644", "evil"]), base, links);
    expect(overlay.placed).toEqual([]);
    expect(overlay.start.size).toBe(0);
    expect(overlay.changed).toEqual(["a/AGENTS.md"]);
  });

  test("says that nothing changed when nothing did", () => {
    const same = entries(["AGENTS.md", "100644", "x"], ["module/.codex", "160000", "m"], ["code", "100644", "y"]);
    const overlay = evaluateOverlay(same, same, new Map());
    expect(overlay.changed).toEqual([]);
    expect([...overlay.start.keys()]).toEqual(["code", "AGENTS.md"]);
  });
});

describe("a link that stays inside", () => {
  test.each([
    ["l", "file", true],
    ["a/b/l", "../../file", true],
    ["a/b/l", "../..", true],
    ["l", "a/./b", true],
    ["l", "..", false],
    ["a/l", "../../x", false],
    ["l", "a/../b", false],
    ["l", "./..", false],
    ["l", "/etc", false],
    ["l", "", false],
  ])("%s -> %s: %s", (path, target, expected) => {
    expect(staysInside(path, target)).toBe(expected);
  });

  test("never resolves to a place outside, together with any others of its kind", () => {
    const segment = fc.constantFrom("a", "b", "l", "m", ".", "..");
    const target = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const places = ["l", "a/l", "a/b/l", "a/b/m", "m", "b/l"];
    fc.assert(
      fc.property(fc.tuple(...places.map(() => target)), (targets) => {
        const root = realpathSync(mkdtempSync(join(tmpdir(), "links-")));
        const inside = join(root, "tree");
        try {
          for (const place of places) mkdirSync(dirname(join(inside, place)), { recursive: true });
          const made = places.filter((place, at) => staysInside(place, targets[at] as string));
          for (const place of made) symlinkSync(targets[places.indexOf(place)] as string, join(inside, place));
          return made.every((place) => {
            const end = resolvedOr(join(inside, place), inside);
            return end === inside || end.startsWith(`${inside}/`);
          });
        } finally {
          rmSync(root, { recursive: true });
        }
      }),
      { numRuns: 150 },
    );
  });
});

function resolvedOr(path: string, otherwise: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Dangling or circular: it leads nowhere.
    return otherwise;
  }
}
