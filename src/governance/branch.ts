/** Names that git and GitHub look up elsewhere before they look among the branches, by how they start. */
const OTHER_NAMESPACE = /^(?:refs|heads|tags|remotes)\/|^pull\/\d+\/(?:head|merge)$/;

/** What names a commit whatever branches there are: `HEAD`, its short form, and anything that looks like a commit id. */
const COMMIT_NAME = /^(?:HEAD|@|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/**
 * What a branch's name could mean besides the branch itself, for people; undefined for a name that means one thing.
 * Where a short name is expected, `refs/heads/main` is understood as the branch `main`.
 */
export function otherMeaningOf(branch: string): string | undefined {
  if (OTHER_NAMESPACE.test(branch)) return `the reference \`${branch}\``;
  return COMMIT_NAME.test(branch) ? `the commit \`${branch}\`` : undefined;
}

/** The one name of a branch that can mean nothing else. */
export function fullRef(branch: string): string {
  return `refs/heads/${branch}`;
}
