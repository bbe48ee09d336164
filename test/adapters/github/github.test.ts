import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitHub } from "../../../src/adapters/github/github.ts";
import type { CommitRequest, GitHub } from "../../../src/ports.ts";
import { ACTIONS_BOT, actionsToken, type GitHubDouble, startGitHub } from "../../world/github/double.ts";
import type { Fault, Match } from "../../world/github/faults.ts";
import { type BareRepository, createRepository } from "../../world/repository.ts";
import { sha, TOKEN } from "./harness.ts";

let git: BareRepository;
let world: GitHubDouble;
let github: GitHub;
let pull: number;
let head: string;

beforeEach(async () => {
  git = await createRepository({
    files: { "README.md": "hello\n", ".github/codex-governance.yml": Buffer.from("version: 1\r\n# \u00fc\n") },
  });
  const parent = (await git.head("main")) ?? "";
  const files = { "src/a.ts": "a\n", "run.sh": { content: "#!/bin/sh\n", mode: "100755" } } as const;
  head = await git.commit("feature/x", files, { parent });
  world = await startGitHub({
    git,
    users: [
      { login: "ada", role: "write" },
      { login: "tris", role: "triage" },
      { login: "max", role: "maintain" },
      { login: "eve", role: "none" },
    ],
    tokens: {
      [TOKEN]: actionsToken({
        actions: "read",
        checks: "write",
        contents: "write",
        issues: "write",
        pull_requests: "write",
      }),
      ghs_reader: actionsToken({ contents: "read" }),
    },
  });
  pull = (await world.authors.openPullRequest({ user: "ada", head: "feature/x", title: "Add a" })).number;
  github = adapter(TOKEN);
});

afterEach(async () => {
  const violations = world?.violations;
  await world?.close();
  await git?.remove();
  // What GitHub's own description does not allow was sent by us.
  expect(violations).toEqual([]);
});

const adapter = (token: string): GitHub =>
  createGitHub({ token, apiUrl: world.url, owner: "acme", repo: "shop", log: () => {}, retryBaseMs: 1 });

const operation =
  (name: string): Match =>
  (request) =>
    request.operation === name;

const COMMIT = "GRAPHQL createCommitOnBranch";
const REF = "PATCH /repos/{owner}/{repo}/git/refs/{ref}";

test("reads the repository, the pull request and its head", async () => {
  expect(await github.fetchRepository()).toEqual({
    id: 4_242_001,
    fullName: "acme/shop",
    defaultBranch: "main",
    isPrivate: false,
  });
  expect(await github.fetchPullRequest(pull)).toMatchObject({
    number: pull,
    state: "open",
    title: "Add a",
    author: { login: "ada", type: "User" },
    headSha: head,
    headRef: "feature/x",
    headRepositoryId: 4_242_001,
    baseRef: "main",
    baseRepositoryId: 4_242_001,
    labels: [],
  });
  expect(await github.fetchBranchHead("feature/x")).toBe(head);
  expect(await github.fetchCommit(head)).toEqual({
    sha: head,
    parents: [await git.head("main")],
    message: "A commit",
    viaApp: undefined,
  });
});

test("gives no pull request for an issue, and fails for a branch that is not there", async () => {
  const issue = world.authors.openIssue("ada", "An issue").number;
  expect(await github.fetchPullRequest(issue)).toBeUndefined();
  await expect(github.fetchBranchHead("feature")).rejects.toMatchObject({ code: "github_not_found" });
  await expect(github.fetchCommit(sha("d"))).rejects.toMatchObject({ code: "github_malformed" });
});

test("finds the open pull requests that share a head", async () => {
  await git.setBranch("twin", head);
  const twin = (await world.authors.openPullRequest({ user: "ada", head: "twin" })).number;
  expect(await github.fetchOpenPullRequests(head)).toEqual([pull, twin]);
  await world.authors.close(twin);
  expect(await github.fetchOpenPullRequests(head)).toEqual([pull]);
});

