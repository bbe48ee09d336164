import type { WorldState } from "./github/state.ts";
import type { BareRepository } from "./repository.ts";
import type { World } from "./world.ts";

/** What people, tests and the action can change in GitHub's double. Ids and the clock only ever go forward. */
const COLLECTIONS = [
  "users",
  "tokens",
  "labels",
  "issues",
  "comments",
  "reactions",
  "reviewComments",
  "events",
  "attestations",
  "checkRuns",
  "runs",
  "dispatches",
  "requiredChecks",
  "commitRules",
  "teams",
  "verifiedCommits",
] as const satisfies readonly (keyof WorldState)[];

type Collections = Pick<WorldState, (typeof COLLECTIONS)[number]>;

/**
 * Remembers how GitHub, its branches and its artifacts are now. What it returns puts them back to that moment, as
 * often as it is called: what took real runs of the action to come about need not come about again for each test.
 */
export async function rememberMoment({ github, repository, artifacts }: World): Promise<() => Promise<void>> {
  const records = copyOf(github.state);
  const branches = await repository.branches();
  const rewindArtifacts = await artifacts.remember();
  return async () => {
    // A copy of the copy: the next test changes what it is given.
    refill(github.state, structuredClone(records));
    await rewindBranches(repository, branches);
    await rewindArtifacts();
  };
}

/** One copy of all, so that records still refer to each other. */
function copyOf(state: WorldState): Collections {
  return structuredClone(Object.fromEntries(COLLECTIONS.map((name) => [name, state[name]]))) as Collections;
}

function refill(state: WorldState, records: Collections): void {
  for (const name of COLLECTIONS) {
    const [target, source] = [state[name], records[name]] as [unknown, unknown];
    if (target instanceof Map) {
      target.clear();
      for (const [key, value] of source as Map<unknown, unknown>) target.set(key, value);
    } else if (target instanceof Set) {
      target.clear();
      for (const value of source as Set<unknown>) target.add(value);
    } else (target as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...(source as unknown[]));
  }
}

async function rewindBranches(repository: BareRepository, before: ReadonlyMap<string, string>): Promise<void> {
  const now = await repository.branches();
  for (const branch of now.keys()) if (!before.has(branch)) await repository.deleteBranch(branch);
  for (const [branch, sha] of before) if (now.get(branch) !== sha) await repository.setBranch(branch, sha);
}
