import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openScene, type Scene } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("checks, runs and pages", () => {
  it("creates a check run on a commit that exists, and lists the latest of a name", async () => {
    const head_sha = await scene.git.head("feature");
    expect((await scene.send("POST", `${REPO}/check-runs`, check({ head_sha: "0".repeat(40) }))).status).toBe(422);
    await scene.send("POST", `${REPO}/check-runs`, check({ head_sha, external_id: "old" }));
    await scene.send("POST", `${REPO}/check-runs`, check({ head_sha, external_id: "new", conclusion: "success" }));
    const list = `${REPO}/commits/${head_sha}/check-runs?check_name=codex-plan`;
    const latest = await scene.send("GET", list);
    expect(latest.body).toMatchObject({
      total_count: 1,
      check_runs: [{ external_id: "new", app: { slug: "github-actions" } }],
    });
    expect((await scene.send("GET", `${list}&filter=all`)).body.total_count).toBe(2);
  });

  it("does not let a token without an app create a check run", async () => {
    scene.github.administration.addToken("personal", { actor: "alice", permissions: { checks: "write" } });
    const head_sha = await scene.git.head("feature");
    const auth = { authorization: "Bearer personal" };
    expect((await scene.send("POST", `${REPO}/check-runs`, check({ head_sha }), auth)).status).toBe(403);
  });

  it("starts a workflow run for a dispatch with the inputs that the workflow declares", async () => {
    const path = `${REPO}/actions/workflows/execute.yml/dispatches`;
    expect((await scene.send("POST", path, { ref: "main", inputs: {} })).status).toBe(422);
    expect((await scene.send("POST", path, { ref: "main", inputs: { "pull-request": "1", x: "" } })).status).toBe(422);
    expect((await scene.send("POST", path, { ref: "main", inputs: { "pull-request": "1" } })).status).toBe(204);
    const [delivery] = scene.github.administration.dispatches();
    expect(delivery).toMatchObject({
      event: "workflow_dispatch",
      payload: { inputs: { "pull-request": "1" }, ref: "refs/heads/main" },
    });
    const run = [...scene.github.state.runs.values()].at(-1);
    expect(run).toMatchObject({ event: "workflow_dispatch", headBranch: "main" });
  });

  it("pages through a list by the Link header", async () => {
    for (let n = 1; n <= 5; n += 1) scene.github.people.comment("alice", 1, `comment ${n}`);
    const bodies: string[] = [];
    let next: string | undefined = `${REPO}/issues/1/comments?per_page=2`;
    let pages = 0;
    while (next !== undefined) {
      const reply = await scene.send("GET", next);
      bodies.push(...reply.body.map((comment: { body: string }) => comment.body));
      next = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1]?.replace(scene.github.url, "");
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(bodies).toEqual([1, 2, 3, 4, 5].map((n) => `comment ${n}`));
  });
});

