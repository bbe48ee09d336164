import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateParity } from "../../src/governance/parity.ts";
import type { PlannedFile } from "../../src/governance/plan.ts";
import type { FileMode, TreeChange } from "../../src/governance/tree.ts";
import { planned, planOf } from "./builders.ts";

type Side = TreeChange["before"];
const side = (mode: FileMode | undefined, oid = "1"): Side => (mode === undefined ? undefined : { mode, oid });
const change = (path: string, before: FileMode | undefined, after: FileMode | undefined): TreeChange => ({
  path,
  before: side(before, "1"),
  after: side(after, "2"),
});

const FILE = "100644";
const EXECUTABLE = "100755";
const SYMLINK = "120000";
const SUBMODULE = "160000";
const NONE = undefined;

describe("for every plan and every set of changes", () => {
  const modes = fc.constantFrom<FileMode>(FILE, FILE, FILE, EXECUTABLE, SYMLINK, SUBMODULE);
  const changed = fc
    .tuple(fc.option(modes, { nil: undefined }), fc.option(modes, { nil: undefined }))
    .filter(([before, after]) => before !== undefined || after !== undefined);
  const slots = fc.array(
    fc.record({
      operation: fc.constantFrom<PlannedFile["operation"] | "unlisted">(
        "create",
        "modify",
        "delete",
        "rename",
        "unlisted",
      ),
      target: fc.option(changed, { nil: undefined }),
      source: fc.option(changed, { nil: undefined }),
      /** Makes the change the planned one, or else hits would be rare. */
      isObedient: fc.boolean(),
    }),
    { maxLength: 5 },
  );

  function sceneOf(drawn: typeof slots extends fc.Arbitrary<infer T> ? T : never) {
    const files: PlannedFile[] = [];
    const changes: TreeChange[] = [];
    for (const [index, { operation, target, source, isObedient }] of drawn.entries()) {
      const path = `t${index}`;
      const from = operation === "rename" ? `s${index}` : undefined;
      if (operation !== "unlisted") files.push(planned(operation, path, from));
      const obey = isObedient && operation !== "unlisted";
      const legal = {
        create: [NONE, FILE],
        modify: [FILE, FILE],
        delete: [FILE, NONE],
        rename: [NONE, FILE],
        unlisted: [],
      } as const;
      const at = obey ? legal[operation] : target;
      if (at) changes.push(change(path, at[0], at[1]));
      const away = obey ? ([FILE, NONE] as const) : source;
      if (from !== undefined && away) changes.push(change(from, away[0], away[1]));
    }
    return { files, changes };
  }

  /** The rule in other words: each change must be one of these, written out. */
  function isLegal(files: readonly PlannedFile[], changes: readonly TreeChange[]): boolean {
    const shape = (path: string) => {
      const one = changes.find((candidate) => candidate.path === path);
      return one ? `${one.before?.mode ?? "-"}>${one.after?.mode ?? "-"}` : "untouched";
    };
    const legal: Record<string, readonly string[]> = {
      create: ["->100644"],
      modify: ["100644>100644", "100755>100755"],
      delete: ["100644>-", "100755>-", "120000>-", "160000>-"],
    };
    const moves = ["100644", "100755", "120000", "160000"].map((mode) => `->100644 ${mode}>-`);
    const accounted = new Set<string>();
    for (const { path, operation, from } of files) {
      accounted.add(path).add(from ?? path);
      const now = operation === "rename" ? `${shape(path)} ${shape(from ?? "")}` : shape(path);
      if (now === "untouched" || now === "untouched untouched") continue;
      const allowed = operation === "rename" ? [...moves, "->100755 100755>-"] : (legal[operation] ?? []);
      if (!allowed.includes(now)) return false;
    }
    return changes.every(({ path }) => accounted.has(path));
  }

  test("parity is inside exactly when each change is a planned one, whole and of a legal mode", () => {
    const seen = { inside: 0, outside: 0 };
    fc.assert(
      fc.property(slots, (drawn) => {
        const { files, changes } = sceneOf(drawn);
        const parity = evaluateParity(planOf(files), changes);
        const expected = isLegal(files, changes);
        seen[expected ? "inside" : "outside"] += 1;
        expect(parity.isInside).toBe(expected);
        expect(parity.isInside).toBe(parity.files.every(({ isInside }) => isInside));
        expect(parity.isEmpty).toBe(changes.length === 0);
      }),
      { numRuns: 2_000 },
    );
    // Both answers must have been asked for often, or the property says little.
    expect(Math.min(seen.inside, seen.outside)).toBeGreaterThan(100);
  });
});
