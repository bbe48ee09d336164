import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ExternalError } from "../../governance/errors.ts";
import type { TreeChange, TreeEntry } from "../../governance/tree.ts";
import { type GitPlace, MAX_BLOB_BYTES, runGit } from "./git-process.ts";
import { encodePath } from "./path-bytes.ts";
import { isObjectId, parseRawDiff, parseTreeListing, type SizedEntry } from "./tree-format.ts";

/** Bytes of blobs that are held in memory at once. */
const BATCH_BYTES = 32 * 1024 * 1024;

/** A git directory seen as a store of objects: no working directory, no refs. Throws ExternalError `git_failed`. */
export class ObjectStore {
  readonly place: GitPlace;
  #indexes = 0;

  constructor(place: GitPlace) {
    this.place = place;
  }

  /** The files of a commit or tree, recursively. */
  async listTree(treeish: string): Promise<SizedEntry[]> {
    const args = ["ls-tree", "-r", "-z", "-l", "--full-tree", treeish];
    return parseTreeListing((await runGit(this.place, { args })).stdout);
  }

  /** The tree's id of a commit. */
  async treeOf(commit: string): Promise<string> {
    const args = ["rev-parse", "--verify", `${commit}^{tree}`];
    return (await runGit(this.place, { args })).stdout.toString().trim();
  }

  async readBlob(oid: string): Promise<Buffer> {
    if (!isObjectId(oid)) throw new ExternalError("git_failed", `Not an object id: ${JSON.stringify(oid)}.`);
    return (await runGit(this.place, { args: ["cat-file", "blob", oid] })).stdout;
  }

  /** Reads the blobs of many entries, each oid once, in batches of bounded size. */
  async *readBlobs(entries: Iterable<SizedEntry>): AsyncGenerator<readonly [oid: string, content: Buffer]> {
    const pending = new Map<string, number>();
    let bytes = 0;
    for (const { oid, size } of entries) {
      if (pending.has(oid)) continue;
      pending.set(oid, size);
      bytes += size;
      if (bytes < BATCH_BYTES) continue;
      yield* await this.#readBatch(pending);
      pending.clear();
      bytes = 0;
    }
    if (pending.size > 0) yield* await this.#readBatch(pending);
  }

  /** Stores blobs as they come. Their ids are those of `blobId`. */
  async storeBlobs(contents: AsyncIterable<Uint8Array>): Promise<void> {
    await runGit(this.place, { args: ["fast-import", "--quiet", "--done"], input: fastImport(contents) });
  }

  /** The id of a tree with these entries, on top of `base` if given. An entry without a mode is removed. */
  async writeTree(entries: Iterable<TreeEntry | Removal>, base?: string): Promise<string> {
    return this.#withIndex(base, async (env) => {
      const parts: Buffer[] = [];
      for (const entry of entries) {
        const [mode, oid] = "mode" in entry ? [entry.mode, entry.oid] : ["0", "0".repeat(40)];
        parts.push(Buffer.from(`${mode} ${oid}\t`), encodePath(entry.path), Buffer.from([0]));
      }
      await runGit(this.place, { args: ["update-index", "-z", "--index-info"], env, input: Buffer.concat(parts) });
      return (await runGit(this.place, { args: ["write-tree"], env })).stdout.toString().trim();
    });
  }

  /** What differs between two trees, exact modes and ids, without rename detection. */
  async diffTrees(before: string, after: string): Promise<TreeChange[]> {
    const args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after];
    return parseRawDiff((await runGit(this.place, { args })).stdout);
  }

  /** The same as a patch that `git apply` accepts. */
  async renderDiff(before: string, after: string): Promise<Buffer> {
    const shape = ["-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"];
    const args = ["diff-tree", "-r", ...shape, "--src-prefix=a/", "--dst-prefix=b/", before, after];
    return (await runGit(this.place, { args })).stdout;
  }

  /** The tree that a patch, or its reverse, makes of a tree; undefined when it does not apply as a whole. */
  async applyToTree(
    tree: string,
    patch: Uint8Array,
    direction: "forward" | "reverse" = "forward",
  ): Promise<string | undefined> {
    return this.#withIndex(tree, async (env) => {
      const reverse = direction === "reverse" ? ["--reverse"] : [];
      const args = ["apply", "--cached", ...reverse, "--whitespace=nowarn", "-"];
      const result = await runGit(this.place, { args, env, input: patch, accept: [0, 1, 128] });
      if (result.code !== 0) return undefined;
      // The tree's id depends on the ids of the files that the patch leaves alone, not on their content.
      return (await runGit(this.place, { args: ["write-tree", "--missing-ok"], env })).stdout.toString().trim();
    });
  }

  async #withIndex<T>(tree: string | undefined, use: (env: Record<string, string>) => Promise<T>): Promise<T> {
    const path = join(this.place.gitDirectory, `index-${++this.#indexes}`);
    const env = { GIT_INDEX_FILE: path };
    try {
      await runGit(this.place, { args: ["read-tree", tree ?? "--empty"], env });
      return await use(env);
    } finally {
      await rm(path, { force: true }).catch(() => {});
    }
  }

  async #readBatch(sizes: ReadonlyMap<string, number>): Promise<(readonly [string, Buffer])[]> {
    const input = Buffer.from([...sizes.keys()].map((oid) => `${oid}\n`).join(""));
    const { stdout } = await runGit(this.place, { args: ["cat-file", "--batch"], input, maxBytes: 2 * MAX_BLOB_BYTES });
    let at = 0;
    return [...sizes].map(([oid, size]) => {
      const header = Buffer.from(`${oid} blob ${size}\n`);
      const start = at + header.length;
      if (!stdout.subarray(at, start).equals(header) || stdout[start + size] !== 0x0a) {
        throw new ExternalError("git_failed", `git cat-file did not give the blob ${oid} of ${size} bytes.`);
      }
      at = start + size + 1;
      return [oid, stdout.subarray(start, start + size)] as const;
    });
  }
}

/** A path that a tree is to have no more. */
export interface Removal {
  readonly path: string;
}

/** Git's id of a blob; the length of `like` says which hash the repository uses. */
export function blobId(content: Uint8Array, like: string): string {
  const hash = createHash(like.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

async function* fastImport(contents: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const content of contents) {
    yield Buffer.from(`blob\ndata ${content.length}\n`);
    yield content;
    yield Buffer.from("\n");
  }
  // Without this word git takes the stream for one that was cut off, and stores nothing.
  yield Buffer.from("done\n");
}
