import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TreeChange } from "../../../src/governance/tree.ts";
import type { ScratchTree } from "../../../src/ports.ts";
import { runGit } from "../../world/git-process.ts";
import type { BareRepository } from "../../world/repository.ts";
import { createScene } from "./scene.ts";

/** What `git apply --index` in a fresh clone of the head makes of a patch: the tree's id. */
async function applyInClone(repository: BareRepository, patch: Uint8Array): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "clone-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const env = { GIT_CEILING_DIRECTORIES: tmpdir() };
  const config = ["-c", "core.protectNTFS=false"];
  await runGit(["clone", "--quiet", "--branch=topic", "--", repository.directory, join(directory, "clone")]);
  const at = [...config, "-C", join(directory, "clone")];
  await runGit([...at, "apply", "--index", "-"], { env, input: patch });
  return (await runGit([...at, "write-tree"], { env })).stdout.toString().trim();
}

const odd = [
  'q"uote',
  "sp ace",
  "tab\tbed",
  "new\nline",
  "x b/y",
  "-dash",
  "grün/日本",
  "a => b",
  "back\\slash",
  "tail ",
];

async function changeEverything(tree: ScratchTree): Promise<void> {
  const at = (path: string) => join(tree.directory, path);
  await writeFile(at("crlf.txt"), "one\r\ntwo changed\r\nthree\r\n");
  await writeFile(at("lines.eol"), "one\ntwo changed\n");
  await writeFile(at("no-end"), "without an end, still");
  await writeFile(at("bin"), Buffer.from([0, 9, 9, 255]));
  await chmod(at("run"), 0o755);
  await rm(at("gone"));
  await rm(at("dir"), { recursive: true });
  await writeFile(at("dir"), "a file in place of a directory\n");
  for (const path of odd) await writeFile(at(path), `${path} changed\n`);
  await writeFile(at("fresh\tname"), "new\r\n");
  await writeFile(at("empty"), "");
  await mkdir(at("more/deep"), { recursive: true });
  await writeFile(at("more/deep/bin"), Buffer.from([1, 0, 2]));
}

const files = {
  ".gitattributes": "*.eol text eol=crlf\nbin diff=text\n",
  "crlf.txt": "one\r\ntwo\r\nthree\r\n",
  "lines.eol": "one\ntwo\n",
  "no-end": "without an end",
  bin: Buffer.from([0, 1, 2, 255]),
  run: "#!/bin/sh\n",
  gone: "bye\n",
  "dir/a": "a\n",
  ...Object.fromEntries(odd.map((path) => [path, `${path}\n`])),
};

