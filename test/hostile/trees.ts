import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { BareRepository } from "../world/repository.ts";

/** What is at one path. `special` is what no commit can hold: a pipe, a socket, a device, anything called `.git`. */
export interface Leaf {
  readonly mode: "100644" | "100755" | "120000" | "160000" | "special";
  /** Git's id of the content, so that a tree on disk and a tree in a repository compare. */
  readonly oid: string;
}

export type Tree = ReadonlyMap<string, Leaf>;

export interface Difference {
  readonly path: string;
  readonly before: Leaf | undefined;
  readonly after: Leaf | undefined;
}

/** Written again here, without a line of the product's code: a judge must not share its eyes with the accused. */
export function differencesBetween(before: Tree, after: Tree): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
    .filter(({ before, after }) => before?.mode !== after?.mode || before?.oid !== after?.oid)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function treeOfCommit(repository: BareRepository, ref: string): Promise<Tree> {
  const items = await repository.listTree(ref);
  return new Map(items.map(({ path, mode, oid }) => [path, { mode, oid }]));
}

const NOTHING = "0".repeat(40);
/** Larger files are told apart by their size: a sparse one may say that it has more bytes than there is memory. */
const MAX_READ = 256 * 1024 * 1024;

function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** A name that is no UTF-8 gets a name that no file has. */
function nameOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : `bytes:${bytes.toString("hex")}`;
}

/**
 * The tree on disk. An empty directory counts where `start` has a submodule, and a file with the text of a link
 * counts as that link where `start` has one: links out of the tree are laid out like that.
 */
export function treeOnDisk(directory: string, start: Tree): Tree {
  const found = new Map<string, Leaf>();
  const visit = (absolute: Buffer, path: string): void => {
    const names = readdirSync(absolute, { encoding: "buffer" });
    const submodule = start.get(path);
    if (names.length === 0 && submodule?.mode === "160000") found.set(path, submodule);
    for (const name of names) {
      const below = Buffer.concat([absolute, Buffer.from("/"), name]);
      const full = path === "" ? nameOf(name) : `${path}/${nameOf(name)}`;
      const stats = lstatSync(below);
      if (nameOf(name).toLowerCase() === ".git") found.set(full, { mode: "special", oid: NOTHING });
      else if (stats.isDirectory()) visit(below, full);
      else if (stats.isSymbolicLink()) {
        found.set(full, { mode: "120000", oid: blobId(readlinkSync(below, { encoding: "buffer" })) });
      } else if (stats.isFile()) {
        const oid = stats.size > MAX_READ ? `${stats.size} bytes` : blobId(readFileSync(below));
        const link = start.get(full);
        const isLaidOutLink = link?.mode === "120000" && link.oid === oid && (stats.mode & 0o100) === 0;
        found.set(full, { mode: isLaidOutLink ? "120000" : stats.mode & 0o100 ? "100755" : "100644", oid });
      } else found.set(full, { mode: "special", oid: NOTHING });
    }
  };
  visit(Buffer.from(directory), "");
  return found;
}
