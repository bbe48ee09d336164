import { describe, expect, test } from "vitest";
import type { Delivery } from "../world/github/deliveries.ts";
import { LABEL, Pull } from "../world/pull.ts";
import { DISPATCH, endOf, openShop, plan, type Shop, WIRING_NAMES } from "./shop.ts";

/** Events that are not for the workflows, though some look like it. */
const IDLE: readonly (readonly [string, (shop: Shop, pull: Pull) => Delivery | Promise<Delivery>])[] = [
  ["a comment without the command", ({ world }, { number }) => world.github.people.comment("ada", number, "Hello.")],
  [
    "a command on a plain issue",
    ({ world }) => {
      const { number } = world.github.authors.openIssue("ada", "Greet");
      return world.github.people.comment("ada", number, "/codex Greet in German.");
    },
  ],
  [
    "a comment that was edited into a command",
    ({ world }, { number }) => {
      const { commentId } = world.github.people.comment("ada", number, "Hello.");
      return world.github.people.editComment("ada", commentId, "/codex Greet in German.");
    },
  ],
  ["another label", ({ world }, { number }) => world.github.people.label("grace", number, "bug")],
  ["a push without the label", (_shop, pull) => pull.push({ "late.txt": "late\n" })],
  [
    "a new title",
    async ({ world }, { number }) => {
      await world.github.people.label("grace", number, LABEL);
      return world.github.authors.edit("ada", number, { title: "Greet" });
    },
  ],
  [
    "the label on a fork's pull request",
    async ({ world }) => {
      const parent = (await world.repository.head("main")) ?? "";
      await world.repository.commit("mallory/patch", { "patch.txt": "x\n" }, { parent });
      const { github } = world;
      const { number } = await github.authors.openPullRequest({ user: "mallory", head: "patch", fork: "mallory" });
      return github.people.label("grace", number, LABEL);
    },
  ],
];

describe.each(WIRING_NAMES)("the wiring %s", (wiring) => {
  const shop = openShop(wiring);

  test.each(IDLE)("starts no job for %s", async (_title, happen) => {
    const { world, platform } = shop;
    const pull = await Pull.open(world);
    const delivery = await happen(shop, pull);
    const before = world.github.requests.length;
    expect((await platform.deliver(delivery)).flatMap(({ jobs }) => Object.keys(jobs))).toEqual([]);
    expect(world.github.requests.slice(before)).toEqual([]);
  });
});

describe("the hardened wiring", () => {
  const shop = openShop("hardened");

  test("starts no job for a dispatch on another branch than the default one", async () => {
    const { world, platform } = shop;
    const pull = await Pull.open(world);
    world.github.administration.addToken("ghp_ada", { actor: "ada", permissions: { actions: "write" } });
    const url = `${world.github.url}/repos/acme/shop/actions/workflows/codex.yml/dispatches`;
    for (const [ref, jobs] of [
      [pull.branch, []],
      ["main", ["approve"]],
    ] as const) {
      const body = JSON.stringify({ ref, inputs: { "pull-request": String(pull.number) } });
      const headers = { authorization: "Bearer ghp_ada", "content-type": "application/json" };
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(204);
      const runs = await platform.playDispatches();
      expect(runs.map(({ workflow, jobs }) => [workflow, Object.keys(jobs)])).toEqual([
        [".github/workflows/codex.yml", jobs],
      ]);
    }
  });
});

describe("the permissions of the jobs", () => {
  const onlyReading = (scope: string) => (workflow: string) => workflow.replaceAll(`${scope}: write`, `${scope}: read`);

  describe("with checks to read", () => {
    const shop = openShop("simple", onlyReading("checks"));

    test("are what the token can do: without a scope that is needed, no plan waits for approval", async () => {
      const { runs, pull } = await plan(shop);
      expect(endOf(runs)).toEqual([{ workflow: "codex.yml", jobs: { plan: "failure github_forbidden refused" } }]);
      expect(pull.checks((await pull.head) ?? "")).toEqual([]);
    });
  });

  describe("with actions to read", () => {
    const shop = openShop("hardened", onlyReading("actions"));

    test("do not let the relay start a workflow", async () => {
      const { world, platform } = shop;
      const pull = await Pull.open(world);
      const runs = await platform.deliver(await world.github.people.label("grace", pull.number, LABEL));
      expect(runs.map(({ workflow, jobs }) => [workflow, jobs.relay?.result])).toEqual([
        [".github/workflows/codex-relay.yml", "failure"],
      ]);
      expect(world.github.calls(DISPATCH).map(({ status }) => status)).toEqual([403]);
      expect(world.github.administration.dispatches()).toEqual([]);
    });
  });
});
