import { expect, test } from "vitest";
import { databaseIdOf } from "../../../src/adapters/github/label-event.ts";
import { person, REPOSITORY, useHarness } from "./harness.ts";
import type { Reply } from "./scripted-server.ts";

const world = useHarness();
const gone: Reply = { status: 404, body: { message: "Not Found" } };
const EVENTS = `GET ${REPOSITORY}/issues/7/events`;

/** As seen on github.com, with the number that REST gave for it. */
const NODE = "LE_lADODwFebM5HwC0kzwAAAAF_Roqs";
const ID = 6430296748;

const item = (overrides: Record<string, unknown> = {}) => ({
  __typename: "LabeledEvent",
  id: NODE,
  createdAt: "2026-11-20T10:00:00Z",
  label: { id: "LA_1", name: "approved-plan" },
  ...overrides,
});

const removed = (overrides: Record<string, unknown> = {}) =>
  item({ __typename: "UnlabeledEvent", actor: { __typename: "User" }, ...overrides });

interface Timeline {
  readonly nodes?: readonly unknown[];
  readonly states?: readonly unknown[];
  readonly labels?: readonly unknown[];
  readonly pageInfo?: Record<string, unknown>;
  readonly errors?: readonly unknown[];
}

const timeline = ({ nodes = [item()], states = [], labels, pageInfo, errors }: Timeline = {}): Reply => ({
  status: 200,
  body: {
    data: {
      repository: {
        pullRequest: {
          labels: { nodes: labels ?? [{ id: "LA_1", name: "approved-plan" }] },
          stateChanges: { nodes: states },
          labelEvents: { nodes, pageInfo: { hasPreviousPage: false, startCursor: "first", ...pageInfo } },
        },
      },
    },
    ...(errors && { errors }),
  },
});

const event = (overrides: Record<string, unknown> = {}) => ({
  id: ID,
  node_id: NODE,
  event: "labeled",
  label: { name: "approved-plan", color: "00ff00" },
  actor: person("ada"),
  created_at: "2026-11-20T10:00:00Z",
  performed_via_github_app: null,
  ...overrides,
});

const said = (overrides: Record<string, unknown> = {}): Reply => ({ status: 200, body: event(overrides) });

function script(graphql: readonly Reply[], byId: Reply = said(), pages: Reply = { status: 200, body: [] }): void {
  world.server.on("POST /graphql", ...graphql);
  world.server.on(`GET ${REPOSITORY}/issues/events/${ID}`, byId);
  world.server.on(EVENTS, pages);
}

const history = () => world.adapter().fetchLabelHistory(7, "approved-plan");

test("joins the two accounts of the latest event", async () => {
  script([timeline()]);
  expect(await history()).toEqual({
    isSet: true,
    latest: {
      kind: "labeled",
      id: ID,
      label: "approved-plan",
      actor: person("ada"),
      createdAt: "2026-11-20T10:00:00Z",
      viaApp: undefined,
      hasAgentIntent: false,
    },
    unproven: undefined,
    stateChangedAt: undefined,
  });
});

test.each([
  [{ performed_via_github_app: { slug: "label-app" } }, "label-app", false],
  [{ performed_via_github_app: { id: 3 } }, "unknown", false],
  [{ intent: { confidence: "HIGH" } }, undefined, true],
  [{ intent: "" }, undefined, true],
  [{ intent: null }, undefined, false],
])("tells an event that came from an app or an agent: %j", async (overrides, viaApp, hasAgentIntent) => {
  script([timeline()], said(overrides));
  expect((await history()).latest).toMatchObject({ viaApp, hasAgentIntent });
});

test.each([
  ["another event", said({ node_id: "LE_lADODwFebM5HwC0kzwAAAAF_Roqt" })],
  ["no such event", gone],
])("does not take %s for the one that GraphQL names", async (_, byId) => {
  script([timeline()], byId);
  expect(await history()).toMatchObject({ isSet: true, latest: undefined, unproven: expect.stringMatching(/^REST/) });
});

test("looks through the newest pages where a node id says nothing, and through no more", async () => {
  const strange = "EVENT:opaque";
  let pages = 0;
  const link = (last: number) => ({ link: `<${world.server.url}/x?per_page=100&page=${last}>; rel="last"` });
  script([timeline({ nodes: [item({ id: strange })] })]);
  world.server.on(EVENTS, ({ query }) => {
    pages += 1;
    const body = query.get("page") === "400" ? [event({ node_id: "x" }), event({ node_id: strange })] : [];
    return { status: 200, body, headers: link(401) };
  });
  expect(await history()).toMatchObject({ latest: { actor: { login: "ada" } }, unproven: undefined });
  expect(pages).toBe(3);
  world.server.on(EVENTS, () => {
    pages += 1;
    return { status: 200, body: [{ id: 1, node_id: "x", event: "mentioned", actor: null }], headers: link(40_000) };
  });
  pages = 0;
  expect(await history()).toMatchObject({ latest: undefined, unproven: expect.stringMatching(/^REST/) });
  expect(pages).toBe(6);
});

