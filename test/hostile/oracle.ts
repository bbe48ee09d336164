import type { PlannedFile } from "../../src/governance/plan.ts";
import type { RequestedChange } from "../../src/governance/tree.ts";
import { differencesBetween, type Leaf, type Tree } from "./trees.ts";

const isPlain = (leaf: Leaf | undefined): boolean => leaf?.mode === "100644";
const isFile = (leaf: Leaf | undefined): boolean => leaf?.mode === "100644" || leaf?.mode === "100755";
const isSame = (a: Leaf | undefined, b: Leaf | undefined): boolean => a?.mode === b?.mode && a?.oid === b?.oid;

/** Whether the paths of one planned file ended in a state that the plan allows, or as they began. */
function isHonoured({ path, operation, from }: PlannedFile, start: Tree, end: Tree): boolean {
  const before = start.get(path);
  const after = end.get(path);
  const isUntouched = isSame(before, after);
  switch (operation) {
    case "create":
      return isUntouched || (before === undefined && isPlain(after));
    case "modify":
      return isUntouched || (isFile(before) && before?.mode === after?.mode);
    case "delete":
      return isUntouched || after === undefined;
    case "rename": {
      const source = start.get(from ?? "");
      const remainder = end.get(from ?? "");
      if (isUntouched && isSame(source, remainder)) return true;
      const isMoved = before === undefined && source !== undefined && remainder === undefined;
      return isMoved && (isPlain(after) || (after?.mode === "100755" && source.mode === "100755"));
    }
  }
}

/** Paths at which a tree left the plan; empty when all that happened was approved. */
export function pathsOutsidePlan(files: readonly PlannedFile[], start: Tree, end: Tree): readonly string[] {
  const named = new Set(files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])));
  const unnamed = differencesBetween(start, end).filter(({ path }) => !named.has(path));
  const broken = files.filter((file) => !isHonoured(file, start, end));
  return [...unnamed.map(({ path }) => path), ...broken.map(({ path }) => path)];
}

/** What a plan lets an agent ask for, spelled out as the whole list of grantable requests. */
export function grantableRequests(files: readonly PlannedFile[]): ReadonlySet<string> {
  return new Set(
    files.flatMap(({ path, operation, from }) => {
      if (operation === "modify" || operation === "delete") return [spell({ path, operation })];
      const written = [spell({ path, operation: "create" }), spell({ path, operation: "modify" })];
      if (from === undefined) return written;
      return [...written, spell({ path, operation: "rename", from }), spell({ path: from, operation: "delete" })];
    }),
  );
}

export const spell = ({ path, operation, from }: RequestedChange): string => JSON.stringify([operation, from, path]);
