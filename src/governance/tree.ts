/** What a plan may ask for, per path. */
export type Operation = "create" | "modify" | "delete" | "rename";

/** Git's file modes as they stand in a tree: file, executable, symbolic link, submodule. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/** One file of a git tree. `path` is the exact name as git stores it (decoded as UTF-8). */
export interface TreeEntry {
  readonly path: string;
  readonly mode: FileMode;
  /** Object id of the blob (or of the commit, for a submodule). */
  readonly oid: string;
}

/** One difference between two trees, without rename detection: a rename is a removal and an addition. */
export interface TreeChange {
  readonly path: string;
  readonly before: { readonly mode: FileMode; readonly oid: string } | undefined;
  readonly after: { readonly mode: FileMode; readonly oid: string } | undefined;
}

/** What the agent asks to do to one file, before it is done. `path` is repository-relative. */
export interface RequestedChange {
  readonly path: string;
  readonly operation: Operation;
  /** The old path; only with `rename`. */
  readonly from?: string;
}

/** A state of a scratch tree that can be compared by one id. */
export interface TreeSnapshot {
  /** Git's id of the tree; the id of no tree when there is something that git cannot record. */
  readonly tree: string;
  /** Differences to the start. */
  readonly changes: readonly TreeChange[];
  /** Paths of untracked files that the repository's own .gitignore, as it was at the start, ignores. */
  readonly ignored: readonly string[];
}
