import type { SizedEntry } from "./tree-format.ts";

export type Entries = ReadonlyMap<string, SizedEntry>;

/** Targets of symbolic links, by the oid of the link's blob. */
export type LinkTargets = ReadonlyMap<string, string>;

export interface InstructionOverlay {
  /** The head's tree with the base's instruction files in place of its own. */
  readonly start: Entries;
  /** The instruction files put in place, sorted by path; links are replaced by the file they name. */
  readonly placed: readonly SizedEntry[];
  /** Paths whose content, mode or presence differs between head and base, sorted. */
  readonly changed: readonly string[];
}

const NAMES = new Set(["agents.md", "agents.override.md", ".agents", ".codex"]);

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

/** Whether Codex may take instructions from this path: AGENTS.md, AGENTS.override.md, anything of `.agents` or `.codex`. */
export function isInstructionPath(path: string): boolean {
  return path.split("/").some((segment) => NAMES.has(segment.toLowerCase()));
}

/**
 * Puts the base's instruction files in place of the head's. A link is followed inside the base's own tree, since
 * the same link in the head would let the pull request choose the text. Left out: links that name no file,
 * submodules, and files whose directory the head does not have as a directory.
 */
export function evaluateOverlay(head: Entries, base: Entries, links: LinkTargets): InstructionOverlay {
  const start = new Map([...head].filter(([path]) => !isInstructionPath(path)));
  const instructions = [...base.keys()].filter(isInstructionPath).sort();
  const placed: SizedEntry[] = [];
  for (const path of instructions) {
    const file = resolve(base, links, path);
    if (file === undefined || parents(path).some((parent) => start.has(parent))) continue;
    placed.push({ ...file, path });
  }
  for (const entry of placed) start.set(entry.path, entry);
  const candidates = new Set([...instructions, ...[...head.keys()].filter(isInstructionPath)]);
  const changed = [...candidates].filter((path) => {
    // The link may be the same and the file that it names another.
    const resolved = isSame(resolve(head, links, path), resolve(base, links, path));
    return !resolved || !isSame(head.get(path), base.get(path));
  });
  return { start, placed, changed: changed.sort() };
}

/** Whether a link can be resolved to nothing outside the tree, whatever the tree's other links of this kind are. */
export function staysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/")) return false;
  const segments = target.split("/");
  const climbs = segments.findIndex((segment) => segment !== "..");
  // `..` after a name may be taken from wherever that name leads to, so only leading ones can be counted.
  if (climbs < 0) return segments.length <= parents(path).length;
  return climbs <= parents(path).length && !segments.slice(climbs).includes("..");
}

/** The plain file that a path names in a tree, through links. */
function resolve(entries: Entries, links: LinkTargets, path: string): SizedEntry | undefined {
  let pending = path.split("/");
  const done: string[] = [];
  for (let followed = 0; pending.length > 0; ) {
    const segment = pending.shift() as string;
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      if (done.pop() === undefined) return undefined;
      continue;
    }
    done.push(segment);
    const entry = entries.get(done.join("/"));
    if (entry === undefined) continue;
    if (entry.mode !== "120000") return pending.length === 0 && entry.mode !== "160000" ? entry : undefined;
    const target = links.get(entry.oid);
    if (target === undefined || target.startsWith("/") || ++followed > MAX_LINKS) return undefined;
    done.pop();
    pending = [...target.split("/"), ...pending];
  }
  return undefined;
}

function isSame(a: SizedEntry | undefined, b: SizedEntry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}

/** `a/b/c` gives `a` and `a/b`. */
function parents(path: string): string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join("/"));
}
