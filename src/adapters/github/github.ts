import type { GitHub } from "../../ports.ts";
import { addAssignees, removeAssignees } from "./assignees.ts";
import { createCheckRun, fetchCheckRuns } from "./checks.ts";
import { type ClientOptions, createClient } from "./client.ts";
import { fetchForeignEditors } from "./comment-edits.ts";
import {
  addReaction,
  createComment,
  fetchComment,
  fetchComments,
  fetchNewestComments,
  minimizeComment,
  updateComment,
} from "./comments.ts";
import { createCommit } from "./commit-writing.ts";
import { fetchBranchHead, fetchCommit, fetchFile } from "./commits.ts";
import { fetchLabelHistory } from "./label-history.ts";
import { removeLabel } from "./labels.ts";
import { fetchPermission } from "./people.ts";
import {
  fetchOpenPullRequestNumbers,
  fetchOpenPullRequests,
  fetchPullRequest,
  fetchRepository,
} from "./pull-requests.ts";
import { fetchChecks } from "./reported-checks.ts";
import { fetchWorkflowRun } from "./runs.ts";
import { fetchTeamMembership } from "./teams.ts";

export interface GitHubOptions extends ClientOptions {
  /** Derived from `apiUrl` when not given. */
  readonly graphqlUrl?: string;
  /** When given, check runs of other apps are not seen. */
  readonly checkAppSlug?: string;
}

/** One repository of GitHub, over REST and GraphQL. Throws ExternalError with a `github_…` code. */
export function createGitHub(options: GitHubOptions): GitHub {
  const client = createClient(options);
  const graphqlUrl = options.graphqlUrl ?? graphqlUrlOf(client.apiUrl);
  const appSlug = options.checkAppSlug;
  return {
    fetchRepository: () => fetchRepository(client),
    fetchPullRequest: (number) => fetchPullRequest(client, number),
    fetchBranchHead: (branch) => fetchBranchHead(client, branch),
    fetchCommit: (sha) => fetchCommit(client, sha),
    fetchOpenPullRequests: (headSha) => fetchOpenPullRequests(client, headSha),
    fetchOpenPullRequestNumbers: (limit) => fetchOpenPullRequestNumbers(client, limit),
    fetchFile: (path, ref) => fetchFile(client, path, ref),
    fetchComment: (id) => fetchComment(client, id),
    fetchComments: (pullRequest, since) => fetchComments(client, pullRequest, since),
    fetchNewestComments: (pullRequest) => fetchNewestComments(client, pullRequest),
    fetchPermission: (login) => fetchPermission(client, login),
    fetchTeamMembership: (org, slug, login) => fetchTeamMembership(client, { org, slug }, login),
    fetchLabelHistory: (pullRequest, label) => fetchLabelHistory(client, graphqlUrl, { pullRequest, label }),
    fetchCheckRuns: (headSha, name) => fetchCheckRuns(client, { headSha, name, appSlug }),
    fetchChecks: (headSha) => fetchChecks(client, headSha),
    fetchWorkflowRun: (id) => fetchWorkflowRun(client, id),
    removeLabel: (pullRequest, label) => removeLabel(client, pullRequest, label),
    addAssignees: (pullRequest, logins) => addAssignees(client, pullRequest, logins),
    removeAssignees: (pullRequest, logins) => removeAssignees(client, pullRequest, logins),
    fetchForeignEditors: (nodeId) => fetchForeignEditors(client, graphqlUrl, nodeId),
    createComment: (pullRequest, body) => createComment(client, pullRequest, body),
    updateComment: (id, body) => updateComment(client, id, body),
    minimizeComment: (nodeId) => minimizeComment(client, graphqlUrl, nodeId),
    addReaction: (commentId, content) => addReaction(client, commentId, content),
    createCheckRun: (request) => createCheckRun(client, request, appSlug),
    createCommit: (request) => createCommit(client, graphqlUrl, request),
  };
}

/** A server of one's own has REST at `/api/v3` and GraphQL at `/api/graphql`. */
function graphqlUrlOf(apiUrl: string): string {
  return apiUrl.endsWith("/api/v3") ? `${apiUrl.slice(0, -"/v3".length)}/graphql` : `${apiUrl}/graphql`;
}
