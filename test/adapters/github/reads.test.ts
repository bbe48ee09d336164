import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { person, REPOSITORY, sha, useHarness } from "./harness.ts";
import type { Reply } from "./scripted-server.ts";

const world = useHarness();
const gone: Reply = { status: 404, body: { message: "Not Found" } };

const pull = (labels: readonly string[], overrides: Record<string, unknown> = {}): Reply => ({
  status: 200,
  body: {
    number: 7,
    state: "open",
    title: "T",
    user: person("ada"),
    head: { sha: sha("a"), ref: "feature", repo: { id: 1 } },
    base: { ref: "main", repo: { id: 1 } },
    labels: labels.map((name) => ({ name })),
    ...overrides,
  },
});

test("reads a pull request, also one whose fork was deleted", async () => {
  const head = { sha: sha("a"), ref: "feature", repo: null };
  world.server.on(`GET ${REPOSITORY}/pulls/7`, pull(["approved-plan"], { head }));
  expect(await world.adapter().fetchPullRequest(7)).toEqual({
    number: 7,
    state: "open",
    title: "T",
    author: person("ada"),
    headSha: sha("a"),
    headRef: "feature",
    headRepositoryId: undefined,
    baseRef: "main",
    baseRepositoryId: 1,
    labels: ["approved-plan"],
    assignees: [],
  });
});

test.each([undefined, null, [person("ada")]])("reads who is assigned to a pull request from %j", async (assignees) => {
  world.server.on(`GET ${REPOSITORY}/pulls/7`, pull([], { assignees }));
  expect((await world.adapter().fetchPullRequest(7))?.assignees).toEqual(assignees?.map(({ login }) => login) ?? []);
});

test("gives no pull request for the number of an issue", async () => {
  world.server.on(`GET ${REPOSITORY}/pulls/7`, gone);
  expect(await world.adapter().fetchPullRequest(7)).toBeUndefined();
});

const malformed: readonly [string, Record<string, unknown>][] = [
  ["the number of another", { number: 8 }],
  ["a state that we do not know", { state: "merged" }],
  ["a head that is no commit id", { head: { sha: "main", ref: "x", repo: { id: 1 } } }],
  ["no labels", { labels: undefined }],
  ["a base without a repository", { base: { ref: "main", repo: null } }],
];

test.each(malformed)("fails on a pull request with %s", async (_, overrides) => {
  world.server.on(`GET ${REPOSITORY}/pulls/7`, pull([], overrides));
  await expect(world.adapter().fetchPullRequest(7)).rejects.toMatchObject({ code: "github_malformed" });
});

test("finds the open pull requests of exactly this head", async () => {
  const candidate = (number: number, state: string, head: string, repo: { id: number } | null = { id: 1 }) => ({
    id: number,
    number,
    state,
    head: { sha: head, repo },
    base: { repo: { id: 1 } },
  });
  world.server.on(`GET ${REPOSITORY}/commits/${sha("a")}/pulls`, {
    status: 200,
    body: [
      candidate(9, "open", sha("a")),
      candidate(7, "open", sha("a")),
      candidate(8, "closed", sha("a")),
      candidate(6, "open", sha("b")),
      // A fork, and a fork that is gone: anybody can push a commit there.
      candidate(5, "open", sha("a"), { id: 2 }),
      candidate(4, "open", sha("a"), null),
    ],
  });
  expect(await world.adapter().fetchOpenPullRequests(sha("a"))).toEqual([7, 9]);
});

const LABEL = `DELETE ${REPOSITORY}/issues/7/labels/approved-plan`;

test("removes a label", async () => {
  world.server.on(LABEL, { status: 200, body: [] });
  expect(await world.adapter().removeLabel(7, "approved-plan")).toBe("removed");
});

test("says that a label was absent only when the pull request is there without it", async () => {
  world.server.on(LABEL, { status: 404, body: { message: "Label does not exist" } });
  world.server.on(`GET ${REPOSITORY}/pulls/7`, pull(["other"]));
  expect(await world.adapter().removeLabel(7, "approved-plan")).toBe("absent");
});

test("fails to remove a label when the pull request cannot be seen", async () => {
  world.server.on(LABEL, gone);
  world.server.on(`GET ${REPOSITORY}/pulls/7`, gone);
  await expect(world.adapter().removeLabel(7, "approved-plan")).rejects.toMatchObject({ code: "github_not_found" });
});

test("fails to remove a label that GitHub calls absent and shows as set", async () => {
  world.server.on(LABEL, gone);
  world.server.on(`GET ${REPOSITORY}/pulls/7`, pull(["Approved-Plan"]));
  await expect(world.adapter().removeLabel(7, "approved-plan")).rejects.toMatchObject({ code: "github_malformed" });
});

const paths: readonly [string, string][] = [
  [".github/workflows/codex.yml", ".github/workflows/codex.yml"],
  [".github/workflows/codex.yml@main", ".github/workflows/codex.yml"],
  [".github/workflows/codex.yaml@refs/heads/a@b", ".github/workflows/codex.yaml"],
  [".github/workflows/codex.yml@evil.yml", ".github/workflows/codex.yml@evil.yml"],
  [".github/workflows/codex.yml@evil.yml@main", ".github/workflows/codex.yml@evil.yml"],
  ["dynamic/pages@main", "dynamic/pages@main"],
];

