import { access, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ScratchTree } from "../../../src/ports.ts";
import { createScene, type Scene } from "./scene.ts";

const FILES = { ".gitignore": "build/\n", "src/a": "one\ntwo\n", "old/b": "old\n", keep: "kept\n" };

/** A patch that changes, removes and adds a file, and a pristine tree that it fits. */
async function openWithPatch(scene: Scene): Promise<{ readonly tree: ScratchTree; readonly patch: Uint8Array }> {
  const made = await scene.open(FILES);
  await writeFile(join(made.directory, "src/a"), "one\nTWO\n");
  await rm(join(made.directory, "old"), { recursive: true });
  await mkdir(join(made.directory, "new/deep"), { recursive: true });
  await writeFile(join(made.directory, "new/deep/c"), "new\n");
  const patch = await made.renderPatch((await made.compare()).changes);
  return { tree: await scene.open({}), patch };
}

const isThere = (tree: ScratchTree, path: string) =>
  access(join(tree.directory, path)).then(
    () => true,
    () => false,
  );

describe("a patch in place", () => {
  test("goes in and comes back out, and the tree has the id that it had at the start", async () => {
    const { tree, patch } = await openWithPatch(await createScene());
    const start = await tree.takeSnapshot();
    expect(await tree.applyInPlace(patch, "forward")).toBe(true);
    const applied = await tree.takeSnapshot();
    expect(applied.tree).not.toBe(start.tree);
    expect(applied.tree).toBe((await tree.compare()).tree);
    expect(applied.changes.map(({ path }) => path)).toEqual(["new/deep/c", "old/b", "src/a"]);
    expect(await isThere(tree, "old")).toBe(false);
    expect(await tree.applyInPlace(patch, "reverse")).toBe(true);
    expect(await tree.takeSnapshot()).toEqual({ tree: start.tree, changes: [], ignored: [] });
    expect(start.tree).toBe((await tree.compare()).tree);
    expect(await isThere(tree, "new")).toBe(false);
    expect(await readFile(join(tree.directory, "old/b"), "utf8")).toBe("old\n");
  });

  test("is taken back out of a tree in which other files were left, and those are seen", async () => {
    const { tree, patch } = await openWithPatch(await createScene());
    const start = await tree.takeSnapshot();
    await tree.applyInPlace(patch, "forward");
    await writeFile(join(tree.directory, "new/left"), "left behind\n");
    await mkdir(join(tree.directory, "build"));
    await writeFile(join(tree.directory, "build/out"), "ignored\n");
    expect(await tree.applyInPlace(patch, "reverse")).toBe(true);
    const end = await tree.takeSnapshot();
    expect(end.tree).not.toBe(start.tree);
    expect(end.changes.map(({ path }) => path)).toEqual(["new/left"]);
    expect(end.ignored).toEqual(["build/out"]);
  });

  test("does not count what is ignored, and counts it when only a rule written meanwhile ignores it", async () => {
    const { tree } = await openWithPatch(await createScene());
    const start = await tree.takeSnapshot();
    await mkdir(join(tree.directory, "build"));
    await writeFile(join(tree.directory, "build/out"), "ignored\n");
    expect(await tree.takeSnapshot()).toEqual({ tree: start.tree, changes: [], ignored: ["build/out"] });
    await writeFile(join(tree.directory, ".gitignore"), "*\n");
    await writeFile(join(tree.directory, "hidden"), "hidden\n");
    const end = await tree.takeSnapshot();
    expect(end.tree).not.toBe(start.tree);
    expect(end.changes.map(({ path }) => path)).toEqual([".gitignore", "hidden"]);
  });

  test("is refused, with the tree as it was, where the files of the patch are other ones by now", async () => {
    const { tree, patch } = await openWithPatch(await createScene());
    await tree.applyInPlace(patch, "forward");
    await writeFile(join(tree.directory, "src/a"), "somebody else's\n");
    const before = await tree.takeSnapshot();
    expect(await tree.applyInPlace(patch, "reverse")).toBe(false);
    expect(await tree.takeSnapshot()).toEqual(before);
  });

  test("is refused in a tree with something that git cannot record, whose id is the id of no tree", async () => {
    const { tree, patch } = await openWithPatch(await createScene());
    const start = await tree.takeSnapshot();
    await tree.applyInPlace(patch, "forward");
    await mkdir(join(tree.directory, "nested/.git"), { recursive: true });
    await writeFile(join(tree.directory, "nested/.git/HEAD"), "x\n");
    expect(await tree.applyInPlace(patch, "reverse")).toBe(false);
    expect((await tree.takeSnapshot()).tree).not.toBe(start.tree);
  });

  test("follows no link that a command put in place of a directory", async () => {
    const scene = await createScene();
    const { tree, patch } = await openWithPatch(scene);
    await tree.applyInPlace(patch, "forward");
    await rm(join(tree.directory, "src"), { recursive: true });
    await symlink(scene.temporaryDirectory, join(tree.directory, "src"));
    await writeFile(join(scene.temporaryDirectory, "a"), "one\nTWO\n");
    expect(await tree.applyInPlace(patch, "reverse")).toBe(false);
    expect(await readFile(join(scene.temporaryDirectory, "a"), "utf8")).toBe("one\nTWO\n");
  });
});