test("reads a file's exact bytes at a commit", async () => {
  const main = (await git.head("main")) ?? "";
  const bytes = await github.fetchFile(".github/codex-governance.yml", main);
  expect(Buffer.from(bytes ?? []).toString()).toBe("version: 1\r\n# \u00fc\n");
  expect(await github.fetchFile("src/a.ts", main)).toBeUndefined();
  expect(Buffer.from((await github.fetchFile("src/a.ts", head)) ?? []).toString()).toBe("a\n");
  await expect(github.fetchFile("README.md", sha("d"))).rejects.toMatchObject({ code: "github_not_found" });
  await expect(github.fetchFile("src", head)).rejects.toMatchObject({ code: "github_malformed" });
});

test.each(["100% ü?#.yml", "a+b & c.yml", "{x}.yml"])("reads a file called %s", async (path) => {
  const commit = await git.commit("names", { [path]: "x" }, { parent: head });
  expect(Buffer.from((await github.fetchFile(path, commit)) ?? []).toString()).toBe("x");
});

test("fails on a file that is too large to be answered", async () => {
  const commit = await git.commit("large", { big: Buffer.alloc(1024 * 1024 + 1) }, { parent: head });
  await expect(github.fetchFile("big", commit)).rejects.toMatchObject({ code: "github_malformed" });
});

test("makes, changes, reads and folds a comment", async () => {
  const made = await github.createComment(pull, "first");
  expect(made.author).toMatchObject({ login: ACTIONS_BOT, type: "Bot" });
  expect(made.updatedAt).toBe(made.createdAt);
  const changed = await github.updateComment(made.id, "second");
  expect(changed).toMatchObject({ id: made.id, body: "second", nodeId: made.nodeId });
  expect(Date.parse(changed.updatedAt)).toBeGreaterThan(Date.parse(made.createdAt));
  expect(await github.fetchComment(made.id)).toEqual(changed);
  await github.minimizeComment(made.nodeId);
  expect(world.state.comments.get(made.id)?.minimized).toBe("outdated");
  world.people.deleteComment("max", made.id);
  expect(await github.fetchComment(made.id)).toBeUndefined();
});

test("reads all comments of a long discussion", async () => {
  for (let index = 0; index < 205; index++) world.people.comment("ada", pull, `comment ${index}`);
  const comments = await github.fetchNewestComments(pull);
  expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 205 }, (_, index) => `comment ${index}`));
});

test("fails as a whole when the second page of comments fails", async () => {
  for (let index = 0; index < 101; index++) world.people.comment("ada", pull, `comment ${index}`);
  const list = operation("GET /repos/{owner}/{repo}/issues/{issue_number}/comments");
  world.fault({ match: list, skip: 1, times: 3, fault: { kind: "status", status: 500 } });
  await expect(github.fetchNewestComments(pull)).rejects.toMatchObject({ code: "github_unavailable" });
});

test("makes one comment although its answer was lost", async () => {
  const match = operation("POST /repos/{owner}/{repo}/issues/{issue_number}/comments");
  world.fault({ match, when: "after", fault: { kind: "reset" } });
  const made = await github.createComment(pull, "once");
  expect([...world.state.comments.keys()]).toEqual([made.id]);
});

test("reacts to a comment", async () => {
  const { commentId } = world.people.comment("ada", pull, "/codex x");
  await github.addReaction(commentId, "eyes");
  expect(world.state.reactions.map(({ content, user }) => [content, user.login])).toEqual([["eyes", ACTIONS_BOT]]);
});

test.each([
  ["ada", "write"],
  ["tris", "read"],
  ["max", "write"],
  // The repository is public.
  ["eve", "read"],
])("reads the permission of %s as %s", async (login, permission) => {
  expect(await github.fetchPermission(login)).toMatchObject({ user: { login }, permission });
});

test("fails on the permission of somebody whom GitHub does not know", async () => {
  await expect(github.fetchPermission("nobody")).rejects.toMatchObject({ code: "github_not_found" });
  world.administration.deleteUser("ada");
  await expect(github.fetchPermission("ada")).rejects.toMatchObject({ code: "github_not_found" });
});

