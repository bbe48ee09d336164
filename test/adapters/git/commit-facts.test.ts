import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findGitDirectory, readCommitFacts } from "../../../src/adapters/git/commit-facts.ts";
import type { CommitClaim, CommitFacts } from "../../../src/governance/commit-audit.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "commit-facts-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const git = (at: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", at, "-c", "user.name=a", "-c", "user.email=a@b.example", ...args], { encoding: "utf8" });

/** A clone with a commit that changes `a.txt`, and what a bundle would claim of it. */
function clone(format = "sha1"): { at: string; claim: CommitClaim } {
  const at = join(directory, "clone");
  execFileSync("git", ["init", "--quiet", `--object-format=${format}`, at]);
  writeFileSync(join(at, "a.txt"), "one\n");
  git(at, "add", ".");
  git(at, "commit", "-qm", "start");
  const parent = git(at, "rev-parse", "HEAD").trim();
  writeFileSync(join(at, "a.txt"), "two\n");
  git(at, "commit", "-qam", "Do it\n\nBecause.\n\nCodex-Plan: x");
  const patch = Buffer.from(git(at, "diff", "--full-index", parent, "HEAD"));
  return { at, claim: { sha: git(at, "rev-parse", "HEAD").trim(), parent, trailers: {}, patch } };
}

const read = (at: string, claim: CommitClaim) => readCommitFacts(findGitDirectory(at) ?? "", claim);

const factsOf = async (at: string, claim: CommitClaim) => {
  const reading = await read(at, claim);
  return reading.status === "read" ? reading.facts : reading;
};

describe("a commit in a repository on disk", () => {
  test.each(["sha1", "sha256"])(
    "is read with its parent, its message, its tree, and the claimed one (%s)",
    async (format) => {
      const { at, claim } = clone(format);
      const tree = git(at, "rev-parse", "HEAD^{tree}").trim();
      expect(await factsOf(at, claim)).toEqual({
        parents: [claim.parent],
        message: "Do it\n\nBecause.\n\nCodex-Plan: x\n",
        tree,
        claimedTree: tree,
      });
    },
  );

  test("is found from a worktree and in a bare repository", async () => {
    const { at, claim } = clone();
    const [worktree, bare] = [join(directory, "worktree"), join(directory, "bare.git")];
    git(at, "worktree", "add", "--quiet", "--detach", worktree);
    execFileSync("git", ["clone", "--quiet", "--bare", at, bare]);
    for (const place of [worktree, bare])
      expect(await factsOf(place, claim)).toMatchObject({ parents: [claim.parent] });
  });

  test("is missing when it is not there", async () => {
    const { at, claim } = clone();
    expect(await read(at, { ...claim, sha: "0".repeat(40) })).toEqual({ status: "missing" });
  });

  test("has no claimed tree when the patch does not apply", async () => {
    const { at, claim } = clone();
    const other = Buffer.from(String(claim.patch).replace("-one", "-uno"));
    const facts = await factsOf(at, { ...claim, patch: other });
    expect(facts).toHaveProperty("parents", [claim.parent]);
    expect(facts).toHaveProperty("claimedTree", undefined);
  });

  test("is not a tag or a tree of that name", async () => {
    const { at, claim } = clone();
    const tree = git(at, "rev-parse", "HEAD^{tree}").trim();
    await expect(factsOf(at, { ...claim, sha: tree })).rejects.toThrow(`${tree} is not a commit but a tree.`);
  });

  test("obeys no configuration of the repository", async () => {
    const { at, claim } = clone();
    const mark = join(directory, "ran");
    git(at, "config", "core.fsmonitor", `touch ${mark}`);
    git(at, "config", "filter.x.clean", `touch ${mark}`);
    writeFileSync(join(at, ".git/info/attributes"), "* filter=x\n");
    await factsOf(at, claim);
    expect(() => execFileSync("test", ["!", "-e", mark])).not.toThrow();
  });
});

describe("a clone whose objects are not what their names say", () => {
  /** A commit that changes more than the bundle's patch says: `b/c.txt` beside `a.txt`. */
  function smuggled(): { at: string; claim: CommitClaim } {
    const at = join(directory, "clone");
    execFileSync("git", ["init", "--quiet", at]);
    for (const name of ["b", "d"]) mkdirSync(join(at, name));
    const put = (files: Readonly<Record<string, string>>) => {
      for (const [path, text] of Object.entries(files)) writeFileSync(join(at, path), text);
      git(at, "add", ".");
      git(at, "commit", "-qm", "x");
    };
    put({ "a.txt": "one\n", "b/c.txt": "good\n", "d/e.txt": "same\n" });
    const parent = git(at, "rev-parse", "HEAD").trim();
    put({ "a.txt": "two\n", "b/c.txt": "smuggled\n" });
    const patch = Buffer.from(git(at, "diff", "--full-index", parent, "HEAD", "--", "a.txt"));
    return { at, claim: { sha: git(at, "rev-parse", "HEAD").trim(), parent, trailers: {}, patch } };
  }

  const fileOf = (at: string, id: string) => join(at, ".git/objects", id.slice(0, 2), id.slice(2));

  /** Keeps the content of one object under the name of another. */
  function forge(at: string, name: string, content: string): string {
    const [id = "", other = ""] = git(at, "rev-parse", name, content).trim().split("\n");
    rmSync(fileOf(at, id));
    copyFileSync(fileOf(at, other), fileOf(at, id));
    return id;
  }

  test("the patch alone does not give the tree of the smuggled commit", async () => {
    const { at, claim } = smuggled();
    const { tree, claimedTree } = (await factsOf(at, claim)) as CommitFacts;
    expect(claimedTree).not.toBe(tree);
  });

  test.each([
    ["a directory that the patch does not touch", "HEAD~1:b", "HEAD:b"],
    ["the root directory of the parent", "HEAD~1^{tree}", "HEAD^{tree}"],
    ["the parent", "HEAD~1", "HEAD"],
    ["the commit itself", "HEAD", "HEAD~1"],
    ["a file that the patch touches", "HEAD~1:a.txt", "HEAD:a.txt"],
  ])("is damaged: %s", async (_, name, content) => {
    const { at, claim } = smuggled();
    const id = forge(at, name, content);
    const reading = await read(at, claim);
    expect(reading).toMatchObject({ status: "damaged", objects: expect.arrayContaining([id]) });
  });

  test("is damaged where an object cannot be read", async () => {
    const { at, claim } = smuggled();
    const id = git(at, "rev-parse", "HEAD~1:d").trim();
    chmodSync(fileOf(at, id), 0o644);
    writeFileSync(fileOf(at, id), "no object");
    expect(await read(at, claim)).toMatchObject({ status: "damaged" });
  });

  test("does not matter where the proof needs none of them", async () => {
    const { at, claim } = clone();
    writeFileSync(join(at, "other.txt"), "x\n");
    git(at, "add", ".");
    git(at, "commit", "-qm", "later");
    forge(at, "HEAD:other.txt", "HEAD:a.txt");
    expect(await read(at, claim)).toMatchObject({ status: "read" });
  });

  test.each([
    ["--depth=1", (claim: CommitClaim) => [claim.parent]],
    ["--filter=blob:none", () => []],
    ["--filter=tree:0", () => []],
  ])("is incomplete after a clone with %s, and nothing is fetched for it", async (option, objects) => {
    const { at, claim } = smuggled();
    git(at, "config", "uploadpack.allowFilter", "true");
    const part = join(directory, "part");
    execFileSync("git", ["clone", "--quiet", "--no-checkout", option, `file://${at}`, part]);
    rmSync(at, { recursive: true });
    const reading = await read(part, claim);
    expect(reading).toMatchObject({ status: "incomplete", objects: expect.arrayContaining(objects(claim)) });
  });
});

test("a directory without a repository is none", () => {
  expect(findGitDirectory(directory)).toBeUndefined();
});
