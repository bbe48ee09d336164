import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AnalyticsOptions, createAnalyticsClient } from "../../../src/adapters/analytics/client.ts";
import { fetchReports, MAX_PAGES, readReport } from "../../../src/adapters/analytics/reports.ts";
import { type AnalyticsServer, type AnalyticsTrouble, startAnalytics } from "../../world/analytics-server.ts";

let server: AnalyticsServer;
let log: string[];

beforeEach(async () => {
  server = await startAnalytics();
  for (const endpoint of ["usage", "code_reviews", "code_review_responses"]) server.publish(endpoint, [[]]);
  log = [];
});
afterEach(() => server.close());

const clientOf = (options: Partial<AnalyticsOptions> = {}) =>
  createAnalyticsClient({
    url: server.url,
    workspace: server.workspace,
    key: server.key,
    startTime: 1_793_577_600,
    endTime: 1_796_169_600,
    log: (line) => log.push(line),
    retryMs: 1,
    ...options,
  });

interface Kept {
  readonly name: string;
  readonly text: string;
}

async function fetchAll(options: Partial<AnalyticsOptions> = {}) {
  const kept: Kept[] = [];
  const reports = await fetchReports(clientOf(options), async (endpoint, number, bytes) => {
    kept.push({ name: `${endpoint} ${number}`, text: Buffer.from(bytes).toString() });
  });
  return { reports, kept };
}

/** What went wrong, with proof that neither it nor the log has the key. */
async function failure(options: Partial<AnalyticsOptions> = {}): Promise<{ code: string; message: string }> {
  const error = await fetchAll(options).then(
    () => undefined,
    (thrown: Error & { code: string }) => thrown,
  );
  if (error === undefined) throw new Error("It was expected to fail.");
  let whole = "";
  for (let each: unknown = error; each instanceof Error; each = each.cause) whole += `${each.message}\n${each.stack}\n`;
  expect(whole + log.join("\n")).not.toContain(options.key ?? server.key);
  return { code: error.code, message: error.message };
}

