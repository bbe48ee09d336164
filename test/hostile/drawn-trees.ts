import fc from "fast-check";
import type { PlannedFile } from "../../src/governance/plan.ts";
import type { RequestedChange } from "../../src/governance/tree.ts";
import { planned } from "../governance/builders.ts";
import type { Leaf, Tree } from "./trees.ts";

/** Names that are alike, odd, protected or nested, so that plans and changes meet on them. */
const ODD_NAMES: readonly string[] = [
  ...[
    "A.txt",
    "src/A.txt",
    "SRC/a.txt",
    "src/e\u0301.txt",
    "src/\u00DF.txt",
    "src/SS.txt",
    "src/\u212A.txt",
    "src/k.txt",
  ],
  ...["-rf", "--output=x", '"q".txt', "src/a.txt b/src/a.txt", "a b/c d.txt", "per%20cent", "[id].js", "$HOME", "*"],
  ...["new\nline", "tab\there", "\u202Egpj.exe", "zero\u200Bwidth", "back\\slash", "trail. ", " lead", "\uDCFFbyte"],
  ...[".git/hooks/pre-commit", "src/.GIT/config", "git~1/x", ".github/workflows/ci.yml", ".GITHUB/Workflows/x.yml"],
  ...["CODEOWNERS", ".gitmodules", ".gitignore", "node_modules/x/index.js", "x.log", "link", "link/x", "vendor/lib"],
  ...["vendor/lib/x", "src", "src/a.txt/below", "docs", "../out", "/abs", "~/x", "c:/x", "src//a.txt", "./a.txt", ""],
];

const PLAIN_NAMES = [
  "a.txt",
  "src/a.txt",
  "src/b.txt",
  "docs/guide.md",
  "run.sh",
  "gone.txt",
  "a b/c d.txt",
  "src/\u00E9.txt",
];

const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PLAIN_NAMES) },
  { weight: 8, arbitrary: fc.constantFrom(...ODD_NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }) },
);
const leaf: fc.Arbitrary<Leaf> = fc.record({
  mode: fc.constantFrom("100644", "100644", "100644", "100755", "120000", "160000"),
  oid: fc.constantFrom("1", "2", "3"),
});

/** A file system holds no file below a file. */
function settle(entries: Iterable<readonly [string, Leaf]>): Tree {
  const tree = new Map(entries);
  for (const path of [...tree.keys()]) {
    const parts = path.split("/");
    if (parts.some((_, depth) => depth > 0 && tree.has(parts.slice(0, depth).join("/")))) tree.delete(path);
  }
  return tree;
}

export const trees: fc.Arbitrary<Tree> = fc.array(fc.tuple(name, leaf), { maxLength: 10 }).map(settle);

/** A plan that may or may not fit the tree; no path is named twice, as in every plan that can be read. */
function plansFor(start: Tree): fc.Arbitrary<readonly PlannedFile[]> {
  const existing = [...start.keys()];
  const there =
    existing.length === 0
      ? name
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...existing) }, { weight: 1, arbitrary: name });
  const file = fc.oneof(
    fc.tuple(fc.constant("create" as const), name),
    fc.tuple(fc.constant("modify" as const), there),
    fc.tuple(fc.constant("delete" as const), there),
    fc.tuple(fc.constant("rename" as const), name, there),
  );
  return fc.array(file, { minLength: 1, maxLength: 5 }).map((drawn) => {
    const taken = new Set<string>();
    return drawn.flatMap(([operation, path, from]) => {
      const touched = from === undefined ? [path] : [path, from];
      if (touched.some((one) => taken.has(one)) || path === from) return [];
      for (const one of touched) taken.add(one);
      return [planned(operation, path, from)];
    });
  });
}

/** Does what the plan says, as far as it can be done. */
function obey(tree: Map<string, Leaf>, { path, operation, from }: PlannedFile, fresh: string): void {
  const before = tree.get(operation === "rename" ? (from ?? "") : path);
  if (operation === "create") tree.set(path, { mode: "100644", oid: fresh });
  else if (before === undefined) return;
  else if (operation === "modify") tree.set(path, { ...before, oid: fresh });
  else if (operation === "delete") tree.delete(path);
  else {
    tree.delete(from ?? "");
    tree.set(path, before);
  }
}

export interface Pair {
  readonly start: Tree;
  readonly files: readonly PlannedFile[];
  readonly end: Tree;
}

/** A tree, a plan for it, and what became of the tree: some of the plan, and often something else. */
export const pairs: fc.Arbitrary<Pair> = trees.chain((start) =>
  plansFor(start).chain((files) => {
    const touched = files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
    const near = [...touched, ...start.keys()];
    const where = near.length === 0 ? name : fc.oneof(name, fc.constantFrom(...near));
    const mischief = fc.array(fc.tuple(where, fc.option(leaf, { nil: undefined })), { maxLength: 2 });
    return fc
      .record({
        obeyed: fc.subarray([...files]),
        mischief: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: mischief }),
      })
      .map(({ obeyed, mischief: done }) => {
        const end = new Map(start);
        for (const [index, file] of obeyed.entries()) obey(end, file, `new ${index}`);
        for (const [path, after] of done) {
          if (after === undefined) end.delete(path);
          else end.set(path, after);
        }
        return { start, files, end: settle(end) };
      });
  }),
);

/** A plan, and what an agent asks for: near the plan as often as far from it. */
export const asked: fc.Arbitrary<Pair & { readonly requests: readonly (readonly RequestedChange[])[] }> = pairs.chain(
  (pair) => {
    const touched = pair.files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
    const where =
      touched.length === 0
        ? name
        : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...touched) }, { weight: 1, arbitrary: name });
    const free: fc.Arbitrary<RequestedChange> = fc
      .tuple(fc.constantFrom("create", "modify", "delete", "rename"), where, where)
      .map(([operation, path, from]) => (operation === "rename" ? { path, operation, from } : { path, operation }));
    const planned: fc.Arbitrary<RequestedChange> =
      pair.files.length === 0
        ? free
        : fc
            .constantFrom(...pair.files)
            .map(({ path, operation, from }) => ({ path, operation, ...(from === undefined ? {} : { from }) }));
    const request = fc.array(fc.oneof({ weight: 3, arbitrary: planned }, { weight: 1, arbitrary: free }), {
      maxLength: 3,
    });
    return fc.array(request, { minLength: 1, maxLength: 4 }).map((requests) => ({ ...pair, requests }));
  },
);
