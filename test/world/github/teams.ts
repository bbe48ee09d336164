import { notFound } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import type { TeamRecord } from "./records.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";

const SINCE = "2024-01-01T00:00:00Z";

/** A team by `org/slug`, whatever the case. */
function teamOf(call: Call): TeamRecord {
  const team = call.state.teams.get(`${call.text("org")}/${call.text("team_slug")}`.toLowerCase());
  if (team === undefined) throw notFound();
  return team;
}

/** GitHub's `team-full`. */
function renderTeam(team: TeamRecord, state: WorldState, urls: Urls): Json {
  const page = `${urls.html}/orgs/${team.organization}/teams/${team.slug}`;
  const url = `${urls.api}/orgs/${team.organization}/teams/${team.slug}`;
  return {
    id: team.id,
    node_id: nodeId("T", team.id),
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: "closed",
    permission: "pull",
    type: "organization",
    url,
    html_url: page,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
    members_count: [...team.members.values()].filter((membership) => membership === "active").length,
    repos_count: 1,
    created_at: SINCE,
    updated_at: SINCE,
    organization: renderOrganization(team.organization, state, urls),
  };
}

function renderOrganization(login: string, state: WorldState, urls: Urls): Json {
  const { id } = state.user(login);
  const url = `${urls.api}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId("O", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    html_url: `${urls.html}/${login}`,
    description: null,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: 1,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: "Organization",
    created_at: SINCE,
    updated_at: SINCE,
    archived_at: null,
  };
}

function membershipOf(call: Call): Json {
  const login = call.text("username").toLowerCase();
  const state = teamOf(call).members.get(login);
  if (state === undefined || call.state.user(login).deleted) throw notFound();
  return { url: call.url.href, role: "member", state };
}

/** A job's own token has no `members`: to it, every team answers 403. */
export const teamRoutes: readonly Route[] = [
  {
    operation: "GET /orgs/{org}/teams/{team_slug}",
    needs: [["members", "read"]],
    handle: (call) => ({ status: 200, body: renderTeam(teamOf(call), call.state, call.urls) }),
  },
  {
    operation: "GET /orgs/{org}/teams/{team_slug}/memberships/{username}",
    needs: [["members", "read"]],
    handle: (call) => ({ status: 200, body: membershipOf(call) }),
  },
];
