import { Buffer } from "node:buffer";
import { z } from "zod";
import type { LabelEvent } from "../../ports.ts";
import { type Client, getIfThere, parseAnswer } from "./client.ts";
import { getNewest } from "./pages.ts";
import { userSchema, viaAppSchema } from "./people.ts";
import { idSchema } from "./pull-requests.ts";

const eventSchema = z.object({ id: idSchema, node_id: z.string(), event: z.string() });

const labeledSchema = eventSchema.extend({
  event: z.literal("labeled"),
  label: z.object({ name: z.string() }),
  actor: userSchema.nullable(),
  created_at: z.iso.datetime({ offset: true }),
  performed_via_github_app: viaAppSchema,
  intent: z.unknown().optional(),
});

/**
 * What REST says of a `labeled` event that GraphQL names; undefined when it cannot be found. What an event says never
 * changes, so each is asked for once.
 */
export async function fetchLabelEvent(
  client: Client,
  pullRequest: number,
  nodeId: string,
): Promise<LabelEvent | undefined> {
  const known = client.knownLabelEvents.get(nodeId);
  if (known !== undefined) return known;
  const answer = (await fetchById(client, nodeId)) ?? (await fetchFromPages(client, pullRequest, nodeId));
  if (answer === undefined) return undefined;
  const event = toLabelEvent(parseAnswer(labeledSchema, answer, "a label event"));
  client.knownLabelEvents.set(nodeId, event);
  return event;
}

async function fetchById(client: Client, nodeId: string): Promise<unknown> {
  const id = databaseIdOf(nodeId);
  if (id === undefined) return undefined;
  const request = { route: "/issues/events/{event_id}", parameters: { event_id: id } };
  const answer = await getIfThere(client, request, eventSchema.loose());
  return answer?.node_id === nodeId ? answer : undefined;
}

const pageSchema = z.array(eventSchema.loose());

/** For servers whose node ids do not say which event it is. */
async function fetchFromPages(client: Client, pullRequest: number, nodeId: string): Promise<unknown> {
  const isMeant = ({ node_id }: { readonly node_id: string }) => node_id === nodeId;
  const newest = await getNewest(client, {
    route: "/issues/{issue_number}/events",
    parameters: { issue_number: pullRequest },
    schema: pageSchema,
    isFound: (page) => page.some(isMeant),
  });
  return newest.find(isMeant);
}

/**
 * The number that a node id seems to have, as a hint where to look: GitHub calls these ids opaque, and what is found
 * there counts only when its own node id is the same. Today's form is `LE_` and a MessagePack list that ends with the
 * number; an older one is `012:LabeledEvent` and the number.
 */
export function databaseIdOf(nodeId: string): number | undefined {
  const bytes = Buffer.from(nodeId.slice(nodeId.indexOf("_") + 1), "base64url");
  const digits = /^\d+:[A-Za-z]+(\d{1,16})$/.exec(bytes.toString("latin1"))?.[1];
  const id = digits === undefined ? lastInteger(bytes) : Number(digits);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** The integer of 8 or 4 bytes at the end of a MessagePack list; NaN when there is none. */
function lastInteger(bytes: Buffer): number {
  if (bytes.at(-9) === 0xcf) return Number(bytes.readBigUInt64BE(bytes.length - 8));
  return bytes.at(-5) === 0xce ? bytes.readUInt32BE(bytes.length - 4) : Number.NaN;
}

function toLabelEvent(event: z.infer<typeof labeledSchema>): LabelEvent {
  return {
    kind: "labeled",
    id: event.id,
    label: event.label.name,
    actor: event.actor ?? undefined,
    createdAt: event.created_at,
    viaApp: event.performed_via_github_app,
    hasAgentIntent: event.intent !== undefined && event.intent !== null,
  };
}