test("takes the later of two events of one second by their numbers, whatever their order", async () => {
  const earlier = removed({ id: "UNLE_lADODwFebM5HwC0kzwAAAAF_Roqr" });
  script([timeline({ nodes: [item(), earlier] })]);
  expect(await history()).toMatchObject({ latest: { kind: "labeled" } });
  const later = removed({ id: "UNLE_lADODwFebM5HwC0kzwAAAAF_Roqt" });
  script([timeline({ nodes: [later, item()] })]);
  expect(await history()).toMatchObject({ latest: { kind: "unlabeled", isByBot: false } });
});

test.each([
  [{ __typename: "Bot" }, true],
  [{ __typename: "User" }, false],
  [null, false],
])("tells whether %j who removed it is a bot", async (actor, isByBot) => {
  script([timeline({ nodes: [removed({ actor })] })]);
  expect(await history()).toMatchObject({ latest: { kind: "unlabeled", isByBot } });
});

test("prefers the label that is written so to one that differs by case", async () => {
  const labels = [
    { id: "LA_2", name: "Approved-Plan" },
    { id: "LA_1", name: "approved-plan" },
  ];
  const other = removed({ id: "UNLE_lADODwFebM5HwC0kzwAAAAF_Roqt", label: labels[0] });
  script([timeline({ labels, nodes: [item(), other] })]);
  expect(await history()).toMatchObject({ latest: { kind: "labeled" } });
});

const lacking = (index: number) => ({
  type: "NOT_FOUND",
  message: "Could not resolve to a Label.",
  path: ["repository", "pullRequest", "labelEvents", "nodes", index, "label"],
});

test("takes an event that GitHub does not show for one that may undo what came before it, and only that", async () => {
  script([timeline({ nodes: [item(), null], errors: [lacking(1)] })]);
  expect(await history()).toMatchObject({ isSet: true, latest: undefined, unproven: expect.any(String) });
  script([timeline({ nodes: [null, item()], errors: [lacking(0)] })]);
  expect(await history()).toMatchObject({ latest: { kind: "labeled" }, unproven: undefined });
});

test("reads the time of the last closing or reopening", async () => {
  script([timeline({ states: [{ createdAt: "2026-11-20T11:00:05+01:00" }] })]);
  expect((await history()).stateChangedAt).toBe("2026-11-20T11:00:05+01:00");
});

const broken: readonly [string, Reply][] = [
  ["an error about something else", timeline({ errors: [{ type: "WHATEVER", message: "no", path: ["repository"] }] })],
  ["an error without a path", timeline({ errors: [{ type: "WHATEVER", message: "no" }] })],
  ["an empty list of errors", timeline({ errors: [] })],
  ["a label without an id", timeline({ nodes: [item({ label: { name: "approved-plan" } })] })],
  ["an event of another kind", timeline({ nodes: [item({ __typename: "MentionedEvent" })] })],
  ["a time that is none", timeline({ nodes: [item({ createdAt: "yesterday" })] })],
  ["a closing without a time", timeline({ states: [{}] })],
  ["a closing that is not shown", timeline({ states: [null] })],
  ["a label that is not shown", timeline({ labels: [null] })],
  ["a page before without a cursor", timeline({ nodes: [], pageInfo: { hasPreviousPage: true, startCursor: null } })],
];

test.each(broken)("fails on %s", async (_, reply) => {
  script([reply]);
  await expect(history()).rejects.toMatchObject({ code: "github_malformed" });
});

test.each<[string, Record<string, unknown>]>([
  ["no label", { label: undefined }],
  ["no actor field", { actor: undefined }],
  ["a time that is none", { created_at: "yesterday" }],
  ["an app that is no app", { performed_via_github_app: "label-app" }],
  ["another kind", { event: "unlabeled" }],
])("fails on a label event with %s", async (_, overrides) => {
  script([timeline()], said(overrides));
  await expect(history()).rejects.toMatchObject({ code: "github_malformed" });
});

test.each([
  [NODE, ID],
  ["MDEyOkxhYmVsZWRFdmVudDQ3OTQ2MDU0MDU=", 4794605405],
  [`LE_${Buffer.from([0x92, 0x00, 0xce, 0, 0, 1, 2]).toString("base64url")}`, 258],
  ["LE_", undefined],
  ["opaque", undefined],
  ["", undefined],
  [`LE_${Buffer.from([0xcf, 255, 255, 255, 255, 255, 255, 255, 255]).toString("base64url")}`, undefined],
  [`LE_${Buffer.from([0xce, 0, 0, 0, 0]).toString("base64url")}`, undefined],
])("the number in the node id %j is %j", (nodeId, id) => {
  expect(databaseIdOf(nodeId)).toBe(id);
});
