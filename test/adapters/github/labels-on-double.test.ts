import { expect, test } from "vitest";
import { useDouble } from "./double-harness.ts";

const double = useDouble();
const github = () => double.adapter();
const history = () => github().fetchLabelHistory(double.pull, "approved-plan");

test("reads who set a label, and through what", async () => {
  expect(await history()).toEqual({ isSet: false, latest: undefined, unproven: undefined, stateChangedAt: undefined });
  await double.world.people.label("tris", double.pull, "approved-plan");
  expect(await history()).toMatchObject({
    isSet: true,
    latest: { kind: "labeled", label: "approved-plan", viaApp: undefined, hasAgentIntent: false },
  });
  expect((await history()).latest).toMatchObject({ actor: { login: "tris", type: "User" } });
  await double.world.people.unlabel("ada", double.pull, "approved-plan");
  expect(await history()).toMatchObject({ isSet: false, latest: { kind: "unlabeled", isByBot: false } });
  await double.world.people.label("max", double.pull, "approved-plan", { viaApp: { id: 99, slug: "label-app" } });
  await double.world.authors.edit("ada", double.pull, { title: "Another title" });
  expect(await history()).toMatchObject({ latest: { actor: { login: "max" }, viaApp: "label-app" } });
  await double.world.people.label("ada", double.pull, "other", { intent: { rationale: "fits", confidence: "HIGH" } });
  expect(await github().fetchLabelHistory(double.pull, "OTHER")).toMatchObject({
    isSet: true,
    latest: { hasAgentIntent: true },
  });
  await github().removeLabel(double.pull, "other");
  expect(await github().fetchLabelHistory(double.pull, "other")).toMatchObject({ latest: { isByBot: true } });
});

test("knows a label by its id, whatever it was called", async () => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  double.world.administration.renameLabel("approved-plan", "parked");
  expect(await history()).toMatchObject({ isSet: false, latest: undefined });
  await double.world.people.label("ada", double.pull, "wip");
  double.world.administration.renameLabel("wip", "Approved-Plan");
  expect(await history()).toMatchObject({ isSet: true, latest: { label: "wip", actor: { login: "ada" } } });
  double.world.administration.renameLabel("Approved-Plan", "wip");
  double.world.administration.renameLabel("parked", "APPROVED-plan");
  expect(await history()).toMatchObject({ isSet: true, latest: { label: "approved-plan", actor: { login: "tris" } } });
});

test("takes a label that was deleted and made anew for another one, and its events for what is not shown", async () => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  double.world.administration.deleteLabel("approved-plan");
  expect(await history()).toMatchObject({ isSet: false, latest: undefined, unproven: expect.any(String) });
  await double.world.people.label("ada", double.pull, "approved-plan");
  expect(await history()).toMatchObject({ latest: { actor: { login: "ada" } }, unproven: undefined });
  await double.world.people.label("ada", double.pull, "gone");
  double.world.administration.deleteLabel("gone");
  expect(await history()).toMatchObject({ isSet: true, latest: undefined, unproven: expect.any(String) });
});

test("reads when a pull request was closed and reopened", async () => {
  const { stateChangedAt: never } = await history();
  await double.world.authors.close(double.pull);
  const { stateChangedAt: closed } = await history();
  await double.world.authors.reopen("ada", double.pull);
  const { stateChangedAt: reopened } = await history();
  expect([never, Date.parse(reopened ?? "") > Date.parse(closed ?? "")]).toEqual([undefined, true]);
});

test("reads a label event of a deleted account as one without an actor", async () => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  double.world.administration.deleteUser("tris");
  expect(await history()).toMatchObject({ latest: { kind: "labeled", actor: undefined } });
});

test("asks once what an event says, and each time which one is the latest", async () => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  const before = double.world.requests.length;
  const { fetchLabelHistory } = github();
  const one = await fetchLabelHistory(double.pull, "approved-plan");
  expect(await fetchLabelHistory(double.pull, "approved-plan")).toEqual(one);
  expect(double.world.requests.slice(before).map((request) => request.operation)).toEqual([
    "GRAPHQL repository",
    "GET /repos/{owner}/{repo}/issues/events/{event_id}",
    "GRAPHQL repository",
  ]);
});

test.each([0, 150, 450])("finds the latest event behind %i label events of others", async (count) => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  for (let index = 0; index < count / 2; index++) {
    await double.world.people.label("ada", double.pull, "noise");
    await double.world.people.unlabel("ada", double.pull, "noise");
  }
  expect(await history()).toMatchObject({ latest: { actor: { login: "tris" } }, unproven: undefined });
});

test("says so when more label events followed than are read, until the label is set again", async () => {
  await double.world.people.label("tris", double.pull, "approved-plan");
  for (let index = 0; index < 250; index++) {
    await double.world.people.label("ada", double.pull, "noise");
    await double.world.people.unlabel("ada", double.pull, "noise");
  }
  const before = double.world.requests.length;
  expect(await history()).toMatchObject({
    isSet: true,
    latest: undefined,
    unproven: expect.stringMatching(/^Too many/),
  });
  expect(double.world.requests.length - before).toBe(5);
  await double.world.people.unlabel("tris", double.pull, "approved-plan");
  await double.world.people.label("tris", double.pull, "approved-plan");
  expect(await history()).toMatchObject({ latest: { actor: { login: "tris" } }, unproven: undefined });
});
