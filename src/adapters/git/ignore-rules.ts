import type { TreeChange, TreeEntry } from "../../governance/tree.ts";
import { runGit } from "./git-process.ts";
import type { ObjectStore } from "./object-store.ts";
import { decodePath, encodePath } from "./path-bytes.ts";
import type { WorkingDirectory } from "./working-directory.ts";

/**
 * The .gitignore files of the start, kept apart from the tree: a rule that was written during the run must not
 * hide what the run did.
 */
export interface IgnoreRules {
  /** Leaves out untracked files that are ignored. What is tracked, or cannot be recorded, always counts. */
  withoutIgnored(changes: readonly TreeChange[]): Promise<readonly TreeChange[]>;
}

/** `shadow` is a directory that will hold the .gitignore files and nothing else. */
export function createIgnoreRules(
  store: ObjectStore,
  start: ReadonlyMap<string, TreeEntry>,
  shadow: WorkingDirectory,
): IgnoreRules {
  let ready: Promise<void> | undefined;
  return {
    withoutIgnored: async (changes) => {
      const candidates = changes.filter(isUntracked);
      if (candidates.length === 0) return changes;
      ready ??= layRules(store, start, shadow);
      await ready;
      const result = await runGit(store.place, {
        args: ["check-ignore", "-z", "--stdin", "--no-index"],
        env: { GIT_WORK_TREE: shadow.directory },
        directory: shadow.directory,
        input: Buffer.concat(candidates.flatMap(({ path }) => [encodePath(path), Buffer.from([0])])),
        accept: [0, 1],
      });
      const ignored = new Set(splitNul(result.stdout));
      return changes.filter((change) => !isUntracked(change) || !ignored.has(change.path));
    },
  };
}

async function layRules(
  store: ObjectStore,
  start: ReadonlyMap<string, TreeEntry>,
  shadow: WorkingDirectory,
): Promise<void> {
  for (const { path, mode, oid } of start.values()) {
    // git does not follow a .gitignore that is a link.
    if (!/(^|\/)\.gitignore$/.test(path) || mode === "120000" || mode === "160000") continue;
    shadow.writeFile(path, await store.readBlob(oid), mode);
  }
}

function isUntracked({ before, after }: TreeChange): boolean {
  return before === undefined && after !== undefined && !/^0+$/.test(after.oid);
}

function splitNul(output: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < output.length; at = output.indexOf(0, at) + 1) {
    names.push(decodePath(output.subarray(at, output.indexOf(0, at))));
  }
  return names;
}
