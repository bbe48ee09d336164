import { parsePatch } from "diff";
import { countChangedLines } from "./change-size.ts";
import type { TreeChange } from "./tree.ts";

/** An object's id is not in the patch; parity looks at what is there and at its mode, not at its id. */
const NO_OBJECT = "";

const KNOWN_MODES = ["100644", "100755", "120000", "160000"] as const;

/**
 * Bounds on a patch, in UTF-16 units and in lines. No commit through GitHub's API is that large, and the lines of a longer
 * one may not fit into memory: a zip of some kilobytes can unpack to millions of them.
 */
const MAX_PATCH = 32 * 1024 ** 2;
const MAX_LINES = 500_000;

/**
 * The changes that a patch of `git diff --no-renames` makes, one a file. Undefined when it is no such patch: what
 * cannot be read cannot be judged.
 */
export function readPatch(patch: string): readonly TreeChange[] | undefined {
  const parts = isLarge(patch) ? undefined : splitPatch(patch);
  if (parts === undefined) return undefined;
  const changes = parts.map(readPart);
  return changes.every((change) => change !== undefined) ? changes : undefined;
}

function isLarge(patch: string): boolean {
  if (patch.length > MAX_PATCH) return true;
  let lines = 0;
  for (let at = patch.indexOf("\n"); at >= 0 && lines <= MAX_LINES; at = patch.indexOf("\n", at + 1)) lines += 1;
  return lines > MAX_LINES;
}

/** How many lines such a patch adds and removes, by path. What cannot be read is left out. */
export function changedLines(patch: string): ReadonlyMap<string, number> {
  const parts = splitPatch(patch) ?? [];
  return new Map(
    parts.flatMap((part): [string, number][] => {
      const change = readPart(part);
      return change === undefined ? [] : [[change.path, countChangedLines(part)]];
    }),
  );
}

/** One part a file. A line of a file's content never starts with `diff`: it has a sign before it. Lines end with LF. */
function splitPatch(patch: string): readonly string[] | undefined {
  const parts = patch.split(/(?<=\n)(?=diff --git )/).filter((part) => part !== "");
  return parts.every((part) => part.startsWith("diff --git ")) ? parts : undefined;
}

function readPart(part: string): TreeChange | undefined {
  let files: ReturnType<typeof parsePatch>;
  try {
    files = parsePatch(part);
  } catch {
    return undefined;
  }
  const [file] = files;
  if (file === undefined || files.length > 1 || file.isRename || file.isCopy) return undefined;
  const before = nameOf(file.oldFileName, "a/");
  const after = nameOf(file.newFileName, "b/");
  const path = after ?? before;
  const [oldMode, newMode] = [modeOf(file.oldMode, file.newMode), modeOf(file.newMode, file.oldMode)];
  if (path === undefined || oldMode === undefined || newMode === undefined) return undefined;
  if (before !== undefined && after !== undefined && before !== after) return undefined;
  return {
    path,
    before: file.isCreate ? undefined : { mode: oldMode, oid: NO_OBJECT },
    after: file.isDelete ? undefined : { mode: newMode, oid: NO_OBJECT },
  };
}

function nameOf(name: string | undefined, prefix: string): string | undefined {
  return name?.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** A part without modes leaves the mode as it is, whatever it is. */
function modeOf(own: string | undefined, other: string | undefined): (typeof KNOWN_MODES)[number] | undefined {
  const text = own ?? other ?? "100644";
  return KNOWN_MODES.find((mode) => mode === text);
}
