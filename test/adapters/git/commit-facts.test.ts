import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findGitDirectory, readCommitFacts } from "../../../src/adapters/git/commit-facts.ts";
import type { CommitClaim } from "../../../src/governance/commit-audit.ts";

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

const factsOf = (at: string, claim: CommitClaim) => readCommitFacts(findGitDirectory(at) ?? "", claim);

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

  test("is undefined when it is not there", async () => {
    const { at, claim } = clone();
    expect(await factsOf(at, { ...claim, sha: "0".repeat(40) })).toBeUndefined();
  });

  test("has no claimed tree when the patch does not apply, or the parent is not there", async () => {
    const { at, claim } = clone();
    const other = Buffer.from(String(claim.patch).replace("-one", "-uno"));
    expect((await factsOf(at, { ...claim, patch: other }))?.claimedTree).toBeUndefined();
    expect((await factsOf(at, { ...claim, parent: "0".repeat(40) }))?.claimedTree).toBeUndefined();
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

test("a directory without a repository is none", () => {
  expect(findGitDirectory(directory)).toBeUndefined();
});
