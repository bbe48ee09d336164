import { describe, expect, test } from "vitest";
import { allowed, decisionOf } from "../bed.ts";
import { expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned"] });

describe("T1 a triage member approves", () => {
  test.each(["triage", "read"] as const)("is denied with the role %s, and the label is removed", async (role) => {
    const { world } = scene;
    world.github.administration.addUser({ login: `person-${role}`, role });
    const pull = await planned(world);
    if (role === "read") {
      // Who can only read cannot label; the role was taken away after the label was applied.
      world.github.administration.setRole("person-read", "triage");
      await world.github.people.label("person-read", pull.number, "approved-plan");
      world.github.administration.setRole("person-read", "read");
      await expectDenied(pull, "approver_not_authorised", () => pull.approve());
    } else {
      await expectDenied(pull, "approver_not_authorised", () => pull.label("person-triage"));
    }
    expect(world.model.requests.every(({ wantsJson }) => wantsJson)).toBe(true);
  });

  test("is denied when the account is gone by the time it is judged", async () => {
    const { world } = scene;
    world.github.administration.addUser({ login: "leaver", role: "write" });
    const pull = await planned(world);
    await world.github.people.label("leaver", pull.number, "approved-plan");
    world.github.administration.deleteUser("leaver");
    await expectDenied(pull, "approver_is_bot", () => pull.approve());
  });

  test("is denied when another account has taken over the login", async () => {
    const { world } = scene;
    world.github.administration.addUser({ login: "renamed", role: "triage" });
    const pull = await planned(world);
    await world.github.people.label("renamed", pull.number, "approved-plan");
    world.github.administration.addUser({ login: "renamed", role: "admin" });
    await expectDenied(pull, "approver_not_authorised", () => pull.approve());
  });

  test.each(["write", "maintain", "admin"] as const)("is no threat with the role %s", async (role) => {
    const { world } = scene;
    world.github.administration.addUser({ login: `person-${role}`, role });
    const pull = await planned(world);
    expect(decisionOf(await pull.label(`person-${role}`))).toEqual(allowed("plan_approved", "approved"));
  });
});