test.each(paths)("reads the workflow path %s as %s", async (path, expected) => {
  const run = {
    id: 5,
    path,
    event: "issue_comment",
    head_branch: "main",
    head_sha: sha("a"),
    repository: { id: 1 },
    head_repository: null,
    status: "in_progress",
  };
  world.server.on(`GET ${REPOSITORY}/actions/runs/5`, { status: 200, body: run });
  expect(await world.adapter().fetchWorkflowRun(5)).toEqual({
    id: 5,
    path: expected,
    event: "issue_comment",
    headBranch: "main",
    headSha: sha("a"),
    repositoryId: 1,
    headRepositoryId: undefined,
    status: "in_progress",
  });
});

const signed = { message: "m", verification: { verified: true } };
const bot = { login: "github-actions[bot]", type: "Bot" };
const webFlow = { login: "web-flow", type: "User" };
const ada = { login: "ada", type: "User" };

test.each([
  ["GitHub made and signed for an app", { author: bot, committer: webFlow, commit: signed }, "github-actions"],
  ["GitHub made and signed for a person", { author: ada, committer: webFlow, commit: signed }, undefined],
  ["a person signed and said that a bot is its author", { author: bot, committer: ada, commit: signed }, undefined],
  [
    "somebody said that GitHub committed",
    { author: bot, committer: webFlow, commit: { message: "m", verification: { verified: false } } },
    undefined,
  ],
  ["a server that signs nothing gives", { author: bot, committer: webFlow, commit: { message: "m" } }, undefined],
  [
    "names a person who is called like a bot",
    { author: { ...bot, type: "User" }, committer: webFlow, commit: signed },
    undefined,
  ],
  ["belongs to no account", { author: null, committer: {}, commit: signed }, undefined],
])("tells which app is behind a commit: one that %s", async (_, body, viaApp) => {
  const answer = { status: 200, body: { sha: sha("a"), parents: [{ sha: sha("b") }], ...body } };
  world.server.on(`GET ${REPOSITORY}/commits/${sha("a")}`, answer);
  const expected = { sha: sha("a"), parents: [sha("b")], message: "m", viaApp };
  expect(await world.adapter().fetchCommit(sha("a"))).toEqual(expected);
});

const FILE = `GET ${REPOSITORY}/contents/.github/codex%20governance.yml`;
const COMMIT = `GET ${REPOSITORY}/git/commits/${sha("a")}`;
const path = ".github/codex governance.yml";
const content = Buffer.from([0, 255, 13, 10, 195, 40]);
const file = (overrides: Record<string, unknown> = {}): Reply => ({
  status: 200,
  body: {
    type: "file",
    path,
    sha: createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex"),
    size: content.length,
    encoding: "base64",
    content: content.toString("base64").replace(/(.{4})/g, "$1\n"),
    ...overrides,
  },
});

test("reads the exact bytes of a file at a commit", async () => {
  world.server.on(FILE, file());
  expect(Buffer.from((await world.adapter().fetchFile(path, sha("a"))) ?? [])).toEqual(content);
  expect(world.server.requests[0]?.query.get("ref")).toBe(sha("a"));
});

test("says that a file is not there only when the commit is", async () => {
  world.server.on(FILE, gone);
  world.server.on(COMMIT, { status: 200, body: { sha: sha("a"), message: "m", parents: [] } });
  expect(await world.adapter().fetchFile(path, sha("a"))).toBeUndefined();
  world.server.on(COMMIT, gone);
  await expect(world.adapter().fetchFile(path, sha("a"))).rejects.toMatchObject({ code: "github_not_found" });
});

const notFiles: readonly [string, Reply][] = [
  ["a directory", { status: 200, body: [] }],
  ["a symbolic link", file({ type: "symlink" })],
  ["a submodule", file({ type: "submodule" })],
  ["a file too large to be answered", file({ encoding: "none", content: "" })],
  ["content that is not its object", file({ content: Buffer.from([0, 255, 13, 10, 195, 41]).toString("base64") })],
  ["content that is cut off", file({ content: "" })],
  ["a size that is not the content's", file({ size: 7 })],
  ["the content of another path", file({ path: "README.md" })],
];

test.each(notFiles)("fails on %s", async (_, reply) => {
  world.server.on(FILE, reply);
  await expect(world.adapter().fetchFile(path, sha("a"))).rejects.toMatchObject({ code: "github_malformed" });
});

test("reads the repository", async () => {
  const body = { id: 1, full_name: "octo/world", default_branch: "main", private: true };
  world.server.on(`GET ${REPOSITORY}`, { status: 200, body });
  expect(await world.adapter().fetchRepository()).toEqual({
    id: 1,
    fullName: "octo/world",
    defaultBranch: "main",
    isPrivate: true,
  });
});

test("fails when a branch is answered by another one of the same beginning", async () => {
  const body = { ref: "refs/heads/main-2", object: { type: "commit", sha: sha("a") } };
  world.server.on(`GET ${REPOSITORY}/git/ref/heads%2Fmain`, { status: 200, body });
  await expect(world.adapter().fetchBranchHead("main")).rejects.toMatchObject({ code: "github_malformed" });
});
