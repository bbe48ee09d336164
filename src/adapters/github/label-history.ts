import { z } from "zod";
import { isSameLabel } from "../../governance/approval.ts";
import type { LabelHistory } from "../../ports.ts";
import { type Client, malformed } from "./client.ts";
import { sendGraphql } from "./graphql.ts";
import { databaseIdOf, fetchLabelEvent } from "./label-event.ts";

/** 100 label events a page: a label that more of them followed has to be set again. */
const MAX_PAGES = 5;

const HISTORY = `query LabelHistory($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      labels(first: 100) { nodes { id name } }
      stateChanges: timelineItems(last: 1, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) {
        nodes { ... on ClosedEvent { createdAt } ... on ReopenedEvent { createdAt } }
      }
      labelEvents: timelineItems(last: 100, before: $before, itemTypes: [LABELED_EVENT, UNLABELED_EVENT]) {
        nodes {
          __typename
          ... on LabeledEvent { id createdAt label { id name } }
          ... on UnlabeledEvent { id createdAt label { id name } actor { __typename } }
        }
        pageInfo { hasPreviousPage startCursor }
      }
    }
  }
}`;

const time = z.iso.datetime({ offset: true });
const labelSchema = z.object({ id: z.string().min(1), name: z.string() });

const itemSchema = z.object({
  __typename: z.enum(["LabeledEvent", "UnlabeledEvent"]),
  id: z.string().min(1),
  createdAt: time,
  label: labelSchema,
  actor: z.object({ __typename: z.string() }).nullish(),
});

const pageSchema = z.object({
  repository: z.object({
    pullRequest: z.object({
      labels: z.object({ nodes: z.array(labelSchema) }),
      stateChanges: z.object({ nodes: z.array(z.object({ createdAt: time })) }),
      labelEvents: z.object({
        // Null where GitHub cannot show an event, of a label that was deleted perhaps.
        nodes: z.array(itemSchema.nullable()),
        pageInfo: z.object({ hasPreviousPage: z.boolean(), startCursor: z.string().nullable() }),
      }),
    }),
  }),
});

type Page = z.infer<typeof pageSchema>["repository"]["pullRequest"];
type Item = z.infer<typeof itemSchema>;

/** The latest event of a label; undefined when there is none, and a text when it cannot be known. */
type Latest = Item | string | undefined;

export interface LabelQuery {
  readonly pullRequest: number;
  readonly label: string;
}

/**
 * Whether a label is on a pull request, and its latest event, by the label's id: a rename makes no event, and REST's
 * events name a label as it was called then. Only GraphQL knows the id; only REST knows through which app or agent a
 * label came. The two accounts of the event that decides are joined by its node id. Reads newest first, and no event
 * of another kind, so that nobody's mentions cost a request.
 */
export async function fetchLabelHistory(
  client: Client,
  graphqlUrl: string,
  { pullRequest, label }: LabelQuery,
): Promise<LabelHistory> {
  const read = (before: string | null) => fetchPage(client, graphqlUrl, pullRequest, before);
  const first = await read(null);
  const set = findNamed(first.labels.nodes, label);
  // Of a label that is not there, the name of today is all that is known.
  const isMeant = (item: Item) => (set === undefined ? isSameLabel(item.label.name, label) : item.label.id === set.id);
  const found = await findLatest(first, read, isMeant);
  const common = { isSet: set !== undefined, stateChangedAt: first.stateChanges.nodes.at(-1)?.createdAt };
  if (typeof found === "string") return { ...common, latest: undefined, unproven: found };
  if (found === undefined) return { ...common, latest: undefined, unproven: undefined };
  if (found.__typename === "UnlabeledEvent") {
    const isByBot = found.actor?.__typename === "Bot";
    return { ...common, latest: { kind: "unlabeled", isByBot }, unproven: undefined };
  }
  const latest = await fetchLabelEvent(client, pullRequest, found.id);
  return { ...common, latest, unproven: latest === undefined ? "REST does not show the label event." : undefined };
}

/** Names are the same whatever their case; should two differ by case alone, the one that is written so is meant. */
function findNamed(labels: readonly { readonly id: string; readonly name: string }[], label: string) {
  return labels.find(({ name }) => name === label) ?? labels.find(({ name }) => isSameLabel(name, label));
}

async function fetchPage(client: Client, url: string, number: number, before: string | null): Promise<Page> {
  const variables = { owner: client.owner, name: client.repo, number, before };
  const request = { url, query: HISTORY, variables, repeatable: true, mayLack: "labelEvents" };
  return (await sendGraphql(client, request, pageSchema)).repository.pullRequest;
}

async function findLatest(
  first: Page,
  read: (before: string) => Promise<Page>,
  isMeant: (item: Item) => boolean,
): Promise<Latest> {
  let page = first;
  for (let number = 1; ; number++) {
    const { nodes, pageInfo } = page.labelEvents;
    const latest = latestOf(nodes, isMeant);
    if (latest !== undefined || !pageInfo.hasPreviousPage) return latest;
    if (number === MAX_PAGES) return "Too many label events followed it.";
    if (pageInfo.startCursor === null) throw malformed("the events of a label", "a page before without a cursor");
    page = await read(pageInfo.startCursor);
  }
}

/** What came after an event that GitHub does not show may undo what came before it. */
function latestOf(nodes: readonly (Item | null)[], isMeant: (item: Item) => boolean): Latest {
  const hidden = nodes.lastIndexOf(null);
  const shown = nodes.slice(hidden + 1).filter((item) => item !== null);
  const latest = shown.filter(isMeant).toSorted(inOrder).at(-1);
  return latest ?? (hidden < 0 ? undefined : "GitHub does not show what became of the label in the meantime.");
}

/** GitHub's times are whole seconds; the ids of events go up. */
function inOrder(a: Item, b: Item): number {
  return Date.parse(a.createdAt) - Date.parse(b.createdAt) || (databaseIdOf(a.id) ?? 0) - (databaseIdOf(b.id) ?? 0);
}
