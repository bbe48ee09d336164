import { z } from "zod";
import { ConfigurationError, ExternalError } from "../../governance/errors.ts";
import type { Comment } from "../../ports.ts";
import { type Client, getIfThere, parseAnswer, TRIES } from "./client.ts";
import { RequestFailure } from "./failure.ts";
import { sendGraphql } from "./graphql.ts";
import { getAllPages, getNewest } from "./pages.ts";
import { authorSchema, viaAppSchema } from "./people.ts";
import { idSchema } from "./pull-requests.ts";

/** GitHub's limit, counted in characters. */
const MAX_BODY = 65_536;

const commentSchema = z
  .object({
    id: idSchema,
    node_id: z.string().min(1),
    user: authorSchema,
    body: z.string(),
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }),
    performed_via_github_app: viaAppSchema,
    // Older servers do not say it.
    minimized: z.looseObject({}).nullish(),
    html_url: z.url(),
  })
  .transform(
    (comment): Comment => ({
      id: comment.id,
      nodeId: comment.node_id,
      author: comment.user,
      body: comment.body,
      createdAt: comment.created_at,
      updatedAt: comment.updated_at,
      isEdited: comment.updated_at !== comment.created_at,
      isHidden: (comment.minimized ?? undefined) !== undefined,
      viaApp: comment.performed_via_github_app,
      url: comment.html_url,
    }),
  );

export async function fetchComment(client: Client, id: number): Promise<Comment | undefined> {
  const request = { route: "/issues/comments/{comment_id}", parameters: { comment_id: id } };
  return getIfThere(client, request, commentSchema);
}

/** Whoever may comment can post without end; so many pages of 100 are read. */
const MAX_PAGES = 20;

const commentsSchema = z.array(commentSchema);

/** `since`: ISO 8601; what was posted or edited before is left out. Throws ExternalError `comments_flooded`. */
export async function fetchComments(client: Client, pullRequest: number, since: string): Promise<readonly Comment[]> {
  const message = `More than ${MAX_PAGES * 100} comments were posted or edited since ${since}. Lock the conversation or delete what floods it, then ask for a new plan.`;
  return getAllPages(client, {
    route: "/issues/{issue_number}/comments",
    parameters: { issue_number: pullRequest, since },
    schema: commentsSchema,
    items: (page) => page,
    maxPages: MAX_PAGES,
    overflow: new ExternalError("comments_flooded", message),
  });
}

/** The newest comments, oldest first: of a flood only the end. */
export async function fetchNewestComments(client: Client, pullRequest: number): Promise<readonly Comment[]> {
  const parameters = { issue_number: pullRequest };
  return getNewest(client, { route: "/issues/{issue_number}/comments", parameters, schema: commentsSchema });
}

/**
 * After a failure that leaves open whether the comment was made, looks for it (the first of exactly this body;
 * a later twin is a copy) and only then tries again.
 */
export async function createComment(client: Client, pullRequest: number, body: string): Promise<Comment> {
  assertFits(body);
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  for (let attempt = 1; ; attempt++) {
    try {
      const { data } = await client.send(route, { issue_number: pullRequest, body }, { repeatable: false });
      return parseAnswer(commentSchema, data, route);
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.kind !== "ambiguous") throw error;
      await client.backoff(attempt);
      const made = (await fetchNewestComments(client, pullRequest)).find((comment) => comment.body === body);
      if (made !== undefined) return made;
      if (attempt === TRIES) throw error;
      client.log(`${error.message} The comment is not there; trying again (${attempt + 1} of ${TRIES}).`);
    }
  }
}

export async function updateComment(client: Client, id: number, body: string): Promise<Comment> {
  assertFits(body);
  const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
  const { data } = await client.send(route, { comment_id: id, body }, { repeatable: true });
  return parseAnswer(commentSchema, data, route);
}

function assertFits(body: string): void {
  const length = [...body].length;
  if (length <= MAX_BODY) return;
  const message = `A comment has ${length} characters, expected at most ${MAX_BODY}. Report it: the text was not capped.`;
  throw new ConfigurationError("configuration_invalid", message);
}

const MINIMIZE = `mutation Minimize($input: MinimizeCommentInput!) {
  minimizeComment(input: $input) { minimizedComment { isMinimized } }
}`;

const minimizedSchema = z.object({
  minimizeComment: z.object({ minimizedComment: z.object({ isMinimized: z.literal(true) }) }),
});

export async function minimizeComment(client: Client, graphqlUrl: string, nodeId: string): Promise<void> {
  const variables = { input: { subjectId: nodeId, classifier: "OUTDATED" } };
  await sendGraphql(client, { url: graphqlUrl, query: MINIMIZE, variables, repeatable: true }, minimizedSchema);
}

/** A second reaction of the same kind by the same account is the first one, so this may be repeated. */
export async function addReaction(client: Client, commentId: number, content: string): Promise<void> {
  const route = "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions";
  await client.send(route, { comment_id: commentId, content }, { repeatable: true });
}
