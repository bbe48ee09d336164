import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { RepositoryRecord } from "./records.ts";
import type { Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { renderUser } from "./users.ts";

/** Addresses below a repository, as `<name>_url: <path>`. */
const LINKS: Readonly<Record<string, string>> = {
  archive: "/{archive_format}{/ref}",
  assignees: "/assignees{/user}",
  blobs: "/git/blobs{/sha}",
  branches: "/branches{/branch}",
  collaborators: "/collaborators{/collaborator}",
  comments: "/comments{/number}",
  commits: "/commits{/sha}",
  compare: "/compare/{base}...{head}",
  contents: "/contents/{+path}",
  contributors: "/contributors",
  deployments: "/deployments",
  downloads: "/downloads",
  events: "/events",
  forks: "/forks",
  git_commits: "/git/commits{/sha}",
  git_refs: "/git/refs{/sha}",
  git_tags: "/git/tags{/sha}",
  hooks: "/hooks",
  issue_comment: "/issues/comments{/number}",
  issue_events: "/issues/events{/number}",
  issues: "/issues{/number}",
  keys: "/keys{/key_id}",
  labels: "/labels{/name}",
  languages: "/languages",
  merges: "/merges",
  milestones: "/milestones{/number}",
  notifications: "/notifications{?since,all,participating}",
  pulls: "/pulls{/number}",
  releases: "/releases{/id}",
  stargazers: "/stargazers",
  statuses: "/statuses/{sha}",
  subscribers: "/subscribers",
  subscription: "/subscription",
  tags: "/tags",
  teams: "/teams",
  trees: "/git/trees{/sha}",
};

/** GitHub's `minimal-repository`. */
export function renderMinimalRepository(repository: RepositoryRecord, state: WorldState, urls: Urls): Json {
  const links = Object.entries(LINKS).map(([name, path]) => [`${name}_url`, urls.repository(repository, path)]);
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    private: repository.isPrivate,
    owner: renderUser(state.user(repository.owner), urls),
    html_url: urls.page(repository),
    description: null,
    fork: repository.isFork,
    url: urls.repository(repository),
    ...Object.fromEntries(links),
  };
}

/** GitHub's `repository`, in the form that pull requests and webhook payloads carry. */
export function renderRepository(repository: RepositoryRecord, state: WorldState, urls: Urls): Json {
  const openIssues = [...state.issues.values()].filter((issue) => issue.state === "open").length;
  const host = new URL(urls.html).host;
  return {
    ...renderMinimalRepository(repository, state, urls),
    git_url: `git://${host}/${repository.owner}/${repository.name}.git`,
    ssh_url: `git@${host}:${repository.owner}/${repository.name}.git`,
    clone_url: `${urls.page(repository)}.git`,
    svn_url: urls.page(repository),
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    visibility: repository.isPrivate ? "private" : "public",
    default_branch: repository.defaultBranch,
    size: 1,
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    forks: 0,
    forks_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    created_at: "2025-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    pushed_at: "2026-01-01T00:00:00Z",
  };
}

function renderRules(state: WorldState, branch: string): Json[] {
  const rules = state.requiredChecks.filter((rule) => rule.branch === branch);
  return rules.map((rule, index) => ({
    type: "required_status_checks",
    ruleset_source_type: "Repository",
    ruleset_source: `${state.repository.owner}/${state.repository.name}`,
    ruleset_id: 4200 + index,
    parameters: {
      strict_required_status_checks_policy: false,
      required_status_checks: rule.contexts.map(({ context, integrationId }) => ({
        context,
        ...(integrationId === undefined ? {} : { integration_id: integrationId }),
      })),
    },
  }));
}

export const repositoryRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}",
    needs: [],
    handle: ({ state, urls }) => ({
      status: 200,
      body: { ...renderRepository(state.repository, state, urls), network_count: 0, subscribers_count: 0 },
    }),
  },
  {
    operation: "GET /repos/{owner}/{repo}/rules/branches/{branch}",
    needs: [],
    handle: (call) => paginate(call, renderRules(call.state, call.text("branch"))),
  },
];
