import { notFound, unprocessable } from "./failure.ts";
import { renderIssue } from "./issues.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { IssueRecord, PullRecord } from "./records.ts";
import { renderRepository } from "./repositories.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { renderUser } from "./users.ts";

/** GitHub's `pull-request-simple`: what lists give. */
async function renderSimple(issue: IssueRecord, state: WorldState, urls: Urls): Promise<Json> {
  const { pull } = issue;
  if (pull === undefined) throw notFound();
  const {
    id,
    node_id: _issueNode,
    pull_request: _links,
    events_url: _events,
    ...shared
  } = renderIssue(issue, state, urls);
  const url = urls.repository(state.repository, `/pulls/${issue.number}`);
  const headSha = await state.headOf(issue);
  const common = ["number", "title", "body", "user", "state", "locked", "active_lock_reason", "labels", "assignee"];
  const more = ["assignees", "milestone", "created_at", "updated_at", "closed_at", "author_association", "draft"];
  const links = linksOf(issue, url, urls, headSha, state);
  return {
    id,
    node_id: nodeId("PR", issue.id),
    ...Object.fromEntries([...common, ...more].map((name) => [name, shared[name]])),
    merged_at: null,
    merge_commit_sha: null,
    auto_merge: null,
    requested_reviewers: [],
    requested_teams: [],
    ...Object.fromEntries(Object.entries(links).map(([name, href]) => [name === "self" ? "url" : `${name}_url`, href])),
    diff_url: `${links.html}.diff`,
    patch_url: `${links.html}.patch`,
    head: renderHead(pull, headSha, state, urls),
    base: {
      label: `${state.repository.owner}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: renderUser(state.user(state.repository.owner), urls),
      repo: renderRepository(state.repository, state, urls),
    },
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
  };
}

function linksOf(
  issue: IssueRecord,
  url: string,
  urls: Urls,
  headSha: string,
  state: WorldState,
): Record<string, string> {
  const issueUrl = urls.repository(state.repository, `/issues/${issue.number}`);
  return {
    self: url,
    html: urls.page(state.repository, `/pull/${issue.number}`),
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: urls.repository(state.repository, "/pulls/comments{/number}"),
    commits: `${url}/commits`,
    statuses: urls.repository(state.repository, `/statuses/${headSha}`),
  };
}

function renderHead(pull: PullRecord, sha: string, state: WorldState, urls: Urls): Json {
  return {
    label: `${pull.headOwner}:${pull.headRef}`,
    ref: pull.headRef,
    sha,
    user: renderUser(state.user(pull.headOwner), urls),
    repo: pull.headRepository === undefined ? null : renderRepository(pull.headRepository, state, urls),
  };
}

/** GitHub's `pull-request`. Head, commits and changed lines are read from git at this moment. */
export async function renderPullRequest(issue: IssueRecord, state: WorldState, urls: Urls): Promise<Json> {
  const simple = await renderSimple(issue, state, urls);
  const { pull } = issue;
  return {
    ...simple,
    merged: false,
    mergeable: null,
    mergeable_state: "unknown",
    rebaseable: null,
    merged_by: null,
    comments: [...state.comments.values()].filter((comment) => comment.issue === issue).length,
    review_comments: 0,
    maintainer_can_modify: pull?.headRepository?.isFork ?? false,
    ...(await countChanges(state, pull as PullRecord)),
  };
}

async function countChanges(state: WorldState, pull: PullRecord): Promise<Json> {
  const { files, commits } = await state.git.countChanges(pull.baseSha, pull.lastHead);
  const sum = (column: "additions" | "deletions"): number =>
    files.reduce((total, file) => total + (file[column] || 0), 0);
  return { commits, additions: sum("additions"), deletions: sum("deletions"), changed_files: files.length };
}

/** Open and closed pull requests that have the commit among theirs, as GitHub answers; not only as head. */
async function listForCommit(call: Call): Promise<Json[]> {
  const { git } = call.state;
  const sha = await git.resolve(call.text("commit_sha"));
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${call.text("commit_sha")}`);
  const found: Json[] = [];
  for (const issue of call.state.issues.values()) {
    if (issue.pull === undefined) continue;
    const head = await call.state.headOf(issue);
    const isItsCommit = (await git.isAncestor(sha, head)) && !(await git.isAncestor(sha, issue.pull.baseSha));
    if (isItsCommit || sha === head) found.push(await renderSimple(issue, call.state, call.urls));
  }
  return found;
}

type PullIssue = IssueRecord & { readonly pull: PullRecord };

/** As GitHub does: newest first by creation, but oldest first by anything else unless asked otherwise. */
function listPullRequests(call: Call): PullIssue[] {
  const state = call.optional("state") ?? "open";
  const [head, base] = [call.optional("head"), call.optional("base")];
  const sort = call.optional("sort") ?? "created";
  if (sort !== "created" && sort !== "updated") throw unprocessable(`The double does not sort by ${sort}`);
  const isDescending = (call.optional("direction") ?? (sort === "created" ? "desc" : "asc")) === "desc";
  const time = (issue: IssueRecord): number => Date.parse(sort === "created" ? issue.createdAt : issue.updatedAt);
  const ascending = [...call.state.issues.values()]
    .filter((issue): issue is PullIssue => issue.pull !== undefined && (state === "all" || issue.state === state))
    .filter(({ pull }) => head === undefined || `${pull.headOwner}:${pull.headRef}` === head)
    .filter(({ pull }) => base === undefined || pull.baseRef === base)
    .sort((a, b) => time(a) - time(b) || a.number - b.number);
  return isDescending ? ascending.reverse() : ascending;
}

export const pullRequestRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/pulls",
    needs: [["pull_requests", "read"]],
    handle: async (call) => {
      const { body, ...answer } = paginate(call, listPullRequests(call));
      const page = body as readonly PullIssue[];
      return { ...answer, body: await Promise.all(page.map((issue) => renderSimple(issue, call.state, call.urls))) };
    },
  },
  {
    operation: "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    needs: [["pull_requests", "read"]],
    handle: async (call) => {
      const issue = call.state.issue(call.integer("pull_number"));
      if (issue.pull === undefined) throw notFound();
      return { status: 200, body: await renderPullRequest(issue, call.state, call.urls) };
    },
  },
  {
    operation: "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    needs: [["pull_requests", "read"]],
    handle: async (call) => paginate(call, await listForCommit(call)),
  },
];
