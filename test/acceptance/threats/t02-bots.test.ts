import { describe, test } from "vitest";
import { LABEL, REVIEWER } from "../../world/pull.ts";
import { expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

describe("T2 a bot, an app or an agent's suggestion approves", () => {
  test("is denied for a bot with write access", async () => {
    scene.world.github.administration.addUser({ login: "helper[bot]", type: "Bot", role: "write" });
    const pull = await planned(scene.world);
    await expectDenied(pull, "approver_is_bot", () => pull.label("helper[bot]"));
  });

  test("is denied when a person's label came through an app", async () => {
    const pull = await planned(scene.world);
    await scene.world.github.people.label(REVIEWER, pull.number, LABEL, { viaApp: { id: 77, slug: "labeller" } });
    await expectDenied(pull, "approver_is_bot", () => pull.approve());
  });

  test.each(["LOW", "MEDIUM", "HIGH"] as const)(
    "is denied when an agent suggested it with %s confidence",
    async (confidence) => {
      const pull = await planned(scene.world);
      await scene.world.github.people.label(REVIEWER, pull.number, LABEL, {
        intent: { rationale: "Looks good.", confidence },
      });
      await expectDenied(pull, "approver_is_agent", () => pull.approve());
    },
  );

  test("is denied when the job's own token applied the label", async () => {
    const { world } = scene;
    const pull = await planned(world);
    await fetch(`${world.github.url}/repos/acme/shop/issues/${pull.number}/labels`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ labels: [LABEL] }),
    });
    await expectDenied(pull, "approver_is_bot", () => pull.approve());
  });
});
