import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitMemory } from "./git-memory.ts";
import { runGit } from "./git-process.ts";

export type FileMode = "100644" | "100755" | "120000" | "160000";

/**
 * What is written at a path: text (UTF-8) or bytes as a plain file, the same with a mode, or null to remove
 * it. The content of a `120000` entry is the link's target, of a `160000` entry the commit id.
 */
export type FileContent =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: FileMode }
  | null;

export type FileContents = Readonly<Record<string, FileContent>>;

/** One entry of a recursive tree listing. */
export interface TreeItem {
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: string;
  /** Bytes; undefined for a submodule. */
  readonly size: number | undefined;
}

/** One path that differs between two trees, without rename detection. */
export interface ChangedFile {
  readonly path: string;
  readonly before: { readonly mode: FileMode; readonly oid: string } | undefined;
  readonly after: { readonly mode: FileMode; readonly oid: string } | undefined;
}

export interface Author {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface CommitFacts {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Exact message, trailing newline as stored. */
  readonly message: string;
  readonly author: Author;
  readonly committer: Author;
}

export interface CommitOptions {
  /** Default: "A commit". */
  readonly message?: string;
  /** Default: the branch's head; a root commit when the branch does not exist. */
  readonly parent?: string;
  /** Default: a fixed person at a fixed time, so that equal commits have equal ids. */
  readonly author?: Author;
  /** Default: the author. */
  readonly committer?: Author;
}

export interface RepositoryOptions {
  /** Content of the first commit, on `branch`. Without it (and without `from`) the repository has no commit. */
  readonly files?: FileContents;
  /** A repository directory to clone (branches, tags and HEAD); `files` then becomes a commit on top. */
  readonly from?: string;
  /** Where the bare repository is made, e.g. `<root>/owner/name.git`. Default: a new temporary directory. */
  readonly directory?: string;
  /** The default branch. Default: `main`. */
  readonly branch?: string;
}

const ID = /^[0-9a-f]{40}$/;
const NOBODY: Author = { name: "A Person", email: "person@example.com", date: "2026-01-02T03:04:05Z" };

/** Makes a real bare repository. */
export async function createRepository(options: RepositoryOptions = {}): Promise<BareRepository> {
  const branch = options.branch ?? "main";
  const own = options.directory === undefined;
  const parent = own ? await mkdtemp(join(tmpdir(), "bare-repository-")) : undefined;
  const directory = options.directory ?? join(parent as string, "repository.git");
  if (options.from === undefined) {
    await runGit(["init", "--quiet", "--bare", `--initial-branch=${branch}`, directory]);
  } else {
    await runGit(["clone", "--quiet", "--bare", "--no-hardlinks", "--", options.from, directory], {
      env: { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" },
    });
  }
  const repository = new BareRepository(directory, parent ?? directory);
  if (options.files !== undefined) await repository.commit(branch, options.files, { message: "Initial commit" });
  return repository;
}

/** A bare repository and the operations on it, none of which needs a working copy. */
export class BareRepository {
  /** Absolute path of the bare repository. */
  readonly directory: string;
  readonly #removable: string;
  readonly #memory: GitMemory;

  constructor(directory: string, removable: string) {
    this.directory = directory;
    this.#removable = removable;
    this.#memory = new GitMemory(directory);
  }

  /** Commits files on top of a branch (or of `parent`), moves the branch there, returns the commit's id. */
  async commit(branch: string, files: FileContents, options: CommitOptions = {}): Promise<string> {
    const parent = options.parent ?? (await this.head(branch));
    const tree = await this.writeTree(parent, files);
    const sha = await this.writeCommit({
      tree,
      parents: parent === undefined ? [] : [parent],
      message: options.message ?? "A commit",
      ...(options.author === undefined ? {} : { author: options.author }),
      ...(options.committer === undefined ? {} : { committer: options.committer }),
    });
    await this.setBranch(branch, sha);
    return sha;
  }

  /** The commit a branch points at; undefined when there is no such branch. */
  async head(branch: string): Promise<string | undefined> {
    return (await this.#looseHead(branch)) ?? this.resolve(`refs/heads/${branch}`);
  }

  /** All branches with their heads, by name. */
  async branches(): Promise<ReadonlyMap<string, string>> {
    const text = await this.#text(["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads/"]);
    return new Map(lines(text).map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
  }

  /** The id of the commit that a branch, tag or id names; undefined when there is none. */
  async resolve(ref: string): Promise<string | undefined> {
    return this.#object(`${ref}^{commit}`);
  }

  /** A file's bytes at a commit (a link's target, for a link); undefined when there is no such commit or file. */
  async readFile(ref: string, path: string): Promise<Buffer | undefined> {
    const oid = await this.#object(`${ref}:${path}`);
    return oid === undefined ? undefined : this.readBlob(oid);
  }

  /** A blob's bytes; undefined when there is no blob of that id. */
  async readBlob(oid: string): Promise<Buffer | undefined> {
    const result = await this.#git(["cat-file", "blob", oid], { accept: [0, 128] });
    return result.code === 0 ? result.stdout : undefined;
  }

  /** Every file of a commit or tree, recursively, in git's order. Throws when the ref does not exist. */
  async listTree(ref: string): Promise<readonly TreeItem[]> {
    const { stdout } = await this.#memory.ask([ref], ["ls-tree", "-rzl", "--full-tree", "--end-of-options", ref]);
    return records(stdout.toString()).map((record) => {
      const tab = record.indexOf("\t");
      const [mode, , oid, size] = record.slice(0, tab).split(/ +/) as [FileMode, string, string, string];
      return { path: record.slice(tab + 1), mode, oid, size: size === "-" ? undefined : Number(size) };
    });
  }

  /** What differs between exactly these two commits; for a pull request give the merge base as `baseSha`. */
  async changedFiles(baseSha: string, headSha: string): Promise<readonly ChangedFile[]> {
    const args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options"];
    const fields = records(await this.#text([...args, baseSha, headSha]));
    const changes: ChangedFile[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [beforeMode, afterMode, beforeOid, afterOid] = (fields[at] as string).slice(1).split(" ");
      changes.push({
        path: fields[at + 1] as string,
        before: side(beforeMode as string, beforeOid as string),
        after: side(afterMode as string, afterOid as string),
      });
    }
    return changes;
  }

  /** How much a pull request changes: lines per file since the merge base (NaN for binary ones), and its commits. */
  async countChanges(baseSha: string, headSha: string) {
    const ids = [baseSha, headSha];
    const [stat, count] = await Promise.all([
      this.#memory.ask(ids, ["diff", "--numstat", "-z", "--no-renames", `${baseSha}...${headSha}`, "--"]),
      this.#memory.ask(ids, ["rev-list", "--count", `${baseSha}..${headSha}`, "--"]),
    ]);
    const files = records(stat.stdout.toString()).map((row) => {
      const [additions, deletions] = row.split("\t").map((column) => Number.parseInt(column, 10)) as [number, number];
      return { additions, deletions };
    });
    return { files, commits: Number(count.stdout.toString()) };
  }

  /** The commits that a ref reaches, newest first, at most `limit` (default 100). */
  async log(ref: string, limit = 100): Promise<readonly CommitFacts[]> {
    const shas = lines(await this.#text(["rev-list", `--max-count=${limit}`, "--end-of-options", ref]));
    return Promise.all(shas.map(async (sha) => (await this.commitInfo(sha)) as CommitFacts));
  }

  /** What a commit object says; undefined when there is no commit of that id. */
  async commitInfo(sha: string): Promise<CommitFacts | undefined> {
    const result = await this.#memory.ask([sha], ["cat-file", "commit", sha], { accept: [0, 128] });
    return result.code === 0 ? parseCommit(sha, result.stdout.toString()) : undefined;
  }

  /**
   * Points a branch at a commit, creating it if need be. With `expected` this is a compare-and-swap: false, and
   * nothing done, when the branch's head is another one (null: when the branch exists). Throws when `sha` is
   * not a commit of this repository.
   */
  async setBranch(branch: string, sha: string, options: { readonly expected?: string | null } = {}): Promise<boolean> {
    if ((await this.resolve(sha)) !== sha) throw new Error(`${sha} is not a commit of ${this.directory}.`);
    const { expected } = options;
    const old = expected === undefined ? [] : [expected ?? "0".repeat(sha.length)];
    const result = await this.#git(["update-ref", `refs/heads/${branch}`, sha, ...old], { accept: [0, 1, 128] });
    if (result.code === 0) return true;
    if (expected !== undefined && result.stderr.includes("cannot lock ref")) return false;
    throw new Error(`git update-ref failed: ${result.stderr.trim()}`);
  }

  /** Deletes a branch; its commits stay. */
  async deleteBranch(branch: string): Promise<void> {
    await this.#git(["update-ref", "-d", `refs/heads/${branch}`]);
  }

  /** Stores a blob and returns its id. */
  async writeBlob(bytes: string | Uint8Array): Promise<string> {
    return (await this.#text(["hash-object", "-w", "--no-filters", "--stdin"], { input: bytes })).trim();
  }

  /** A tree like `base` (a commit or tree; undefined: empty) with these entries changed; returns its id. */
  async writeTree(base: string | undefined, entries: FileContents): Promise<string> {
    const scratch = await mkdtemp(join(tmpdir(), "write-tree-"));
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    try {
      await this.#git(base === undefined ? ["read-tree", "--empty"] : ["read-tree", base], { env });
      const input = await this.#indexInfo(entries, scratch);
      await this.#git(["update-index", "-z", "--index-info"], { env, input });
      return (await this.#text(["write-tree", "--missing-ok"], { env })).trim();
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Stores a commit object with exactly this message and returns its id. No branch moves. */
  async writeCommit(commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author?: Author;
    /** Default: the author. */
    readonly committer?: Author;
  }): Promise<string> {
    const author = commit.author ?? NOBODY;
    const header = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${renderAuthor(author)}`,
      `committer ${renderAuthor(commit.committer ?? author)}`,
    ];
    const input = `${header.join("\n")}\n\n${commit.message}`;
    return (await this.#text(["hash-object", "-w", "-t", "commit", "--stdin"], { input })).trim();
  }

  /** Whether `ancestor` is reachable from `descendant` (a commit reaches itself). */
  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", ancestor, descendant];
    return (await this.#memory.ask([ancestor, descendant], args, { lasting: [0, 1] })).code === 0;
  }

  /** The best common ancestor; undefined for unrelated histories. */
  async mergeBase(a: string, b: string): Promise<string | undefined> {
    const result = await this.#memory.ask([a, b], ["merge-base", a, b], { lasting: [0, 1] });
    return result.code === 0 ? result.stdout.toString().trim() : undefined;
  }

  /** Removes the repository from the disk. */
  async remove(): Promise<void> {
    await rm(this.#removable, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Lines for `update-index --index-info`. One git process stores all blobs, however many there are. */
  async #indexInfo(entries: FileContents, scratch: string): Promise<Buffer> {
    const named = Object.entries(entries);
    const blobs: string[] = [];
    for (const [, content] of named) {
      if (content === null || modeOf(content) === "160000") continue;
      blobs.push(join(scratch, `blob-${blobs.length}`));
      await writeFile(blobs.at(-1) as string, bytesOf(content));
    }
    const args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
    const oids = lines(await this.#text(args, { input: blobs.map((path) => `${path}\n`).join("") }));
    let next = 0;
    const info = named.map(([path, content]) => {
      if (content === null) return `0 ${"0".repeat(40)}\t${path}\0`;
      const mode = modeOf(content);
      return `${mode} ${mode === "160000" ? bytesOf(content) : oids[next++]}\t${path}\0`;
    });
    return Buffer.from(info.join(""));
  }

  /** From the ref's own file; packed refs and odd names are left to git. */
  async #looseHead(branch: string): Promise<string | undefined> {
    if (branch.split("/").some((part) => part === "" || part.startsWith("."))) return undefined;
    const text = await readFile(join(this.directory, "refs", "heads", branch), "utf8").catch(() => "");
    return ID.test(text.trim()) ? text.trim() : undefined;
  }

  async #object(name: string): Promise<string | undefined> {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
    const result = await this.#memory.ask(name.split(/[:^]/, 1), args, { accept: [0, 1, 128] });
    return result.code === 0 ? result.stdout.toString().trim() : undefined;
  }

  #git(args: readonly string[], options: Parameters<typeof runGit>[1] = {}): ReturnType<typeof runGit> {
    return runGit([`--git-dir=${this.directory}`, ...args], options);
  }

  async #text(args: readonly string[], options: Parameters<typeof runGit>[1] = {}): Promise<string> {
    return (await this.#git(args, options)).stdout.toString();
  }
}

function modeOf(content: Exclude<FileContent, null>): FileMode {
  return typeof content === "string" || content instanceof Uint8Array ? "100644" : content.mode;
}

function bytesOf(content: Exclude<FileContent, null>): string | Uint8Array {
  return typeof content === "string" || content instanceof Uint8Array ? content : content.content;
}

function side(mode: string, oid: string): { readonly mode: FileMode; readonly oid: string } | undefined {
  return mode === "000000" ? undefined : { mode: mode as FileMode, oid };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function records(text: string): string[] {
  return text.split("\0").slice(0, -1);
}

function renderAuthor(author: Author): string {
  return `${author.name} <${author.email}> ${Math.floor(Date.parse(author.date) / 1000)} +0000`;
}

function parseAuthor(line: string): Author {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line);
  if (match === null) throw new Error(`Not a commit's author: ${line}`);
  const [, name, email, seconds] = match as unknown as [string, string, string, string];
  return { name, email, date: new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") };
}

function parseCommit(sha: string, text: string): CommitFacts {
  const end = text.indexOf("\n\n");
  const header = lines(text.slice(0, end));
  const values = (name: string) =>
    header.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    sha,
    tree: values("tree")[0] as string,
    parents: values("parent"),
    message: text.slice(end + 2),
    author: parseAuthor(values("author")[0] as string),
    committer: parseAuthor(values("committer")[0] as string),
  };
}
