import picomatch from "picomatch";
import { z } from "zod";
import { isPlainLine } from "./visible.ts";

/** Globs of files below the repository's root. */
export const glob = z
  .string()
  .min(1)
  .refine(
    isGlob,
    "is not a glob of files (no `!` or `/` in front, no `/` at the end, no `..`, `//` or `\\` as a separator, no open bracket)",
  );

// What a reviewer is shown of a command is one line with single blanks; it must be what is run.
export const command = z
  .string()
  .min(1)
  .max(1_000)
  .refine(isPlainLine, "must be one line without repeated blanks or hidden characters; put more into a script");

/** A directory of the runner: nothing as wide as the root, a directory right below it, or a whole home. */
export const runnerDirectory = z
  .string()
  .max(200)
  .regex(
    /^(?:~|\/[A-Za-z0-9._+-]+)(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._+@ -]+)+$/,
    "must be an absolute path, or one that starts with `~/`, of a directory at least two levels deep, without `..`",
  );

export function plainLine(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine(isPlainLine, "must be one line without repeated blanks or hidden characters");
}

/** A key of the policy with its meaning and an excerpt of a policy that uses it; docs and schema are made of both. */
export function documented<T extends z.ZodType>(schema: T, description: string, policyExample?: object): T {
  return schema.meta({ description, ...(policyExample === undefined ? {} : { policyExample }) });
}

function isGlob(pattern: string): boolean {
  try {
    picomatch.makeRe(pattern, { strictBrackets: true });
    // What no path is like would match nothing, and so protect nothing: a slash at either end or two in a row, blanks
    // around it, `..`, a backslash as a separator.
    return !/^[!/]|\/$|\/\/|^\s|\s$|(?:^|\/)\.\.(?:\/|$)|\\[A-Za-z0-9]/.test(pattern);
  } catch {
    return false;
  }
}
