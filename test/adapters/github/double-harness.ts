import { afterEach, beforeEach, expect } from "vitest";
import { createGitHub } from "../../../src/adapters/github/github.ts";
import type { GitHub } from "../../../src/ports.ts";
import { actionsToken, type GitHubDouble, startGitHub } from "../../world/github/double.ts";
import type { Match } from "../../world/github/faults.ts";
import { type BareRepository, createRepository } from "../../world/repository.ts";
import { TOKEN } from "./harness.ts";

/** An app's token that may read the members of teams; a job's own never may. */
export const MEMBERS_TOKEN = "ghs_reads_members";
/** A job's token without `statuses: read`. */
export const NARROW_TOKEN = "ghs_narrow";

export interface DoubleHarness {
  readonly world: GitHubDouble;
  readonly git: BareRepository;
  /** Number of an open pull request by ada. */
  readonly pull: number;
  /** Its head. */
  readonly head: string;
  adapter(token?: string): GitHub;
}

/** The double with a pull request for each test. In the end nothing may have been sent that GitHub does not allow. */
export function useDouble(): DoubleHarness {
  let current: Omit<DoubleHarness, "adapter"> | undefined;
  const running = (): Omit<DoubleHarness, "adapter"> => {
    if (current === undefined) throw new Error("the double is only there inside of a test");
    return current;
  };
  beforeEach(async () => {
    const git = await createRepository({ files: { "README.md": "hello\n" } });
    const parent = (await git.head("main")) ?? "";
    const head = await git.commit("feature", { "src/a.ts": "a\n" }, { parent });
    const world = await startGitHub({
      git,
      users: [
        { login: "ada", role: "write" },
        { login: "max", role: "maintain" },
        { login: "tris", role: "triage" },
        { login: "eve", role: "none" },
      ],
      tokens: {
        [TOKEN]: actionsToken({ checks: "write", issues: "write", pull_requests: "write", statuses: "read" }),
        [MEMBERS_TOKEN]: { ...actionsToken({ members: "read" }), app: { id: 77, slug: "governance-app" } },
        [NARROW_TOKEN]: actionsToken({ checks: "read" }),
      },
    });
    const { number: pull } = await world.authors.openPullRequest({ user: "ada", head: "feature" });
    current = { world, git, pull, head };
  });
  afterEach(async () => {
    const violations = current?.world.violations;
    await current?.world.close();
    await current?.git.remove();
    current = undefined;
    expect(violations).toEqual([]);
  });
  return {
    get world() {
      return running().world;
    },
    get git() {
      return running().git;
    },
    get pull() {
      return running().pull;
    },
    get head() {
      return running().head;
    },
    adapter: (token = TOKEN) =>
      createGitHub({ token, apiUrl: running().world.url, owner: "acme", repo: "shop", log: () => {}, retryBaseMs: 1 }),
  };
}

export const operation =
  (name: string): Match =>
  (request) =>
    request.operation === name;
