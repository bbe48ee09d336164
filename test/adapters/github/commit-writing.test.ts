import { expect, test } from "vitest";
import type { CommitRequest } from "../../../src/ports.ts";
import { REPOSITORY, sha, useHarness } from "./harness.ts";
import type { Fault, Reply } from "./scripted-server.ts";

const world = useHarness();
const before = sha("a");
const after = sha("b");
const stranger = sha("c");

const request: CommitRequest = {
  branch: "feature/x",
  expectedHead: before,
  message: "Do it\n\nBecause.\n\nCodex-Plan: sha256:00\n",
  changes: [
    { path: "src/ünï.ts", content: Buffer.from([0, 255, 10]), mode: "100644" },
    { path: "old.ts", content: undefined },
  ],
  needsModes: false,
};

const HEAD = `GET ${REPOSITORY}/git/ref/heads%2Ffeature%2Fx`;
const headAt = (oid: string): Reply => ({
  status: 200,
  body: { ref: "refs/heads/feature/x", object: { type: "commit", sha: oid } },
});
const BY_APP = {
  author: { login: "github-actions[bot]", type: "Bot" },
  committer: { login: "web-flow", type: "User" },
};
const commit = (oid: string, parent: string, message: string, accounts: object = BY_APP): Reply => ({
  status: 200,
  body: { sha: oid, ...accounts, parents: [{ sha: parent }], commit: { message, verification: { verified: true } } },
});
const COMMITS = `GET ${REPOSITORY}/commits`;
const moved = (name = "feature/x", parents = [before], prefix = "refs/heads/"): Reply => {
  const commit = { oid: after, parents: { nodes: parents.map((oid) => ({ oid })) } };
  return { status: 200, body: { data: { createCommitOnBranch: { ref: { prefix, name }, commit } } } };
};
const mutated = moved();
const refused = (type: string | undefined, message: string): Reply => ({
  status: 200,
  body: { data: { createCommitOnBranch: null }, errors: [{ ...(type && { type }), message }] },
});

test("commits with the head that is expected", async () => {
  world.server.on("POST /graphql", mutated);
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
  const { variables } = world.server.firstBody() as { variables: unknown };
  expect(variables).toEqual({
    input: {
      branch: { repositoryNameWithOwner: "octo/world", branchName: "refs/heads/feature/x" },
      expectedHeadOid: before,
      message: { headline: "Do it", body: "Because.\n\nCodex-Plan: sha256:00" },
      fileChanges: { additions: [{ path: "src/ünï.ts", contents: "AP8K" }], deletions: [{ path: "old.ts" }] },
    },
  });
});

test.each([
  ["another branch moved", moved("main")],
  ["a tag moved", moved("feature/x", [before], "refs/tags/")],
  ["the commit has another parent", moved("feature/x", [stranger])],
  ["the commit has a second parent", moved("feature/x", [before, stranger])],
])("believes no answer by which %s, and lets the branch tell", async (_what, answer) => {
  world.server.on("POST /graphql", answer);
  world.server.on(HEAD, headAt(before));
  expect(await world.adapter().createCommit(request)).toMatchObject({
    status: "unknown",
    failure: { code: "github_malformed" },
  });
});

test.each([
  ["STALE_DATA", "stale"],
  [undefined, `Expected branch to point to "${before}" but it did not. Pull and try again.`],
])("says conflict when the head is another one (%s)", async (type, message) => {
  for (const head of [before, stranger]) {
    world.server.on("POST /graphql", refused(type, message));
    world.server.on(HEAD, headAt(head));
    world.server.on(`${COMMITS}/${stranger}`, commit(stranger, before, "Something else"));
    expect(await world.adapter().createCommit(request)).toEqual({ status: "conflict" });
  }
});

const RULES = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n";
const byRules = { code: "commit_refused_by_rules", message: expect.stringContaining("through a pull request.") };