describe("the other operations in use", () => {
  it("gives artifacts of a run, where to download them, and 410 when they have expired", async () => {
    const { body: run } = await scene.send("GET", `${REPO}/actions/runs/${scene.runId}`);
    expect(run).toMatchObject({
      event: "issue_comment",
      head_branch: "main",
      head_repository: { id: run.repository.id },
    });
    const list = await scene.send("GET", `${REPO}/actions/runs/${scene.runId}/artifacts?name=plan`);
    expect(list.body).toMatchObject({ total_count: 1, artifacts: [{ id: 1, workflow_run: { id: scene.runId } }] });
    expect((await scene.send("GET", `${REPO}/actions/artifacts/1`)).body.digest).toBe(`sha256:${"a".repeat(64)}`);
    const zip = await scene.send("GET", `${REPO}/actions/artifacts/1/zip`);
    expect([zip.status, zip.headers.get("location")]).toEqual([302, "http://127.0.0.1/plan.zip"]);
    expect((await scene.send("GET", `${REPO}/actions/artifacts/2/zip`)).status).toBe(410);
    expect((await scene.send("GET", `${REPO}/actions/artifacts/3`)).status).toBe(404);
    expect(scene.github.violations).toEqual([]);
  });

  it("keeps one reaction of a kind for each user", async () => {
    const { commentId } = scene.github.people.comment("alice", 1, "/codex do it");
    const path = `${REPO}/issues/comments/${commentId}/reactions`;
    expect((await scene.send("POST", path, { content: "eyes" })).status).toBe(201);
    expect((await scene.send("POST", path, { content: "eyes" })).status).toBe(200);
    const comment = await scene.send("GET", `${REPO}/issues/comments/${commentId}`);
    expect(comment.body.reactions).toMatchObject({ eyes: 1, total_count: 1 });
  });

  it("assigns who has access and silently leaves out who has none", async () => {
    const { body } = await scene.send("POST", `${REPO}/issues/1/assignees`, {
      assignees: ["bob", "mallory", "nobody"],
    });
    expect(body.assignees.map((user: { login: string }) => user.login)).toEqual(["bob"]);
    expect((await scene.send("GET", `${REPO}/issues/1`)).body.assignee.login).toBe("bob");
  });

  it("tells the checks that a branch requires", async () => {
    scene.github.administration.requireChecks({
      branch: "main",
      contexts: [{ context: "plan", integrationId: 15_368 }],
    });
    const { body } = await scene.send("GET", `${REPO}/rules/branches/main`);
    const required_status_checks = [{ context: "plan", integration_id: 15_368 }];
    expect(body).toMatchObject([{ type: "required_status_checks", parameters: { required_status_checks } }]);
    expect((await scene.send("GET", `${REPO}/rules/branches/other`)).body).toEqual([]);
  });

  it("tells a team's members to a token that may read them", async () => {
    scene.github.administration.addTeamMember("acme/owners", "bob");
    const path = (login: string): string => `/orgs/acme/teams/owners/memberships/${login}`;
    expect((await scene.send("GET", path("bob"))).status).toBe(403);
    scene.github.administration.addToken("members", { actor: "alice", permissions: { members: "read" } });
    const auth = { authorization: "Bearer members" };
    expect((await scene.send("GET", path("bob"), undefined, auth)).body.state).toBe("active");
    expect((await scene.send("GET", path("alice"), undefined, auth)).status).toBe(404);
  });
});

describe("webhook payloads", () => {
  it("says what happened, as GitHub's webhook description has it", async () => {
    const { people, authors } = scene.github;
    const comment = people.comment("alice", 1, "/codex do it");
    expect(comment).toMatchObject({
      event: "issue_comment",
      payload: { action: "created", sender: { login: "alice" } },
    });
    expect(comment.payload.issue).toMatchObject({
      number: 1,
      pull_request: { url: expect.stringContaining("/pulls/1") },
    });
    expect(people.editComment("alice", comment.commentId, "/codex x").payload.changes).toEqual({
      body: { from: "/codex do it" },
    });
    expect(people.deleteComment("alice", comment.commentId).payload.action).toBe("deleted");
    const labeled = await people.label("bob", 1, "approved-plan");
    expect(labeled.payload).toMatchObject({
      action: "labeled",
      label: { name: "approved-plan" },
      sender: { login: "bob" },
    });
    expect((await people.unlabel("bob", 1, "approved-plan")).payload.action).toBe("unlabeled");
    const { number, payload } = authors.openIssue("mallory", "A question");
    expect(payload.issue).toMatchObject({ number });
    expect(payload.issue).not.toHaveProperty("pull_request");
  });

  it("tells a push, an edit and a reopening of a pull request", async () => {
    const { authors } = scene.github;
    const push = await authors.push("alice", "feature", { "src/b.ts": "1\n" });
    expect(push.deliveries).toMatchObject([
      { payload: { action: "synchronize", before: push.before, after: push.sha } },
    ]);
    await authors.push("bob", "release", { "x.txt": "x" });
    const edited = await authors.edit("alice", 1, { title: "Better", base: "release" });
    expect(edited.payload.changes).toMatchObject({ base: { ref: { from: "main" } } });
    await authors.close(1);
    await authors.push("alice", "feature", { "src/c.ts": "1\n" });
    expect((await scene.send("GET", `${REPO}/pulls/1`)).body).toMatchObject({
      state: "closed",
      head: { sha: push.sha },
    });
    expect((await authors.reopen("alice", 1)).payload.action).toBe("reopened");
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
