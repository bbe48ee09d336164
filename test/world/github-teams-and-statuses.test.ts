import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openScene, type Scene } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
let scene: Scene;
let head: string;

beforeEach(async () => {
  scene = await openScene();
  head = (await scene.git.head("feature")) as string;
});
afterEach(async () => {
  const { violations } = scene.github;
  await scene.close();
  expect(violations).toEqual([]);
});

/** Sends with a token of its own that has exactly these permissions. */
async function sendWith(permissions: Record<string, "read" | "write">, path: string) {
  scene.github.administration.addToken("special", { actor: "alice", permissions });
  return scene.send("GET", path, undefined, { authorization: "Bearer special" });
}

describe("teams", () => {
  it("are closed to the token of a job, whether they exist or not", async () => {
    scene.github.administration.addTeamMember("acme/owners", "bob");
    for (const path of ["/orgs/acme/teams/owners", "/orgs/acme/teams/none", "/orgs/acme/teams/owners/memberships/bob"])
      expect((await scene.send("GET", path)).status, path).toBe(403);
  });

  it("are shown, with who is invited and who is a member, to a token that may read members", async () => {
    scene.github.administration.addTeamMember("acme/owners", "bob");
    scene.github.administration.addTeamMember("acme/owners", "tina", "pending");
    const team = await sendWith({ members: "read" }, "/orgs/Acme/teams/owners");
    expect(team.body).toMatchObject({ slug: "owners", members_count: 1, organization: { login: "acme" } });
    expect((await sendWith({ members: "read" }, "/orgs/acme/teams/none")).status).toBe(404);
    const membership = (login: string) =>
      sendWith({ members: "read" }, `/orgs/acme/teams/owners/memberships/${login}`).then(({ body }) => body.state);
    expect([await membership("Bob"), await membership("tina"), await membership("alice")]).toEqual([
      "active",
      "pending",
      undefined,
    ]);
  });

  it("lose a member whose account is deleted", async () => {
    scene.github.administration.addTeamMember("acme/owners", "bob");
    scene.github.administration.deleteUser("bob");
    expect((await sendWith({ members: "read" }, "/orgs/acme/teams/owners/memberships/bob")).status).toBe(404);
  });
});

describe("commit statuses", () => {
  const path = () => `${REPO}/commits/${head}/status`;

  it("need a permission of their own", async () => {
    expect((await scene.send("GET", path())).status).toBe(403);
    expect((await sendWith({ statuses: "read" }, path())).status).toBe(200);
  });

  it("are combined from the latest of each context", async () => {
    const { integrations } = scene.github;
    const combined = async () => (await sendWith({ statuses: "read" }, path())).body;
    expect(await combined()).toMatchObject({ state: "pending", total_count: 0, statuses: [] });
    integrations.reportStatus({ context: "ci/build", headSha: head, state: "error" });
    integrations.reportStatus({ context: "ci/test", headSha: head, state: "pending", targetUrl: "https://ci.test/1" });
    expect((await combined()).state).toBe("failure");
    integrations.reportStatus({ context: "ci/build", headSha: head, state: "success" });
    expect(await combined()).toMatchObject({
      sha: head,
      state: "pending",
      statuses: [
        { context: "ci/build", state: "success", target_url: null },
        { context: "ci/test", state: "pending", target_url: "https://ci.test/1" },
      ],
    });
    integrations.reportStatus({ context: "ci/test", headSha: head, state: "success" });
    expect((await combined()).state).toBe("success");
  });
});

describe("check runs of others", () => {
  it("are the latest of each name and check suite", async () => {
    const { integrations } = scene.github;
    integrations.reportCheck({ name: "test", headSha: head, conclusion: "failure" });
    const rerun = integrations.reportCheck({ name: "test", headSha: head, conclusion: "success" });
    const other = integrations.reportCheck({ name: "test", headSha: head, suite: 77 });
    const foreign = integrations.reportCheck({ name: "test", headSha: head, app: { id: 5, slug: "lint-app" } });
    const { body } = await scene.send("GET", `${REPO}/commits/${head}/check-runs?filter=latest`);
    expect(body.check_runs.map(({ id }: { id: number }) => id)).toEqual([foreign.id, other.id, rerun.id]);
    expect(body.check_runs[1]).toMatchObject({ status: "in_progress", conclusion: null, check_suite: { id: 77 } });
  });
});

describe("the list of pull requests", () => {
  it("is filtered, sorted and paged as asked for", async () => {
    const { authors, people } = scene.github;
    const numbers = async (query: string) =>
      (await scene.send("GET", `${REPO}/pulls?${query}`)).body.map(({ number }: { number: number }) => number);
    await scene.git.setBranch("twin", head);
    const second = (await authors.openPullRequest({ user: "alice", head: "twin" })).number;
    const closed = (await authors.openPullRequest({ user: "alice", head: "twin" })).number;
    await authors.close(closed);
    authors.openIssue("alice", "No pull request");
    people.comment("alice", 1, "hello");
    expect(await numbers("")).toEqual([second, 1]);
    expect(await numbers("sort=updated&direction=desc")).toEqual([1, second]);
    expect(await numbers("sort=updated")).toEqual([second, 1]);
    expect(await numbers("state=all")).toEqual([closed, second, 1]);
    expect(await numbers("state=closed&head=acme:twin")).toEqual([closed]);
    expect(await numbers("base=other")).toEqual([]);
    expect(await numbers("per_page=1&page=2")).toEqual([1]);
  });
});

describe("assignees", () => {
  it("are people with access, and whoever commented there", async () => {
    const assign = async (assignees: readonly string[]) =>
      (await scene.send("POST", `${REPO}/issues/1/assignees`, { assignees })).body.assignees.map(
        ({ login }: { login: string }) => login,
      );
    expect(await assign(["tina", "mallory", "github-actions[bot]"])).toEqual(["tina"]);
    scene.github.people.comment("mallory", 1, "hello");
    expect(await assign(["Mallory"])).toEqual(["tina", "mallory"]);
  });
});
