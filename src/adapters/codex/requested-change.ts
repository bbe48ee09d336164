import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { RequestedChange } from "../../governance/tree.ts";
import type { FileUpdate } from "./protocol.ts";

/** A change as it is asked for, and why it is refused whatever the plan says. */
export interface MappedChange {
  readonly change: RequestedChange;
  readonly objection: string | undefined;
}

type Located = { readonly path: string; readonly objection: string | undefined };

/** `roots` are the same directory under its given and its real name. */
function locate(roots: readonly string[], raw: string): Located {
  const root = roots.find((candidate) => raw.startsWith(`${candidate}/`));
  if (root === undefined) return { path: raw, objection: `${raw} is outside the directory` };
  const path = raw.slice(root.length + 1);
  const isOdd = path.includes("\0") || path.split("/").some((part) => part === "" || part === "." || part === "..");
  return isOdd ? { path: raw, objection: `${raw} is not a plain path` } : { path, objection: undefined };
}

function lookAt(absolute: string): Stats | undefined {
  return lstatSync(absolute, { throwIfNoEntry: false });
}

/** Every parent must be a real directory or missing: a link would carry the change somewhere else. */
function objectToParents(root: string, path: string): string | undefined {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth += 1) {
    const parent = parts.slice(0, depth).join("/");
    const stats = lookAt(join(root, parent));
    if (stats === undefined) return undefined;
    if (!stats.isDirectory()) return `${path} goes through ${parent}, which is not a directory`;
  }
  return undefined;
}

type Presence = "must_exist" | "must_not_exist" | "may_exist";

function inspect(root: string, path: string, presence: Presence): { exists: boolean; objection: string | undefined } {
  const parents = objectToParents(root, path);
  if (parents !== undefined) return { exists: false, objection: parents };
  const stats = lookAt(join(root, path));
  if (stats === undefined) {
    return { exists: false, objection: presence === "must_exist" ? `${path} does not exist` : undefined };
  }
  if (!stats.isFile()) return { exists: true, objection: `${path} is not a regular file` };
  return { exists: true, objection: presence === "must_not_exist" ? `${path} exists already` : undefined };
}

function tryInspect(root: string, path: string, presence: Presence): ReturnType<typeof inspect> {
  try {
    return inspect(root, path, presence);
  } catch (error) {
    // ENOTDIR, ELOOP, ENAMETOOLONG, EACCES: what cannot be looked at is not granted.
    return { exists: false, objection: `${path} cannot be inspected (${(error as NodeJS.ErrnoException).code})` };
  }
}

function mapRename(roots: readonly string[], from: Located, to: Located): MappedChange {
  const change: RequestedChange = { path: to.path, operation: "rename", from: from.path };
  const root = roots[0] as string;
  const objection =
    from.objection ??
    to.objection ??
    tryInspect(root, from.path, "must_exist").objection ??
    tryInspect(root, to.path, "must_not_exist").objection;
  return { change, objection };
}

/**
 * What Codex announces, in the words of a plan. An `add` on a file that is there overwrites it, so it is a
 * modification. A path that is outside, odd, or leads through a link is kept as it was asked, with the objection.
 */
export function mapChange(roots: readonly string[], update: FileUpdate): MappedChange {
  const target = locate(roots, update.path);
  const { kind } = update;
  if (kind.type === "update" && typeof kind.move_path === "string") {
    return mapRename(roots, target, locate(roots, kind.move_path));
  }
  if (target.objection !== undefined) {
    const operation = kind.type === "add" ? "create" : kind.type === "delete" ? "delete" : "modify";
    return { change: { path: target.path, operation }, objection: target.objection };
  }
  const { exists, objection } = tryInspect(
    roots[0] as string,
    target.path,
    kind.type === "add" ? "may_exist" : "must_exist",
  );
  const operation = kind.type === "delete" ? "delete" : kind.type === "add" && !exists ? "create" : "modify";
  return { change: { path: target.path, operation }, objection };
}

/** The first objection to a set of changes: an own one of a change, or a path that is named twice. */
export function objectTo(changes: readonly MappedChange[]): string | undefined {
  if (changes.length === 0) return "The request names no file";
  const own = changes.find((mapped) => mapped.objection !== undefined);
  if (own) return own.objection;
  const seen = new Set<string>();
  for (const { change } of changes) {
    for (const path of change.from === undefined ? [change.path] : [change.path, change.from]) {
      if (seen.has(path)) return `${path} is named twice in one request`;
      seen.add(path);
    }
  }
  return undefined;
}
