import { unprocessable } from "./failure.ts";
import { renderReactionCounts } from "./issues.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { App, CommentRecord, IssueRecord, ReactionRecord, UserRecord } from "./records.ts";
import { type Call, issueOrPull, type Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { associationOf, renderActor, renderApp } from "./users.ts";

/** GitHub's limit of a comment's body, in characters (UTF-16 units, the stricter reading). */
export const COMMENT_LIMIT = 65_536;

/** GitHub's `issue-comment`: the REST form says whether it is folded, the webhook form does not. */
function renderFully(comment: CommentRecord, state: WorldState, urls: Urls): Json {
  const { minimized } = comment;
  return {
    ...renderComment(comment, state, urls),
    minimized: minimized === undefined ? null : { reason: minimized },
  };
}

/** A comment as webhook payloads carry it. */
export function renderComment(comment: CommentRecord, state: WorldState, urls: Urls): Json {
  const { issue } = comment;
  const url = urls.repository(state.repository, `/issues/comments/${comment.id}`);
  const page = urls.page(state.repository, `/${issue.pull ? "pull" : "issues"}/${issue.number}`);
  const reactions = state.reactions.filter((reaction) => reaction.comment === comment);
  return {
    id: comment.id,
    node_id: comment.nodeId,
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: urls.repository(state.repository, `/issues/${issue.number}`),
    user: renderActor(comment.author, urls),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(comment.author, state),
    performed_via_github_app: renderApp(comment.app, state, urls),
    reactions: renderReactionCounts(
      reactions.map(({ content }) => content),
      `${url}/reactions`,
    ),
  };
}

/** Posts a comment. 422 when the body is empty or over the limit. */
export function createComment(
  state: WorldState,
  issue: IssueRecord,
  body: string,
  by: { readonly author: UserRecord; readonly app: App | undefined },
): CommentRecord {
  assertBody(body);
  const id = state.nextId("comment", 3_000_000_001);
  const createdAt = state.clock.tick();
  const comment: CommentRecord = {
    id,
    nodeId: nodeId("IC", id),
    issue,
    ...by,
    body,
    createdAt,
    updatedAt: createdAt,
    editors: [],
    minimized: undefined,
  };
  state.comments.set(id, comment);
  issue.updatedAt = createdAt;
  return comment;
}

export function changeComment(state: WorldState, comment: CommentRecord, body: string, editor: UserRecord): void {
  assertBody(body);
  comment.editors.push(editor);
  comment.body = body;
  comment.updatedAt = state.clock.tick();
}

function assertBody(body: string): void {
  const field = { resource: "IssueComment", field: "body" };
  if (body.trim() === "") throw unprocessable("Body cannot be blank", field);
  if (body.length > COMMENT_LIMIT) {
    throw unprocessable(`Body is too long (maximum is ${COMMENT_LIMIT} characters)`, field);
  }
}

function answer(call: Call, status: number, comment: CommentRecord): { status: number; body: Json } {
  return { status, body: renderFully(comment, call.state, call.urls) };
}

/** A second reaction of the same kind by the same account is the first one. */
export function addReaction(
  state: WorldState,
  comment: CommentRecord,
  user: UserRecord,
  content: string,
): { readonly reaction: ReactionRecord; readonly isNew: boolean } {
  const same = state.reactions.find(
    (reaction) => reaction.comment === comment && reaction.user === user && reaction.content === content,
  );
  if (same) return { reaction: same, isNew: false };
  const id = state.nextId("reaction", 2_000_001);
  const reaction = { id, comment, user, content, createdAt: state.clock.tick() };
  state.reactions.push(reaction);
  return { reaction, isNew: true };
}

function react(call: Call): { status: number; body: Json } {
  const comment = call.state.comment(call.integer("comment_id"));
  const { content } = call.body<{ content: string }>();
  const { reaction, isNew } = addReaction(call.state, comment, call.actor, content);
  const body = {
    id: reaction.id,
    node_id: nodeId("REA", reaction.id),
    user: renderActor(reaction.user, call.urls),
    content,
    created_at: reaction.createdAt,
  };
  return { status: isNew ? 201 : 200, body };
}

function listComments(call: Call): Json[] {
  const issue = call.state.issue(call.integer("issue_number"));
  const since = Date.parse(call.optional("since") ?? "1970-01-01T00:00:00Z");
  return [...call.state.comments.values()]
    .filter((comment) => comment.issue === issue && Date.parse(comment.updatedAt) >= since)
    .map((comment) => renderFully(comment, call.state, call.urls));
}

export const commentRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/issues/comments/{comment_id}",
    needs: issueOrPull("read"),
    handle: (call) => answer(call, 200, call.state.comment(call.integer("comment_id"))),
  },
  {
    operation: "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
    needs: issueOrPull("write"),
    handle: (call) => {
      const comment = call.state.comment(call.integer("comment_id"));
      changeComment(call.state, comment, call.body<{ body: string }>().body, call.actor);
      return answer(call, 200, comment);
    },
  },
  {
    operation: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    needs: issueOrPull("read"),
    handle: (call) => paginate(call, listComments(call)),
  },
  {
    operation: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    needs: issueOrPull("write"),
    handle: (call) => {
      const issue = call.state.issue(call.integer("issue_number"));
      const by = { author: call.actor, app: call.grant.app };
      return answer(call, 201, createComment(call.state, issue, call.body<{ body: string }>().body, by));
    },
  },
  {
    operation: "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
    needs: issueOrPull("write"),
    handle: react,
  },
];
