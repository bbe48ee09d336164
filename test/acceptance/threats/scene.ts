import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";
import type { World } from "../../world/world.ts";
import { allowed, behave, decisionOf, denied, openBed } from "../bed.ts";

/** A world for one threat: well-behaved at the start of each test, and without violations of GitHub's API at the end. */
export function openScene(options: { policy?: string } = {}): { readonly world: World } {
  const scene: { world: World } = { world: undefined as never };
  beforeAll(async () => {
    scene.world = await openBed(options);
  });
  beforeEach(() => {
    scene.world.github.calm();
    behave(scene.world);
  });
  afterAll(async () => {
    expect(scene.world.github.violations).toEqual([]);
    await scene.world.close();
  });
  return scene;
}

export async function planned(world: World): Promise<Pull> {
  const pull = await Pull.open(world);
  expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  return pull;
}

export async function approved(world: World): Promise<Pull> {
  const pull = await planned(world);
  expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  return pull;
}

/** The mode denied for this reason: nothing is written, the label is gone, the check is red, people are told. */
export async function expectDenied(
  pull: Pull,
  reasonCode: string,
  act: () => Promise<StepResult>,
): Promise<StepResult> {
  const head = await pull.head;
  const result = await act();
  expect(decisionOf(result)).toMatchObject({
    ...denied(reasonCode),
    stage: expect.stringMatching(/^(denied|drifted)$/),
  });
  expect(await pull.head).toBe(head);
  expect(pull.isLabelPresent).toBe(false);
  expect(pull.checks(head ?? "").at(-1)?.conclusion).toBe("failure");
  expect(pull.comments.map(({ body }) => body).join("\n")).toContain(reasonCode);
  return result;
}

/** Everything that left the runner or can be read by people: comments, checks, summaries, logs, artifacts, the model. */
export async function everythingTold(world: World, results: readonly StepResult[]): Promise<string> {
  const { comments, checkRuns } = world.github.state;
  const artifacts: string[] = [];
  for (const run of world.github.state.runs.values()) {
    for (const { id } of world.artifacts.listByRun(run.id)) artifacts.push(await unzip(await world.artifacts.read(id)));
  }
  return [
    ...[...comments.values()].map(({ body }) => body),
    ...checkRuns.map(({ output, externalId }) => `${output.title}${output.summary}${externalId}`),
    ...results.flatMap(({ log, summary, outputs }) => [log, summary, JSON.stringify(outputs)]),
    ...world.model.requests.map(({ raw }) => raw),
    ...artifacts,
  ].join("\n");
}

async function unzip(zip: Uint8Array): Promise<string> {
  const { readArchive } = await import("../../../src/adapters/artifact/archive.ts");
  const files = await readArchive(zip);
  return [...files].map(([name, bytes]) => `${name}\n${Buffer.from(bytes)}`).join("\n");
}
