import { ApiFailure, notFound } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import type { App, Role, UserRecord } from "./records.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";

/** GitHub's coarse permission of a role: triage counts as read, maintain as write. */
const PERMISSION: Readonly<Record<Role, string>> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

/** GitHub's `simple-user`. */
export function renderUser(user: UserRecord, urls: Urls): Json {
  const api = `${urls.api}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId("U", user.id),
    avatar_url: `https://avatars.githubusercontent.com/u/${user.id}?v=4`,
    gravatar_id: "",
    url: api,
    html_url: `${urls.html}/${encodeURIComponent(user.login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** The same, or null for an account that is gone. */
export function renderActor(user: UserRecord, urls: Urls): Json | null {
  return user.deleted ? null : renderUser(user, urls);
}

/** GitHub's `integration`: the app that something was done through. */
export function renderApp(app: App | undefined, state: WorldState, urls: Urls): Json | null {
  if (app === undefined) return null;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    owner: renderUser(state.user("github"), urls),
    name: app.slug,
    description: "",
    external_url: "https://help.github.com/en/actions",
    html_url: `${urls.html}/apps/${app.slug}`,
    created_at: "2018-07-30T09:30:17Z",
    updated_at: "2024-04-10T20:33:16Z",
    permissions: {},
    events: [],
  };
}

/** GitHub's `author_association`. It says nothing about permissions: never authorise on it. */
export function associationOf(user: UserRecord, state: WorldState): string {
  if (user.login === state.repository.owner) return "OWNER";
  return user.role === "none" ? "NONE" : "COLLABORATOR";
}

function permissionOf(call: Call): Json {
  const user = call.state.users.get(call.text("username").toLowerCase());
  if (user === undefined || user.deleted) throw notFound();
  if (user.type !== "User") throw notFound(`${user.login} is not a user`);
  // Everybody can read a public repository.
  const role = user.role === "none" && !call.state.repository.isPrivate ? "read" : user.role;
  return {
    permission: PERMISSION[role],
    role_name: role,
    user: {
      ...renderUser(user, call.urls),
      role_name: role,
      permissions: {
        admin: role === "admin",
        maintain: role === "admin" || role === "maintain",
        push: ["admin", "maintain", "write"].includes(role),
        triage: !["read", "none"].includes(role),
        pull: role !== "none",
      },
    },
  };
}

export const userRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
    needs: [],
    handle: (call) => ({ status: 200, body: permissionOf(call) }),
  },
];

/** GitHub's refusal of a token that lacks a permission. */
export function forbidden(isApp: boolean): ApiFailure {
  return new ApiFailure(403, `Resource not accessible by ${isApp ? "integration" : "personal access token"}`);
}
