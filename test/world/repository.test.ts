import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { runGit } from "./git-process.ts";
import { type BareRepository, createRepository, type RepositoryOptions } from "./repository.ts";

async function repositoryOf(options: RepositoryOptions): Promise<BareRepository> {
  const repository = await createRepository(options);
  onTestFinished(() => repository.remove());
  return repository;
}

describe("the bare repository of the test world", () => {
  test("keeps exact bytes, modes and names", async () => {
    const bytes = Buffer.from([0, 255, 13, 10]);
    const repository = await repositoryOf({
      files: {
        'a "quoted"\tname\n.bin': bytes,
        "run.sh": { content: "#!/bin/sh\n", mode: "100755" },
        link: { content: "run.sh", mode: "120000" },
        module: { content: "1".repeat(40), mode: "160000" },
      },
    });
    expect(await repository.readFile("main", 'a "quoted"\tname\n.bin')).toEqual(bytes);
    expect((await repository.listTree("main")).map(({ path, mode, size }) => [path, mode, size])).toEqual([
      ['a "quoted"\tname\n.bin', "100644", 4],
      ["link", "120000", 6],
      ["module", "160000", undefined],
      ["run.sh", "100755", 10],
    ]);
  });

  test("commits on top of a branch and says what changed", async () => {
    const repository = await repositoryOf({ files: { a: "1", b: "2", "d/e": "3" } });
    const base = (await repository.head("main")) as string;
    const head = await repository.commit("topic", { a: "x", b: null, d: "now a file" }, { parent: base, message: "m" });
    expect(await repository.branches()).toEqual(
      new Map([
        ["main", base],
        ["topic", head],
      ]),
    );
    const changes = await repository.changedFiles(base, head);
    expect(changes.map(({ path, before, after }) => [path, before?.mode, after?.mode])).toEqual([
      ["a", "100644", "100644"],
      ["b", "100644", undefined],
      ["d", undefined, "100644"],
      ["d/e", "100644", undefined],
    ]);
    expect(await repository.commitInfo(head)).toMatchObject({ parents: [base], message: "m" });
    expect((await repository.log("topic")).map(({ sha }) => sha)).toEqual([head, base]);
  });

  test("answers nothing for what is not there", async () => {
    const repository = await repositoryOf({ files: { "d/a": "1" } });
    expect(await repository.head("topic")).toBeUndefined();
    expect(await repository.readFile("main", "b")).toBeUndefined();
    expect(await repository.readFile("main", "d")).toBeUndefined();
    expect(await repository.readFile("topic", "d/a")).toBeUndefined();
    expect(await repository.commitInfo("0".repeat(40))).toBeUndefined();
  });

  test("moves a branch only from the expected head", async () => {
    const repository = await repositoryOf({ files: { a: "1" } });
    const first = (await repository.head("main")) as string;
    const second = await repository.commit("main", { a: "2" });
    expect(await repository.setBranch("main", first, { expected: first })).toBe(false);
    expect(await repository.setBranch("main", first, { expected: null })).toBe(false);
    expect(await repository.head("main")).toBe(second);
    expect(await repository.setBranch("main", first, { expected: second })).toBe(true);
    expect(await repository.setBranch("new", first, { expected: null })).toBe(true);
    expect(await repository.setBranch("absent", first, { expected: first })).toBe(false);
    await expect(repository.setBranch("main", "0".repeat(40))).rejects.toThrow("is not a commit");
    await repository.deleteBranch("new");
    expect(await repository.head("new")).toBeUndefined();
  });

  test("knows ancestors and merge bases", async () => {
    const repository = await repositoryOf({ files: { a: "1" } });
    const base = (await repository.head("main")) as string;
    const left = await repository.commit("main", { a: "2" });
    const right = await repository.commit("topic", { a: "3" }, { parent: base });
    expect(await repository.mergeBase(left, right)).toBe(base);
    expect(await repository.isAncestor(base, right)).toBe(true);
    expect(await repository.isAncestor(left, right)).toBe(false);
    const tree = await repository.writeTree(undefined, { z: "0" });
    expect(await repository.mergeBase(left, await repository.writeCommit({ tree, parents: [], message: "root" }))).toBe(
      undefined,
    );
  });

  test("sees what came after it was asked for: a commit, and a head that somebody else moved", async () => {
    const origin = await repositoryOf({ files: { a: "1" } });
    const clone = await repositoryOf({ from: origin.directory });
    const first = (await clone.head("main")) as string;
    const sha = await origin.commit("main", { a: "2" });
    expect([await clone.commitInfo(sha), await clone.resolve(sha), await clone.readFile(sha, "a")]).toEqual(
      Array(3).fill(undefined),
    );
    await runGit(["-C", clone.directory, "fetch", "--quiet", origin.directory, "+main:main"]);
    expect(await clone.head("main")).toBe(sha);
    expect(await clone.resolve(sha)).toBe(sha);
    expect(await clone.commitInfo(sha)).toMatchObject({ parents: [first] });
    expect(await clone.readFile(sha, "a")).toEqual(Buffer.from("2"));
    await runGit(["-C", clone.directory, "pack-refs", "--all"]);
    expect(await clone.head("main")).toBe(sha);
  });

  test("is made as a clone of another repository at a given place", async () => {
    const origin = await repositoryOf({ files: { a: "1" } });
    const root = await mkdtemp(join(tmpdir(), "clone-"));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const clone = await repositoryOf({ from: origin.directory, directory: join(root, "owner/name.git") });
    expect(await clone.head("main")).toBe(await origin.head("main"));
    await clone.commit("main", { a: "2" });
    expect(await origin.readFile("main", "a")).toEqual(Buffer.from("1"));
  });

  test("stores a commit with exactly its message, author and time", async () => {
    const repository = await repositoryOf({ files: { a: "1" } });
    const author = { name: "Zoë", email: "z@example.com", date: "2026-05-06T07:08:09Z" };
    const sha = await repository.commit("main", {}, { message: "no newline at the end", author });
    expect(await repository.commitInfo(sha)).toMatchObject({ message: "no newline at the end", author });
  });
});
