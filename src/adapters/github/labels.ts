import { z } from "zod";
import type { IssueEvents, LabelEvent } from "../../ports.ts";
import { type Client, malformed } from "./client.ts";
import { RequestFailure } from "./failure.ts";
import { getAllPages } from "./pages.ts";
import { userSchema, viaAppSchema } from "./people.ts";
import { fetchPullRequest, idSchema } from "./pull-requests.ts";

const labelEventSchema = z.object({
  id: idSchema,
  event: z.enum(["labeled", "unlabeled"]),
  label: z.object({ name: z.string() }),
  actor: userSchema.nullable(),
  created_at: z.iso.datetime({ offset: true }),
  performed_via_github_app: viaAppSchema,
  intent: z.unknown().optional(),
});

const stateEventSchema = z.object({
  id: idSchema,
  event: z.enum(["closed", "reopened"]),
  created_at: z.iso.datetime({ offset: true }),
});

const WHOLE: ReadonlySet<string> = new Set(["labeled", "unlabeled", "closed", "reopened"]);

// Other kinds of events are of no interest, whatever they look like; these must be whole.
const otherEventSchema = z.object({ id: idSchema, event: z.string().refine((event) => !WHOLE.has(event)) });

const pageSchema = z.array(z.union([labelEventSchema, stateEventSchema, otherEventSchema]));

/** Labels oldest first; events of the same second in the order of their ids. */
export async function fetchIssueEvents(client: Client, pullRequest: number): Promise<IssueEvents> {
  const events = await getAllPages(client, {
    route: "/issues/{issue_number}/events",
    parameters: { issue_number: pullRequest },
    schema: pageSchema,
    items: (page) => page,
    // Mentions and references are events too, and strangers can make them.
    maxPages: 300,
  });
  const labels = events
    .filter((event) => "label" in event)
    .map(toLabelEvent)
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || a.id - b.id);
  const stateChangedAt = events
    .flatMap((event) => ("created_at" in event && !("label" in event) ? [event.created_at] : []))
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  return { labels, stateChangedAt };
}

function toLabelEvent(event: z.infer<typeof labelEventSchema>): LabelEvent {
  return {
    id: event.id,
    kind: event.event,
    label: event.label.name,
    actor: event.actor ?? undefined,
    createdAt: event.created_at,
    viaApp: event.performed_via_github_app,
    hasAgentIntent: event.intent !== undefined && event.intent !== null,
  };
}

/** GitHub says 404 for a label that is not set as well as for a pull request that we may not see. */
export async function removeLabel(client: Client, pullRequest: number, label: string): Promise<"removed" | "absent"> {
  const route = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}";
  try {
    await client.send(route, { issue_number: pullRequest, name: label }, { repeatable: true });
    return "removed";
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.code !== "github_not_found") throw error;
    const labels = (await fetchPullRequest(client, pullRequest))?.labels;
    if (labels === undefined) throw error;
    const isSet = labels.some((name) => name.toLowerCase() === label.toLowerCase());
    if (isSet) throw malformed(route, `404 for the label ${label}, which is set`);
    return "absent";
  }
}
