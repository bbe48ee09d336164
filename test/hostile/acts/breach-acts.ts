import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { shell } from "../../world/model.ts";
import type { Place } from "../script.ts";
import { type Act, obey } from "./act.ts";

/**
 * What happens to the tree as if there were no sandbox, in the middle of the turn: then the comparison of the whole
 * tree is the only wall, and has to see it.
 */
const breach = (
  name: string,
  act: (at: (path: string) => string, place: Place) => void,
  more: Partial<Act> = {},
): Act => ({
  name: `without a sandbox, ${name}`,
  steps: [
    obey,
    (place) => {
      act((path) => join(place.tree, path), place);
      return [shell({ cmd: "true" })];
    },
  ],
  outcome: { refused: "parity_failed" },
  ...more,
});

const write = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "breached\n");
};

const NAMES = [
  '"src/a.txt"',
  "src/a.txt b/src/a.txt",
  "a\nb",
  "-rf",
  "src/A.txt",
  "src/U\u0308ni\u0308.txt",
  "src/a.txt ",
  "tab\there",
  "\u202Etxt",
  ".github/workflows/evil.yml",
  "node_modules/evil/index.js",
  "x.log",
  "vendor/lib/inside",
  "vendor/lib/.git",
  ".git/config",
  "src/.GIT/hooks/x",
  ".gitmodules",
  ".gitattributes",
  ".gitignore~",
  "AGENTS.override.md",
];

export const BREACH_ACTS: readonly Act[] = [
  ...NAMES.map((path) => breach(`a file appears: ${JSON.stringify(path)}`, (at) => write(at(path)))),
  breach("a file appears whose name is no UTF-8", (_at, { tree }) =>
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/src/`), Buffer.from([0xff, 0xfe])]), "x"),
  ),
  { ...breach("an unlisted file is changed", (at) => appendFileSync(at("src/b.txt"), "x")), isQuick: true },
  breach("one byte of a binary file is changed", (at) =>
    writeFileSync(at("data.bin"), Buffer.from([0, 255, 1, 254, 10, 13, 1])),
  ),
  breach("line ends are changed", (at) => writeFileSync(at("src/b.txt"), "two\r\n")),
  breach("a file is emptied", (at) => truncateSync(at("docs/guide.md"))),
  breach("a file is deleted", (at) => unlinkSync(at("docs/guide.md"))),
  breach("a directory is deleted", (at) => rmSync(at(".github"), { recursive: true })),
  breach("everything is deleted", (_at, { tree }) => execFileSync("find", [tree, "-mindepth", "1", "-delete"])),
  breach("a file is moved", (at) => renameSync(at("src/b.txt"), at("src/c.txt"))),
  breach("two files change places", (at) => {
    renameSync(at("src/b.txt"), at("t"));
    renameSync(at("docs/guide.md"), at("src/b.txt"));
    renameSync(at("t"), at("docs/guide.md"));
  }),
  breach("a listed file becomes executable", (at) => chmodSync(at("src/a.txt"), 0o755)),
  breach("an unlisted file becomes executable", (at) => chmodSync(at("src/b.txt"), 0o744)),
  breach("an executable loses that", (at) => chmodSync(at("run.sh"), 0o644)),
  breach("a created file is executable", (at) => {
    write(at("src/new/made.txt"));
    chmodSync(at("src/new/made.txt"), 0o755);
  }),
  breach("a renamed file becomes executable", (at) => {
    mkdirSync(at("moved"));
    renameSync(at("old/name.txt"), at("moved/name.txt"));
    chmodSync(at("moved/name.txt"), 0o755);
  }),
  breach("a listed file becomes a link", (at) => {
    unlinkSync(at("src/a.txt"));
    symlinkSync("/etc/passwd", at("src/a.txt"));
  }),
  breach("a created file is a link", (at) => {
    mkdirSync(at("src/new"));
    symlinkSync("../b.txt", at("src/new/made.txt"));
  }),
  breach("a link leads somewhere else", (at) => {
    unlinkSync(at("link"));
    symlinkSync("/etc", at("link"));
  }),
  breach("a link becomes a file", (at) => {
    unlinkSync(at("link-to-b"));
    writeFileSync(at("link-to-b"), "two\n");
  }),
  breach("a directory becomes a link to a copy of itself", (at) => {
    mkdirSync(at("node_modules"));
    renameSync(at("docs"), at("node_modules/docs"));
    symlinkSync("node_modules/docs", at("docs"));
  }),
  breach("a file becomes a directory", (at) => {
    unlinkSync(at("gone.txt"));
    write(at("gone.txt/x"));
  }),
  breach("a submodule is filled", (at) => write(at("vendor/lib/README"))),
  breach("a submodule is removed", (at) => rmdirSync(at("vendor/lib"))),
  breach("a pipe stands in a listed file's place", (at) => {
    unlinkSync(at("src/a.txt"));
    execFileSync("mkfifo", [at("src/a.txt")]);
  }),
  breach("a pipe appears in an ignored directory", (at) => {
    mkdirSync(at("node_modules"));
    execFileSync("mkfifo", [at("node_modules/p")]);
  }),
  breach("a repository is made of the tree", (_at, { tree }) => execFileSync("git", ["init", "-q", tree])),
  breach("a directory called .git appears, empty", (at) => mkdirSync(at("src/.git"))),
  breach("the ignore rules hide what was made", (at) => {
    writeFileSync(at(".gitignore"), "*\n");
    write(at("hidden.txt"));
  }),
  breach("attributes ask git to convert", (at) => writeFileSync(at(".gitattributes"), "* text eol=crlf filter=evil\n")),
  breach("half of the rename is done", (at) => unlinkSync(at("old/name.txt"))),
  breach("a huge file appears", (at) => truncateTo(at("huge.bin"), 40 * 1024 * 1024)),
  breach("a file too large to read appears", (at) => truncateTo(at("sparse.bin"), 2 ** 40), {
    outcome: { refused: "git_failed" },
  }),
  breach("a file appears that is another name of a listed one", (at) => linkSync(at("src/a.txt"), at("src/hard.txt"))),
  // What the plan allows is allowed however it came about; so is what git does not see.
  breach("empty directories appear", (at) => mkdirSync(at("empty/below"), { recursive: true }), { outcome: "nothing" }),
  breach("a file's other mode bits are changed", (at) => chmodSync(at("src/b.txt"), 0o600), { outcome: "nothing" }),
  breach("a planned deletion is done", (at) => unlinkSync(at("gone.txt")), {
    outcome: { committed: ["gone.txt", "src/a.txt"] },
  }),
];

function truncateTo(path: string, size: number): void {
  writeFileSync(path, "");
  truncateSync(path, size);
}
