import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RequestFacts } from "./github/faults.ts";
import { openScene, type Scene } from "./github-scene.ts";

const COMMENTS = "/repos/acme/shop/issues/1/comments";
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

const isPost = ({ method }: RequestFacts): boolean => method === "POST";
const post = () => scene.send("POST", COMMENTS, { body: "hi" });

describe("faults", () => {
  it("has no effect before, and loses only the answer after", async () => {
    scene.github.fault({ match: isPost, fault: { kind: "status", status: 502 } });
    scene.github.fault({ match: isPost, fault: { kind: "status", status: 502 }, when: "after" });
    expect((await post()).status).toBe(502);
    expect(scene.github.state.comments.size).toBe(0);
    expect((await post()).status).toBe(502);
    expect(scene.github.state.comments.size).toBe(1);
    expect((await post()).status).toBe(201);
  });

  it("happens as often as it says, after as many requests as it says", async () => {
    scene.github.fault({ match: isPost, fault: { kind: "status", status: 500 }, skip: 1, times: 2 });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await post()).status);
    expect(statuses).toEqual([201, 500, 500, 201]);
    expect(scene.github.pendingFaults).toBe(0);
    expect(scene.github.violations).toEqual([]);
  });

  it("limits rates with the headers that GitHub sends", async () => {
    scene.github.fault({ match: isPost, fault: { kind: "secondary-rate-limit", retryAfterSeconds: 7 } });
    scene.github.fault({ match: isPost, fault: { kind: "too-many-requests", retryAfterSeconds: 8 } });
    scene.github.fault({ match: isPost, fault: { kind: "primary-rate-limit", resetInSeconds: 60 } });
    const [secondary, tooMany, primary] = [await post(), await post(), await post()];
    expect([secondary.status, secondary.headers.get("retry-after")]).toEqual([403, "7"]);
    expect([tooMany.status, tooMany.headers.get("retry-after")]).toEqual([429, "8"]);
    expect([primary.status, primary.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
  });

  it("cuts the connection, with the effect done or not", async () => {
    scene.github.fault({ match: isPost, fault: { kind: "reset" }, when: "after" });
    await expect(post()).rejects.toThrow("fetch failed");
    expect(scene.github.state.comments.size).toBe(1);
    expect(scene.github.requests.at(-1)).toMatchObject({ method: "POST", status: 0 });
  });

  it("sends JSON that does not parse, and answers that lack a field", async () => {
    scene.github.fault({ match: () => true, fault: { kind: "malformed" } });
    await expect(scene.send("GET", COMMENTS)).rejects.toThrow(SyntaxError);
    const change = ({ headers }: { headers: Record<string, string> }) => ({ body: [{ id: 1 }], headers });
    scene.github.fault({ match: () => true, fault: { kind: "change", change } });
    expect((await scene.send("GET", COMMENTS)).body).toEqual([{ id: 1 }]);
  });

  it("does nothing for a client that went away while it was kept waiting", async () => {
    scene.github.fault({ match: isPost, fault: { kind: "stall", milliseconds: 200 } });
    const signal = AbortSignal.timeout(50);
    const body = JSON.stringify({ body: "hi" });
    const headers = { authorization: "Bearer token-of-the-job", "content-type": "application/json" };
    await expect(fetch(scene.github.url + COMMENTS, { method: "POST", body, headers, signal })).rejects.toThrow();
    await expect.poll(() => scene.github.requests.length).toBe(1);
    expect(scene.github.state.comments.size).toBe(0);
  });
});

describe("hooks and the log", () => {
  it("changes the world between two requests", async () => {
    const head = await scene.git.head("feature");
    const isRead = ({ operation }: RequestFacts): boolean =>
      operation === "GET /repos/{owner}/{repo}/pulls/{pull_number}";
    scene.github.onRequest({
      match: isRead,
      skip: 1,
      run: async () => {
        await scene.github.authors.push("alice", "feature", { "late.txt": "late" });
      },
    });
    const read = async () => (await scene.send("GET", "/repos/acme/shop/pulls/1")).body.head.sha;
    expect([await read(), await read()]).toEqual([head, await scene.git.head("feature")]);
    expect(head).not.toBe(await scene.git.head("feature"));
  });

  it("counts calls by operation, with actor, body and status", async () => {
    await post();
    await scene.query("{ viewer { login } }");
    expect(scene.github.calls("POST /repos/{owner}/{repo}/issues/{issue_number}/comments")).toMatchObject([
      { status: 201, actor: "github-actions[bot]", body: { body: "hi" }, path: COMMENTS },
    ]);
    expect(scene.github.calls("GRAPHQL viewer")).toHaveLength(1);
  });

  it("gives every change its own second, and time passes on demand", () => {
    const { clock } = scene.github;
    const first = Date.parse(clock.tick());
    expect(Date.parse(clock.tick())).toBeGreaterThan(first);
    clock.advance(3600);
    expect(Date.parse(clock.tick())).toBeGreaterThanOrEqual(first + 3_600_000);
  });
});
