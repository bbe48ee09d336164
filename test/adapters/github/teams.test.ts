import { beforeEach, expect, test } from "vitest";
import type { Fault } from "../../world/github/faults.ts";
import { MEMBERS_TOKEN, operation, useDouble } from "./double-harness.ts";

const double = useDouble();
const MEMBERSHIP = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
const TEAM = "GET /orgs/{org}/teams/{team_slug}";
const ask = (login: string, slug = "owners", org = "acme") =>
  double.adapter(MEMBERS_TOKEN).fetchTeamMembership(org, slug, login);

beforeEach(() => {
  double.world.administration.addTeamMember("acme/owners", "max");
  double.world.administration.addTeamMember("acme/owners", "ada", "pending");
});

test("knows members, whatever the case of the names", async () => {
  expect(await ask("max")).toBe("member");
  expect(await ask("Max", "Owners", "Acme")).toBe("member");
});

test("counts neither the invited nor the deleted nor the unknown as members", async () => {
  double.world.administration.addTeamMember("acme/owners", "tris");
  double.world.administration.deleteUser("tris");
  for (const login of ["ada", "eve", "tris", "nobody"]) expect(await ask(login), login).toBe("not_member");
});

test("never guesses for the token of a job, which can read no team", async () => {
  expect(await double.adapter().fetchTeamMembership("acme", "owners", "max")).toBe("unreadable");
  expect(await double.adapter().fetchTeamMembership("acme", "owners", "eve")).toBe("unreadable");
});

test("cannot tell a team that is not there from one that is hidden", async () => {
  expect(await ask("max", "none")).toBe("unreadable");
  expect(await ask("max", "owners", "elsewhere")).toBe("unreadable");
});

test("does not know a membership that is forbidden, although the team can be read", async () => {
  double.world.fault({ match: operation(MEMBERSHIP), fault: { kind: "status", status: 403 } });
  expect(await ask("eve")).toBe("unreadable");
});

test("does not take another team for the one that was asked for", async () => {
  double.world.fault({
    match: operation(TEAM),
    fault: {
      kind: "change",
      change: ({ body, headers }) => {
        const organization = { ...(body as { organization: object }).organization, login: "successor" };
        return { body: { ...(body as object), organization }, headers };
      },
    },
  });
  expect(await ask("eve")).toBe("unreadable");
});

test.each([
  ["..", "owners", "max"],
  ["acme", "..", "max"],
  ["acme", ".", "max"],
  ["acme", "owners", ".."],
  ["acme", "", "max"],
  ["acme", "owners/memberships", "max"],
])("asks nobody about the team %j/%j and the login %j", async (org, slug, login) => {
  expect(await ask(login, slug, org)).toBe("unreadable");
  expect(double.world.requests).toEqual([]);
});

const faults: readonly [string, string, Omit<Fault, "match">, string][] = [
  ["500 that stays", MEMBERSHIP, { fault: { kind: "status", status: 500 }, times: 3 }, "github_unavailable"],
  ["a bad token", MEMBERSHIP, { fault: { kind: "status", status: 401 } }, "github_forbidden"],
  ["half an answer", MEMBERSHIP, { fault: { kind: "malformed" } }, "github_malformed"],
  [
    "a state that is none",
    MEMBERSHIP,
    { fault: { kind: "change", change: ({ headers }) => ({ body: { state: "maybe" }, headers }) } },
    "github_malformed",
  ],
  [
    "an hour's rate limit, which is 403 too",
    MEMBERSHIP,
    { fault: { kind: "primary-rate-limit", resetInSeconds: 3600 } },
    "github_rate_limited",
  ],
];

test.each(faults)("fails with %s", async (_, name, fault, code) => {
  double.world.fault({ ...fault, match: operation(name) });
  await expect(ask("max")).rejects.toMatchObject({ code });
  expect(double.world.pendingFaults).toBe(0);
});

test("fails when the team fails, and says neither yes nor no", async () => {
  double.world.fault({ match: operation(TEAM), fault: { kind: "status", status: 500 }, times: 3 });
  await expect(ask("eve")).rejects.toMatchObject({ code: "github_unavailable" });
});
