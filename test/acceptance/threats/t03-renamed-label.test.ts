import { describe, expect, test } from "vitest";
import { LABEL, REVIEWER } from "../../world/pull.ts";
import { decisionOf, denied } from "../bed.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

describe("T3 the label appears by a rename", () => {
  test("is denied, for no event says who set it", async () => {
    const { world } = scene;
    const pull = await planned(world);
    await world.github.people.label(REVIEWER, pull.number, "almost");
    world.github.administration.renameLabel("almost", LABEL);
    await expectDenied(pull, "label_without_event", () => pull.approve());
    world.github.administration.deleteLabel(LABEL);
  });

  test("is denied when an event of that name exists but took the label away", async () => {
    const { world } = scene;
    const pull = await planned(world);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    await world.github.people.unlabel(REVIEWER, pull.number, LABEL);
    world.github.administration.deleteLabel(LABEL);
    await world.github.people.label("tess", pull.number, "other");
    world.github.administration.renameLabel("other", LABEL);
    await expectDenied(pull, "label_without_event", () => pull.approve());
    world.github.administration.deleteLabel(LABEL);
  });

  test("does not bring back an approval whose label was deleted from the repository", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.github.administration.deleteLabel(LABEL);
    expect(decisionOf(await pull.execute())).toEqual(denied("label_missing"));
  });
});