const faults: readonly [string, Omit<Fault, "match">, string][] = [
  ["404", { fault: { kind: "status", status: 404 } }, "github_not_found"],
  ["500 that stays", { fault: { kind: "status", status: 500 }, times: 3 }, "github_unavailable"],
  ["half an answer", { fault: { kind: "malformed" } }, "github_malformed"],
  ["an hour's rate limit", { fault: { kind: "primary-rate-limit", resetInSeconds: 3600 } }, "github_rate_limited"],
  [
    "an answer without the permission",
    { fault: { kind: "change", change: ({ headers }) => ({ body: {}, headers }) } },
    "github_malformed",
  ],
];

test.each(faults)("fails on the permission with %s", async (_, fault, code) => {
  world.fault({ ...fault, match: operation("GET /repos/{owner}/{repo}/collaborators/{username}/permission") });
  await expect(github.fetchPermission("ada")).rejects.toMatchObject({ code });
  expect(world.pendingFaults).toBe(0);
});

test("waits for the secondary rate limit", async () => {
  const match = operation("GET /repos/{owner}/{repo}/collaborators/{username}/permission");
  world.fault({ match, fault: { kind: "secondary-rate-limit", retryAfterSeconds: 0 } });
  expect((await github.fetchPermission("ada")).permission).toBe("write");
});

test("fails with a token that lacks the permission", async () => {
  await expect(adapter("ghs_reader").createComment(pull, "x")).rejects.toMatchObject({ code: "github_forbidden" });
  await expect(adapter("ghs_unknown").fetchRepository()).rejects.toMatchObject({ code: "github_forbidden" });
});

test("removes a label once", async () => {
  await world.people.label("ada", pull, "approved plan/ü");
  expect(await github.removeLabel(pull, "approved plan/ü")).toBe("removed");
  expect(await github.removeLabel(pull, "approved plan/ü")).toBe("absent");
  await expect(github.removeLabel(pull + 1, "approved-plan")).rejects.toMatchObject({ code: "github_not_found" });
});

const check = {
  name: "codex-plan",
  conclusion: "action_required",
  externalId: "plan:1001:5",
  title: "A plan waits",
  summary: "text",
  detailsUrl: "https://github.com/acme/shop/actions/runs/1",
} as const;

test("makes check runs and finds all of them", async () => {
  const first = await github.createCheckRun({ ...check, headSha: head });
  const second = await github.createCheckRun({ ...check, headSha: head, conclusion: "success" });
  await github.createCheckRun({ ...check, headSha: head, name: "other" });
  expect(await github.fetchCheckRuns(head, "codex-plan")).toEqual([first, second]);
  expect(first).toMatchObject({ headSha: head, externalId: "plan:1001:5", appSlug: "github-actions" });
});

test("makes one check run although its answer was lost", async () => {
  const match = operation("POST /repos/{owner}/{repo}/check-runs");
  world.fault({ match, when: "after", fault: { kind: "status", status: 502 } });
  const made = await github.createCheckRun({ ...check, headSha: head });
  expect(world.state.checkRuns.map(({ id }) => id)).toEqual([made.id]);
});

test("makes a check run with a summary that is too long", async () => {
  await github.createCheckRun({ ...check, headSha: head, summary: "😀".repeat(70_000) });
  expect(world.state.checkRuns[0]?.output.summary).toBe("😀".repeat(16_383));
});

test("reads a workflow run, also of a fork", async () => {
  const path = ".github/workflows/codex.yml";
  const run = await world.administration.addRun({ path: `${path}@refs/heads/main`, event: "issue_comment" });
  expect(await github.fetchWorkflowRun(run.id)).toMatchObject({
    id: run.id,
    path,
    event: "issue_comment",
    headBranch: "main",
    headSha: await git.head("main"),
    repositoryId: 4_242_001,
    headRepositoryId: 4_242_001,
  });
  const foreign = await world.administration.addRun({ path, event: "pull_request", fork: "eve" });
  expect((await github.fetchWorkflowRun(foreign.id)).headRepositoryId).not.toBe(4_242_001);
  await expect(github.fetchWorkflowRun(1)).rejects.toMatchObject({ code: "github_not_found" });
});

const plain = (): CommitRequest => ({
  branch: "feature/x",
  expectedHead: head,
  message: "Change a\n\nWhy.\n\nCodex-Plan: sha256:00\nCodex-Approved-By: max",
  changes: [
    { path: "src/ü b.ts", content: Buffer.from([0, 255, 13, 10]), mode: "100644" },
    { path: "src/a.ts", content: undefined },
  ],
  needsModes: false,
});

