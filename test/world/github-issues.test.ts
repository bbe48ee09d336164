import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openScene, type Scene } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("pull requests, comments and labels", () => {
  it("reads the head from git at every request", async () => {
    const before = await scene.send("GET", `${REPO}/pulls/1`);
    const { sha } = await scene.github.authors.push("alice", "feature", { "src/b.ts": "1\n" });
    const after = await scene.send("GET", `${REPO}/pulls/1`);
    expect(after.body.head.sha).toBe(sha);
    expect(after.body).toMatchObject({ commits: 2, changed_files: 2, additions: 2, deletions: 1 });
    expect(before.body.head.sha).not.toBe(sha);
    expect(
      (await scene.send("GET", `${REPO}/commits/${sha}/pulls`)).body.map((p: { number: number }) => p.number),
    ).toEqual([1]);
  });

  it("gives a fork's head repository its own id, and null once the fork is gone", async () => {
    await scene.github.authors.push(
      "mallory",
      "mallory/patch",
      { "x.txt": "x" },
      { parent: (await scene.git.head("main")) as string },
    );
    const { number } = await scene.github.authors.openPullRequest({ user: "mallory", head: "patch", fork: "mallory" });
    const open = await scene.send("GET", `${REPO}/pulls/${number}`);
    expect(open.body.head.repo).toMatchObject({ fork: true, full_name: "mallory/shop" });
    expect(open.body.head.repo.id).not.toBe(open.body.base.repo.id);
    scene.github.authors.deleteFork(number);
    expect((await scene.send("GET", `${REPO}/pulls/${number}`)).body.head.repo).toBeNull();
    expect(scene.github.violations).toEqual([]);
  });

  it("moves updated_at of an edited comment and answers 404 for a deleted one", async () => {
    const { commentId } = scene.github.people.comment("alice", 1, "/codex do it");
    scene.github.people.editComment("bob", commentId, "/codex do more");
    const edited = await scene.send("GET", `${REPO}/issues/comments/${commentId}`);
    expect(Date.parse(edited.body.updated_at)).toBeGreaterThan(Date.parse(edited.body.created_at));
    scene.github.people.deleteComment("alice", commentId);
    expect((await scene.send("GET", `${REPO}/issues/comments/${commentId}`)).status).toBe(404);
  });

  it("answers 422 to a comment over 65,536 characters and to a summary over 65,535", async () => {
    expect((await scene.send("POST", `${REPO}/issues/1/comments`, { body: "x".repeat(65_536) })).status).toBe(201);
    expect((await scene.send("POST", `${REPO}/issues/1/comments`, { body: "x".repeat(65_537) })).status).toBe(422);
    const head_sha = await scene.git.head("feature");
    const summary = "x".repeat(65_536);
    expect(
      (await scene.send("POST", `${REPO}/check-runs`, check({ head_sha, output: { title: "t", summary } }))).status,
    ).toBe(422);
  });

  it("records labels with actor, time and intent, oldest first", async () => {
    await scene.github.people.label("tina", 1, "approved-plan", {
      intent: { rationale: "looks good", confidence: "HIGH" },
    });
    await scene.github.people.unlabel("bob", 1, "approved-plan");
    const { body } = await scene.send("GET", `${REPO}/issues/1/events`);
    expect(body).toMatchObject([
      { event: "labeled", actor: { login: "tina" }, intent: { confidence: "HIGH" }, performed_via_github_app: null },
      { event: "unlabeled", actor: { login: "bob" }, intent: null, label: { name: "approved-plan" } },
    ]);
    expect(Date.parse(body[1].created_at)).toBeGreaterThan(Date.parse(body[0].created_at));
  });

  it("changes a pull request's labels by rename and deletion without any event", async () => {
    await scene.github.people.label("bob", 1, "bug");
    scene.github.administration.renameLabel("bug", "approved-plan");
    const renamed = await scene.send("GET", `${REPO}/pulls/1`);
    expect(renamed.body.labels.map((label: { name: string }) => label.name)).toEqual(["approved-plan"]);
    expect((await scene.send("GET", `${REPO}/issues/1/events`)).body).toMatchObject([{ label: { name: "bug" } }]);
    scene.github.administration.deleteLabel("approved-plan");
    expect((await scene.send("GET", `${REPO}/issues/1/labels`)).body).toEqual([]);
  });

  it("answers 404 when a label to be removed is not there", async () => {
    expect((await scene.send("DELETE", `${REPO}/issues/1/labels/none`)).status).toBe(404);
  });

  it("does not let people do what their role does not allow", async () => {
    await expect(scene.github.people.label("mallory", 1, "approved-plan")).rejects.toThrow(/cannot label/);
    await expect(scene.github.authors.push("tina", "feature", { x: "x" })).rejects.toThrow(/cannot push/);
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
