import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openScene, type Scene, TOKEN } from "./github-scene.ts";

const REPO = "/repos/acme/shop";
let scene: Scene;
let number: number;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => {
  await scene.close();
});

const QUERY = `query Timeline($number: Int!, $last: Int!, $before: String) {
  repository(owner: "acme", name: "shop") {
    pullRequest(number: $number) {
      labels(first: 100) { nodes { id name } }
      timelineItems(last: $last, before: $before, itemTypes: [LABELED_EVENT, UNLABELED_EVENT, CLOSED_EVENT]) {
        nodes {
          __typename
          ... on LabeledEvent { id label { id name } }
          ... on UnlabeledEvent { id label { id name } actor { __typename login } }
          ... on ClosedEvent { createdAt }
        }
        pageInfo { hasPreviousPage startCursor }
      }
    }
  }
}`;

async function timeline(last = 100, before: string | null = null) {
  const { body } = await scene.query(QUERY, { number, last, before }, TOKEN);
  return { ...body.data?.repository.pullRequest, errors: body.errors };
}

describe("a pull request's timeline", () => {
  test("shows a label with its id and its name of today, and REST the name of that time; both the event's node id", async () => {
    number = 1;
    const { people, administration } = scene.github;
    await people.label("tina", number, "parked");
    await people.unlabel("tina", number, "parked");
    await people.label("tina", number, "parked");
    administration.renameLabel("parked", "ready");
    const { labels, timelineItems } = await timeline();
    const { body: events } = await scene.send("GET", `${REPO}/issues/1/events`);
    const kinds = ["LabeledEvent", "UnlabeledEvent", "LabeledEvent"];
    expect(timelineItems.nodes).toMatchObject(
      kinds.map((__typename, index) => ({ __typename, id: events[index].node_id, label: { name: "ready" } })),
    );
    expect(timelineItems.nodes[1].actor).toEqual({ __typename: "User", login: "tina" });
    expect(timelineItems.nodes[2].label).toEqual(labels.nodes[0]);
    expect(events.map(({ label }: { label: { name: string } }) => label.name)).toEqual(["parked", "parked", "parked"]);
    const { body: one } = await scene.send("GET", `${REPO}/issues/events/${events[1].id}`);
    expect(one).toEqual(events[1]);
    expect((await scene.send("GET", `${REPO}/issues/events/1`)).status).toBe(404);
  });

  test("has no mentions, and is read backwards", async () => {
    const { people } = scene.github;
    people.mention("mallory", number, 300);
    for (const name of ["a", "b", "c"]) await people.label("tina", number, name);
    people.mention("mallory", number, 300);
    const newest = await timeline(2);
    const names = (page: Awaited<ReturnType<typeof timeline>>) =>
      page.timelineItems.nodes.map((node: { label: { name: string } }) => node.label.name);
    expect(names(newest)).toEqual(["b", "c"]);
    const before = await timeline(2, newest.timelineItems.pageInfo.startCursor);
    expect(names(before)).toEqual(["ready", "a"]);
    expect(before.timelineItems.pageInfo.hasPreviousPage).toBe(true);
    const first = await timeline(2, before.timelineItems.pageInfo.startCursor);
    expect(names(first)).toEqual(["ready", "ready"]);
    expect(first.timelineItems.pageInfo.hasPreviousPage).toBe(false);
    const { headers } = await scene.send("GET", `${REPO}/issues/1/events?per_page=100`);
    expect(headers.get("link")).toContain('page=13>; rel="last"');
  });

  test("lacks an event whose label was deleted, with an error that says where", async () => {
    scene.github.administration.deleteLabel("c");
    const { timelineItems, errors } = await timeline(2);
    expect(timelineItems.nodes).toMatchObject([{ label: { name: "b" } }, null]);
    const path = ["repository", "pullRequest", "timelineItems", "nodes", 1, "label"];
    expect(errors).toMatchObject([{ type: "NOT_FOUND", path }]);
  });

  test("gives no page of more than 100, and no pull request of another number", async () => {
    expect((await timeline(101)).errors).toMatchObject([{ type: "EXCESSIVE_PAGINATION" }]);
    number = 99;
    expect((await timeline()).errors).toMatchObject([{ type: "NOT_FOUND" }]);
    expect(scene.github.violations).toEqual([]);
  });
});