test.each([
  ["UNPROCESSABLE", RULES],
  ["FORBIDDEN", RULES],
  [undefined, RULES],
  ["BRANCH_PROTECTION_RULE_VIOLATION", "Changes must be made through a pull request."],
  ["UNPROCESSABLE", "Commits must have verified signatures. (Changes must be made through a pull request.)"],
])("fails with the rule's text when a rule refuses the commit (%s)", async (type, message) => {
  world.server.on("POST /graphql", refused(type, message));
  world.server.on(HEAD, headAt(before));
  await expect(world.adapter().createCommit(request)).rejects.toMatchObject(byRules);
});

test("believes a rule's refusal when the branch cannot be read", async () => {
  world.server.on("POST /graphql", refused("UNPROCESSABLE", RULES));
  world.server.on(HEAD, { status: 403, body: { message: "no" } });
  await expect(world.adapter().createCommit(request)).rejects.toMatchObject(byRules);
});

test.each([
  ["UNPROCESSABLE", "A path is malformed", "rejects"],
  ["FILE_NOT_FOUND", "A path was requested for deletion which does not exist", "rejects"],
  ["INTERNAL", "Something broke", "unknown"],
])(
  "of another refusal (%s) the branch proves that nothing was written, if the input was at fault",
  async (type, message, end) => {
    world.server.on("POST /graphql", refused(type, message));
    world.server.on(HEAD, headAt(before));
    const result = world.adapter().createCommit(request);
    if (end === "rejects") await expect(result).rejects.toMatchObject({ code: "github_malformed" });
    else expect(await result).toMatchObject({ status: "unknown", failure: { code: "github_malformed" } });
  },
);

test("does not believe a refusal beside a result", async () => {
  const answer = {
    data: { createCommitOnBranch: { commit: { oid: after } } },
    errors: [{ type: "UNPROCESSABLE", message: RULES }],
  };
  world.server.on("POST /graphql", { status: 200, body: answer });
  world.server.on(HEAD, headAt(before));
  expect(await world.adapter().createCommit(request)).toMatchObject({ status: "unknown" });
});

test.each([
  refused("UNPROCESSABLE", RULES),
  refused("UNPROCESSABLE", "malformed"),
  { status: 403, body: { message: "no" } },
])("does not know of an earlier attempt without an answer when a later one is refused: %j", async (later) => {
  world.server.on("POST /graphql", "reset", later);
  world.server.on(HEAD, headAt(before));
  const result = await world.adapter().createCommit(request);
  expect(result).toMatchObject({ status: "unknown" });
  expect(result).not.toMatchObject({ failure: { code: "commit_refused_by_rules" } });
});

test("finds the commit of an earlier attempt when a rule refuses the second", async () => {
  world.server.on("POST /graphql", "reset", refused("UNPROCESSABLE", RULES));
  world.server.on(HEAD, headAt(after));
  world.server.on(`${COMMITS}/${after}`, commit(after, before, request.message));
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
});

const open: readonly (Reply | Fault)[] = [
  { status: 502, body: { message: "bad gateway" } },
  { status: 200, body: { errors: [{ message: "Something went wrong while executing your query." }] } },
  "reset",
  "cut",
  "hang",
];
const adapterFor = (fault: Reply | Fault) => world.adapter({ requestTimeoutMs: fault === "hang" ? 50 : 20_000 });

test.each(open)("finds its commit on the branch after %j", async (fault) => {
  world.server.on("POST /graphql", fault);
  world.server.on(HEAD, headAt(after));
  world.server.on(`${COMMITS}/${after}`, commit(after, before, request.message));
  expect(await adapterFor(fault).createCommit(request)).toEqual({ status: "committed", sha: after });
});

test.each(open)("does not know whether a commit will come when the branch has not moved after %j", async (fault) => {
  world.server.on("POST /graphql", fault);
  world.server.on(HEAD, headAt(before));
  expect(await adapterFor(fault).createCommit(request)).toMatchObject({
    status: "unknown",
    failure: { code: "github_unavailable" },
  });
});

test("asks again after a failure, since the expected head lets one attempt through at most", async () => {
  world.server.on("POST /graphql", "reset", mutated);
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
});