const withModes = (): CommitRequest => ({
  ...plain(),
  changes: [...plain().changes, { path: "go.sh", content: Buffer.from("#!/bin/sh\n"), mode: "100755" }],
  needsModes: true,
});

const listing = async (commit: string) => (await git.listTree(commit)).map(({ mode, path }) => `${mode} ${path}`);

const kinds: readonly [string, () => CommitRequest, string, readonly string[]][] = [
  ["the mutation", plain, COMMIT, []],
  ["git objects", withModes, REF, ["100755 go.sh"]],
];

test.each(kinds)("commits through %s what was asked for and nothing else", async (_, request, __, more) => {
  const result = await github.createCommit(request());
  const moved = await git.head("feature/x");
  expect(result).toEqual({ status: "committed", sha: moved });
  const rest = ["100644 .github/codex-governance.yml", "100644 README.md", "100755 run.sh", "100644 src/ü b.ts"];
  expect((await listing(moved ?? "")).sort()).toEqual([...rest, ...more].sort());
  expect(await git.readFile(moved ?? "", "src/ü b.ts")).toEqual(Buffer.from([0, 255, 13, 10]));
  expect(await github.fetchCommit(moved ?? "")).toMatchObject({ parents: [head], message: request().message });
});

test.each(kinds)("says conflict through %s when the branch has moved, and leaves it alone", async (_, request) => {
  const { sha: pushed } = await world.authors.push("ada", "feature/x", { "src/b.ts": "b\n" });
  expect(await github.createCommit(request())).toEqual({ status: "conflict" });
  expect(await git.head("feature/x")).toBe(pushed);
});

test.each(kinds)("says conflict through %s when somebody pushes at the last moment", async (_, request, name) => {
  let pushed = "";
  world.onRequest({
    match: operation(name),
    run: async () => {
      pushed = (await world.authors.push("ada", "feature/x", { "src/b.ts": "b\n" })).sha;
    },
  });
  expect(await github.createCommit(request())).toEqual({ status: "conflict" });
  expect(await git.head("feature/x")).toBe(pushed);
});

test.each(kinds)("finds the commit made through %s although its answer was lost", async (_, request, name) => {
  world.fault({ match: operation(name), when: "after", fault: { kind: "reset" } });
  const result = await github.createCommit(request());
  expect(result).toEqual({ status: "committed", sha: await git.head("feature/x") });
  expect((await git.log("feature/x")).length).toBe(3);
});

test.each(kinds)(
  "commits through %s, once, although the first attempt broke off before it",
  async (_, request, name) => {
    world.fault({ match: operation(name), fault: { kind: "status", status: 502 } });
    const result = await github.createCommit(request());
    expect(result).toEqual({ status: "committed", sha: await git.head("feature/x") });
    expect((await git.log("feature/x")).length).toBe(3);
  },
);

test.each(kinds)("does not know of a commit when %s breaks off again and again", async (_, request, name) => {
  world.fault({ match: operation(name), fault: { kind: "status", status: 502 }, times: 10 });
  expect(await github.createCommit(request())).toMatchObject({
    status: "unknown",
    failure: { code: "github_unavailable" },
  });
  expect(await git.head("feature/x")).toBe(head);
});

test.each(kinds)("says conflict when %s broke off and somebody else pushed", async (_, request, name) => {
  world.fault({ match: operation(name), fault: { kind: "status", status: 502 } });
  world.onRequest({
    match: operation(name),
    run: async () => {
      await world.authors.push("ada", "feature/x", { "src/b.ts": "b\n" });
    },
  });
  expect(await github.createCommit(request())).toEqual({ status: "conflict" });
});

test.each(kinds)("fails through %s to write a workflow file", async (_, request) => {
  const change = { path: ".github/workflows/x.yml", content: Buffer.from("on: push\n"), mode: "100644" } as const;
  const asked = { ...request(), changes: [...request().changes, change] };
  await expect(github.createCommit(asked)).rejects.toMatchObject({ code: "github_forbidden" });
  expect(await git.head("feature/x")).toBe(head);
});