describe("the client of the Analytics API", () => {
  test("reads all pages of the three reports and gives each page away as it came", async () => {
    server.publish("usage", [[{ threads: 3, turns: 10, credits: 1.5 }], [{ threads: 1 }]]);
    server.publish("code_reviews", [[{ pull_request_url: "https://github.com/acme/shop/pull/7", p0_comments: 2 }]]);
    const { reports, kept } = await fetchAll();
    expect(reports.map(({ endpoint, pages, rows }) => [endpoint, pages, rows.length])).toEqual([
      ["usage", 2, 2],
      ["code_reviews", 1, 1],
      ["code_review_responses", 1, 0],
    ]);
    expect(reports[0]?.rows[0]?.figures).toEqual({ threads: 3, turns: 10, credits: 1.5 });
    expect(reports[1]?.rows[0]).toMatchObject({ repository: "acme/shop", pullRequest: 7, figures: { p0: 2 } });
    expect(kept.map(({ name }) => name)).toEqual(["usage 1", "usage 2", "code_reviews 1", "code_review_responses 1"]);
    expect(kept[1]?.text).toBe('{"object":"page","data":[{"threads":1}],"has_more":false,"next_page":null}');
    const common = "start_time=1793577600&end_time=1796169600&group_by=day";
    expect(server.requests.slice(0, 3)).toEqual([
      `/v1/analytics/codex/workspaces/ws-3f0c/usage?${common}&group=workspace`,
      `/v1/analytics/codex/workspaces/ws-3f0c/usage?${common}&group=workspace&page=cursor%2Fusage%2B1%3D`,
      `/v1/analytics/codex/workspaces/ws-3f0c/code_reviews?${common}`,
    ]);
    expect(log).toEqual([]);
  });

  const passing: readonly AnalyticsTrouble[] = [
    { status: 429, headers: { "retry-after": "0" } },
    { status: 429, headers: { "retry-after": "Fri, 20 Nov 2020 10:00:00 GMT" } },
    { status: 429, headers: { "retry-after": "soon" } },
    { status: 500 },
    { status: 503 },
    "reset",
    "cut",
  ];
  test.each(passing)("tries once more after %j and keeps the page once", async (trouble) => {
    server.trouble(trouble);
    const { kept } = await fetchAll();
    expect(kept).toHaveLength(3);
    expect(server.requests).toHaveLength(4);
    expect(log).toHaveLength(1);
  });

  test("gives up after four tries", async () => {
    server.trouble(...Array.from({ length: 5 }, () => ({ status: 502 })));
    expect(await failure()).toEqual({
      code: "analytics_unavailable",
      message: "The Codex Analytics report usage was not read: it answered 502. Run the command again later.",
    });
    expect(server.requests).toHaveLength(4);
  });

  test("does not wait as long as a server may ask for", async () => {
    server.trouble({ status: 429, headers: { "retry-after": "121" } });
    expect(await failure()).toMatchObject({ code: "analytics_unavailable" });
    expect(server.requests).toHaveLength(1);
  });

  test.each([400, 401, 403, 404])(
    "does not repeat a request that is answered with %d, nor what it says",
    async (status) => {
      server.trouble({ status, body: `you sent Bearer ${server.key}` });
      const { code, message } = await failure();
      expect(code).toBe("analytics_refused");
      expect(message).toContain(`it answered ${status}. Check CODEX_ANALYTICS_API_KEY`);
      expect(server.requests).toHaveLength(1);
    },
  );

  test("is refused with another key, and says nothing of it", async () => {
    expect(await failure({ key: "sk-another-key" })).toMatchObject({ code: "analytics_refused" });
  });

  test("follows no redirect, which would carry the key elsewhere", async () => {
    const other = await startAnalytics();
    try {
      server.trouble({ status: 307, headers: { location: `${other.url}/workspaces/${other.workspace}/usage` } });
      const { code, message } = await failure();
      expect([code, other.requests]).toEqual(["analytics_refused", []]);
      expect(message).toContain("it answered 307, a redirect, which is not followed");
    } finally {
      await other.close();
    }
  });

  test("gives up when no answer comes in time, or nobody listens", async () => {
    server.trouble("hang", "hang", "hang", "hang");
    expect((await failure({ timeoutMs: 40 })).message).toContain("it gave no answer in time");
    await server.close();
    expect((await failure()).message).toContain("the connection failed (ECONNREFUSED)");
  });

  test("reads no page that is larger than the bound, and none that repeats the key", async () => {
    server.publishRaw("usage", JSON.stringify({ data: [{ note: "x".repeat(2_000) }] }));
    expect((await failure({ maxPageBytes: 2_000 })).message).toContain("a page has more than 2000 bytes");
    server.publishRaw("usage", JSON.stringify({ data: [], echo: `Bearer ${server.key}` }));
    expect(await failure()).toMatchObject({ code: "analytics_malformed" });
  });

  test("ends where a cursor comes again", async () => {
    server.publish("usage", [[], []]);
    server.trouble({ status: 200, body: '{"data":[],"has_more":true,"next_page":"cursor/usage+1="}' });
    server.trouble({ status: 200, body: '{"data":[],"has_more":true,"next_page":"cursor/usage+1="}' });
    expect((await failure()).message).toContain(
      "Page 2 of the Codex Analytics report usage was not understood at next_page: expected a cursor that was not there before, got the same once more.",
    );
    expect(server.requests).toHaveLength(2);
  });

  test("ends where pages do not end, by their number and by their size", async () => {
    let asked = 0;
    const endless = (padding: string) => async (_: unknown, number: number) => {
      asked = number;
      return Buffer.from(JSON.stringify({ padding, has_more: true, next_page: `p${number}` }));
    };
    await expect(readReport("usage", endless(""))).rejects.toThrow("at most 200 pages");
    expect(asked).toBe(MAX_PAGES);
    await expect(readReport("usage", endless("x".repeat(10_000_000)))).rejects.toThrow("67108864 bytes");
    expect(asked).toBe(7);
  });

  test.each([
    ["an address without encryption", { url: "http://api.example.com/v1" }],
    ["an address that only begins like loopback", { url: "http://127.0.0.1.example.com/v1" }],
    ["an address with a password", { url: "https://user:secret@api.example.com/v1" }],
    ["an address with a user alone", { url: "https://user@api.example.com/v1" }],
    ["an address with a password alone", { url: "https://:secret@api.example.com/v1" }],
    ["an address with a fragment", { url: "https://api.example.com/v1#a" }],
    ["an address with a query", { url: "https://api.example.com/v1?a=b" }],
    ["no address", { url: "api" }],
    ["a workspace that leads elsewhere", { workspace: "../../other" }],
    ["no workspace", { workspace: "" }],
    ["a key with a line end", { key: "sk-one\nsk-two" }],
    ["a key with a blank", { key: "sk one" }],
  ])("asks nobody with %s", async (_, options) => {
    expect(await failure(options)).toMatchObject({ code: "configuration_invalid" });
    expect(server.requests).toEqual([]);
  });

  test.each(["https://api.example.com/v1", "http://localhost:1/v1", "http://[::1]:1/v1"])("would ask %s", (url) => {
    expect(() => clientOf({ url })).not.toThrow();
  });
});
