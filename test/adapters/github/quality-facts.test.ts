import { describe, expect, test } from "vitest";
import { type Client, createClient } from "../../../src/adapters/github/client.ts";
import {
  fetchIssueTimes,
  fetchRatedComments,
  fetchReviewFindings,
} from "../../../src/adapters/github/quality-facts.ts";
import { ACTIONS_BOT } from "../../world/github/double.ts";
import { NARROW_TOKEN, operation, useDouble } from "./double-harness.ts";
import { TOKEN, useHarness } from "./harness.ts";

const COMMENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const REVIEWS = "GET /repos/{owner}/{repo}/pulls/{pull_number}/comments";
const ISSUES = "GET /repos/{owner}/{repo}/issues";

const clientFor = (apiUrl: string, [owner, repo] = ["acme", "shop"], token = TOKEN): Client =>
  createClient({ token, apiUrl, owner, repo, log: () => {}, retryBaseMs: 1 });

describe("against GitHub's double", () => {
  const double = useDouble();
  const client = (token?: string) => clientFor(double.world.url, undefined, token);

  test("gives the comments of all pages with their reactions, and who is a bot", async () => {
    const { people } = double.world;
    for (let index = 0; index < 101; index += 1) people.comment("ada", double.pull, `comment ${index}`);
    const { commentId } = people.comment(ACTIONS_BOT, double.pull, "the plan");
    for (const login of ["ada", "max"]) people.react(login, commentId, "+1");
    people.react("tris", commentId, "-1");
    people.react("tris", commentId, "heart");
    const comments = await fetchRatedComments(client(), double.pull);
    expect(comments).toHaveLength(102);
    expect(comments.at(-1)).toMatchObject({ id: commentId, isByBot: true, body: "the plan", up: 2, down: 1 });
    expect(comments[0]).toMatchObject({ isByBot: false, up: 0, down: 0 });
    expect(double.world.calls(COMMENTS)).toHaveLength(2);
  });

  test("counts the conversations of reviews on all pages, not their answers, and bots apart", async () => {
    const { people } = double.world;
    const first = people.review("max", double.pull, "Why?");
    for (let index = 0; index < 100; index += 1) people.review("ada", double.pull, "Because.", first);
    people.review("tris", double.pull, "And this?");
    people.review(ACTIONS_BOT, double.pull, "Lint.");
    expect(await fetchReviewFindings(client(), double.pull)).toEqual({ people: 2, bots: 1 });
    expect(double.world.calls(REVIEWS)).toHaveLength(2);
  });

  test("gives the times of all issues with a label, open or closed, and no pull request", async () => {
    const { authors, people, state } = double.world;
    for (let index = 0; index < 101; index += 1) {
      const { number } = authors.openIssue("ada", `broken ${index}`);
      people.labelIssue("max", number, index === 7 ? "bug" : "Defect");
    }
    const closed = [...state.issues.values()].find(({ title }) => title === "broken 3");
    if (closed) closed.state = "closed";
    await people.label("max", double.pull, "defect");
    const times = await fetchIssueTimes(client(), "defect", undefined);
    expect(times).toHaveLength(100);
    expect(times).toContain(closed?.createdAt);
    expect(await fetchIssueTimes(client(), "incident", undefined)).toEqual([]);
  });

  test("reads no issue that was not touched since the beginning of the period", async () => {
    const { authors, people, clock } = double.world;
    people.labelIssue("max", authors.openIssue("ada", "old").number, "defect");
    const since = new Date(clock.now().getTime() + 1_000).toISOString();
    expect(await fetchIssueTimes(client(), "defect", since)).toEqual([]);
    expect(double.world.calls(ISSUES).at(-1)?.path).toContain(`since=${encodeURIComponent(since)}`);
  });

  test("fails where the token may not read, and where there is no such pull request or repository", async () => {
    for (const read of [fetchRatedComments, fetchReviewFindings]) {
      await expect(read(client(NARROW_TOKEN), double.pull)).rejects.toMatchObject({ code: "github_forbidden" });
      await expect(read(client(), double.pull + 1)).rejects.toMatchObject({ code: "github_not_found" });
    }
    const elsewhere = clientFor(double.world.url, ["acme", "other"]);
    await expect(fetchIssueTimes(elsewhere, "defect", undefined)).rejects.toMatchObject({ code: "github_not_found" });
  });

  test.each([
    [COMMENTS, (each: Client) => fetchRatedComments(each, double.pull)],
    [REVIEWS, (each: Client) => fetchReviewFindings(each, double.pull)],
    [ISSUES, (each: Client) => fetchIssueTimes(each, "defect", undefined)],
  ])("reads again after a failure, and gives up at a rate limit that is too long: %s", async (name, read) => {
    double.world.fault({ match: operation(name), fault: { kind: "status", status: 502 } });
    await read(client());
    expect(double.world.calls(name).map(({ status }) => status)).toEqual([502, 200]);
    double.world.fault({
      match: operation(name),
      fault: { kind: "too-many-requests", retryAfterSeconds: 3_600 },
    });
    await expect(read(client())).rejects.toMatchObject({ code: "github_rate_limited" });
    expect(double.world.calls(name)).toHaveLength(3);
  });
});

describe("against answers that no double gives", () => {
  const world = useHarness();
  const client = () => clientFor(world.server.url, ["octo", "world"]);
  const user = { id: 7, login: "ada", type: "User" };
  const created_at = "2026-11-20T10:00:00Z";

  test("takes comments without counts for comments that nobody reacted to", async () => {
    world.server.on("GET /repos/octo/world/issues/7/comments", {
      status: 200,
      body: [{ id: 1, user: null, body: "x", created_at }],
    });
    expect(await fetchRatedComments(client(), 7)).toEqual([
      { id: 1, isByBot: false, body: "x", postedAt: created_at, up: 0, down: 0 },
    ]);
  });

  test.each([
    [
      "issues/7/comments",
      [{ id: 1, user, body: "x", created_at, reactions: { "+1": "2", "-1": 0 } }],
      fetchRatedComments,
    ],
    ["pulls/7/comments", [{ id: 1, user, pull_request_url: "https://x.test/pulls/17" }], fetchReviewFindings],
    ["pulls/7/comments", { message: "no list" }, fetchReviewFindings],
  ])("believes no answer about something else or of another shape: %s", async (path, body, read) => {
    world.server.on(`GET /repos/octo/world/${path}`, { status: 200, body });
    await expect<unknown>(read(client(), 7)).rejects.toMatchObject({ code: "github_malformed" });
  });
});
