import { expect, test } from "vitest";
import type { CheckRunRequest } from "../../../src/ports.ts";
import { person, REPOSITORY, sha, useHarness } from "./harness.ts";
import type { Fault, Reply } from "./scripted-server.ts";

const world = useHarness();

const comment = (id: number, body: string) => ({
  id,
  node_id: `IC_${id}`,
  user: person("github-actions[bot]"),
  body,
  created_at: "2026-11-20T10:00:00Z",
  updated_at: "2026-11-20T10:00:00Z",
  html_url: `https://github.com/octo/world/pull/7#issuecomment-${id}`,
});

const COMMENTS = `${REPOSITORY}/issues/7/comments`;
const made: Reply = { status: 201, body: comment(5, "hello") };
const open: readonly (Reply | Fault)[] = [{ status: 502, body: { message: "bad gateway" } }, "reset", "cut", "hang"];
const timeoutFor = (fault: Reply | Fault) => ({ requestTimeoutMs: fault === "hang" ? 50 : 20_000 });

test.each(open)("finds the comment that was made before %j, and makes no second one", async (fault) => {
  world.server.on(`POST ${COMMENTS}`, fault);
  const copies = [comment(4, "other"), comment(5, "hello"), comment(6, "hello")];
  world.server.on(`GET ${COMMENTS}`, { status: 200, body: copies });
  expect((await world.adapter(timeoutFor(fault)).createComment(7, "hello")).id).toBe(5);
  expect(world.server.count(`POST ${COMMENTS}`)).toBe(1);
});

test.each(open)("makes the comment again when %j came before it was made", async (fault) => {
  world.server.on(`POST ${COMMENTS}`, fault, made);
  world.server.on(`GET ${COMMENTS}`, { status: 200, body: [comment(4, "hello there")] });
  expect((await world.adapter(timeoutFor(fault)).createComment(7, "hello")).id).toBe(5);
  expect(world.server.count(`POST ${COMMENTS}`)).toBe(2);
});

test("gives a comment up after three tries", async () => {
  world.server.on(`POST ${COMMENTS}`, "reset");
  world.server.on(`GET ${COMMENTS}`, { status: 200, body: [] });
  await expect(world.adapter().createComment(7, "hello")).rejects.toMatchObject({ code: "github_unavailable" });
  expect(world.server.count(`POST ${COMMENTS}`)).toBe(3);
});

test("makes a comment again after a rate limit without looking for it", async () => {
  const limit: Reply = { status: 403, body: { message: "secondary rate limit" }, headers: { "retry-after": "0" } };
  world.server.on(`POST ${COMMENTS}`, limit, made);
  expect((await world.adapter().createComment(7, "hello")).id).toBe(5);
  expect(world.server.requests.map(({ route }) => route)).toEqual([`POST ${COMMENTS}`, `POST ${COMMENTS}`]);
  expect(world.server.requests.map(({ body }) => body)).toEqual([{ body: "hello" }, { body: "hello" }]);
});

test.each([422, 403, 404])("does not repeat a comment that was refused with %i", async (status) => {
  world.server.on(`POST ${COMMENTS}`, { status, body: { message: "no" } });
  await expect(world.adapter().createComment(7, "hello")).rejects.toMatchObject({ name: "ExternalError" });
  expect(world.server.requests).toHaveLength(1);
});

test("refuses a comment that GitHub would refuse, counted in characters", async () => {
  world.server.on(`POST ${COMMENTS}`, made);
  const adapter = world.adapter();
  await expect(adapter.createComment(7, "x".repeat(65_537))).rejects.toMatchObject({ code: "configuration_invalid" });
  await expect(adapter.updateComment(5, "x".repeat(65_537))).rejects.toMatchObject({ code: "configuration_invalid" });
  expect(world.server.requests).toHaveLength(0);
  expect((await adapter.createComment(7, "😀".repeat(65_536))).id).toBe(5);
});

