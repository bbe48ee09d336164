import { IntegrityError } from "../../governance/errors.ts";
import type { TreeChange, TreeEntry, TreeSnapshot } from "../../governance/tree.ts";
import type { ScratchTree } from "../../ports.ts";
import type { IgnoreRules } from "./ignore-rules.ts";
import type { Layout } from "./layout.ts";
import { blobId, type ObjectStore } from "./object-store.ts";
import type { WorkingDirectory } from "./working-directory.ts";

export interface ScratchTreeParts {
  readonly layout: Layout;
  readonly pullRequestFiles: readonly string[];
  readonly store: ObjectStore;
  readonly working: WorkingDirectory;
  readonly ignoreRules: IgnoreRules;
  readonly dispose: () => Promise<void>;
}

/** How many files are read before other work gets its turn. */
const FILES_PER_TURN = 200;

/** The scratch tree of one run. See the port for what its methods promise. */
export function createScratchTree(parts: ScratchTreeParts): ScratchTree {
  const { layout, store, working } = parts;
  const compare = () => compareTree(parts);
  return {
    directory: working.directory,
    entries: layout.entries,
    links: layout.links,
    instructions: layout.instructions,
    changedInstructions: layout.changedInstructions,
    pullRequestFiles: parts.pullRequestFiles,
    compare,
    compareUnignored: async () => parts.ignoreRules.withoutIgnored((await compare()).changes),
    renderPatch: (changes) => renderPatch(layout, store, changes),
    applyPatch: async (patch) => {
      if ((await compare()).changes.length > 0) return false;
      return patch.length === 0 || applyPatch(parts, layout.startTree, patch, "forward");
    },
    applyInPlace: async (patch, direction) => {
      const { tree, changes } = await compare();
      if (changes.some(({ after }) => after?.mode === "160000")) return false;
      return patch.length === 0 || applyPatch(parts, tree, patch, direction);
    },
    takeSnapshot: () => takeSnapshot(parts),
    readBlob: (oid) => store.readBlob(oid),
    dispose: parts.dispose,
  };
}

/**
 * Reads every file anew, lets git build a tree of what is there, and compares it with the start. What git
 * cannot hold in a tree (an entry called `.git`, a pipe, a socket, a device) is reported as a change to mode
 * 160000 with the null id, which no plan can have approved; `tree` is then the id of no tree.
 */
async function compareTree(parts: ScratchTreeParts): ReturnType<ScratchTree["compare"]> {
  const { layout, store } = parts;
  const entries: TreeEntry[] = [];
  const unrecordable: string[] = [];
  const emptyDirectories: string[] = [];
  await store.storeBlobs(readNewBlobs(parts, { entries, unrecordable, emptyDirectories }));
  const tree = await store.writeTree(entries);
  const recorded = await store.diffTrees(layout.startTree, tree);
  if (unrecordable.length === 0) return { tree, changes: recorded, emptyDirectories };
  const after = { mode: "160000", oid: "0".repeat(tree.length) } as const;
  const unrecorded = new Set(unrecordable);
  const odd = unrecordable.map((path) => ({ path, before: sideOf(layout.start.get(path)), after }));
  const changes = [...recorded.filter(({ path }) => !unrecorded.has(path)), ...odd];
  return {
    tree: blobId(Buffer.from([tree, ...unrecordable.sort()].join("\0")), tree),
    changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)),
    emptyDirectories,
  };
}

/** What is ignored is left out before git makes the id, so that equal ids mean equal files. */
async function takeSnapshot(parts: ScratchTreeParts): Promise<TreeSnapshot> {
  const { layout, store } = parts;
  const all = await compareTree(parts);
  const changes = await parts.ignoreRules.withoutIgnored(all.changes);
  const counted = new Set(changes.map(({ path }) => path));
  const ignored = all.changes.map(({ path }) => path).filter((path) => !counted.has(path));
  if (changes.some(({ after }) => after?.mode === "160000")) return { tree: all.tree, changes, ignored };
  const removals = changes.filter(({ after }) => after === undefined).map(({ path }) => ({ path }));
  const written = changes.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]));
  return { tree: await store.writeTree([...removals, ...written], layout.startTree), changes, ignored };
}