test("finds its commit when the first attempt had come through and the second finds the head moved", async () => {
  world.server.on("POST /graphql", "reset", refused("STALE_DATA", "stale"));
  world.server.on(HEAD, headAt(after));
  world.server.on(`${COMMITS}/${after}`, commit(after, before, request.message));
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
});

const unreadable: readonly Reply[] = [
  { status: 200, body: "{" },
  { status: 200, body: { data: { createCommitOnBranch: { commit: {} } } } },
  { status: 200, body: { errors: [] } },
];

test.each(unreadable)("lets the branch tell when the answer cannot be read: %j", async (answer) => {
  world.server.on("POST /graphql", answer);
  world.server.on(HEAD, headAt(after));
  world.server.on(`${COMMITS}/${after}`, commit(after, before, request.message));
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
});

test("does not know when the branch cannot be looked at either", async () => {
  world.server.on("POST /graphql", "reset");
  world.server.on(HEAD, { status: 403, body: { message: "no" } });
  expect(await world.adapter().createCommit(request)).toMatchObject({ status: "unknown" });
});

const strangers: readonly [string, Reply][] = [
  ["another message", commit(stranger, before, "Something else")],
  ["its message, pushed by a person", commit(stranger, before, request.message, { author: null, committer: {} })],
  ["another parent", commit(stranger, sha("d"), request.message)],
  [
    "a second parent",
    {
      status: 200,
      body: {
        sha: stranger,
        ...BY_APP,
        parents: [{ sha: before }, { sha: sha("d") }],
        commit: { message: request.message, verification: { verified: true } },
      },
    },
  ],
];

test.each(strangers)("says conflict when the branch has a commit with %s after a failure", async (_, reply) => {
  world.server.on("POST /graphql", "reset");
  world.server.on(HEAD, headAt(stranger));
  world.server.on(`${COMMITS}/${stranger}`, reply);
  expect(await world.adapter().createCommit(request)).toEqual({ status: "conflict" });
});

test("commits again after a rate limit, which surely did nothing", async () => {
  world.server.on("POST /graphql", { status: 429, body: {}, headers: { "retry-after": "0" } }, mutated);
  expect(await world.adapter().createCommit(request)).toEqual({ status: "committed", sha: after });
});

const withModes: CommitRequest = {
  ...request,
  changes: [
    { path: "run.sh", content: Buffer.from("#!/bin/sh\n"), mode: "100755" },
    { path: "old.ts", content: undefined },
  ],
  needsModes: true,
};
const REF = `PATCH ${REPOSITORY}/git/refs/heads%2Ffeature%2Fx`;

function scriptObjects(): void {
  world.server.on(HEAD, headAt(before));
  world.server.on(`GET ${REPOSITORY}/git/commits/${before}`, { status: 200, body: { tree: { sha: sha("e") } } });
  world.server.on(`POST ${REPOSITORY}/git/blobs`, { status: 201, body: { sha: sha("1") } });
  world.server.on(`POST ${REPOSITORY}/git/trees`, { status: 201, body: { sha: sha("2") } });
  world.server.on(`POST ${REPOSITORY}/git/commits`, { status: 201, body: { sha: after } });
  world.server.on(REF, { status: 200, body: { ref: "refs/heads/feature/x", object: { sha: after } } });
}

test("writes modes as git objects on top of the expected head", async () => {
  scriptObjects();
  expect(await world.adapter().createCommit(withModes)).toEqual({ status: "committed", sha: after });
  const sent = world.server.requests.filter(({ body }) => body !== undefined).map(({ body }) => body);
  expect(sent).toEqual([
    { content: Buffer.from("#!/bin/sh\n").toString("base64"), encoding: "base64" },
    {
      base_tree: sha("e"),
      tree: [
        { path: "run.sh", mode: "100755", type: "blob", sha: sha("1") },
        { path: "old.ts", mode: "100644", type: "blob", sha: null },
      ],
    },
    { message: withModes.message, tree: sha("2"), parents: [before] },
    { sha: after, force: false },
  ]);
});

