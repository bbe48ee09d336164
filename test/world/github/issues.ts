import { notFound, unprocessable } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import { renderLabel } from "./labels.ts";
import { paginate } from "./pagination.ts";
import type { IssueRecord, UserRecord } from "./records.ts";
import { type Call, issueOrPull, type Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { associationOf, renderActor, renderUser } from "./users.ts";

/** GitHub's `issue`; a pull request is one too, with a `pull_request` that leads to it. */
export function renderIssue(issue: IssueRecord, state: WorldState, urls: Urls): Json {
  const url = urls.repository(state.repository, `/issues/${issue.number}`);
  const pull = urls.repository(state.repository, `/pulls/${issue.number}`);
  const page = urls.page(state.repository, `/${issue.pull ? "pull" : "issues"}/${issue.number}`);
  const assignees = [...issue.assignees].map((user) => renderUser(user, urls));
  const links = { url: pull, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`, merged_at: null };
  return {
    id: issue.id,
    node_id: nodeId("I", issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: renderActor(issue.author, urls),
    state: issue.state,
    state_reason: null,
    locked: false,
    active_lock_reason: null,
    labels: [...issue.labels].map((label) => renderLabel(label, state, urls)),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: [...state.comments.values()].filter((comment) => comment.issue === issue).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt ?? null,
    author_association: associationOf(issue.author, state),
    performed_via_github_app: null,
    url,
    repository_url: urls.repository(state.repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: page,
    reactions: renderReactionCounts([], `${url}/reactions`),
    ...(issue.pull ? { draft: false, pull_request: links } : {}),
  };
}

const REACTIONS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

/** GitHub's `reaction-rollup`. */
export function renderReactionCounts(contents: readonly string[], url: string): Json {
  const counts = REACTIONS.map((name) => [name, contents.filter((content) => content === name).length]);
  return { url, total_count: contents.length, ...Object.fromEntries(counts) };
}

/** People with access, and whoever commented there. */
function isAssignable(user: UserRecord, issue: IssueRecord, state: WorldState): boolean {
  if (user.deleted || user.type !== "User") return false;
  return user.role !== "none" || [...state.comments.values()].some((c) => c.issue === issue && c.author === user);
}

function assign(call: Call, change: "add" | "delete"): Json {
  const issue = call.state.issue(call.integer("issue_number"));
  const { assignees = [] } = call.body<{ assignees?: (string | { login: string })[] }>();
  if (assignees.length > 10) throw unprocessable("At most 10 assignees are allowed", { field: "assignees" });
  for (const entry of assignees) {
    const login = typeof entry === "string" ? entry : entry.login;
    const user = call.state.users.get(login.toLowerCase());
    // GitHub silently ignores who cannot be assigned, and who is not.
    if (user !== undefined && (change === "delete" || isAssignable(user, issue, call.state))) {
      issue.assignees[change](user);
    }
  }
  issue.updatedAt = call.state.clock.tick();
  return renderIssue(issue, call.state, call.urls);
}

/** Pull requests are among them. All labels must be there; one that the repository lacks is on nothing. */
function listIssues(call: Call): IssueRecord[] {
  const state = call.optional("state") ?? "open";
  const labels = (call.optional("labels") ?? "")
    .toLowerCase()
    .split(",")
    .filter((name) => name !== "");
  const since = Date.parse(call.optional("since") ?? "1970-01-01T00:00:00Z");
  const names = (issue: IssueRecord) => new Set([...issue.labels].map(({ name }) => name.toLowerCase()));
  return [...call.state.issues.values()]
    .filter((issue) => (state === "all" || issue.state === state) && Date.parse(issue.updatedAt) >= since)
    .filter((issue) => labels.every((label) => names(issue).has(label)))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || b.number - a.number);
}

export const issueRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/issues",
    needs: [["issues", "read"]],
    handle: (call) => {
      for (const name of ["sort", "direction", "milestone", "assignee", "creator", "mentioned", "type"]) {
        if (call.optional(name) !== undefined) throw unprocessable(`The double does not look at ${name}`);
      }
      return paginate(
        call,
        listIssues(call).map((issue) => renderIssue(issue, call.state, call.urls)),
      );
    },
  },
  {
    operation: "GET /repos/{owner}/{repo}/issues/{issue_number}",
    needs: issueOrPull("read"),
    handle: (call) => {
      const issue = call.state.issues.get(call.integer("issue_number"));
      if (issue === undefined) throw notFound();
      return { status: 200, body: renderIssue(issue, call.state, call.urls) };
    },
  },
  {
    operation: "POST /repos/{owner}/{repo}/issues/{issue_number}/assignees",
    needs: issueOrPull("write"),
    handle: (call) => ({ status: 201, body: assign(call, "add") }),
  },
  {
    operation: "DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees",
    needs: issueOrPull("write"),
    handle: (call) => ({ status: 200, body: assign(call, "delete") }),
  },
];
