import { z } from "zod";
import type { TeamMembership } from "../../ports.ts";
import { type Client, parseAnswer } from "./client.ts";
import { RequestFailure } from "./failure.ts";

const MEMBERSHIP = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
const TEAM = "GET /orgs/{org}/teams/{team_slug}";

const membershipSchema = z.object({ state: z.enum(["active", "pending"]) });
const teamSchema = z.object({ slug: z.string(), organization: z.object({ login: z.string() }) });

/** With a team called `..` the address would be that of the organisation's own members. */
const PLAIN_NAME = /^[\w-]+$/;

/**
 * GitHub says 404 of somebody who is not a member, of a team that is not there and of one that the token may not see.
 * Only to a token that can read the team itself does it mean the first.
 */
export async function fetchTeamMembership(
  client: Client,
  team: { readonly org: string; readonly slug: string },
  login: string,
): Promise<TeamMembership> {
  const { org, slug } = team;
  if (![org, slug, login].every((name) => PLAIN_NAME.test(name))) return "unreadable";
  const parameters = { org, team_slug: slug };
  const membership = await ask(client, MEMBERSHIP, { ...parameters, username: login }, membershipSchema);
  if (membership === "forbidden") return "unreadable";
  if (membership !== "missing") return membership.state === "active" ? "member" : "not_member";
  const found = await ask(client, TEAM, parameters, teamSchema);
  if (found === "forbidden" || found === "missing") return "unreadable";
  // A renamed organisation leads to its new name, and its old one may be somebody else's by tomorrow.
  const isTheTeam = sameName(found.slug, slug) && sameName(found.organization.login, org);
  return isTheTeam ? "not_member" : "unreadable";
}

async function ask<T>(
  client: Client,
  route: string,
  parameters: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
): Promise<T | "missing" | "forbidden"> {
  try {
    const { data } = await client.send(route, parameters, { repeatable: true });
    return parseAnswer(schema, data, route);
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    if (error.code === "github_not_found") return "missing";
    if (error.code === "github_forbidden" && error.status === 403) return "forbidden";
    throw error;
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
