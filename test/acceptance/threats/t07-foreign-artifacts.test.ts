import { describe, expect, test } from "vitest";
import { allowed, decisionOf, forgeCheck, pointerOf } from "../bed.ts";
import { approved, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });

const FOREIGN: readonly [name: string, run: { path: string; event: string; headBranch: string; fork?: string }][] = [
  ["another workflow", { path: ".github/workflows/other.yml", event: "issue_comment", headBranch: "main" }],
  ["another event", { path: ".github/workflows/codex.yml", event: "push", headBranch: "main" }],
  ["a pull request's workflow", { path: ".github/workflows/codex.yml", event: "pull_request", headBranch: "feature" }],
  ["another branch", { path: ".github/workflows/codex.yml", event: "issue_comment", headBranch: "feature" }],
  ["a fork", { path: ".github/workflows/codex.yml", event: "issue_comment", headBranch: "main", fork: "mallory" }],
];

describe("T7 an artifact of the same name from elsewhere", () => {
  test.each(FOREIGN)("is refused when %s made it, although it is newer and pointed to", async (_name, options) => {
    const { world } = scene;
    const pull = await planned(world);
    const head = (await pull.head) ?? "";
    const pointer = pointerOf(pull, head);
    const id = pointer.artifactId;
    const run = await world.github.administration.addRun(options);
    const name = world.artifacts.find(id)?.name ?? "";
    const copy = await world.artifacts.put(name, await world.artifacts.read(id), run.id);
    await forgeCheck(world, head, { ...pointer, artifactId: copy, planArtifactId: copy });
    await expectDenied(pull, "artifact_foreign", () => pull.label());
  });

  test.each<[string, (typeof FOREIGN)[number][1]]>([
    ["another workflow", { path: ".github/workflows/other.yml", event: "workflow_dispatch", headBranch: "main" }],
    ["another event", { path: ".github/workflows/codex.yml", event: "push", headBranch: "main" }],
    ["another branch", { path: ".github/workflows/codex.yml", event: "workflow_dispatch", headBranch: "feature" }],
    [
      "a fork",
      { path: ".github/workflows/codex.yml", event: "workflow_dispatch", headBranch: "main", fork: "mallory" },
    ],
  ])("is refused as the evidence of a dry run when %s made it", async (_name, options) => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const pointer = pointerOf(pull, head);
    const run = await world.github.administration.addRun(options);
    const copy = await world.artifacts.put("codex-plan", await world.artifacts.read(pointer.artifactId), run.id);
    await forgeCheck(world, head, { ...pointer, artifactId: copy });
    await expectDenied(pull, "artifact_foreign", () => pull.execute());
  });

  test("is refused when our own workflow made it, but on a tag with the default branch's name", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const head = (await pull.head) ?? "";
    const pointer = pointerOf(pull, head);
    const path = ".github/workflows/codex.yml";
    const headSha = await world.repository.commit("evil", { [path]: "name: evil\n" }, { parent: head });
    const run = await world.github.administration.addRun({
      path,
      event: "workflow_dispatch",
      headBranch: "main",
      headSha,
    });
    const copy = await world.artifacts.put("codex-plan", await world.artifacts.read(pointer.artifactId), run.id);
    await forgeCheck(world, head, { ...pointer, artifactId: copy });
    await expectDenied(pull, "artifact_foreign", () => pull.execute());
  });

  test("is refused when our own workflow made it for another plan", async () => {
    const { world } = scene;
    const [pull, other] = [await planned(world), await planned(world)];
    const head = (await pull.head) ?? "";
    const pointer = { ...pointerOf(other, (await other.head) ?? ""), pullRequest: pull.number };
    const { bindingDigest } = pointerOf(pull, head);
    await forgeCheck(world, head, { ...pointer, bindingDigest });
    await expectDenied(pull, "artifact_foreign", () => pull.label());
    await forgeCheck(world, head, pointer);
    await expectDenied(pull, "binding_mismatch", () => pull.label());
  });

  test("is not looked at when only its name is ours", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const pointer = pointerOf(pull, (await pull.head) ?? "");
    const run = await world.github.administration.addRun({ path: ".github/workflows/evil.yml", event: "push" });
    await world.artifacts.put(world.artifacts.find(pointer.artifactId)?.name ?? "", Buffer.from("evil"), run.id);
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });
});

describe("T7 the run of our own workflow", () => {
  test.each(["main", "refs/heads/main", "refs/heads/a.yml", "refs/tags/v1@2"])(
    "is known although GitHub appends `@%s` to its path",
    async (ref) => {
      const { world } = scene;
      const pull = await planned(world);
      const id = world.artifacts.find(pointerOf(pull, (await pull.head) ?? "").artifactId)?.runId ?? 0;
      const run = world.github.state.runs.get(id);
      expect(run?.path).toBe(".github/workflows/codex.yml");
      Object.assign(run ?? {}, { path: `${run?.path}@${ref}` });
      expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
    },
  );

  test("is not that of a file whose name goes on with an @", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const id = world.artifacts.find(pointerOf(pull, (await pull.head) ?? "").artifactId)?.runId ?? 0;
    const run = world.github.state.runs.get(id);
    Object.assign(run ?? {}, { path: `${run?.path}@y.yml` });
    await expectDenied(pull, "artifact_foreign", () => pull.label());
  });
});
