import picomatch from "picomatch";
import type { Policy } from "./policy.ts";

/**
 * The test suites that a change of these paths concerns, in the policy's order. A path that no suite names concerns
 * all of them, unless the policy says otherwise: a test too many costs minutes, one too few a defect.
 */
export function impactedTests(
  paths: readonly string[],
  { "impacted-tests": { suites, otherwise } }: Pick<Policy, "impacted-tests">,
): readonly string[] {
  const names = Object.keys(suites);
  const matchers = Object.entries(suites).map(([name, globs]) => ({
    name,
    // The name of a directory means what is below it as well.
    matches: picomatch(
      globs.flatMap((glob) => [glob, `${glob}/**`]),
      { dot: true },
    ),
  }));
  const concerned = paths.flatMap((path) => {
    const own = matchers.filter(({ matches }) => matches(path)).map(({ name }) => name);
    return own.length > 0 ? own : (otherwise ?? names);
  });
  return names.filter((name) => concerned.includes(name));
}