test("repeats an update, since twice is the same as once", async () => {
  world.server.on(`PATCH ${REPOSITORY}/issues/comments/5`, "reset", { status: 200, body: comment(5, "new") });
  expect((await world.adapter().updateComment(5, "new")).body).toBe("new");
});

test("gives no answer for a comment that was deleted", async () => {
  world.server.on(`GET ${REPOSITORY}/issues/comments/5`, { status: 404, body: { message: "Not Found" } });
  expect(await world.adapter().fetchComment(5)).toBeUndefined();
});

test("does not take a failure for a comment that was deleted", async () => {
  world.server.on(`GET ${REPOSITORY}/issues/comments/5`, { status: 500, body: {} });
  await expect(world.adapter().fetchComment(5)).rejects.toMatchObject({ code: "github_unavailable" });
});

test("names an author whose account is gone as nobody", async () => {
  const answer = { ...comment(5, "x"), user: null };
  world.server.on(`GET ${REPOSITORY}/issues/comments/5`, { status: 200, body: answer });
  expect((await world.adapter().fetchComment(5))?.author).toEqual({ id: 0, login: "ghost", type: "Unknown" });
});

const CHECKS = `POST ${REPOSITORY}/check-runs`;
const LIST = `GET ${REPOSITORY}/commits/${sha("a")}/check-runs`;
const request: CheckRunRequest = {
  name: "codex-plan",
  headSha: sha("a"),
  conclusion: "success",
  externalId: "plan:1001:5",
  title: "Planned",
  summary: "text",
  detailsUrl: "https://github.com/octo/world/actions/runs/1",
};
const check = (id: number, overrides: Record<string, unknown> = {}) => ({
  id,
  name: "codex-plan",
  head_sha: sha("a"),
  external_id: "plan:1001:5",
  conclusion: "success",
  app: { slug: "github-actions" },
  ...overrides,
});

test("makes a completed check run with all that was asked for", async () => {
  world.server.on(CHECKS, { status: 201, body: check(9) });
  expect(await world.adapter().createCheckRun(request)).toEqual({
    id: 9,
    name: "codex-plan",
    headSha: sha("a"),
    externalId: "plan:1001:5",
    conclusion: "success",
    appSlug: "github-actions",
  });
  expect(world.server.firstBody()).toEqual({
    name: "codex-plan",
    head_sha: sha("a"),
    status: "completed",
    conclusion: "success",
    external_id: "plan:1001:5",
    details_url: "https://github.com/octo/world/actions/runs/1",
    output: { title: "Planned", summary: "text" },
  });
});

test("cuts a summary between two code points", async () => {
  world.server.on(CHECKS, { status: 201, body: check(9) });
  await world.adapter().createCheckRun({ ...request, summary: `${"😀".repeat(40_000)}` });
  const { output } = world.server.firstBody() as { output: { summary: string } };
  expect(output.summary).toBe("😀".repeat(16_383));
});

test.each(open)("finds the check run that was made before %j", async (fault) => {
  world.server.on(CHECKS, fault);
  const others = [check(7, { external_id: "plan:1000:5" }), check(8, { conclusion: "failure" }), check(9)];
  world.server.on(LIST, { status: 200, body: { total_count: 3, check_runs: others } });
  expect((await world.adapter(timeoutFor(fault)).createCheckRun(request)).id).toBe(9);
  expect(world.server.count(CHECKS)).toBe(1);
});

test("makes the check run again when it was not made", async () => {
  world.server.on(CHECKS, "reset", { status: 201, body: check(9) });
  world.server.on(LIST, { status: 200, body: { total_count: 1, check_runs: [check(8, { external_id: "x" })] } });
  expect((await world.adapter().createCheckRun(request)).id).toBe(9);
  expect(world.server.count(CHECKS)).toBe(2);
});

