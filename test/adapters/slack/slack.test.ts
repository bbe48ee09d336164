import { afterEach, beforeEach, expect, test } from "vitest";
import { createSlack, type SlackOptions } from "../../../src/adapters/slack/slack.ts";
import { startWebhook, type Trouble, type WebhookServer } from "./webhook-server.ts";

let server: WebhookServer;
let log: string[];

beforeEach(async () => {
  server = await startWebhook();
  log = [];
});
afterEach(async () => {
  await server.close();
  expect(server.problems).toEqual([]);
});

const NOTICE = {
  title: "Security gate failed twice",
  text: "See <the gate>.",
  url: "https://github.com/acme/shop/pull/7",
  mentions: ["ada"],
};

const notify = (options: Partial<SlackOptions> = {}) =>
  createSlack({ webhookUrl: server.url, log: (line) => log.push(line), retryMs: 1, ...options }).notify(NOTICE);

/** One line that carries neither the address nor a part of it. */
function expectOneLine(what: string): void {
  expect(log).toEqual([expect.stringContaining(what)]);
  const [line = ""] = log;
  expect(line).not.toMatch(/[\r\n]/);
  for (const part of [new URL(server.url).host, "services", ...server.secret.split("/")])
    expect(line).not.toContain(part);
}

test("posts a notice that Slack takes, and says nothing of it", async () => {
  await notify();
  expect(server.posted.map(({ method, text }) => [method, JSON.parse(text).text])).toEqual([
    ["POST", "Security gate failed twice\nSee &lt;the gate&gt;.\n@ada\n<https://github.com/acme/shop/pull/7>"],
  ]);
  expect(log).toEqual([]);
});

test("asks nobody without an address", async () => {
  await notify({ webhookUrl: undefined });
  expect([server.posted, log]).toEqual([[], []]);
});

const passing: readonly Trouble[] = [
  { status: 429, headers: { "retry-after": "0" } },
  { status: 429, headers: { "retry-after": "Fri, 20 Nov 2020 10:00:00 GMT" } },
  { status: 429, headers: { "retry-after": "soon" } },
  { status: 500 },
  { status: 503, body: "rollup_error" },
];

test.each(passing)("tries once more after %j", async (trouble) => {
  server.trouble(trouble);
  await notify();
  expect(server.posted).toHaveLength(2);
  expect(server.posted[1]?.text).toBe(server.posted[0]?.text);
  expect(log).toEqual([]);
});

test("gives up after the second try", async () => {
  server.trouble({ status: 500 }, { status: 503, body: "rollup_error" }, { status: 500 });
  await notify();
  expect(server.posted).toHaveLength(2);
  expectOneLine("it answered 503 (rollup_error)");
});

test.each([
  { status: 429, headers: { "retry-after": "31" } },
  { status: 503, headers: { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() } },
])("does not wait as long as %j asks for", async (trouble) => {
  server.trouble(trouble);
  await notify();
  expect(server.posted).toHaveLength(1);
  expectOneLine(`it answered ${trouble.status}.`);
});

const final: readonly [Trouble, string][] = [
  [{ status: 400, body: "invalid_payload" }, "it answered 400 (invalid_payload)."],
  [{ status: 403, body: "action_prohibited\n" }, "it answered 403 (action_prohibited)."],
  [{ status: 404, body: "<html>\n::error::x" }, "it answered 404."],
  [{ status: 410, body: "" }, "it answered 410."],
];

test.each(final)("tells the log once, and tries no more, after %j", async (trouble, what) => {
  server.trouble(trouble);
  await notify();
  expect(server.posted).toHaveLength(1);
  expectOneLine(what);
});

test("repeats nothing of an answer that repeats the address", async () => {
  server.trouble({ status: 404, body: `no webhook at ${server.url}` });
  await notify();
  expectOneLine("it answered 404.");
  log = [];
  server.trouble({ status: 404, body: "services" });
  await notify();
  expectOneLine("it answered 404.");
});

test("follows no redirect, which would carry the notice elsewhere", async () => {
  const other = await startWebhook();
  try {
    server.trouble({ status: 307, headers: { location: other.url } });
    await notify();
    expect(other.posted).toEqual([]);
    expectOneLine("it answered 307.");
  } finally {
    await other.close();
  }
});

test("gives up when no answer comes in time", async () => {
  server.trouble("hang");
  await notify({ timeoutMs: 50 });
  expectOneLine("it gave no answer in time");
});

test("tells of a connection that breaks or was never made, and throws nothing", async () => {
  server.trouble("reset");
  await notify();
  expectOneLine("the connection failed");
  log = [];
  await server.close();
  await notify();
  expectOneLine("the connection failed (ECONNREFUSED)");
});
