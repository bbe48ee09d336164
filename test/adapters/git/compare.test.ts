import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { blobId } from "../../../src/adapters/git/object-store.ts";
import { WorkingDirectory } from "../../../src/adapters/git/working-directory.ts";
import type { TreeChange } from "../../../src/governance/tree.ts";
import type { ScratchTree } from "../../../src/ports.ts";
import { createScene } from "./scene.ts";

const NULL_OID = "0".repeat(40);

async function openTree(files: Parameters<Awaited<ReturnType<typeof createScene>>["open"]>[0]): Promise<ScratchTree> {
  return (await createScene()).open(files);
}

const oid = (text: string | Uint8Array) => blobId(Buffer.from(text), NULL_OID);

/** `path: mode before -> mode after`, the shape of a change at a glance. */
const shapes = (changes: readonly TreeChange[]) =>
  changes.map(({ path, before, after }) => `${path}: ${before?.mode ?? "-"} -> ${after?.mode ?? "-"}`);

describe("comparing the tree with its start", () => {
  test("finds additions, modifications, removals and mode changes, ignored files included", async () => {
    const tree = await openTree({ ".gitignore": "*.log\n", a: "1", b: "2", "d/c": "3", run: "4" });
    const at = (path: string) => join(tree.directory, path);
    await writeFile(at("a"), "changed");
    await rm(at("b"));
    await chmod(at("run"), 0o755);
    await writeFile(at("noise.log"), "ignored");
    await rename(at("d/c"), at("d/moved"));
    const { changes, tree: now } = await tree.compare();
    expect(changes).toEqual([
      { path: "a", before: { mode: "100644", oid: oid("1") }, after: { mode: "100644", oid: oid("changed") } },
      { path: "b", before: { mode: "100644", oid: oid("2") }, after: undefined },
      { path: "d/c", before: { mode: "100644", oid: oid("3") }, after: undefined },
      { path: "d/moved", before: undefined, after: { mode: "100644", oid: oid("3") } },
      { path: "noise.log", before: undefined, after: { mode: "100644", oid: oid("ignored") } },
      { path: "run", before: { mode: "100644", oid: oid("4") }, after: { mode: "100755", oid: oid("4") } },
    ]);
    expect(now).toMatch(/^[0-9a-f]{40}$/);
    expect(Buffer.from(await tree.readBlob(oid("ignored"))).toString()).toBe("ignored");
  });

  test("gives the start's tree again once everything is undone", async () => {
    const tree = await openTree({ a: "1" });
    const start = (await tree.compare()).tree;
    await writeFile(join(tree.directory, "a"), "2");
    expect((await tree.compare()).tree).not.toBe(start);
    await writeFile(join(tree.directory, "a"), "1");
    expect(await tree.compare()).toEqual({ tree: start, changes: [], emptyDirectories: [] });
  });

  test("lists empty directories apart, but not where a submodule belongs", async () => {
    const tree = await openTree({ a: "1", "dir/b": "1" });
    await mkdir(join(tree.directory, "dir/new/deep"), { recursive: true });
    await rm(join(tree.directory, "a"));
    const { changes, emptyDirectories } = await tree.compare();
    expect(shapes(changes)).toEqual(["a: 100644 -> -"]);
    expect(emptyDirectories).toEqual(["dir/new/deep"]);
  });

  test("reads the bytes again when size and time are the same", async () => {
    const tree = await openTree({ a: "one" });
    const file = join(tree.directory, "a");
    execFileSync("sh", [
      "-c",
      'touch -r "$1" "$1.ref" && printf two >"$1" && touch -r "$1.ref" "$1" && rm "$1.ref"',
      "sh",
      file,
    ]);
    expect(shapes((await tree.compare()).changes)).toEqual(["a: 100644 -> 100644"]);
  });

  test("is not told by attributes or an index that the agent leaves what to look at", async () => {
    const tree = await openTree({ a: "1\n" });
    await writeFile(join(tree.directory, ".gitattributes"), "* text=auto eol=crlf filter=x ident\n");
    await writeFile(join(tree.directory, "a"), "1\r\n");
    await writeFile(join(tree.directory, "id"), "$Id: 1 $");
    expect((await tree.compare()).changes.map(({ path, after }) => [path, after?.oid])).toEqual([
      [".gitattributes", oid("* text=auto eol=crlf filter=x ident\n")],
      ["a", oid("1\r\n")],
      ["id", oid("$Id: 1 $")],
    ]);
  });

  test("shows links that the agent makes as links, also in place of files and directories", async () => {
    const tree = await openTree({ a: "/etc/passwd", "d/b": "2", out: { content: "/etc/passwd", mode: "120000" } });
    const at = (path: string) => join(tree.directory, path);
    await rm(at("a"));
    await symlink("/etc/passwd", at("a"));
    await rm(at("d"), { recursive: true });
    await symlink("/", at("d"));
    await symlink("/etc", at(".gitmodules"));
    expect(shapes((await tree.compare()).changes)).toEqual([
      ".gitmodules: - -> 160000",
      "a: 100644 -> 120000",
      "d: - -> 120000",
      "d/b: 100644 -> -",
    ]);
  });

  test("shows another text in the place of a link that was laid out as a plain file", async () => {
    const tree = await openTree({
      out: { content: "/etc/passwd", mode: "120000" },
      mode: { content: "/x", mode: "120000" },
    });
    await writeFile(join(tree.directory, "out"), "/etc/shadow");
    await chmod(join(tree.directory, "mode"), 0o755);
    expect(shapes((await tree.compare()).changes)).toEqual(["mode: 120000 -> 100755", "out: 120000 -> 100644"]);
  });

  test("shows every entry called .git, which git itself passes over", async () => {
    const tree = await openTree({ a: "1", "d/b": "2" });
    const at = (path: string) => join(tree.directory, path);
    execFileSync("git", ["init", "--quiet", at("nested")]);
    await writeFile(at("nested/file"), "x");
    await mkdir(at(".GIT"));
    await writeFile(at("d/.git"), "gitdir: /elsewhere\n");
    const clean = await tree.compare();
    expect(shapes(clean.changes)).toEqual([
      ".GIT: - -> 160000",
      "d/.git: - -> 160000",
      "nested/.git: - -> 160000",
      "nested/file: - -> 100644",
    ]);
    await rm(at("nested"), { recursive: true });
    await rm(at("d/.git"));
    expect((await tree.compare()).tree).not.toBe(clean.tree);
    await rm(at(".GIT"), { recursive: true });
    expect((await tree.compare()).changes).toEqual([]);
  });

  test("shows pipes and sockets, and does not wait for them", async () => {
    const tree = await openTree({ a: "1", "d/b": "2" });
    const at = (path: string) => join(tree.directory, path);
    execFileSync("mkfifo", [at("pipe")]);
    await rm(at("a"));
    execFileSync("mkfifo", [at("a")]);
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(at("d/socket"), resolve));
    onTestFinished(() => void socket.close());
    const start = (await openTree({ a: "1" })).compare();
    const { changes, tree: now } = await tree.compare();
    expect(changes).toEqual([
      { path: "a", before: { mode: "100644", oid: oid("1") }, after: { mode: "160000", oid: NULL_OID } },
      { path: "d/socket", before: undefined, after: { mode: "160000", oid: NULL_OID } },
      { path: "pipe", before: undefined, after: { mode: "160000", oid: NULL_OID } },
    ]);
    expect(now).not.toBe((await start).tree);
  });

  test("shows what is written into a submodule's directory, and its removal", async () => {
    const tree = await openTree({
      a: "1",
      m: { content: "1".repeat(40), mode: "160000" },
      n: { content: "2".repeat(40), mode: "160000" },
    });
    await writeFile(join(tree.directory, "m/file"), "x");
    await rm(join(tree.directory, "n"), { recursive: true });
    expect(shapes((await tree.compare()).changes)).toEqual(["m: 160000 -> -", "m/file: - -> 100644", "n: 160000 -> -"]);
  });

  test("keeps names apart that are not UTF-8 or only look alike", async () => {
    const tree = await openTree({ a: "1" });
    const name = (bytes: readonly number[]) => Buffer.concat([Buffer.from(`${tree.directory}/`), Buffer.from(bytes)]);
    await writeFile(name([0x66, 0xff]), "1");
    await writeFile(name([0x66, 0xfe]), "2");
    await writeFile(join(tree.directory, "f\ufffd"), "3");
    await writeFile(join(tree.directory, "\u00e9"), "4");
    await writeFile(join(tree.directory, "e\u0301"), "5");
    await writeFile(join(tree.directory, "git~1"), "6");
    const { changes } = await tree.compare();
    expect(new Set(changes.map(({ path }) => path))).toEqual(
      new Set(["f\udcff", "f\udcfe", "f\ufffd", "\u00e9", "e\u0301", "git~1"]),
    );
  });

  test("fails when the tree is gone or has become a link", async () => {
    const tree = await openTree({ a: "1" });
    await rename(tree.directory, `${tree.directory}-moved`);
    await expect(tree.compare()).rejects.toMatchObject({ code: "git_failed" });
    await symlink(`${tree.directory}-moved`, tree.directory);
    await expect(tree.compare()).rejects.toMatchObject({ code: "git_failed" });
  });

  test("fails on a file or directory that cannot be read, rather than pass over it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "unreadable-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    for (const path of ["file", "dir"]) {
      await mkdir(join(directory, path));
      await writeFile(join(directory, path, "secret"), "x");
    }
    await chmod(join(directory, "file/secret"), 0);
    await chmod(join(directory, "dir"), 0);
    const walk = (path: string) => () => [...new WorkingDirectory(join(directory, path)).walk(new Set())];
    expect(asNobody(directory, walk("file"))).toMatchObject({ code: "git_failed" });
    expect(asNobody(directory, walk("dir"))).toMatchObject({ code: "git_failed" });
    await chmod(join(directory, "file/secret"), 0o644);
    expect(asNobody(directory, walk("file"))).toHaveLength(1);
  });

  test("finds many files, and their contents, whatever their number", async () => {
    const tree = await openTree({ a: "1" });
    for (let at = 0; at < 450; at++) await writeFile(join(tree.directory, `file-${at}`), `content ${at}`);
    const { changes } = await tree.compare();
    expect(changes).toHaveLength(450);
    for (const { path, after } of changes.slice(0, 5)) {
      const content = Buffer.from(await tree.readBlob(after?.oid ?? "")).toString();
      expect(content).toBe(path.replace("file-", "content "));
    }
  });
});

