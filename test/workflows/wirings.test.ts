import { describe, expect, test } from "vitest";
import type { Delivery } from "../world/github/deliveries.ts";
import { LABEL } from "../world/pull.ts";
import { DISPATCH, endOf, openShop, plan, type Story, WIRING_NAMES } from "./shop.ts";

/** What voids an approval, and what mode approve says of it. */
const REVOCATIONS: readonly (readonly [string, string, (story: Story) => Promise<Delivery>])[] = [
  ["somebody pushes", "head_moved", ({ pull }) => pull.push({ "late.txt": "late\n" })],
  [
    "the label is taken away",
    "approval_withdrawn",
    ({ world, pull }) => world.github.people.unlabel("grace", pull.number, LABEL),
  ],
  [
    "the base branch is changed",
    "base_changed",
    async ({ world, pull }) => {
      await world.repository.commit("release", {}, { parent: (await world.repository.head("main")) ?? "" });
      return world.github.authors.edit("ada", pull.number, { base: "release" });
    },
  ],
  [
    "the pull request is opened again",
    "pull_request_reopened",
    async ({ world, pull }) => {
      await world.github.authors.close(pull.number);
      return world.github.authors.reopen("ada", pull.number);
    },
  ],
];

describe.each(WIRING_NAMES)("the wiring %s", (wiring) => {
  const shop = openShop(wiring);
  const relayed = wiring === "hardened" ? [{ workflow: "codex-relay.yml", jobs: { relay: "success" } }] : [];

  test("leads from a comment over the label to one commit", async () => {
    const { world, platform, pull, runs } = await plan(shop);
    const head = (await pull.head) ?? "";
    expect(endOf(runs)).toEqual([{ workflow: "codex.yml", jobs: { plan: "success plan_published planned" } }]);
    expect(pull.comments.map(({ body }) => body).join()).toContain("Greet in German.");
    expect(pull.checks(head).map(({ conclusion }) => conclusion)).toEqual(["action_required"]);
    expect(await pull.head).toBe(head);

    const approved = await platform.deliver(await world.github.people.label("grace", pull.number, LABEL));
    const jobs = { approve: "success plan_approved approved", execute: "success plan_executed executed" };
    expect(endOf(approved)).toEqual([...relayed, { workflow: "codex.yml", jobs }]);
    const commit = (await pull.head) ?? "";
    expect((await world.repository.commitInfo(commit))?.parents).toEqual([head]);
    expect(await world.repository.changedFiles(head, commit)).toHaveLength(1);
    expect(String(await world.repository.readFile(commit, "src/greeting.js"))).toContain("hallo");
    expect(pull.isLabelPresent).toBe(false);
    expect(pull.checks(commit).at(-1)?.conclusion).toBe("success");

    // act has a store of its own for artifacts: what the jobs stored must be in the world's.
    for (const { workflow, id } of [...runs, ...approved]) {
      expect(world.artifacts.listByRun(id).length > 0).toBe(workflow.endsWith("/codex.yml"));
    }
    expect(await platform.machine.privileged()).toEqual(["sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"]);
    expect(world.github.calls(DISPATCH).map(({ actor, status }) => `${actor} ${status}`)).toEqual(
      relayed.map(() => "github-actions[bot] 204"),
    );
  });

  test.each(REVOCATIONS)("revokes the approval when %s before the execution", async (_title, reasonCode, happen) => {
    const story = await plan(shop);
    const { world, platform, pull } = story;
    const label = await world.github.people.label("grace", pull.number, LABEL);
    const approved = await platform.deliver(label, { waiting: "execute" });
    expect(endOf(approved).at(-1)?.jobs).toEqual({ approve: "success plan_approved approved" });

    const delivery = await happen(story);
    const head = await pull.head;
    const jobs = { approve: `success ${reasonCode} revoked` };
    expect(endOf(await platform.deliver(delivery))).toEqual([...relayed, { workflow: "codex.yml", jobs }]);
    expect(pull.isLabelPresent).toBe(false);
    expect(await pull.head).toBe(head);
    expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("action_required");
  });
});
