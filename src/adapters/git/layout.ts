import { type Digest, digestOf } from "../../governance/digest.ts";
import { groupBy } from "../../governance/grouping.ts";
import type { TreeLink } from "../../governance/link.ts";
import type { TreeEntry } from "../../governance/tree.ts";
import type { InstructionFile, Sha } from "../../ports.ts";
import { type Entries, evaluateOverlay, type LinkTargets, staysInside } from "./instruction-files.ts";
import type { ObjectStore } from "./object-store.ts";
import { decodePath } from "./path-bytes.ts";
import type { SizedEntry } from "./tree-format.ts";
import type { WorkingDirectory } from "./working-directory.ts";

/** How a commit was laid out: what a scratch tree starts from. */
export interface Layout {
  /** The head commit's files. */
  readonly entries: readonly TreeEntry[];
  /** The symbolic links of head and base. */
  readonly links: readonly TreeLink[];
  readonly instructions: readonly InstructionFile[];
  readonly changedInstructions: readonly string[];
  readonly headTree: string;
  /** The head's tree with the overlay of instruction files, and its entries. */
  readonly startTree: string;
  readonly start: ReadonlyMap<string, TreeEntry>;
  /** Links that were written as plain files since they may lead out of the tree, with their blob's id. */
  readonly plainLinks: ReadonlyMap<string, string>;
}

/** Writes the head's files with the base's instruction files. Throws ExternalError `git_failed`. */
export async function layOut(
  store: ObjectStore,
  working: WorkingDirectory,
  commits: { readonly head: Sha; readonly base: Sha },
): Promise<Layout> {
  const head = byPath(await store.listTree(commits.head));
  const base = byPath(await store.listTree(commits.base));
  const both = [...head.values(), ...base.values()];
  const links = await readLinks(store, both);
  const overlay = evaluateOverlay(head, base, links);
  const digests = new Map<string, Digest>();
  for await (const [oid, content] of store.readBlobs(overlay.placed)) digests.set(oid, digestOf(content));
  return {
    entries: [...head.values()].map(({ path, mode, oid }) => ({ path, mode, oid })),
    links: both.filter(isLink).map(({ path, oid }) => ({ path, target: links.get(oid) as string })),
    instructions: overlay.placed.map(({ path, oid }) => ({ path, digest: digests.get(oid) as Digest })),
    changedInstructions: overlay.changed,
    headTree: await store.treeOf(commits.head),
    startTree: await store.writeTree(overlay.start.values()),
    start: overlay.start,
    plainLinks: await checkOut(store, working, overlay.start, links),
  };
}

/**
 * Writes files byte for byte: no attribute of the repository has a say. A link that provably stays inside the
 * tree is made as a link; any other becomes a plain file with the target's text, so that nothing that is read
 * or written below the directory is outside of it. Returns those.
 */
async function checkOut(
  store: ObjectStore,
  working: WorkingDirectory,
  start: Entries,
  links: LinkTargets,
): Promise<ReadonlyMap<string, string>> {
  const paths = groupBy([...start.values()], ({ oid }) => oid);
  const isFile = ({ mode }: SizedEntry) => mode === "100644" || mode === "100755";
  for await (const [oid, content] of store.readBlobs([...start.values()].filter(isFile))) {
    for (const { path, mode } of paths.get(oid) ?? []) {
      if (mode === "100644" || mode === "100755") working.writeFile(path, content, mode);
    }
  }
  const plainLinks = new Map<string, string>();
  // Links come last, so that no file can be written through one.
  for (const { path, mode, oid } of start.values()) {
    if (mode === "160000") working.makeDirectory(path);
    if (mode !== "120000") continue;
    if (staysInside(path, links.get(oid) ?? "")) {
      working.writeLink(path, await store.readBlob(oid));
    } else {
      working.writeFile(path, await store.readBlob(oid), "100644");
      plainLinks.set(path, oid);
    }
  }
  return plainLinks;
}

async function readLinks(store: ObjectStore, entries: readonly SizedEntry[]): Promise<LinkTargets> {
  const targets = new Map<string, string>();
  for await (const [oid, content] of store.readBlobs(entries.filter(isLink))) targets.set(oid, decodePath(content));
  return targets;
}

function isLink({ mode }: SizedEntry): boolean {
  return mode === "120000";
}

function byPath(entries: readonly SizedEntry[]): Entries {
  return new Map(entries.map((entry) => [entry.path, entry]));
}