describe("the patch", () => {
  test("is accepted by git apply in a fresh clone and gives the very tree", async () => {
    const scene = await createScene();
    const tree = await scene.open(files);
    await changeEverything(tree);
    const { changes, tree: now } = await tree.compare();
    const patch = await tree.renderPatch(changes);
    expect(await applyInClone(scene.repository, patch)).toBe(now);
  });

  test("applies to another pristine scratch tree and gives the very changes", async () => {
    const scene = await createScene();
    const first = await scene.open(files);
    await changeEverything(first);
    const wanted = await first.compare();
    const patch = await first.renderPatch(wanted.changes);
    const second = await scene.open({});
    expect(await second.applyPatch(patch)).toBe(true);
    expect(await second.compare()).toEqual(wanted);
    expect(await readFile(join(second.directory, "crlf.txt"), "utf8")).toBe("one\r\ntwo changed\r\nthree\r\n");
  });

  test("holds the changes that are asked for and no others", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1\n", b: "2\n" });
    await writeFile(join(tree.directory, "a"), "changed\n");
    await writeFile(join(tree.directory, "b"), "changed\n");
    const { changes } = await tree.compare();
    const patch = Buffer.from(await tree.renderPatch(changes.filter(({ path }) => path === "a"))).toString();
    expect(patch).toContain("diff --git a/a b/a\n");
    expect(patch).toMatch(/^index [0-9a-f]{40}\.\.[0-9a-f]{40} 100644$/m);
    expect(patch).not.toContain("b/b");
    expect(await tree.renderPatch([])).toHaveLength(0);
  });

  test("starts from the head, with the overlay of instruction files left out", async () => {
    const scene = await createScene();
    const tree = await scene.open({ "AGENTS.md": "base\n", a: "1\n" }, { "AGENTS.md": "head\n" });
    await writeFile(join(tree.directory, "a"), "2\n");
    const patch = await tree.renderPatch((await tree.compare()).changes);
    expect(Buffer.from(patch).toString()).not.toContain("AGENTS.md");
    await expect(applyInClone(scene.repository, patch)).resolves.toMatch(/^[0-9a-f]{40}$/);
    const again = await scene.git.openScratchTree({
      head: (await scene.repository.head("topic")) ?? "",
      base: (await scene.repository.head("main")) ?? "",
    });
    onTestFinished(() => again.dispose());
    expect(await again.applyPatch(patch)).toBe(true);
    expect((await again.compare()).changes.map(({ path }) => path)).toEqual(["a"]);
  });

  test("is refused for an instruction file that the pull request changed", async () => {
    const scene = await createScene();
    const tree = await scene.open({ "AGENTS.md": "base\n" }, { "AGENTS.md": "head\n", "d/AGENTS.md": "head\n" });
    await writeFile(join(tree.directory, "AGENTS.md"), "agent\n");
    await mkdir(join(tree.directory, "d"));
    await writeFile(join(tree.directory, "d/AGENTS.md"), "agent\n");
    const { changes } = await tree.compare();
    expect(changes).toHaveLength(2);
    for (const change of changes) {
      await expect(tree.renderPatch([change])).rejects.toMatchObject({ code: "evidence_invalid" });
    }
  });

  test("is refused for changes that do not start from the head or say less than they do", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1\n", "d/b": "2\n" });
    const [a, b] = tree.entries;
    if (a === undefined || b === undefined) throw new Error("The head has two files.");
    const refusals: TreeChange[][] = [
      [{ path: "a", before: undefined, after: { mode: "100644", oid: b.oid } }],
      [{ path: "a", before: { mode: "100755", oid: a.oid }, after: { mode: "100644", oid: b.oid } }],
      [{ path: "d", before: undefined, after: { mode: "100644", oid: a.oid } }],
      [
        { path: "d", before: undefined, after: { mode: "100644", oid: a.oid } },
        { path: "a", before: { mode: "100644", oid: a.oid }, after: { mode: "100644", oid: a.oid } },
      ],
      [{ path: "a", before: { mode: "100644", oid: a.oid }, after: { mode: "100644", oid: a.oid } }],
      [{ path: "x", before: undefined, after: { mode: "160000", oid: "0".repeat(40) } }],
      [{ path: "x\udc01", before: undefined, after: { mode: "100644", oid: a.oid } }],
    ];
    for (const changes of refusals) {
      await expect(tree.renderPatch(changes)).rejects.toMatchObject({ code: "evidence_invalid" });
    }
  });
});

describe("applying a patch", () => {
  const patchOf = (path: string) =>
    Buffer.from(
      `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`,
    );

  test("does nothing when it does not apply as a whole", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1\n" });
    const wrong = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-other\n+2\n";
    for (const patch of [
      Buffer.concat([patchOf("new"), Buffer.from(wrong)]),
      Buffer.from("no patch at all\n"),
      patchOf("a"),
      patchOf("a/b"),
      patchOf("../outside"),
      patchOf("d/../../outside"),
      patchOf(".git/config"),
      patchOf("d/.GIT/config"),
    ]) {
      expect(await tree.applyPatch(patch), patch.toString()).toBe(false);
    }
    expect((await tree.compare()).changes).toEqual([]);
  });

  test("takes absolute names for names inside the tree or not at all", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1\n" });
    const outside = join(scene.temporaryDirectory, "outside");
    await tree.applyPatch(patchOf(outside));
    await expect(readFile(outside)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("never goes through a link and never makes one", async () => {
    const scene = await createScene();
    const tree = await scene.open({ "real/a": "1\n", link: { content: "real", mode: "120000" } });
    expect(await tree.applyPatch(patchOf("link/b"))).toBe(false);
    const makesLink =
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n";
    expect(await tree.applyPatch(Buffer.from(makesLink))).toBe(false);
    expect((await tree.compare()).changes).toEqual([]);
  });

  test("is refused on a tree that is not pristine", async () => {
    const scene = await createScene();
    const tree = await scene.open({ a: "1\n" });
    await symlink(scene.temporaryDirectory, join(tree.directory, "d"));
    expect(await tree.applyPatch(patchOf("d/b"))).toBe(false);
    await rm(join(tree.directory, "d"));
    expect(await tree.applyPatch(patchOf("d/b"))).toBe(true);
    expect(await readFile(join(tree.directory, "d/b"), "utf8")).toBe("x\n");
  });

  test("removes what it removes, with the directories that become empty", async () => {
    const scene = await createScene();
    const tree = await scene.open({ "d/e/a": "1\n", "d/b": "2\n", out: { content: "/etc", mode: "120000" } });
    const deletions = tree.entries
      .filter(({ path }) => path !== "d/b")
      .map(({ path, mode, oid }) => ({ path, before: { mode, oid }, after: undefined }));
    expect(await tree.applyPatch(await tree.renderPatch(deletions))).toBe(true);
    expect((await tree.compare()).changes).toEqual(deletions);
    await expect(readFile(join(tree.directory, "d/e"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
