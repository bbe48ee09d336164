import { describe, expect, test } from "vitest";
import { ancestorsOf, findPathFaults, foldPath } from "../../src/governance/path.ts";
import { EMOJI } from "./builders.ts";

const codes = (path: string) => findPathFaults(path).map(({ code }) => code);

describe("a clean path", () => {
  test.each([
    "a",
    "src/index.ts",
    ".gitignore",
    ".github/labels.yml",
    ".gitattributes",
    "a.git",
    "x/.gitx/y",
    "git",
    "git~",
    "git~x/y",
    "-rf",
    "src/--flag",
    "a b/c",
    'quo"te',
    "... x",
    "a..b",
    "..a/b",
    "a/...b",
    "日本/é.ts",
    "a'b$c;d&e|f",
    "(group)/[id]/page.tsx",
    `src/${EMOJI.astronaut}.md`,
    "a~b",
    "src/~x",
    "notes~",
    "notes.txt.~1~",
    "shop_1.0~1.dsc",
    "verylong~1",
    "a~1.json",
    "C",
    "CON",
  ])("is %j (T22)", (path) => {
    expect(findPathFaults(path)).toEqual([]);
  });
});

describe("a path that is refused for one reason (T22)", () => {
  test.each<[string, string, string]>([
    ["", "path_empty", "The path is empty."],
    ["/etc/passwd", "path_absolute", "The path is absolute."],
    ["/", "path_absolute", "The path is absolute."],
    ["~/x", "path_absolute", "The path is absolute."],
    ["~root", "path_absolute", "The path is absolute."],
    ["..", "path_traversal", "The path has a `.` or `..` segment."],
    ["src/../../x", "path_traversal", "The path has a `.` or `..` segment."],
    ["./x", "path_traversal", "The path has a `.` or `..` segment."],
    ["a/./b", "path_traversal", "The path has a `.` or `..` segment."],
    ["a/.", "path_traversal", "The path has a `.` or `..` segment."],
    ["a//b", "path_not_normal", "The path has an empty segment."],
    ["a/", "path_not_normal", "The path has an empty segment."],
    ["a\\b", "path_backslash", "The path has a backslash."],
    ["a\nb", "path_invisible", "The path has control or invisible characters."],
    ["a\tb", "path_invisible", "The path has control or invisible characters."],
    ["a\rb", "path_invisible", "The path has control or invisible characters."],
    ["a\0b", "path_invisible", "The path has control or invisible characters."],
    ["a\u{7F}b", "path_invisible", "The path has control or invisible characters."],
    ["a\u{200B}.ts", "path_invisible", "The path has control or invisible characters."],
    ["a\u{202E}st.exe", "path_invisible", "The path has control or invisible characters."],
    ["a\u{FFFD}b", "path_invisible", "The path has control or invisible characters."],
    ["cafe\u{301}.ts", "path_not_nfc", "The path is not in Unicode NFC."],
    [".git/config", "path_git_directory", "The path leads into a `.git` directory."],
    [".git", "path_git_directory", "The path leads into a `.git` directory."],
    ["sub/.GIT/hooks/x", "path_git_directory", "The path leads into a `.git` directory."],
    [" a", "path_blank", "A segment of the path begins or ends with white space."],
    ["a ", "path_blank", "A segment of the path begins or ends with white space."],
    ["a /b", "path_blank", "A segment of the path begins or ends with white space."],
    ["x\u{A0}", "path_blank", "A segment of the path begins or ends with white space."],
    ["b/a b/ b", "path_blank", "A segment of the path begins or ends with white space."],
    ["a.", "path_dot_end", "A segment of the path ends with a dot, which Windows drops."],
    ["secrets./key.txt", "path_dot_end", "A segment of the path ends with a dot, which Windows drops."],
    ["a/b...", "path_dot_end", "A segment of the path ends with a dot, which Windows drops."],
    ["a/...", "path_dot_end", "A segment of the path ends with a dot, which Windows drops."],
    ["src/a:b", "path_colon", "The path has a colon, which Windows takes for a stream of another file."],
    ["ab:/c", "path_colon", "The path has a colon, which Windows takes for a stream of another file."],
    [
      "infra::$INDEX_ALLOCATION/x",
      "path_colon",
      "The path has a colon, which Windows takes for a stream of another file.",
    ],
    [
      "GITHUB~1/workflows/ci.yml",
      "path_short_name",
      "A segment of the path looks like a short name of Windows for a longer one.",
    ],
    ["docs/codeow~1", "path_short_name", "A segment of the path looks like a short name of Windows for a longer one."],
    [
      "a/SECRET~12.TXT",
      "path_short_name",
      "A segment of the path looks like a short name of Windows for a longer one.",
    ],
    ["x~1", "path_short_name", "A segment of the path looks like a short name of Windows for a longer one."],
    ["x".repeat(1_025), "path_too_long", "The path is longer than 1024 bytes."],
    ["é".repeat(513), "path_too_long", "The path is longer than 1024 bytes."],
  ])("%j", (path, code, message) => {
    expect(findPathFaults(path)).toEqual([{ code, message, path }]);
  });

  test("is allowed at exactly the longest length in bytes", () => {
    expect(findPathFaults("x".repeat(1_024))).toEqual([]);
    expect(findPathFaults("é".repeat(512))).toEqual([]);
  });

  test("has all its faults told, in the order of the rules", () => {
    expect(codes("/../.git/ a\\\u{200B}e\u{301}")).toEqual([
      "path_absolute",
      "path_traversal",
      "path_backslash",
      "path_invisible",
      "path_not_nfc",
      "path_git_directory",
      "path_blank",
    ]);
    expect(codes(".git /x")).toEqual(["path_git_directory", "path_blank"]);
  });

  test.each([
    ["c:/x", "path_absolute", "path_colon"],
    ["Z:x", "path_absolute", "path_colon"],
    [".git./x", "path_git_directory", "path_dot_end"],
    [".git. ./x", "path_git_directory", "path_dot_end"],
    ["git~1/x", "path_git_directory", "path_short_name"],
    ["a/GIT~25", "path_git_directory", "path_short_name"],
    [".git::$INDEX_ALLOCATION/config", "path_git_directory", "path_colon"],
    ["git~1:x", "path_git_directory", "path_colon"],
  ])("%j for two: it is a name of the system as well as of Windows", (path, first, second) => {
    expect(codes(path)).toEqual([first, second]);
  });
});

