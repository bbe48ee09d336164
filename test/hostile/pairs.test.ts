import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { evaluateParity } from "../../src/governance/parity.ts";
import { evaluatePlan } from "../../src/governance/plan-rules.ts";
import type { RequestedChange, TreeChange, TreeEntry } from "../../src/governance/tree.ts";
import { guardFor } from "../../src/modes/guarded-run.ts";
import { planContext, planOf } from "../governance/builders.ts";
import { asked, type Pair, pairs } from "./drawn-trees.ts";
import { grantableRequests, pathsOutsidePlan, spell } from "./oracle.ts";
import { isNightly, numberFrom, SEED, Tally } from "./tally.ts";
import { differencesBetween, type Leaf, type Tree } from "./trees.ts";

const PAIRS = numberFrom("PAIRS", isNightly ? 10_000 : 300);
const tally = new Tally("pairs");
afterAll(() => tally.write());

/** What git would report of two trees. */
const changesOf = (start: Tree, end: Tree) => differencesBetween(start, end) as readonly TreeChange[];

const isPublishable = ({ start, files }: Pair): boolean => {
  const entries = [...start].map(([path, leaf]) => ({ path, ...leaf })) as readonly TreeEntry[];
  return files.length > 0 && evaluatePlan(planOf(files), planContext({ entries })).reasonCode === undefined;
};

/** A name that nobody could mistake, or that nothing but the file itself depends on. Written without a look at the rules. */
const isHarmlessName = (path: string): boolean =>
  path.isWellFormed() &&
  path === path.normalize("NFC") &&
  !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(path) &&
  path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part === part.trim()) &&
  !/(^|\/)(\.git|git~\d+)[. ]*(:|\/|$)/i.test(path) &&
  !/^(\/|~|[a-z]:)/i.test(path) &&
  !/^\.github\/(workflows|actions)\/|^(docs\/|\.github\/)?codeowners$|^\.gitmodules$/i.test(path);

/** How many names of a tree would fall together where case and Unicode form do not count. */
function twins(tree: Tree): number {
  const fold = (path: string) => path.normalize("NFKC").toUpperCase().toLowerCase();
  return tree.size - new Set([...tree.keys()].map(fold)).size;
}

test(`parity allows exactly what the plan allows, and nothing odd gets in by a plan that can be published (${PAIRS} pairs)`, () => {
  fc.assert(
    fc.property(pairs, (pair) => {
      const { start, files, end } = pair;
      const parity = evaluateParity(planOf(files), changesOf(start, end));
      const outside = pathsOutsidePlan(files, start, end);
      tally.add("pairs");
      tally.add(parity.isInside ? "allowed" : "refused");
      if (parity.isInside !== (outside.length === 0)) tally.add("leaks");
      expect(parity.isInside).toBe(outside.length === 0);
      if (!parity.isInside || !isPublishable(pair)) return;
      tally.add("published");
      const changed = differencesBetween(start, end);
      const named = new Set(files.flatMap(({ path, from }) => [path, from]));
      expect(changed.filter(({ path }) => !named.has(path))).toEqual([]);
      expect(changed.filter(({ path }) => !isHarmlessName(path))).toEqual([]);
      expect(changed.filter(({ after }) => after?.mode === "120000" || after?.mode === "160000")).toEqual([]);
      expect(
        changed.filter(({ before, after }) => before?.mode !== "100755" && after?.mode === "100755" && before),
      ).toEqual([]);
      expect(twins(end)).toBeLessThanOrEqual(twins(start));
    }),
    { seed: SEED, numRuns: PAIRS },
  );
});

/** What a granted request does to a tree when the agent does just that. */
function perform(tree: Map<string, Leaf>, { path, operation, from }: RequestedChange, oid: string): void {
  const before = tree.get(operation === "rename" ? (from ?? "") : path);
  if (operation === "delete") tree.delete(path);
  else if (operation === "rename") {
    tree.delete(from ?? "");
    tree.set(path, { mode: before?.mode ?? "100644", oid });
  } else tree.set(path, { mode: before?.mode ?? "100644", oid });
}

test(`the guard grants exactly the requests of the plan, and what they do stays inside it or is refused (${PAIRS} pairs)`, () => {
  fc.assert(
    fc.property(asked, ({ start, files, requests }) => {
      const guard = guardFor(planOf(files));
      const grantable = grantableRequests(files);
      const end = new Map(start);
      for (const [index, request] of requests.entries()) {
        const { grant } = guard(request);
        const isWithin = request.length > 0 && request.every((change) => grantable.has(spell(change)));
        tally.add("requests");
        tally.add(grant ? "granted" : "declined");
        if (grant !== isWithin) tally.add("leaks");
        expect(grant).toBe(isWithin);
        if (grant) for (const change of request) perform(end, change, `new ${index}`);
      }
      tally.add("pairs");
      const { isInside } = evaluateParity(planOf(files), changesOf(start, end));
      tally.add(isInside ? "allowed" : "refused");
      expect(isInside).toBe(pathsOutsidePlan(files, start, end).length === 0);
      const named = new Set(files.flatMap(({ path, from }) => [path, from]));
      expect(differencesBetween(start, end).filter(({ path }) => !named.has(path))).toEqual([]);
    }),
    { seed: SEED, numRuns: PAIRS },
  );
});

test("both properties met both answers often", () => {
  const { pairs: drawn, ...counts } = tally.counts;
  expect(drawn).toBe(2 * PAIRS);
  for (const what of ["allowed", "refused", "granted", "declined", "published"]) {
    expect(counts[what], what).toBeGreaterThan(PAIRS / 20);
  }
});
