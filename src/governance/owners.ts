import picomatch from "picomatch";

/** Where GitHub looks for a CODEOWNERS file, in its order. */
export const CODEOWNERS_PATHS: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

interface OwnerRule {
  readonly matches: (path: string) => boolean;
  readonly owners: readonly string[];
}

/**
 * Owners of paths from a CODEOWNERS file, for display only: the last rule that matches wins, as GitHub has it.
 * Lines that GitHub would not accept (negation, character classes) name nobody.
 */
export function parseOwners(text: string): (path: string) => readonly string[] {
  const rules = text.split(/\r?\n/).flatMap(parseRule);
  return (path) => rules.findLast((rule) => rule.matches(path))?.owners ?? [];
}

function parseRule(line: string): OwnerRule[] {
  const [pattern, ...owners] = line
    .replace(/(?:^|\s)#.*$/, "")
    .trim()
    .split(/\s+/);
  if (!pattern || /^!|[[\]]/.test(pattern)) return [];
  const isAnchored = pattern.replace(/\/$/, "").includes("/");
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
