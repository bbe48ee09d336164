const FOLDER = ".github/workflows/";

/**
 * The file of a workflow's path, to which GitHub appends `@ref` for some runs: `main` or `refs/heads/main`. A file and a
 * ref may both have an `@` in them, and a ref can look like a file. `knownRef` is the branch of the run, if it is known.
 */
export function workflowFileOf(path: string, knownRef?: string): string {
  if (!path.startsWith(FOLDER)) return path;
  for (const ref of knownRef === undefined ? [] : [`refs/heads/${knownRef}`, `refs/tags/${knownRef}`, knownRef]) {
    const file = path.slice(0, -ref.length - 1);
    if (path === `${file}@${ref}` && isFile(file)) return file;
  }
  // A file lies in the folder itself, so what has a slash after that belongs to the ref.
  const slash = path.indexOf("/", FOLDER.length);
  const end = slash < 0 ? path.length : slash;
  // Without a slash the longest file, so that one called `x.yml@y.yml` cannot pass for `x.yml`.
  for (let at = slash < 0 ? end : path.lastIndexOf("@", end); at > 0; at = path.lastIndexOf("@", at - 1)) {
    if (isFile(path.slice(0, at))) return path.slice(0, at);
  }
  return path;
}

function isFile(path: string): boolean {
  return /\.ya?ml$/.test(path);
}
