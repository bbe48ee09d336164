import { GraphqlFailure } from "./failure.ts";
import type { RootField } from "./graphql.ts";
import type { Json } from "./json-schema.ts";
import { assertGranted, type GraphqlContext, renderEditor } from "./mutations.ts";
import type { EventRecord, IssueRecord, LabelRecord } from "./records.ts";
import { issueOrPull } from "./route.ts";
import type { WorldState } from "./state.ts";
import { eventNodeId, nodeId } from "./urls.ts";

/** GitHub's types of timeline items, by the kinds of REST; other kinds are not modelled. */
const TYPES: Readonly<Partial<Record<EventRecord["kind"], { readonly item: string; readonly typename: string }>>> = {
  labeled: { item: "LABELED_EVENT", typename: "LabeledEvent" },
  unlabeled: { item: "UNLABELED_EVENT", typename: "UnlabeledEvent" },
  closed: { item: "CLOSED_EVENT", typename: "ClosedEvent" },
  reopened: { item: "REOPENED_EVENT", typename: "ReopenedEvent" },
};

/** Most items of one page. */
const MAX_PAGE = 100;

interface BackwardPage {
  readonly last?: number;
  readonly before?: string | null;
  readonly itemTypes?: readonly string[];
}

/** The root field `repository`, with one pull request's labels and timeline. */
export const repository: RootField<GraphqlContext> = (args, context) => {
  assertGranted(context, issueOrPull("read"));
  const { owner, name } = args as unknown as { readonly owner: string; readonly name: string };
  const { repository: known } = context.state;
  if (`${owner}/${name}`.toLowerCase() !== `${known.owner}/${known.name}`.toLowerCase()) {
    throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  }
  return { pullRequest: ({ number }: { readonly number: number }) => renderPull(number, context.state) };
};

function renderPull(number: number, state: WorldState): Json {
  const issue = state.issues.get(number);
  if (issue?.pull === undefined) {
    throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
  }
  return {
    labels: ({ first }: { readonly first?: number }) => ({
      nodes: [...issue.labels].slice(0, pageSize(first)).map(renderLabel),
    }),
    timelineItems: (page: BackwardPage) => renderItems(page, issue, state),
  };
}

/** A page from the end of the timeline, or from before a cursor; its items are oldest first, as always. */
function renderItems({ last, before, itemTypes }: BackwardPage, issue: IssueRecord, state: WorldState): Json {
  const wanted = new Set(itemTypes);
  const events = state.events.filter((event) => event.issue === issue && wanted.has(TYPES[event.kind]?.item ?? ""));
  const end = before === undefined || before === null ? events.length : Number(Buffer.from(before, "base64url"));
  const start = Math.max(end - pageSize(last), 0);
  return {
    nodes: events.slice(start, end).map((event) => renderItem(event, state)),
    pageInfo: {
      hasPreviousPage: start > 0,
      startCursor: start === end ? null : Buffer.from(String(start)).toString("base64url"),
    },
  };
}

function pageSize(size: number | undefined): number {
  if (size !== undefined && size >= 1 && size <= MAX_PAGE) return size;
  const text = `Requesting ${size ?? "no"} records on the connection exceeds the \`first\` limit of 100 records.`;
  throw new GraphqlFailure("EXCESSIVE_PAGINATION", text);
}

function renderItem(event: EventRecord, state: WorldState): Json {
  return {
    __typename: TYPES[event.kind]?.typename,
    id: eventNodeId(event, state.repository),
    createdAt: event.createdAt,
    actor: renderEditor(event.actor),
    label: () => renderLabelOf(event, state),
  };
}

/**
 * What GitHub says of a label that was deleted was not seen: the field may not be null, so the harsher of the two
 * possibilities is played, in which the whole item is null and an error says so.
 */
function renderLabelOf({ labelRecord }: EventRecord, state: WorldState): Json {
  if (labelRecord !== undefined && state.labels.has(labelRecord)) return renderLabel(labelRecord);
  throw new GraphqlFailure("NOT_FOUND", "Could not resolve to a Label.");
}

function renderLabel({ id, name }: LabelRecord): Json {
  return { id: nodeId("LA", id), name };
}
