import { inspect } from "node:util";
import { expect, test } from "vitest";
import { person, REPOSITORY, TOKEN, useHarness } from "./harness.ts";
import type { Fault, Reply } from "./scripted-server.ts";

const world = useHarness();
const ROUTE = `GET ${REPOSITORY}/collaborators/ada/permission`;
const ok: Reply = { status: 200, body: { permission: "write", role_name: "maintain", user: person("Ada") } };

test("answers the permission that GitHub names", async () => {
  world.server.on(ROUTE, ok);
  const answer = await world.adapter().fetchPermission("ada");
  expect(answer).toEqual({ user: person("Ada"), permission: "write" });
  expect(world.server.requests[0]?.headers.authorization).toBe(`token ${TOKEN}`);
});

const final: readonly [string, Reply, string][] = [
  ["an unknown user", { status: 404, body: { message: "ada is not a user" } }, "github_not_found"],
  ["a bad token", { status: 401, body: { message: "Bad credentials" } }, "github_forbidden"],
  ["a missing permission", { status: 403, body: { message: "Resource not accessible" } }, "github_forbidden"],
  ["an unexpected status", { status: 418, body: { message: "teapot" } }, "github_malformed"],
  ["an answer without a permission", { status: 200, body: { user: person("ada") } }, "github_malformed"],
  ["an empty permission", { status: 200, body: { permission: "", user: person("ada") } }, "github_malformed"],
  ["a null permission", { status: 200, body: { permission: null, user: person("ada") } }, "github_malformed"],
  ["an answer without a user", { status: 200, body: { permission: "admin", user: null } }, "github_malformed"],
  ["an answer about another", { status: 200, body: { permission: "admin", user: person("eve") } }, "github_malformed"],
  ["an array", { status: 200, body: [] }, "github_malformed"],
  ["a page instead of JSON", { status: 200, body: "<html>admin</html>" }, "github_malformed"],
  ["no content", { status: 204 }, "github_malformed"],
];

test.each(final)("fails at once on %s", async (_, reply, code) => {
  world.server.on(ROUTE, reply);
  await expect(world.adapter().fetchPermission("ada")).rejects.toMatchObject({ code });
  expect(world.server.count(ROUTE)).toBe(1);
});

test.each([
  [401, "Check that the token is whole"],
  [403, "Give the token the permissions"],
])("says what to do about %d", async (status, remedy) => {
  world.server.on(ROUTE, { status, body: { message: "No" } });
  await expect(world.adapter().fetchPermission("ada")).rejects.toThrow(remedy);
});

const passing: readonly (Reply | Fault)[] = [
  { status: 500, body: { message: "oops" } },
  { status: 502, body: "<html>bad gateway</html>", headers: { "content-type": "text/html" } },
  { status: 503, body: "" },
  "reset",
  "cut",
  "hang",
];

test.each(passing)("reads again after %j, three times at most", async (fault) => {
  const adapter = world.adapter({ requestTimeoutMs: fault === "hang" ? 50 : 20_000 });
  world.server.on(ROUTE, fault, fault, ok);
  expect((await adapter.fetchPermission("ada")).permission).toBe("write");
  expect(world.server.count(ROUTE)).toBe(3);

  world.server.on(ROUTE, fault);
  await expect(adapter.fetchPermission("ada")).rejects.toMatchObject({ code: "github_unavailable" });
  expect(world.server.count(ROUTE)).toBe(6);
});

test("fails when nobody listens", async () => {
  await world.server.close();
  await expect(world.adapter().fetchPermission("ada")).rejects.toMatchObject({ code: "github_unavailable" });
});

const limits: readonly [string, Reply][] = [
  ["429", { status: 429, body: { message: "slow down" }, headers: { "retry-after": "0" } }],
  [
    "403 of the secondary limit",
    { status: 403, body: { message: "You have exceeded a secondary rate limit" }, headers: { "retry-after": "0" } },
  ],
  [
    "403 of the primary limit",
    {
      status: 403,
      body: { message: "API rate limit exceeded" },
      headers: {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Date.parse("2026-11-20T10:00:00Z") / 1000),
        date: "Fri, 20 Nov 2026 10:00:00 GMT",
      },
    },
  ],
];

test.each(limits)("waits for the limit and reads again after %s", async (_, reply) => {
  world.server.on(ROUTE, reply, ok);
  expect((await world.adapter().fetchPermission("ada")).permission).toBe("write");
  expect(world.server.count(ROUTE)).toBe(2);

  world.server.on(ROUTE, reply);
  await expect(world.adapter().fetchPermission("ada")).rejects.toMatchObject({ code: "github_rate_limited" });
  expect(world.server.count(ROUTE)).toBe(5);
});

const tooLong: readonly [string, Reply["headers"]][] = [
  ["retry-after is an hour", { "retry-after": "3600" }],
  [
    "the reset is an hour away",
    {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.parse("2026-11-20T11:00:00Z") / 1000),
      date: "Fri, 20 Nov 2026 10:00:00 GMT",
    },
  ],
];

test.each(tooLong)("does not wait when %s", async (_, headers) => {
  world.server.on(ROUTE, { status: 403, body: { message: "API rate limit exceeded" }, ...(headers && { headers }) });
  await expect(world.adapter().fetchPermission("ada")).rejects.toMatchObject({ code: "github_rate_limited" });
  expect(world.server.count(ROUTE)).toBe(1);
});

test("waits for a limit without a time no longer than its bound", async () => {
  world.server.on(ROUTE, { status: 429, body: { message: "slow down" } });
  const adapter = world.adapter({ rateLimitBoundMs: 59_999 });
  await expect(adapter.fetchPermission("ada")).rejects.toMatchObject({ code: "github_rate_limited" });
  expect(world.server.count(ROUTE)).toBe(1);
});

const leaks: readonly (Reply | Fault)[] = [
  { status: 401, body: { message: "Bad credentials" } },
  { status: 500, body: { message: "oops" } },
  { status: 200, body: {} },
  "reset",
];

test.each(leaks)("never tells the token after %j", async (reply) => {
  world.server.on(ROUTE, reply);
  const failure = await world
    .adapter()
    .fetchPermission("ada")
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "ExternalError" });
  expect(inspect(failure, { depth: 20, showHidden: true }) + world.log.join("\n")).not.toContain(TOKEN);
});

test("puts what GitHub says on one line, so that it cannot become a command of the runner", async () => {
  world.server.on(ROUTE, { status: 500, body: { message: "oops\r\n::set-output name=x::y\u2028::z" } });
  await expect(world.adapter().fetchPermission("ada")).rejects.toMatchObject({
    message: expect.stringContaining("oops ::set-output name=x::y ::z"),
  });
  expect(world.log).toHaveLength(2);
  expect(world.log.filter((line) => /[\r\n\u2028]/.test(line))).toEqual([]);
});
