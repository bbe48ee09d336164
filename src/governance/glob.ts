import picomatch from "picomatch";
import { foldPath } from "./path.ts";

/**
 * Whether a path, or whatever some file system takes for the same path, is one of these globs. For rules that hold
 * something back: on a checkout that does not tell two spellings apart, the other one is the same file.
 */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  // As it stands, for a glob that leaves something out: what another spelling of that is, is not left out everywhere.
  const matchesAsIs = picomatch([...globs], { dot: true });
  // A glob's own fold can mean something else (`[[:alpha:]]` has no upper case), so it comes beside the glob.
  const matches = picomatch([...globs, ...globs.map(foldPath)], { dot: true, nocase: true });
  return (path) => matchesAsIs(path) || matches(path) || matches(foldPath(path));
}
