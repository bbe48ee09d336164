import type { PlannedFile } from "./plan.ts";
import type { Operation } from "./tree.ts";

/**
 * The most characters (UTF-16 units) that the listing of a plan's files may have. Less than half of a comment on
 * GitHub, so that it is shown as a whole whatever else there is to say: nobody can approve a file that is not shown.
 */
export const LISTING_MOST = 28_000;

const ORDER: readonly Operation[] = ["delete", "rename", "modify", "create"];

/**
 * The files of a plan as plain text, exact and without reasons: by operation, then by directory. A line that ends
 * with `/` is the directory of the lines under it; a rename has a line for the old and one for the new path.
 */
export function listFiles(files: readonly PlannedFile[]): string {
  return ORDER.flatMap((operation) => {
    const chosen = files.filter((file) => file.operation === operation);
    return chosen.length === 0 ? [] : [operation, ...(operation === "rename" ? pairs(chosen) : tree(chosen))];
  }).join("\n");
}

function byPath(a: PlannedFile, b: PlannedFile): number {
  return a.path < b.path ? -1 : 1;
}

function pairs(files: readonly PlannedFile[]): readonly string[] {
  return [...files].sort(byPath).flatMap(({ path, from }) => [`  ${from}`, `  → ${path}`]);
}

function tree(files: readonly PlannedFile[]): readonly string[] {
  const directories = new Map<string, string[]>();
  for (const { path } of [...files].sort(byPath)) {
    const end = path.lastIndexOf("/") + 1;
    const directory = path.slice(0, end);
    const names = directories.get(directory) ?? [];
    names.push(path.slice(end));
    directories.set(directory, names);
  }
  return [...directories].flatMap(([directory, names]) =>
    directory === "" ? names.map((name) => `  ${name}`) : [`  ${directory}`, ...names.map((name) => `    ${name}`)],
  );
}