/** What a walk fills. */
interface Seen {
  readonly entries: TreeEntry[];
  readonly unrecordable: string[];
  readonly emptyDirectories: string[];
}

/** Walks the tree, notes what is there, and yields the contents that the store does not have yet. */
async function* readNewBlobs(
  { layout, working }: ScratchTreeParts,
  { entries, unrecordable, emptyDirectories }: Seen,
): AsyncGenerator<Uint8Array> {
  const known = new Set(Array.from(layout.start.values(), ({ oid }) => oid));
  const submodules = new Set([...layout.start.values()].filter(isSubmodule).map(({ path }) => path));
  let files = 0;
  for (const found of working.walk(submodules)) {
    if (++files % FILES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    if (found.kind === "unrecordable") unrecordable.push(found.path);
    else if (found.kind === "empty directory") emptyDirectories.push(found.path);
    else if (found.kind === "submodule") entries.push(layout.start.get(found.path) as TreeEntry);
    else {
      const oid = blobId(found.content, layout.startTree);
      const asLink = found.kind === "link" || (found.mode === "100644" && layout.plainLinks.get(found.path) === oid);
      entries.push({ path: found.path, mode: asLink ? "120000" : found.mode, oid });
      if (known.has(oid)) continue;
      known.add(oid);
      yield found.content;
    }
  }
}

async function renderPatch(layout: Layout, store: ObjectStore, changes: readonly TreeChange[]): Promise<Uint8Array> {
  const head = new Map(layout.entries.map((entry) => [entry.path, entry]));
  for (const change of changes) {
    if (!sameSide(sideOf(head.get(change.path)), change.before)) {
      throw refused(change, "does not start from the head commit (an instruction file of the base branch?)");
    }
    if (change.after !== undefined && /^0+$/.test(change.after.oid)) throw refused(change, "is nothing git can record");
  }
  const removals = changes.filter(({ after }) => after === undefined).map(({ path }) => ({ path }));
  const written = changes.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]));
  const tree = await store.writeTree([...removals, ...written], layout.headTree);
  const made = await store.diffTrees(layout.headTree, tree);
  const asked = new Map(changes.map((change) => [change.path, change]));
  // A file in place of a directory removes more than it says; a patch must do what its changes say and no more.
  const extra = made.find(({ path, after }) => !sameSide(asked.get(path)?.after, after) || !asked.has(path));
  if (extra !== undefined) throw refused(extra, "would be changed without being listed");
  if (made.length !== changes.length) throw refused(changes[0] as TreeChange, "is listed twice or changes nothing");
  return store.renderDiff(layout.headTree, tree);
}

/** Applies to the index, never to the disk; then the files are written by us, which follows no link. */
async function applyPatch(
  { store, working }: ScratchTreeParts,
  from: string,
  patch: Uint8Array,
  direction: "forward" | "reverse",
): Promise<boolean> {
  const tree = await store.applyToTree(from, patch, direction);
  if (tree === undefined) return false;
  const changes = await store.diffTrees(from, tree);
  // Links and submodules are never approved.
  if (changes.some(({ after }) => after?.mode === "120000" || after?.mode === "160000")) return false;
  for (const { path, before } of changes) if (before !== undefined) working.remove(path);
  for (const { path, after } of changes) {
    if (after !== undefined) working.writeFile(path, await store.readBlob(after.oid), after.mode);
  }
  return true;
}

function refused(change: TreeChange, why: string): IntegrityError {
  return new IntegrityError(
    "evidence_invalid",
    `No patch can be made: ${JSON.stringify(change.path)} ${why}. Comment the command again for a new plan.`,
  );
}

function isSubmodule({ mode }: TreeEntry): boolean {
  return mode === "160000";
}

function sideOf(entry: TreeEntry | undefined): TreeChange["before"] {
  return entry === undefined ? undefined : { mode: entry.mode, oid: entry.oid };
}

function sameSide(a: TreeChange["before"], b: TreeChange["before"]): boolean {
  return a?.mode === b?.mode && a?.oid === b?.oid;
}
