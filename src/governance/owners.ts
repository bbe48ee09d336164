import picomatch from "picomatch";

/** Where GitHub looks for a CODEOWNERS file, in its order. */
export const CODEOWNERS_PATHS: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

interface OwnerRule {
  readonly matches: (path: string) => boolean;
  readonly owners: readonly string[];
}

/**
 * Owners of paths from a CODEOWNERS file: the last rule that matches wins, as GitHub has it.
 * Lines that GitHub would not accept (negation, character classes) name nobody.
 */
export function parseOwners(text: string): (path: string) => readonly string[] {
  const rules = text.split(/\r?\n/).flatMap(parseRule);
  return (path) => rules.findLast((rule) => rule.matches(path))?.owners ?? [];
}

/**
 * Whether one person owns every path that has owners, given those of each path: who owns one file of a plan has no say
 * about the others. Nobody does where nothing has owners. `unknown` where that hangs on a team that cannot be read.
 */
export function isOwnerOfAll(
  owners: Iterable<readonly string[]>,
  isNamedBy: (owner: string) => boolean | "unknown",
): boolean | "unknown" {
  const answers = [...owners]
    .filter(({ length }) => length > 0)
    .map((ofPath) => {
      const each = ofPath.map(isNamedBy);
      return each.includes(true) || (each.includes("unknown") && "unknown");
    });
  if (answers.length === 0 || answers.includes(false)) return false;
  return answers.includes("unknown") ? "unknown" : true;
}

function parseRule(line: string): OwnerRule[] {
  const [pattern, ...owners] = line
    .replace(/(?:^|\s)#.*/s, "")
    .trim()
    // A blank of a name is written `\ `.
    .split(/(?<!\\)\s+/);
  if (!pattern || /^!|[[\]]/.test(pattern)) return [];
  // A slash at the end says only that a directory is meant.
  const isAnchored = pattern.slice(0, -1).includes("/");
  // Only `*` and `?` mean something here; `app/(group)` is a directory of that name.
  const body = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "")
    .replace(/[(){}|]/g, "\\$&");
  const base = isAnchored ? body : `**/${body}`;
  // A pattern names a file or everything below a directory; `dir/` only what is below, `dir/*` only what is right in it.
  const globs = pattern.endsWith("/*") ? [base] : pattern.endsWith("/") ? [`${base}/**/*`] : [base, `${base}/**`];
  return [{ matches: picomatch(globs, { dot: true }), owners }];
}
