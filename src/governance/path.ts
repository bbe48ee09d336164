import type { Finding } from "./outcome.ts";
import { findInvisible } from "./visible.ts";

/** Well below Linux's PATH_MAX of 4,096 bytes, which has to hold the scratch directory's own path too. */
const MAX_PATH_BYTES = 1_024;

/** Names that git or a file system may take for `.git`: by case, by an 8.3 alias, by trailing dots or blanks, by a stream. */
const GIT_DIRECTORY = /^(?:\.git|git~[0-9]+)[. ]*(?::.*)?$/i;

/** The short name that NTFS gives beside a longer one: `SECRET~1` for `secrets-of-ours`, `GITHUB~1` for `.github`. */
const SHORT_NAME = /^[^.~]{1,6}~[0-9]{1,6}(?:\.[^.]{1,3})?$/;

interface PathRule {
  readonly code: string;
  readonly message: string;
  readonly isBroken: (path: string) => boolean;
}

const segments = (path: string) => path.split("/");

/** The rules a planned path must keep, whatever the repository holds. */
const RULES: readonly PathRule[] = [
  { code: "path_empty", message: "The path is empty.", isBroken: (p) => p === "" },
  {
    code: "path_absolute",
    message: "The path is absolute.",
    isBroken: (p) => p.startsWith("/") || /^[a-z]:/i.test(p) || p.startsWith("~"),
  },
  {
    code: "path_traversal",
    message: "The path has a `.` or `..` segment.",
    isBroken: (p) => segments(p).some((s) => s === "." || s === ".."),
  },
  {
    code: "path_not_normal",
    message: "The path has an empty segment.",
    isBroken: (p) => p !== "" && !p.startsWith("/") && segments(p).includes(""),
  },
  { code: "path_backslash", message: "The path has a backslash.", isBroken: (p) => p.includes("\\") },
  {
    code: "path_invisible",
    message: "The path has control or invisible characters.",
    // Tab and line feed are white space in a text but not in a name.
    isBroken: (p) => /[\n\t]/.test(p) || findInvisible(p).length > 0 || p.includes("\u{FFFD}"),
  },
  { code: "path_not_nfc", message: "The path is not in Unicode NFC.", isBroken: (p) => p !== p.normalize("NFC") },
  {
    code: "path_git_directory",
    message: "The path leads into a `.git` directory.",
    isBroken: (p) => segments(p).some((s) => GIT_DIRECTORY.test(s)),
  },
  {
    code: "path_blank",
    message: "A segment of the path begins or ends with white space.",
    isBroken: (p) => segments(p).some((s) => s !== s.trim()),
  },
  // Windows drops dots at the end of a name, takes what follows a colon for a stream of the file before it, and finds
  // a file by its short name: each of them would be a second name of another path, of a protected one as well.
  {
    code: "path_dot_end",
    message: "A segment of the path ends with a dot, which Windows drops.",
    isBroken: (p) => segments(p).some((s) => s.endsWith(".") && s !== "." && s !== ".."),
  },
  {
    code: "path_colon",
    message: "The path has a colon, which Windows takes for a stream of another file.",
    isBroken: (p) => p.includes(":"),
  },
  {
    code: "path_short_name",
    message: "A segment of the path looks like a short name of Windows for a longer one.",
    isBroken: (p) => segments(p).some((s) => SHORT_NAME.test(s)),
  },
  {
    code: "path_too_long",
    message: `The path is longer than ${MAX_PATH_BYTES} bytes.`,
    isBroken: (p) => new TextEncoder().encode(p).length > MAX_PATH_BYTES,
  },
];

/** Every rule that a path breaks; empty when it is a clean repository-relative path. */
export function findPathFaults(path: string): readonly Finding[] {
  return RULES.filter((rule) => rule.isBroken(path)).map(({ code, message }) => ({ code, message, path }));
}

/** Two spellings that some file system takes for one name have the same fold. */
export function foldPath(path: string): string {
  return path.normalize("NFKC").toLowerCase().toUpperCase().normalize("NFC");
}

/** The directories above a path, outermost first: `a/b/c` gives `a`, `a/b`. */
export function ancestorsOf(path: string): readonly string[] {
  const parts = segments(path);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
