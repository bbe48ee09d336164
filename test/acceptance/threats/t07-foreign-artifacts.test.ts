import { describe, expect, test } from "vitest";
import { parsePointer } from "../../../src/governance/pointer.ts";
import { CHECK } from "../../world/pull.ts";
import { allowed, decisionOf } from "../bed.ts";
import { expectDenied, openScene, planned } from "./scene.ts";

const scene = openScene();

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
    const own = pull.checks(head).at(-1);
    const pointer = parsePointer(own?.externalId ?? "");
    const id = pointer?.artifactId ?? 0;
    const run = await world.github.administration.addRun(options);
    const copy = await world.artifacts.put(
      world.artifacts.find(id)?.name ?? "",
      await world.artifacts.read(id),
      run.id,
    );
    await fetch(`${world.github.url}/repos/acme/shop/check-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({
        name: CHECK,
        head_sha: head,
        conclusion: "action_required",
        external_id: (own?.externalId ?? "").replaceAll(`=${id}&`, `=${copy}&`),
      }),
    });
    await expectDenied(pull, "artifact_foreign", () => pull.label());
  });

  test("is not looked at when only its name is ours", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const pointer = parsePointer(pull.checks((await pull.head) ?? "").at(-1)?.externalId ?? "");
    const run = await world.github.administration.addRun({ path: ".github/workflows/evil.yml", event: "push" });
    await world.artifacts.put(world.artifacts.find(pointer?.artifactId ?? 0)?.name ?? "", Buffer.from("evil"), run.id);
    expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  });
});
