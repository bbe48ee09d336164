import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { rememberMoment } from "../world/moment.ts";
import { Pull } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import type { World } from "../world/world.ts";
import { allowed, behave, decisionOf, denied, openBed } from "./bed.ts";

type Stage = "planned" | "approved";

export interface SceneOptions {
  readonly policy?: string;
  /** Default: the program that npm's launcher would start. */
  readonly codexPath?: string;
  /**
   * Pull requests that are brought to these stages once, by the action itself. GitHub is put back to that moment
   * before each test, and the first `planned` or `approved` of a test gets one of them.
   */
  readonly ready?: readonly Stage[];
}

/** The pull requests of a world that this test has not taken yet. */
const untaken = new WeakMap<World, [Stage, Pull][]>();

/** A world for one file: well-behaved and as new for each test, and without violations of GitHub's API at the end. */
export function openScene({ ready = [], ...options }: SceneOptions = {}): { readonly world: World } {
  const scene: { world: World } = { world: undefined as never };
  const pulls: [Stage, Pull][] = [];
  let rewind: () => Promise<void>;
  beforeAll(async () => {
    scene.world = await openBed(options);
    for (const stage of ready) pulls.push([stage, await bringTo(stage, scene.world)]);
    rewind = await rememberMoment(scene.world);
  });
  beforeEach(async () => {
    scene.world.github.calm();
    behave(scene.world);
    await rewind();
    untaken.set(scene.world, [...pulls]);
  });
  afterAll(async () => {
    expect(scene.world.github.violations).toEqual([]);
    await scene.world.close();
  });
  return scene;
}

/** A new pull request, under this policy, that the action itself brings to a stage. */
export async function bringUnder(policy: string, stage: Stage, world: World): Promise<Pull> {
  await world.repository.commit("main", { ".github/codex-governance.yml": policy });
  return bringTo(stage, world);
}

async function bringTo(stage: Stage, world: World): Promise<Pull> {
  const pull = await Pull.open(world);
  expect(decisionOf(await pull.ask())).toEqual(allowed("plan_published", "planned"));
  if (stage === "approved") expect(decisionOf(await pull.label())).toEqual(allowed("plan_approved", "approved"));
  return pull;
}

async function take(stage: Stage, world: World): Promise<Pull> {
  const pulls = untaken.get(world) ?? [];
  const index = pulls.findIndex(([is]) => is === stage);
  const [found] = index < 0 ? [] : pulls.splice(index, 1);
  return found?.[1] ?? bringTo(stage, world);
}

/** A pull request with a plan that waits. */
export function planned(world: World): Promise<Pull> {
  return take("planned", world);
}

/** A pull request whose plan is approved and had its dry run. */
export function approved(world: World): Promise<Pull> {
  return take("approved", world);
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
  const { readArchive } = await import("../../src/adapters/artifact/archive.ts");
  const files = await readArchive(zip);
  return [...files].map(([name, bytes]) => `${name}\n${Buffer.from(bytes)}`).join("\n");
}