test("lists every check run of a name, oldest first, and on demand of one app only", async () => {
  const runs = [check(9), check(7, { app: { slug: "eve" } }), check(8, { name: "other" }), check(6, { app: null })];
  world.server.on(LIST, { status: 200, body: { total_count: 4, check_runs: runs } });
  const all = await world.adapter().fetchCheckRuns(sha("a"), "codex-plan");
  expect(all.map(({ id, appSlug }) => [id, appSlug])).toEqual([
    [6, undefined],
    [7, "eve"],
    [9, "github-actions"],
  ]);
  const ours = await world.adapter({ checkAppSlug: "github-actions" }).fetchCheckRuns(sha("a"), "codex-plan");
  expect(ours.map(({ id }) => id)).toEqual([9]);
  expect(world.server.requests[0]?.query.get("filter")).toBe("all");
});

test("folds a comment as outdated", async () => {
  const answer = { minimizeComment: { minimizedComment: { isMinimized: true } } };
  world.server.on("POST /graphql", { status: 200, body: { data: answer } });
  await world.adapter().minimizeComment("IC_5");
  const { variables } = world.server.firstBody() as { variables: unknown };
  expect(variables).toEqual({ input: { subjectId: "IC_5", classifier: "OUTDATED" } });
});

const history = (edits: unknown) => ({
  status: 200,
  body: { data: { node: { author: { __typename: "Bot", login: "b" }, userContentEdits: edits } } },
});
const endless = { nodes: [], pageInfo: { hasNextPage: true, endCursor: "x" } };

test("takes a history that GitHub leaves out for none", async () => {
  world.server.on("POST /graphql", history(null));
  expect(await world.adapter().fetchForeignEditors("IC_5")).toEqual([]);
});

test.each([
  ["goes on without a cursor", history({ nodes: [], pageInfo: { hasNextPage: true, endCursor: null } })],
  ["never ends", history(endless)],
  ["is another node's", { status: 200, body: { data: { node: {} } } }],
  ["is nobody's", { status: 200, body: { data: { node: null } } }],
])("fails on a history of edits that %s", async (_, reply) => {
  world.server.on("POST /graphql", reply);
  await expect(world.adapter().fetchForeignEditors("IC_5")).rejects.toMatchObject({ code: "github_malformed" });
});

const refusals: readonly [string, Reply, string][] = [
  [
    "NOT_FOUND",
    { status: 200, body: { data: null, errors: [{ type: "NOT_FOUND", message: "x" }] } },
    "github_not_found",
  ],
  ["FORBIDDEN", { status: 200, body: { errors: [{ type: "FORBIDDEN", message: "x" }] } }, "github_forbidden"],
  ["RATE_LIMITED", { status: 200, body: { errors: [{ type: "RATE_LIMITED", message: "x" }] } }, "github_rate_limited"],
  ["a new type", { status: 200, body: { errors: [{ type: "FILE_NOT_FOUND", message: "x" }] } }, "github_malformed"],
  ["no type", { status: 200, body: { errors: [{ message: "Something went wrong" }] } }, "github_unavailable"],
  ["no error", { status: 200, body: { errors: [] } }, "github_malformed"],
  ["no data", { status: 200, body: { data: null } }, "github_malformed"],
];

test.each(refusals)("fails when a mutation is answered 200 with %s", async (_, reply, code) => {
  world.server.on("POST /graphql", reply);
  await expect(world.adapter().minimizeComment("IC_5")).rejects.toMatchObject({ code });
});

test("uses the GraphQL address of a server of one's own", async () => {
  world.server.on("POST /api/graphql", { status: 200, body: { errors: [{ type: "NOT_FOUND", message: "x" }] } });
  const adapter = world.adapter({ apiUrl: `${world.server.url}/api/v3/` });
  await expect(adapter.minimizeComment("IC_5")).rejects.toMatchObject({ code: "github_not_found" });
  expect(world.server.count("POST /api/graphql")).toBe(1);
});

test("reacts, and repeats the reaction after a failure", async () => {
  const route = `POST ${REPOSITORY}/issues/comments/5/reactions`;
  world.server.on(route, "reset", { status: 200, body: { id: 1 } });
  await world.adapter().addReaction(5, "eyes");
  expect(world.server.requests.map(({ body }) => body)).toEqual([{ content: "eyes" }, { content: "eyes" }]);
});