/** Permissions do not bind root: what it would be for somebody else. */
function asNobody<T>(directory: string, act: () => T): T | unknown {
  const root = process.geteuid?.() === 0;
  if (root) spawnSync("chmod", ["755", directory]);
  if (root) process.seteuid?.(65534);
  try {
    return act();
  } catch (error) {
    return error;
  } finally {
    if (root) process.seteuid?.(0);
  }
}

describe("comparing without ignored files", () => {
  test("leaves out what the repository's rules ignore, except what is tracked", async () => {
    const tree = await openTree({
      ".gitignore": "*.log\nbuild/\n!keep.log\n",
      "pkg/.gitignore": "/cache\n",
      "tracked.log": "1",
      a: "1",
    });
    const at = (path: string) => join(tree.directory, path);
    await mkdir(at("build/deep"), { recursive: true });
    await mkdir(at("pkg/sub"), { recursive: true });
    for (const path of ["build/deep/x", "noise.log", "keep.log", "pkg/cache", "pkg/sub/cache", "tracked.log", "new"]) {
      await writeFile(at(path), "changed");
    }
    expect((await tree.compareUnignored()).map(({ path }) => path)).toEqual([
      "keep.log",
      "new",
      "pkg/sub/cache",
      "tracked.log",
    ]);
  });

  test("is not fooled by rules that were written during the run", async () => {
    const tree = await openTree({ ".gitignore": "*.log\n", a: "1" });
    const at = (path: string) => join(tree.directory, path);
    await writeFile(at(".gitignore"), "*\n");
    await mkdir(at("d"));
    await writeFile(at("d/.gitignore"), "*\n");
    await writeFile(at("d/hidden"), "x");
    await writeFile(at("hidden"), "x");
    expect((await tree.compareUnignored()).map(({ path }) => path)).toEqual([
      ".gitignore",
      "d/.gitignore",
      "d/hidden",
      "hidden",
    ]);
  });

  test("never leaves out links, pipes or .git entries below an ignored directory's name", async () => {
    const tree = await openTree({ ".gitignore": "build/\n.git\n", a: "1" });
    await mkdir(join(tree.directory, "build/.git"), { recursive: true });
    execFileSync("mkfifo", [join(tree.directory, "build/pipe")]);
    await symlink("/etc", join(tree.directory, "buildlink"));
    expect((await tree.compareUnignored()).map(({ path }) => path)).toEqual(["build/.git", "build/pipe", "buildlink"]);
  });
});
