import { z } from "zod";
import { type Client, malformed } from "./client.ts";
import { getAllPages } from "./pages.ts";
import { authorSchema } from "./people.ts";
import { idSchema } from "./pull-requests.ts";

const timeSchema = z.iso.datetime({ offset: true });

/** A comment on a pull request, with what people thought of it. */
export interface RatedComment {
  readonly id: number;
  readonly isByBot: boolean;
  readonly body: string;
  /** ISO 8601. */
  readonly postedAt: string;
  /** Reactions +1 and -1. */
  readonly up: number;
  readonly down: number;
}

// GitHub may leave the counts out; then there is nothing to count.
const countsSchema = z.object({ "+1": z.int().min(0), "-1": z.int().min(0) }).default({ "+1": 0, "-1": 0 });

const commentSchema = z
  .object({ id: idSchema, user: authorSchema, body: z.string(), created_at: timeSchema, reactions: countsSchema })
  .transform(
    ({ id, user, body, created_at, reactions }): RatedComment => ({
      id,
      isByBot: user.type === "Bot",
      body,
      postedAt: created_at,
      up: reactions["+1"],
      down: reactions["-1"],
    }),
  );

export async function fetchRatedComments(client: Client, pullRequest: number): Promise<readonly RatedComment[]> {
  return getAllPages(client, {
    route: "/issues/{issue_number}/comments",
    parameters: { issue_number: pullRequest },
    schema: z.array(commentSchema),
    items: (page) => page,
  });
}

const reviewCommentSchema = z.object({
  id: idSchema,
  user: authorSchema,
  in_reply_to_id: idSchema.optional(),
  pull_request_url: z.url(),
});

/** The conversations that review comments began on a pull request, by who began them. Answers are no findings. */
export async function fetchReviewFindings(
  client: Client,
  pullRequest: number,
): Promise<{ readonly people: number; readonly bots: number }> {
  const route = "/pulls/{pull_number}/comments";
  const comments = await getAllPages(client, {
    route,
    parameters: { pull_number: pullRequest },
    schema: z.array(reviewCommentSchema),
    items: (page) => page,
  });
  const other = comments.find(({ pull_request_url }) => !pull_request_url.endsWith(`/pulls/${pullRequest}`));
  if (other) throw malformed(route, `comment ${other.id} is about ${other.pull_request_url}`);
  const begun = comments.filter(({ in_reply_to_id }) => in_reply_to_id === undefined);
  const bots = begun.filter(({ user }) => user.type === "Bot").length;
  return { people: begun.length - bots, bots };
}

const issueSchema = z.object({ id: idSchema, created_at: timeSchema, pull_request: z.unknown().optional() });

/**
 * When the issues with a label were opened, closed ones included; pull requests are none. `since` is a bound on what
 * is read, ISO 8601: an issue that was opened later was changed later.
 */
export async function fetchIssueTimes(
  client: Client,
  label: string,
  since: string | undefined,
): Promise<readonly string[]> {
  const issues = await getAllPages(client, {
    route: "/issues",
    parameters: { labels: label, state: "all", ...(since === undefined ? {} : { since }) },
    schema: z.array(issueSchema),
    items: (page) => page,
  });
  return issues.filter(({ pull_request }) => pull_request === undefined).map(({ created_at }) => created_at);
}
