import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openScene, READER, type Scene } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
const MUTATION =
  "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
let scene: Scene;
let head: string;

beforeEach(async () => {
  scene = await openScene();
  head = (await scene.git.head("feature")) as string;
});
afterEach(() => scene.close());

interface Changes {
  readonly additions?: readonly { readonly path: string; readonly contents: string }[];
  readonly deletions?: readonly { readonly path: string }[];
}

function input(expectedHeadOid: string, fileChanges: Changes): unknown {
  const branch = { repositoryNameWithOwner: "acme/shop", branchName: "feature" };
  return { input: { branch, expectedHeadOid, message: { headline: "Do it", body: "Codex-Plan: x" }, fileChanges } };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("createCommitOnBranch", () => {
  it("commits additions and deletions, keeps modes, and signs as the bot", async () => {
    const changes = {
      additions: [
        { path: "tool.sh", contents: base64("#!/bin/sh\necho\n") },
        { path: "new.txt", contents: base64("new") },
      ],
      deletions: [{ path: "README.md" }],
    };
    const { body } = await scene.query(MUTATION, input(head, changes));
    const { oid } = body.data.createCommitOnBranch.commit;
    const tree = new Map((await scene.git.listTree(oid)).map(({ path, mode }) => [path, mode]));
    expect(await scene.git.head("feature")).toBe(oid);
    expect([tree.get("tool.sh"), tree.get("new.txt"), tree.has("README.md")]).toEqual(["100755", "100644", false]);
    const commit = await scene.send("GET", `${REPO}/git/commits/${oid}`);
    expect(commit.body).toMatchObject({
      message: "Do it\n\nCodex-Plan: x",
      author: { name: "github-actions[bot]" },
      parents: [{ sha: head }],
      verification: { verified: true },
    });
    expect((await scene.send("GET", `${REPO}/commits/${oid}`)).body).toMatchObject({
      commit: { message: "Do it\n\nCodex-Plan: x", verification: { verified: true } },
      author: { login: "github-actions[bot]", type: "Bot" },
      committer: { login: "web-flow" },
      parents: [{ sha: head }],
    });
  });

  it("tells by their addresses whom a pushed commit names, and whether who pushed it has signed it", async () => {
    const named = { author: "github-actions[bot]" };
    for (const isSigned of [false, true]) {
      const { sha } = await scene.github.authors.push("alice", "feature", { y: `${isSigned}` }, { ...named, isSigned });
      expect((await scene.send("GET", `${REPO}/commits/${sha}`)).body).toMatchObject({
        commit: { verification: { verified: isSigned } },
        author: { type: "Bot" },
        committer: { login: "alice", type: "User" },
      });
    }
    const unknown = await scene.git.commit("feature", { z: "z" });
    const { body } = await scene.send("GET", `${REPO}/commits/${unknown}`);
    expect([body.author, body.committer]).toEqual([null, null]);
    expect((await scene.send("GET", `${REPO}/commits/none`)).status).toBe(422);
    expect(scene.github.violations).toEqual([]);
  });

  it("changes nothing when the branch has moved: STALE_DATA", async () => {
    await scene.github.authors.push("alice", "feature", { "src/b.ts": "1\n" });
    const moved = await scene.git.head("feature");
    const { body } = await scene.query(MUTATION, input(head, { additions: [{ path: "x", contents: "" }] }));
    expect(body.errors[0]).toMatchObject({ type: "STALE_DATA", path: ["createCommitOnBranch"] });
    expect(await scene.git.head("feature")).toBe(moved);
  });

  it("lets exactly one of two commits on the same head win", async () => {
    const replies = await Promise.all(
      ["a", "b"].map((path) => scene.query(MUTATION, input(head, { additions: [{ path, contents: "" }] }))),
    );
    const won = replies.filter(({ body }) => body.errors === undefined);
    expect(won).toHaveLength(1);
    expect((await scene.git.log("feature", 2))[1]?.sha).toBe(head);
  });

  it.each([
    ["a workflow file", { additions: [{ path: ".github/workflows/x.yml", contents: "" }] }, "FORBIDDEN"],
    ["a deletion of what is not there", { deletions: [{ path: "none" }] }, "FILE_NOT_FOUND"],
    ["a path out of the tree", { additions: [{ path: "../x", contents: "" }] }, "UNPROCESSABLE"],
    ["a path into .git", { additions: [{ path: ".git/config", contents: "" }] }, "UNPROCESSABLE"],
  ])("refuses %s", async (_what, changes, type) => {
    expect((await scene.query(MUTATION, input(head, changes))).body.errors[0].type).toBe(type);
    expect(await scene.git.head("feature")).toBe(head);
  });

  it("refuses a token that cannot write contents", async () => {
    const { body } = await scene.query(MUTATION, input(head, {}), READER);
    expect(body.errors[0].type).toBe("FORBIDDEN");
  });

  it("records a violation for contents that are not base64 and for a head that is no commit id", async () => {
    await scene.query(MUTATION, input(head, { additions: [{ path: "x", contents: "not base64!" }] }));
    await scene.query(MUTATION, input("main", {}));
    expect(scene.github.violations.join()).toMatch(/Base64String.*GitObjectID/);
    expect(await scene.git.head("feature")).toBe(head);
  });
});

describe("the Git Data API", () => {
  async function commit(entries: readonly unknown[], parent = head): Promise<string> {
    const tree = await scene.send("POST", `${REPO}/git/trees`, { base_tree: parent, tree: entries });
    const body = { message: "By data", tree: tree.body.sha, parents: [parent] };
    return (await scene.send("POST", `${REPO}/git/commits`, body)).body.sha;
  }

  it("writes blobs with modes, deletes, and moves the branch forward", async () => {
    const blob = await scene.send("POST", `${REPO}/git/blobs`, { content: base64("run"), encoding: "base64" });
    const sha = await commit([
      { path: "run.sh", mode: "100755", type: "blob", sha: blob.body.sha },
      { path: "README.md", mode: "100644", type: "blob", sha: null },
    ]);
    const moved = await scene.send("PATCH", `${REPO}/git/refs/heads%2Ffeature`, { sha, force: false });
    expect([moved.status, await scene.git.head("feature")]).toEqual([200, sha]);
    const made = await scene.send("GET", `${REPO}/commits/${sha}`);
    expect(made.body).toMatchObject({ commit: { verification: { verified: true } }, committer: { login: "web-flow" } });
    const tree = await scene.git.listTree(sha);
    expect(tree.find(({ path }) => path === "run.sh")?.mode).toBe("100755");
    expect(tree.some(({ path }) => path === "README.md")).toBe(false);
    expect(scene.github.violations).toEqual([]);
  });

  it("answers 422 when the update is not a fast forward", async () => {
    const sha = await commit([{ path: "x", mode: "100644", type: "blob", content: "x" }]);
    const { sha: theirs } = await scene.github.authors.push("alice", "feature", { y: "y" });
    const reply = await scene.send("PATCH", `${REPO}/git/refs/heads/feature`, { sha, force: false });
    expect([reply.status, reply.body.message]).toEqual([422, "Update is not a fast forward"]);
    expect(await scene.git.head("feature")).toBe(theirs);
  });

  it("refuses to move a branch to a commit that changes a workflow", async () => {
    const sha = await commit([{ path: ".github/workflows/x.yml", mode: "100644", type: "blob", content: "on: push" }]);
    const reply = await scene.send("PATCH", `${REPO}/git/refs/heads/feature`, { sha, force: false });
    expect([reply.status, reply.body.message]).toEqual([
      403,
      expect.stringContaining("without `workflows` permission"),
    ]);
    expect(await scene.git.head("feature")).toBe(head);
  });

  it.each([
    ["a malformed path", { path: "a//b", mode: "100644", type: "blob", content: "" }],
    ["an unknown blob", { path: "a", mode: "100644", type: "blob", sha: "1".repeat(40) }],
    ["a deletion of what is not there", { path: "none", mode: "100644", type: "blob", sha: null }],
  ])("answers 422 to %s in a tree", async (_what, entry) => {
    expect((await scene.send("POST", `${REPO}/git/trees`, { base_tree: head, tree: [entry] })).status).toBe(422);
  });
});

describe("contents", () => {
  it("gives a file's bytes at a commit, as JSON and raw, and 404 when it is not there", async () => {
    const asJson = await scene.send("GET", `${REPO}/contents/src/a.ts?ref=${head}`);
    expect(Buffer.from(asJson.body.content, "base64").toString()).toBe("export const a = 2;\n");
    const accept = { accept: "application/vnd.github.raw+json" };
    expect((await scene.send("GET", `${REPO}/contents/src%2Fa.ts`, undefined, accept)).body).toBe(
      "export const a = 1;\n",
    );
    expect((await scene.send("GET", `${REPO}/contents/none?ref=${head}`)).status).toBe(404);
    expect((await scene.send("GET", `${REPO}/contents/src/a.ts?ref=none`)).status).toBe(404);
  });
});
