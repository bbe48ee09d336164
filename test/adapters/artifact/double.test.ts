import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createArtifacts } from "../../../src/adapters/artifact/artifacts.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import type { Artifacts } from "../../../src/ports.ts";
import { type ArtifactStore, startArtifactStore } from "../../world/artifacts.ts";
import { actionsToken, type GitHubDouble, startGitHub } from "../../world/github/double.ts";
import { type BareRepository, createRepository } from "../../world/repository.ts";
import { TOKEN } from "./rest-endpoints.ts";

let git: BareRepository;
let world: GitHubDouble;
let store: ArtifactStore;
let directory: string;
let artifacts: Artifacts;
let runId: number;

beforeEach(async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  git = await createRepository({ files: { "README.md": "x" } });
  store = await startArtifactStore({ clock: () => world.clock.now() });
  world = await startGitHub({ git, artifacts: store, tokens: { [TOKEN]: actionsToken({ actions: "read" }) } });
  runId = (await world.administration.addRun({ path: ".github/workflows/codex.yml", event: "issue_comment" })).id;
  directory = await mkdtemp(join(tmpdir(), "artifacts-test-"));
  artifacts = createArtifacts({
    token: TOKEN,
    owner: "acme",
    repo: "shop",
    apiUrl: world.url,
    temporaryDirectory: directory,
    log: () => {},
    retryBaseMs: 1,
  });
  for (const [key, value] of Object.entries(store.env(runId))) vi.stubEnv(key, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  const violations = world?.violations;
  await Promise.all([world?.close(), store?.close(), git?.remove()]);
  await rm(directory, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

test("stores a bundle in a run and reads it back through GitHub's REST interface", async () => {
  const plan = Buffer.from('{"summary":"x"}');
  const reference = await artifacts.store("codex-plan-pr1-0123456789ab", new Map([["plan.json", plan]]), 7);
  expect(await artifacts.fetchInfo(reference.id)).toMatchObject({ runId, digest: reference.digest, expired: false });
  const files = await artifacts.fetch(reference, runId);
  expect(digestOf(files.get("plan.json") ?? "")).toBe(digestOf(plan));
  expect(world.state.runs.has(runId)).toBe(true);
});

test("fails closed when the artifact expires, is removed or belongs to another run", async () => {
  const files = new Map([["plan.json", Buffer.from("x")]]);
  const reference = await artifacts.store("codex-plan-pr1-0123456789ab", files, 7);
  await expect(artifacts.fetch(reference, runId + 1)).rejects.toMatchObject({ code: "artifact_foreign" });
  store.expire(reference.id);
  await expect(artifacts.fetch(reference, runId)).rejects.toMatchObject({ code: "artifact_expired" });
  await store.remove(reference.id);
  await expect(artifacts.fetch(reference, runId)).rejects.toMatchObject({ code: "artifact_missing" });
});

test("fails when GitHub does not answer for the artifact", async () => {
  const reference = await artifacts.store("bundle", new Map([["plan.json", Buffer.from("x")]]), 7);
  world.fault({ match: ({ path }) => path.endsWith("/zip"), times: 3, fault: { kind: "status", status: 500 } });
  await expect(artifacts.fetch(reference, runId)).rejects.toMatchObject({ code: "github_unavailable" });
});
