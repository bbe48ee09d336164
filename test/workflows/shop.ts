import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect } from "vitest";
import { behave, FILES, LAUNCHER } from "../acceptance/bed.ts";
import { Pull } from "../world/pull.ts";
import { startWorld, type World } from "../world/world.ts";
import { Platform, type WorkflowRun } from "./platform.ts";

/** What the relay asks GitHub's API for. */
export const DISPATCH = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";

/** The shipped files of a wiring, where they are saved on the default branch. */
export const WIRINGS = {
  simple: { "codex.yml": "simple.yml" },
  hardened: { "codex.yml": "hardened.yml", "codex-relay.yml": "hardened-relay.yml" },
  "pull-request-target": { "codex.yml": "pull-request-target.yml" },
} as const;

export type Wiring = keyof typeof WIRINGS;
export const WIRING_NAMES = Object.keys(WIRINGS) as readonly Wiring[];

export interface Shop {
  readonly world: World;
  readonly platform: Platform;
}

/** A repository with a wiring of the examples as it is shipped, unless `change` says otherwise. */
export function openShop(wiring: Wiring, change: (workflow: string) => string = (workflow) => workflow): Shop {
  const shop = { world: undefined as unknown as World, platform: undefined as unknown as Platform };
  beforeAll(async () => {
    const workflows = Object.entries(WIRINGS[wiring]).map(([name, example]) => [
      `.github/workflows/${name}`,
      change(readFileSync(`examples/${example}`, "utf8")),
    ]);
    shop.world = await startWorld({ files: { ...FILES, ...Object.fromEntries(workflows) }, codexPath: LAUNCHER });
    behave(shop.world);
    shop.platform = await Platform.open(shop.world);
  });
  afterAll(async () => {
    expect(shop.world.github.violations).toEqual([]);
    await shop.world.close();
    await shop.platform.close();
  });
  return shop;
}

export interface Story extends Shop {
  readonly pull: Pull;
}

/** A pull request whose plan was asked for with a comment. */
export async function plan({ world, platform }: Shop): Promise<Story & { readonly runs: readonly WorkflowRun[] }> {
  const pull = await Pull.open(world);
  const runs = await platform.deliver(world.github.people.comment("ada", pull.number, "/codex Greet in German."));
  return { world, platform, pull, runs };
}

/** What a workflow run did, job by job; the whole log where a job gave no outputs. */
export function endOf(runs: readonly WorkflowRun[]) {
  return runs.map(({ workflow, jobs, log }) => ({
    workflow: workflow.replace(".github/workflows/", ""),
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([name, { result, outputs }]) => [
        name,
        [result, outputs["reason-code"] ?? (result === "success" ? "" : log), outputs.stage ?? ""].join(" ").trimEnd(),
      ]),
    ),
  }));
}
