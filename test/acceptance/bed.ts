import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readArchive } from "../../src/adapters/artifact/archive.ts";
import type { RawPlan } from "../../src/governance/plan.ts";
import { type Pointer, parsePointer, renderPointer } from "../../src/governance/pointer.ts";
import type { Permissions } from "../world/github/records.ts";
import { applyPatch, type ModelRequest, message, type OutputItem, type Reply } from "../world/model.ts";
import { CHECK, type Pull } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { startWorld, type World } from "../world/world.ts";

/** The pinned Codex as npm's launcher: what the action finds on a runner. */
export const LAUNCHER = fileURLToPath(new URL("../../node_modules/.bin/codex", import.meta.url));
/** The program that the launcher starts. Hundreds of runs need not start Node for it each time. */
export const PROGRAM = findProgram() ?? LAUNCHER;
const DIST = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export const FILES = {
  "README.md": "# Shop\n\nSells things.\n",
  "AGENTS.md": "Write short sentences.\n",
  "src/greeting.js": 'export const greeting = "hello";\n',
  "src/price.js": "export const price = 1;\n",
  "docs/guide.md": "# Guide\n",
  ".github/workflows/codex.yml": "name: codex\n",
  "link-to-docs": { content: "docs", mode: "120000" },
} as const;

function findProgram(): string | undefined {
  const folder = new URL(
    `../../node_modules/@openai/codex-${process.platform}-${process.arch}/vendor/`,
    import.meta.url,
  );
  if (!existsSync(folder)) return undefined;
  const programs = readdirSync(folder).map((name) => fileURLToPath(new URL(`${name}/bin/codex`, folder)));
  return programs.find((path) => existsSync(path));
}

/** A world with a small shop as its repository. `policy` is the policy file of the default branch. */
export async function openBed(
  options: { policy?: string; codexPath?: string; start?: Date; permissions?: Permissions } = {},
): Promise<World> {
  if (!existsSync(DIST)) throw new Error("There is no dist: run `npm run build` first.");
  const start = options.start === undefined ? {} : { start: options.start };
  const policy = options.policy === undefined ? {} : { ".github/codex-governance.yml": options.policy };
  const permissions = options.permissions === undefined ? {} : { permissions: options.permissions };
  const codexPath = options.codexPath ?? PROGRAM;
  const world = await startWorld({ files: { ...FILES, ...policy }, codexPath, ...start, ...permissions });
  behave(world);
  return world;
}

type PlannedFile = RawPlan["files"][number];

export const modify = (path: string): PlannedFile => ({
  path,
  operation: "modify",
  from: null,
  reason: "It says hello.",
});
export const create = (path: string): PlannedFile => ({ path, operation: "create", from: null, reason: "It is new." });
export const remove = (path: string): PlannedFile => ({ path, operation: "delete", from: null, reason: "It is old." });
export const rename = (from: string, path: string): PlannedFile => ({
  path,
  operation: "rename",
  from,
  reason: "Better name.",
});

export const GREETING = modify("src/greeting.js");

export function planOf(files: readonly PlannedFile[], more: Partial<RawPlan> = {}): RawPlan {
  return {
    summary: "Greet in German.",
    steps: [{ title: "Change the greeting", rationale: "It was asked for.", files: files.map(({ path }) => path) }],
    files: [...files],
    verification: [],
    risks: ["Somebody may not understand it."],
    rollback: "Revert the commit.",
    ...more,
  };
}

export const greet = (): OutputItem =>
  applyPatch([
    "*** Update File: src/greeting.js",
    "@@",
    '-export const greeting = "hello";',
    '+export const greeting = "hallo";',
  ]);

/** One item a request of the turn, then the final message. */
export function steps(...items: readonly OutputItem[]): (request: ModelRequest) => Reply {
  return ({ toolOutputs }) => [items[toolOutputs.length] ?? message("Done.")];
}

/** A model that plans one modification and does it. */
export function behave(world: World): void {
  world.agent.plan = () => planOf([GREETING]);
  world.agent.change = steps(greet());
}

/** What a step decided, for short assertions. */
export function decisionOf({ exitCode, outputs }: StepResult) {
  return { exitCode, decision: outputs.decision, reasonCode: outputs["reason-code"], stage: outputs.stage };
}

/** The files of the bundle that a step has stored. */
export async function archived(pull: Pull, { outputs }: StepResult): Promise<ReadonlyMap<string, string>> {
  const files = await readArchive(await pull.world.artifacts.read(Number(outputs["artifact-id"])));
  return new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

export const denied = (reasonCode: string, stage = "denied") => ({ exitCode: 1, decision: "deny", reasonCode, stage });
export const allowed = (reasonCode: string, stage: string) => ({ exitCode: 0, decision: "allow", reasonCode, stage });
export const skipped = (reasonCode: string) => ({ exitCode: 0, decision: "skip", reasonCode, stage: "skipped" });

/** What the latest check run of a head remembers of this pull request. */
export function pointerOf(pull: Pull, sha: string): Pointer {
  const pointer = parsePointer(pull.checks(sha).at(-1)?.externalId ?? "");
  if (pointer === undefined) throw new Error(`There is no pointer on ${sha}.`);
  return pointer;
}

/** What a writer's own workflow could do: a check run of our name, by the same bot, that remembers something else. */
export async function forgeCheck(world: World, sha: string, pointer: Pointer): Promise<void> {
  const response = await fetch(`${world.github.url}/repos/acme/shop/check-runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: CHECK,
      head_sha: sha,
      conclusion: "action_required",
      external_id: renderPointer(pointer),
    }),
  });
  if (response.status !== 201) throw new Error(`The check run was refused: ${response.status}.`);
}