test("writes modes even when the caller forgot to say so", async () => {
  scriptObjects();
  const result = await world.adapter().createCommit({ ...withModes, needsModes: false });
  expect(result).toEqual({ status: "committed", sha: after });
  expect(world.server.count("POST /graphql")).toBe(0);
});

test("writes no object when the head is another one already", async () => {
  scriptObjects();
  world.server.on(HEAD, headAt(stranger));
  expect(await world.adapter().createCommit(withModes)).toEqual({ status: "conflict" });
  expect(world.server.requests.map(({ route }) => route)).toEqual([HEAD]);
});

test("does not move the branch when the head changed while the objects were written", async () => {
  scriptObjects();
  world.server.on(HEAD, headAt(before), headAt(stranger));
  expect(await world.adapter().createCommit(withModes)).toEqual({ status: "conflict" });
  expect(world.server.count(REF)).toBe(0);
});

test("says conflict when moving the branch is not a fast forward", async () => {
  scriptObjects();
  world.server.on(REF, { status: 422, body: { message: "Update is not a fast forward" } });
  expect(await world.adapter().createCommit(withModes)).toEqual({ status: "conflict" });
});

test("fails when moving the branch is refused for another reason", async () => {
  scriptObjects();
  world.server.on(REF, { status: 422, body: { message: "Reference does not exist" } });
  await expect(world.adapter().createCommit(withModes)).rejects.toMatchObject({ code: "github_malformed" });
});

const ends: readonly [string, string, unknown][] = [
  ["the branch is at our commit", after, { status: "committed", sha: after }],
  ["the branch is at another commit", stranger, { status: "conflict" }],
];

test.each(ends)("looks at the branch when moving it broke off: %s", async (_, head, result) => {
  scriptObjects();
  world.server.on(HEAD, headAt(before), headAt(before), headAt(head));
  world.server.on(REF, "reset");
  expect(await world.adapter().createCommit(withModes)).toEqual(result);
});

test("does not know whether the branch will move when that broke off and did nothing", async () => {
  scriptObjects();
  world.server.on(REF, "reset");
  expect(await world.adapter().createCommit(withModes)).toMatchObject({
    status: "unknown",
    failure: { code: "github_unavailable" },
  });
});

test.each([
  [422, "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"],
  [422, "Cannot update this protected ref. (through a pull request.)"],
  [422, "Reference update failed: protected branch hook declined, through a pull request."],
  [409, "Repository rule violations found\n\nSecret detected in content (through a pull request.)"],
  [403, "Protected branch update failed for refs/heads/feature/x: through a pull request."],
])("fails with the rule's text when a rule refuses to move the branch (%s)", async (status, message) => {
  scriptObjects();
  world.server.on(REF, { status, body: { message } });
  await expect(world.adapter().createCommit(withModes)).rejects.toMatchObject(byRules);
});

test.each(["blobs", "trees", "commits"])("fails with the rule's text when a rule refuses %s", async (kind) => {
  scriptObjects();
  world.server.on(`POST ${REPOSITORY}/git/${kind}`, { status: 409, body: { message: RULES } });
  await expect(world.adapter().createCommit(withModes)).rejects.toMatchObject(byRules);
  expect(world.server.count(REF)).toBe(0);
});

test("does not take a missing permission for a rule", async () => {
  scriptObjects();
  world.server.on(REF, { status: 403, body: { message: "Resource not accessible by integration" } });
  await expect(world.adapter().createCommit(withModes)).rejects.toMatchObject({ code: "github_forbidden" });
});

test("believes no answer by which another reference moved", async () => {
  scriptObjects();
  world.server.on(REF, { status: 200, body: { ref: "refs/heads/main", object: { sha: after } } });
  expect(await world.adapter().createCommit(withModes)).toMatchObject({ status: "unknown" });
});

test("sends objects again after a failure, since nothing points at them", async () => {
  scriptObjects();
  world.server.on(`POST ${REPOSITORY}/git/blobs`, "reset", { status: 201, body: { sha: sha("1") } });
  expect(await world.adapter().createCommit(withModes)).toEqual({ status: "committed", sha: after });
});
