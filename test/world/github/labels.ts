import { notFound, unprocessable } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { App, EventRecord, Intent, IssueRecord, LabelRecord, UserRecord } from "./records.ts";
import { type Call, issueOrPull, type Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { eventNodeId, nodeId, type Urls } from "./urls.ts";
import { renderActor, renderApp } from "./users.ts";

/** Who changes a label, and how. */
export interface LabelChange {
  readonly actor: UserRecord;
  readonly app: App | undefined;
  readonly intent?: Intent | undefined;
}

export function renderLabel(label: LabelRecord, state: WorldState, urls: Urls): Json {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: urls.repository(state.repository, `/labels/${encodeURIComponent(label.name)}`),
    name: label.name,
    description: "",
    color: label.color,
    default: false,
  };
}

/** A label of the repository; names are the same whatever their case. */
export function findLabel(state: WorldState, name: string): LabelRecord | undefined {
  return [...state.labels].find((label) => label.name.toLowerCase() === name.toLowerCase());
}

/** Puts a label on an issue, with its event. A label that the repository lacks is made, as GitHub does. */
export function addLabel(state: WorldState, issue: IssueRecord, name: string, change: LabelChange): LabelRecord {
  let label = findLabel(state, name);
  if (label === undefined) {
    label = { id: state.nextId("label", 6_000_001), name, color: "ededed" };
    state.labels.add(label);
  }
  if (issue.labels.has(label)) return label;
  issue.labels.add(label);
  recordLabelEvent(state, issue, "labeled", label, change);
  return label;
}

/** Takes a label off an issue, with its event; undefined when it was not there. */
export function takeLabel(
  state: WorldState,
  issue: IssueRecord,
  name: string,
  change: LabelChange,
): LabelRecord | undefined {
  const label = [...issue.labels].find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  if (label === undefined) return undefined;
  issue.labels.delete(label);
  recordLabelEvent(state, issue, "unlabeled", label, change);
  return label;
}

function recordLabelEvent(
  state: WorldState,
  issue: IssueRecord,
  kind: "labeled" | "unlabeled",
  label: LabelRecord,
  change: LabelChange,
): void {
  const createdAt = state.clock.tick();
  issue.updatedAt = createdAt;
  state.events.push({
    id: state.nextId("event", 9_000_000_001),
    issue,
    kind,
    actor: change.actor,
    createdAt,
    app: change.app,
    intent: change.intent,
    label: { name: label.name, color: label.color },
    labelRecord: label,
    rename: undefined,
  });
}

function renderEvent(event: EventRecord, state: WorldState, urls: Urls): Json {
  return {
    id: event.id,
    node_id: eventNodeId(event, state.repository),
    url: urls.repository(state.repository, `/issues/events/${event.id}`),
    actor: renderActor(event.actor, urls),
    event: event.kind,
    commit_id: null,
    commit_url: null,
    created_at: event.createdAt,
    performed_via_github_app: renderApp(event.app, state, urls),
    ...(event.label && { label: event.label, intent: event.intent ?? null }),
    ...(event.rename && { rename: event.rename }),
  };
}

function issueOf(call: Call): IssueRecord {
  return call.state.issue(call.integer("issue_number"));
}

function labelsOf(call: Call): Json[] {
  return [...issueOf(call).labels].map((label) => renderLabel(label, call.state, call.urls));
}

function addLabels(call: Call): Json[] {
  const { labels = [] } = call.body<{ labels?: (string | { name: string })[] }>();
  const names = labels.map((label) => (typeof label === "string" ? label : label.name));
  if (names.some((name) => name.trim() === "" || name.length > 50)) {
    throw unprocessable("name must have 1 to 50 characters", { resource: "Label", field: "name" });
  }
  for (const name of names) addLabel(call.state, issueOf(call), name, { actor: call.actor, app: call.grant.app });
  return labelsOf(call);
}

function removeLabel(call: Call): Json[] {
  const change = { actor: call.actor, app: call.grant.app };
  const taken = takeLabel(call.state, issueOf(call), call.text("name"), change);
  if (taken === undefined) throw notFound("Label does not exist");
  return labelsOf(call);
}

export const labelRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/issues/{issue_number}/labels",
    needs: issueOrPull("read"),
    handle: (call) => paginate(call, labelsOf(call)),
  },
  {
    operation: "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
    needs: issueOrPull("write"),
    handle: (call) => ({ status: 200, body: addLabels(call) }),
  },
  {
    operation: "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
    needs: issueOrPull("write"),
    handle: (call) => ({ status: 200, body: removeLabel(call) }),
  },
  {
    operation: "GET /repos/{owner}/{repo}/issues/{issue_number}/events",
    needs: issueOrPull("read"),
    handle: (call) => {
      const issue = issueOf(call);
      const events = call.state.events.filter((event) => event.issue === issue);
      return paginate(call, events, (page) => page.map((event) => renderEvent(event, call.state, call.urls)));
    },
  },
  {
    operation: "GET /repos/{owner}/{repo}/issues/events/{event_id}",
    needs: issueOrPull("read"),
    handle: (call) => {
      const event = call.state.events.find(({ id }) => id === call.integer("event_id"));
      if (event === undefined) throw notFound();
      return { status: 200, body: renderEvent(event, call.state, call.urls) };
    },
  },
];
