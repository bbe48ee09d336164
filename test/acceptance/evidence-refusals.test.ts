import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parsePointer } from "../../src/governance/pointer.ts";
import { CHECK, Pull } from "../world/pull.ts";
import type { World } from "../world/world.ts";
import { allowed, behave, decisionOf, denied, openBed } from "./bed.ts";

let world: World;
beforeAll(async () => {
  world = await openBed();
});
beforeEach(() => behave(world));
afterAll(async () => {
  expect(world.github.violations).toEqual([]);
  await world.close();
});

async function planned(): Promise<{ pull: Pull; artifactId: number }> {
  const pull = await Pull.open(world);
  const result = await pull.ask();
  expect(decisionOf(result)).toEqual(allowed("plan_published", "planned"));
  return { pull, artifactId: Number(result.outputs["artifact-id"]) };
}

/** Denied: nothing was run, the label is gone, and the plan on the comment is still there to be read. */
async function expectDenied(pull: Pull, reasonCode: string, act = () => pull.label()): Promise<void> {
  const [head, requests] = [await pull.head, world.model.requests.length];
  expect(decisionOf(await act())).toEqual(denied(reasonCode));
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(false);
  expect(world.model.requests).toHaveLength(requests);
  expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
  expect(pull.comments[0]?.body).toContain("src/greeting.js");
  expect(pull.comments.at(-1)?.body).toContain(reasonCode);
}

describe("the evidence of a plan", () => {
  test("that is gone denies", async () => {
    const { pull, artifactId } = await planned();
    await world.artifacts.remove(artifactId);
    await expectDenied(pull, "artifact_missing");
  });

  test("that has expired denies", async () => {
    const { pull, artifactId } = await planned();
    world.artifacts.expire(artifactId);
    await expectDenied(pull, "artifact_expired");
  });

  test("whose bytes are other ones denies", async () => {
    const { pull, artifactId } = await planned();
    const zip = await world.artifacts.read(artifactId);
    zip[40] = (zip[40] ?? 0) ^ 1;
    await world.artifacts.tamper(artifactId, zip);
    await expectDenied(pull, "artifact_tampered");
  });

  test("that is cut off denies", async () => {
    const { pull, artifactId } = await planned();
    const zip = await world.artifacts.read(artifactId);
    await world.artifacts.tamper(artifactId, zip.subarray(0, zip.length / 2));
    await expectDenied(pull, "artifact_tampered");
  });

  test("that was tampered with after the dry run denies the execution", async () => {
    const { pull } = await planned();
    const approved = await pull.label();
    await world.artifacts.tamper(Number(approved.outputs["artifact-id"]), Buffer.from("not a zip"));
    await expectDenied(pull, "artifact_tampered", () => pull.execute());
  });

  const foreign: readonly [name: string, run: { path: string; event: string; headBranch: string; fork?: string }][] = [
    ["another workflow", { path: ".github/workflows/other.yml", event: "issue_comment", headBranch: "main" }],
    ["another event", { path: ".github/workflows/codex.yml", event: "push", headBranch: "main" }],
    ["another branch", { path: ".github/workflows/codex.yml", event: "issue_comment", headBranch: "feature" }],
    ["a fork", { path: ".github/workflows/codex.yml", event: "issue_comment", headBranch: "main", fork: "mallory" }],
  ];
  test.each(foreign)("that %s made denies, even when it is newer and has the same name", async (_name, options) => {
    const { pull, artifactId } = await planned();
    const head = (await pull.head) ?? "";
    const own = pull.checks(head).at(-1);
    const run = await world.github.administration.addRun(options);
    const name = world.artifacts.find(artifactId)?.name ?? "";
    const copy = await world.artifacts.put(name, await world.artifacts.read(artifactId), run.id);
    // A writer's workflow posts a check run of our name that points to the copy.
    const pointer = parsePointer(own?.externalId ?? "");
    const externalId = (own?.externalId ?? "").replaceAll(`=${pointer?.artifactId}`, `=${copy}`);
    const response = await fetch(`${world.github.url}/repos/acme/shop/check-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: CHECK, head_sha: head, conclusion: "action_required", external_id: externalId }),
    });
    expect(response.status).toBe(201);
    await expectDenied(pull, "artifact_foreign");
  });

  test("of another pull request denies", async () => {
    const { pull } = await planned();
    const other = await planned();
    const externalId = (other.pull.checks((await other.pull.head) ?? "").at(-1)?.externalId ?? "").replace(
      `pr=${other.pull.number}`,
      `pr=${pull.number}`,
    );
    await fetch(`${world.github.url}/repos/acme/shop/check-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: CHECK, head_sha: await pull.head, conclusion: "success", external_id: externalId }),
    });
    await expectDenied(pull, "binding_mismatch");
  });

  test("that cannot be stored fails the run: no plan is published", async () => {
    const pull = await Pull.open(world);
    const result = await pull.ask("Greet.", { environment: { ACTIONS_RUNTIME_TOKEN: "not.a.token" } });
    expect(decisionOf(result)).toEqual(denied("artifact_store_failed", "refused"));
    expect(pull.checks((await pull.head) ?? "")).toEqual([]);
    expect(decisionOf(await pull.label())).toEqual(denied("plan_not_found"));
  });
});
