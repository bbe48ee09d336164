import { getOctokit } from "@actions/github";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { githubDescription } from "./github/description.ts";
import { openScene, READER, type Scene, TOKEN } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("the double's strictness", () => {
  it.each([
    ["an unknown field of a body", "POST", "/issues/1/comments", { body: "hi", bodi: "typo" }],
    [
      "an unknown field deep in a body",
      "POST",
      "/check-runs",
      check({ output: { title: "t", summary: "s", sumary: "" } }),
    ],
    ["a wrong type in a body", "POST", "/issues/1/comments", { body: 5 }],
    ["a missing field of a body", "POST", "/issues/1/comments", {}],
    ["a value that is not of the enumeration", "POST", "/check-runs", check({ conclusion: "great" })],
    ["an unknown query parameter", "GET", "/issues/1/comments?perpage=3", undefined],
    ["a query parameter of a wrong type", "GET", "/issues/1/comments?per_page=all", undefined],
    ["a query parameter given twice", "GET", "/issues/1/comments?page=1&page=2", undefined],
    ["a path parameter of a wrong type", "GET", "/pulls/one", undefined],
    ["a body where none is documented", "DELETE", "/issues/1/labels/x", { why: "?" }],
    ["a body that is not JSON", "POST", "/issues/1/comments", "{"],
  ])("records a violation for %s", async (_what, method, path, body) => {
    const reply = await scene.send(method, REPO + path, body);
    expect(reply.status).toBe(500);
    expect(reply.body.message).toContain("Violation of GitHub's description");
    expect(scene.github.violations).not.toEqual([]);
  });

  it("records a violation for a body that is not declared as JSON", async () => {
    const reply = await scene.send(
      "POST",
      `${REPO}/issues/1/comments`,
      { body: "hi" },
      { "content-type": "text/plain" },
    );
    expect(reply.status).toBe(500);
    expect(scene.github.violations).toEqual(["POST /repos/acme/shop/issues/1/comments: content-type is text/plain"]);
  });

  it("answers 501 and records a violation for an operation that is not in use", async () => {
    expect((await scene.send("GET", `${REPO}/stargazers`)).status).toBe(501);
    expect(scene.github.violations).toHaveLength(1);
  });

  it("finds a missing, a wrong and an invented field in an answer", async () => {
    const description = githubDescription();
    const { body } = await scene.send("GET", `${REPO}/pulls/1`);
    const operation = description.find("GET", `${REPO}/pulls/1`)?.operation;
    if (operation === undefined) throw new Error("The operation is described.");
    const problems = (answer: unknown) => description.checkAnswer(operation, 200, "application/json", answer);
    const { number, ...withoutNumber } = body;
    expect(problems(body)).toEqual([]);
    expect(problems(withoutNumber).join()).toContain("must have required property 'number'");
    expect(problems({ ...body, number: String(number) }).join()).toContain("answer/number must be integer");
    expect(problems({ ...body, invented: 1 }).join()).toContain("invented");
    expect(description.checkAnswer(operation, 202, "application/json", body)).toEqual(["status 202 is not documented"]);
  });

  it("records a violation when its own state makes an answer that GitHub would not give", async () => {
    scene.github.state.issue(1).title = 5 as unknown as string;
    expect((await scene.send("GET", `${REPO}/pulls/1`)).status).toBe(500);
    expect(scene.github.violations.join()).toContain("answer/title must be string");
  });

  it("refuses to make a payload that GitHub would not send", () => {
    scene.github.state.issue(1).title = 5 as unknown as string;
    expect(() => scene.github.people.comment("alice", 1, "hi")).toThrow(/issue-comment-created is not GitHub's/);
  });
});

describe("GraphQL", () => {
  it.each([
    ["a field that does not exist", "{ viewer { logon } }", {}],
    ["a syntax error", "{ viewer { login }", {}],
    ["a variable of a wrong type", minimize(), { input: { subjectId: "x", classifier: "OLD" } }],
    ["a missing input field", minimize(), { input: { subjectId: "x" } }],
    ["an undeclared variable", "{ viewer { login } }", { x: 1 }],
    ["a field that the double does not model", "{ viewer { company } }", {}],
  ])("records a violation for %s", async (_what, query, variables) => {
    expect((await scene.query(query, variables)).status).toBe(500);
    expect(scene.github.violations).not.toEqual([]);
  });

  it("says who the token is", async () => {
    expect((await scene.query("{ viewer { login } }")).body).toEqual({
      data: { viewer: { login: "github-actions[bot]" } },
    });
  });

  it("folds a comment as outdated", async () => {
    const { body } = await scene.send("POST", `${REPO}/issues/1/comments`, { body: "hi" });
    await scene.query(minimize(), { input: { subjectId: body.node_id, classifier: "OUTDATED" } });
    const again = await scene.send("GET", `${REPO}/issues/comments/${body.id}`);
    expect(again.body.minimized).toEqual({ reason: "outdated" });
    expect(scene.github.violations).toEqual([]);
  });

  it("gives a typed error for an unknown comment and for a token that may not write", async () => {
    const input = { subjectId: "IC_none", classifier: "OUTDATED" };
    expect((await scene.query(minimize(), { input })).body.errors[0].type).toBe("NOT_FOUND");
    expect((await scene.query(minimize(), { input }, READER)).body.errors[0].type).toBe("FORBIDDEN");
  });
});

describe("tokens and people", () => {
  it("answers 401 without a token and with an unknown one", async () => {
    expect((await scene.send("GET", REPO, undefined, { authorization: "" })).status).toBe(401);
    expect((await scene.send("GET", REPO, undefined, { authorization: "Bearer unknown" })).status).toBe(401);
  });

  it("answers 403 to a write with a token that only reads, and nothing happens", async () => {
    const auth = { authorization: `Bearer ${READER}` };
    const reply = await scene.send("POST", `${REPO}/issues/1/comments`, { body: "hi" }, auth);
    expect([reply.status, reply.body.message]).toEqual([403, "Resource not accessible by integration"]);
    expect(scene.github.state.comments.size).toBe(0);
    expect((await scene.send("GET", `${REPO}/issues/1/comments`, undefined, auth)).status).toBe(200);
  });

  it("answers 404 for another repository", async () => {
    expect((await scene.send("GET", "/repos/acme/other")).status).toBe(404);
  });

  it.each([
    ["alice", "write", "write"],
    ["bob", "write", "maintain"],
    ["tina", "read", "triage"],
    ["mallory", "read", "read"],
  ])("gives %s the permission %s for the role %s", async (login, permission, role_name) => {
    const reply = await scene.send("GET", `${REPO}/collaborators/${login}/permission`);
    expect(reply.body).toMatchObject({ permission, role_name });
  });

  it("answers 404 for the permission of nobody, of a bot and of a deleted account", async () => {
    scene.github.administration.deleteUser("bob");
    for (const login of ["nobody", "github-actions%5Bbot%5D", "bob"]) {
      expect((await scene.send("GET", `${REPO}/collaborators/${login}/permission`)).status).toBe(404);
    }
  });

  it("makes the bot the author of what the token does, through its app", async () => {
    const comment = await scene.send("POST", `${REPO}/issues/1/comments`, { body: "hi" });
    await scene.send("POST", `${REPO}/issues/1/labels`, { labels: ["approved-plan"] });
    const { body: events } = await scene.send("GET", `${REPO}/issues/1/events`);
    for (const by of [comment.body.user, events[0].actor])
      expect(by).toMatchObject({ login: "github-actions[bot]", type: "Bot" });
    for (const made of [comment.body, events[0]])
      expect(made.performed_via_github_app).toMatchObject({ id: 15_368, slug: "github-actions" });
  });
});

describe("a real client", () => {
  it("is served as by GitHub", async () => {
    const octokit = getOctokit(TOKEN, { baseUrl: scene.github.url });
    const repo = { owner: "acme", repo: "shop" };
    await scene.github.people.label("bob", 1, "needs: care");
    await octokit.rest.issues.removeLabel({ ...repo, issue_number: 1, name: "needs: care" });
    for (let n = 1; n <= 3; n += 1) await octokit.rest.issues.createComment({ ...repo, issue_number: 1, body: `${n}` });
    const comments = await octokit.paginate(octokit.rest.issues.listComments, {
      ...repo,
      issue_number: 1,
      per_page: 2,
    });
    const file = await octokit.rest.repos.getContent({ ...repo, path: "src/a.ts", mediaType: { format: "raw" } });
    const head = await octokit.rest.git.getRef({ ...repo, ref: "heads/feature" });
    expect(comments.map(({ body }) => body)).toEqual(["1", "2", "3"]);
    expect(String(file.data)).toBe("export const a = 1;\n");
    expect(head.data.object.sha).toBe(await scene.git.head("feature"));
    expect(await octokit.graphql("{ viewer { login } }")).toEqual({ viewer: { login: "github-actions[bot]" } });
    expect(scene.github.violations).toEqual([]);
  });
});

function check(fields: Record<string, unknown>): Record<string, unknown> {
  const output = { title: "Plan", summary: "A plan" };
  return {
    name: "codex-plan",
    head_sha: "0".repeat(40),
    status: "completed",
    conclusion: "failure",
    output,
    ...fields,
  };
}

function minimize(): string {
  return "mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) { minimizedComment { isMinimized } } }";
}
