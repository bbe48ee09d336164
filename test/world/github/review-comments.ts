import { renderReactionCounts } from "./issues.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { ReviewCommentRecord } from "./records.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { associationOf, renderActor } from "./users.ts";

/** GitHub's `pull-request-review-comment`, on a line of the change. */
function renderReviewComment(comment: ReviewCommentRecord, state: WorldState, urls: Urls): Json {
  const { issue } = comment;
  const url = urls.repository(state.repository, `/pulls/comments/${comment.id}`);
  const page = `${urls.page(state.repository, `/pull/${issue.number}`)}#discussion_r${comment.id}`;
  const pull = urls.repository(state.repository, `/pulls/${issue.number}`);
  return {
    id: comment.id,
    node_id: nodeId("PRRC", comment.id),
    url,
    html_url: page,
    pull_request_url: pull,
    pull_request_review_id: comment.id,
    diff_hunk: "@@ -1 +1 @@",
    path: comment.path,
    commit_id: comment.commitSha,
    original_commit_id: comment.commitSha,
    ...(comment.inReplyTo && { in_reply_to_id: comment.inReplyTo }),
    user: renderActor(comment.author, urls),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    author_association: associationOf(comment.author, state),
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: pull } },
    reactions: renderReactionCounts([], `${url}/reactions`),
  };
}

function listReviewComments(call: Call): Json[] {
  const issue = call.state.pull(call.integer("pull_number"));
  return call.state.reviewComments
    .filter((comment) => comment.issue === issue)
    .map((comment) => renderReviewComment(comment, call.state, call.urls));
}

export const reviewCommentRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/pulls/{pull_number}/comments",
    needs: [["pull_requests", "read"]],
    handle: (call) => paginate(call, listReviewComments(call)),
  },
];