describe("foldPath", () => {
  test.each([
    ["case", "README.md", "readme.MD"],
    ["Unicode form", "caf\u{E9}", "cafe\u{301}"],
    ["sharp s", "straße", "STRASSE"],
    ["the capital sharp s", "STRA\u{1E9E}E", "strasse"],
    ["the final sigma", "ΟΔΟΣ", "οδος"],
    ["a compatibility ligature", "o\u{FB03}ce", "office"],
    ["full width", "Ａ.ts", "a.ts"],
    ["the Kelvin sign", "\u{212A}.ts", "k.ts"],
  ])("gives one fold to two spellings that differ by %s", (_, one, other) => {
    expect(foldPath(one)).toBe(foldPath(other));
  });

  test.each([
    ["a.ts", "b.ts"],
    ["e.ts", "é.ts"],
    ["a/b", "a-b"],
    ["a", "a.ts"],
  ])("keeps %s and %s apart", (one, other) => {
    expect(foldPath(one)).not.toBe(foldPath(other));
  });
});

describe("ancestorsOf", () => {
  test.each([
    ["a", []],
    ["a/b", ["a"]],
    ["a/b/c/d", ["a", "a/b", "a/b/c"]],
  ])("of %s are %j", (path, expected) => {
    expect(ancestorsOf(path)).toEqual(expected);
  });
});
