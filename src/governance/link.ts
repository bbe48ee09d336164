import { foldPath } from "./path.ts";

/** A symbolic link of a tree: where it stands, and its text. */
export interface TreeLink {
  readonly path: string;
  readonly target: string;
}

/** The links of a tree by the fold of what they lead to. */
export type LinkIndex = ReadonlyMap<string, readonly TreeLink[]>;

export function indexLinks(links: readonly TreeLink[]): LinkIndex {
  const index = new Map<string, TreeLink[]>();
  for (const link of links) {
    const target = resolveTarget(link);
    if (target === undefined) continue;
    const fold = foldPath(target);
    index.set(fold, [...(index.get(fold) ?? []), link]);
  }
  return index;
}

/**
 * Every other name that links give to a path, by a link to it or to a directory above it, also one after the other.
 * Each link is followed once for a path, so that links to a directory around them come to an end.
 */
export function aliasesOf(path: string, index: LinkIndex): readonly string[] {
  const followed = new Set<TreeLink>();
  const names = [path];
  // A name that is found here is looked at in its turn.
  for (const name of names) {
    const segments = name.split("/");
    for (let depth = 0; depth <= segments.length; depth++) {
      const links = index.get(foldPath(segments.slice(0, depth).join("/"))) ?? [];
      for (const link of links.filter((each) => !followed.has(each))) {
        followed.add(link);
        names.push([link.path, ...segments.slice(depth)].join("/"));
      }
    }
  }
  return names.slice(1);
}

/** Where a link leads to, by its text alone; empty for the root, undefined for what lies outside of the tree. */
function resolveTarget({ path, target }: TreeLink): string | undefined {
  if (target.startsWith("/")) return undefined;
  const resolved = path.split("/").slice(0, -1);
  for (const segment of target.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") resolved.push(segment);
    else if (resolved.pop() === undefined) return undefined;
  }
  return resolved.join("/");
}
