import { describe, expect, onTestFinished, test } from "vitest";
import { rememberMoment } from "./moment.ts";
import { LABEL, Pull, REVIEWER } from "./pull.ts";
import { startWorld, WORKFLOW, type World } from "./world.ts";

async function openWorld(): Promise<World> {
  const world = await startWorld({ files: { a: "1\n" }, codexPath: "/nothing" });
  onTestFinished(() => world.close());
  return world;
}

/** What can be seen of a world from outside. */
async function lookAt({ github, repository, artifacts }: World, artifactId: number) {
  const { issues, comments, checkRuns, runs, users, events } = github.state;
  return {
    records: structuredClone({ issues, comments, checkRuns, runs, users, events }),
    branches: await repository.branches(),
    artifact: artifacts.find(artifactId),
    bytes: await artifacts.read(artifactId),
  };
}

describe("a remembered moment", () => {
  test("comes back as often as it is asked for, whatever was changed since", async () => {
    const world = await openWorld();
    const pull = await Pull.open(world);
    await world.github.people.label(REVIEWER, pull.number, LABEL);
    const { commentId } = world.github.people.comment("ada", pull.number, "first");
    const run = await world.github.administration.addRun({ path: WORKFLOW, event: "issue_comment" });
    const artifactId = await world.artifacts.put("plan", Buffer.from("zip"), run.id);
    const rewind = await rememberMoment(world);
    const before = await lookAt(world, artifactId);

    const changes: readonly (() => unknown)[] = [
      () => world.github.people.editComment("ada", commentId, "second"),
      () => world.github.people.deleteComment("ada", commentId),
      () => world.github.people.unlabel(REVIEWER, pull.number, LABEL),
      () => world.github.administration.setRole(REVIEWER, "read"),
      () => world.github.authors.close(pull.number),
      () => world.repository.commit("main", { a: "2\n" }),
      () => world.repository.deleteBranch(pull.branch),
      () => Pull.open(world),
      () => world.artifacts.expire(artifactId),
      () => world.artifacts.tamper(artifactId, Buffer.from("other")),
      () => world.artifacts.remove(artifactId),
    ];
    for (const change of changes) {
      await change();
      await rewind();
      expect(await lookAt(world, artifactId)).toEqual(before);
    }
    expect(pull.isLabelPresent).toBe(true);
  });

  test("does not give the id of something forgotten to something new", async () => {
    const world = await openWorld();
    const pull = await Pull.open(world);
    const rewind = await rememberMoment(world);
    const comment = () => world.github.people.comment("ada", pull.number, "x").commentId;
    const artifact = () => world.artifacts.put("a", Buffer.from("zip"), 1);
    const forgotten = [comment(), await artifact()];
    await rewind();
    expect(world.github.state.comments.has(forgotten[0] ?? 0)).toBe(false);
    expect(world.artifacts.find(forgotten[1] ?? 0)).toBeUndefined();
    expect([comment(), await artifact()]).toEqual(forgotten.map((id) => id + 1));
  });
});
