import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { readArchive } from "../../../src/adapters/artifact/archive.ts";
import { type ArtifactsOptions, createArtifacts } from "../../../src/adapters/artifact/artifacts.ts";
import { digestOf } from "../../../src/governance/digest.ts";
import type { Artifacts, Files } from "../../../src/ports.ts";
import { type ArtifactStore, startArtifactStore } from "../../world/artifacts.ts";
import { type RestEndpoints, render, reply, startRestEndpoints, TOKEN } from "./rest-endpoints.ts";
import { zipOf } from "./zip-file.ts";

const RUN = 4711;
const created = new Date("2026-11-20T10:00:00Z");

let world: ArtifactStore;
let rest: RestEndpoints;
let directory: string;
let names = 0;
const log: string[] = [];
const printed: string[] = [];

beforeAll(async () => {
  world = await startArtifactStore({ clock: () => created });
  rest = await startRestEndpoints(world);
});

afterAll(async () => {
  await rest?.close();
  await world?.close();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "artifacts-test-"));
  log.length = 0;
  printed.length = 0;
  // GitHub's client reports to the runner on stdout.
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed.push(String(chunk));
    return true;
  });
  for (const [key, value] of Object.entries(world.env(RUN))) vi.stubEnv(key, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rest.requests.length = 0;
  rest.faults.length = 0;
  await rm(directory, { recursive: true, force: true });
});

function adapter(overrides: Partial<ArtifactsOptions> = {}): Artifacts {
  return createArtifacts({
    token: TOKEN,
    owner: "octo",
    repo: "world",
    apiUrl: rest.url,
    temporaryDirectory: directory,
    log: (line) => log.push(line),
    retryBaseMs: 1,
    ...overrides,
  });
}

const bundle: Files = new Map([
  ["plan.json", Buffer.from('{"summary":"Ünïcode"}\n')],
  ["drift.diff", new Uint8Array()],
  ["run-log.jsonl", new Uint8Array(300_000).map((_, index) => (index * 7919) % 251)],
]);

const freshName = (): string => `codex-plan-pr7-${String(names++).padStart(12, "0")}`;

test("gives back the bytes that were stored, found by id", async () => {
  const artifacts = adapter();
  const name = freshName();
  const reference = await artifacts.store(name, bundle, 7);
  const files = await artifacts.fetch(reference, RUN);
  expect([...files].map(([file, bytes]) => [file, digestOf(bytes)]).sort()).toEqual(
    [...bundle].map(([file, bytes]) => [file, digestOf(bytes)]).sort(),
  );
  expect(await artifacts.fetchInfo(reference.id)).toEqual({
    id: reference.id,
    name,
    digest: reference.digest,
    expired: false,
    createdAt: created.toISOString(),
    runId: RUN,
  });
});

test("answers the digest of the zip, with its prefix", async () => {
  const reference = await adapter().store(freshName(), bundle, 7);
  expect(reference.digest).toBe(digestOf(await world.read(reference.id)));
});

test("keeps the artifact as many days as asked for", async () => {
  const reference = await adapter().store(freshName(), bundle, 3);
  const days = (Date.parse(world.find(reference.id)?.expiresAt ?? "") - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(3);
});

test("leaves nothing behind in the temporary directory", async () => {
  const artifacts = adapter();
  await artifacts.fetch(await artifacts.store(freshName(), bundle, 7), RUN);
  expect(await readdir(directory)).toEqual([]);
});

test("never follows a symbolic link that waits in the temporary directory", async () => {
  const secret = join(directory, "secret");
  await writeFile(secret, "s3cr3t");
  const trap = join(directory, "evidence");
  await mkdir(trap);
  for (const place of [directory, trap]) await symlink(secret, join(place, "plan.json"));
  const reference = await adapter().store(freshName(), new Map([["plan.json", Buffer.from("mine")]]), 7);
  const files = await readArchive(await world.read(reference.id));
  expect(Buffer.from(files.get("plan.json") ?? []).toString()).toBe("mine");
  expect(await readFile(secret, "utf8")).toBe("s3cr3t");
});

test("prints no runner command but the masking of the signed address", async () => {
  await adapter().store(freshName(), bundle, 7);
  const lines = printed.join("").split(/\r?\n|\r/);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => line.startsWith("::") && !/^::(debug|add-mask)::/.test(line))).toEqual([]);
  expect(lines.join("\n")).not.toContain("ghs_");
});

test("fails with a clear text when the run has an artifact of that name", async () => {
  const artifacts = adapter();
  const name = freshName();
  await artifacts.store(name, bundle, 7);
  await expect(artifacts.store(name, bundle, 7)).rejects.toMatchObject({
    code: "artifact_store_failed",
    message: expect.stringMatching(/already exists.*Start a new run/),
  });
});

test("fails when the runtime token is not the store's", async () => {
  const [head, payload] = world.runtimeToken(RUN).split(".");
  vi.stubEnv("ACTIONS_RUNTIME_TOKEN", `${head}.${payload}.forged`);
  await expect(adapter().store(freshName(), bundle, 7)).rejects.toMatchObject({ code: "artifact_store_failed" });
});

test("fails outside of a runner", async () => {
  vi.stubEnv("ACTIONS_RUNTIME_TOKEN", "");
  await expect(adapter().store(freshName(), bundle, 7)).rejects.toMatchObject({
    code: "artifact_store_failed",
    message: expect.stringContaining("ACTIONS_RUNTIME_TOKEN"),
  });
});

test("gives up when the store does not answer in time", async () => {
  vi.stubEnv("ACTIONS_RESULTS_URL", `${rest.url}/`);
  rest.faults.push({ path: "/CreateArtifact", answer: () => {} });
  const storing = adapter({ transferTimeoutMs: 50 }).store(freshName(), bundle, 7);
  await expect(storing).rejects.toMatchObject({
    code: "artifact_store_failed",
    message: expect.stringContaining("no answer within"),
  });
  expect(await readdir(directory)).toEqual([]);
});

const unstorable: readonly [string, string, Files][] = [
  ["a name with a directory", "bundle", new Map([["a/b", Buffer.from("x")]])],
  ["a name that leaves the directory", "bundle", new Map([["..", Buffer.from("x")]])],
  ["an artifact name with a slash", "a/b", bundle],
  ["no files", "bundle", new Map()],
  ["twins in case", "bundle", new Map([...bundle, ["PLAN.json", Buffer.from("x")]])],
];

test.each(unstorable)("refuses to store %s", async (_, name, files) => {
  const before = world.calls.length;
  await expect(adapter().store(name, files, 7)).rejects.toMatchObject({ code: "artifact_store_failed" });
  expect(world.calls.length).toBe(before);
});

const files = (bytes: string) => zipOf([{ name: "plan.json", content: bytes }]);

test("refuses a zip that was replaced, before reading it", async () => {
  const id = await world.put("bundle", files("approved"), RUN);
  await world.tamper(id, files("other"));
  const reading = adapter().fetch({ id, digest: digestOf(files("approved")) }, RUN);
  await expect(reading).rejects.toMatchObject({
    code: "artifact_tampered",
    message: expect.stringContaining(digestOf(files("other"))),
  });
});

test("refuses a zip that was cut off", async () => {
  const zip = files("approved");
  const id = await world.put("bundle", zip, RUN);
  await world.tamper(id, zip.subarray(0, zip.length - 1));
  await expect(adapter().fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({
    code: "artifact_tampered",
  });
});

test("refuses an artifact of another digest without loading it", async () => {
  const id = await world.put("bundle", files("other"), RUN);
  const reading = adapter().fetch({ id, digest: digestOf(files("approved")) }, RUN);
  await expect(reading).rejects.toMatchObject({ code: "artifact_tampered" });
  expect(rest.requests.map(({ url }) => url)).toEqual([`/repos/octo/world/actions/artifacts/${id}`]);
});

test("refuses a zip of the right digest with an entry that leaves the directory", async () => {
  const zip = zipOf([{ name: "../../plan.json", content: "x" }]);
  const id = await world.put("bundle", zip, RUN);
  await expect(adapter().fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({
    code: "artifact_tampered",
  });
});

test("refuses a zip of the right digest that is too large", async () => {
  const zip = zipOf([{ name: "plan.json", content: new Uint8Array(5000), method: 0 }]);
  const id = await world.put("bundle", zip, RUN);
  const limits = { archiveBytes: 4000, unpackedBytes: 10_000, files: 64 };
  const reading = adapter({ limits }).fetch({ id, digest: digestOf(zip) }, RUN);
  await expect(reading).rejects.toMatchObject({
    code: "artifact_tampered",
    message: expect.stringContaining("more than 4000 bytes"),
  });
});

test("refuses an artifact of another run", async () => {
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN + 1);
  await expect(adapter().fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({ code: "artifact_foreign" });
});

test("says that an artifact has expired, without asking for the zip", async () => {
  const artifacts = adapter();
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN);
  world.expire(id);
  await expect(artifacts.fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({ code: "artifact_expired" });
  expect(rest.requests).toHaveLength(1);
  expect(await artifacts.fetchInfo(id)).toMatchObject({ expired: true });
});

test("says that an artifact has expired between the two requests", async () => {
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN);
  rest.faults.push({ path: "/zip", answer: (response) => reply(response, 410, { message: "Artifact has expired" }) });
  await expect(adapter().fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({ code: "artifact_expired" });
});

test("says that an artifact is missing", async () => {
  const artifacts = adapter();
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN);
  await world.remove(id);
  await expect(artifacts.fetch({ id, digest: digestOf(zip) }, RUN)).rejects.toMatchObject({ code: "artifact_missing" });
  expect(await artifacts.fetchInfo(id)).toBeUndefined();
});

test("reads an artifact that GitHub records no digest for by the digest that we recorded", async () => {
  const zip = files("old");
  const id = await world.put("bundle", zip, RUN);
  const row = world.find(id);
  if (row === undefined) throw new Error("not stored");
  const answer = { ...render(row), digest: null };
  rest.faults.push({ path: `/${id}`, answer: (response) => reply(response, 200, answer) });
  expect((await adapter().fetch({ id, digest: digestOf(zip) }, RUN)).size).toBe(1);
});

test("fails on a digest without its prefix", async () => {
  const id = await world.put("bundle", files("x"), RUN);
  const row = world.find(id);
  if (row === undefined) throw new Error("not stored");
  const answer = { ...render(row), digest: row.digest?.slice("sha256:".length) };
  rest.faults.push({ path: `/${id}`, answer: (response) => reply(response, 200, answer) });
  await expect(adapter().fetchInfo(id)).rejects.toMatchObject({ code: "github_malformed" });
});

test("never sends the token to the store", async () => {
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN);
  const elsewhere = (response: ServerResponse): void => {
    response.writeHead(302, { location: `${rest.url}/store?sig=s1gn4ture` }).end();
  };
  const deliver = (response: ServerResponse): void => {
    response.writeHead(200).end(zip);
  };
  rest.faults.push({ path: "/zip", answer: elsewhere }, { path: "/store?sig=s1gn4ture", answer: deliver });
  expect((await adapter().fetch({ id, digest: digestOf(zip) }, RUN)).size).toBe(1);
  const atStore = rest.requests.find(({ url }) => url.startsWith("/store"));
  expect(atStore?.headers.authorization).toBeUndefined();
  expect(inspect(atStore?.headers)).not.toContain(TOKEN);
});

test("asks for a new address when a delivery breaks off, and names neither address nor token when it gives up", async () => {
  const zip = files("x");
  const id = await world.put("bundle", zip, RUN);
  for (let attempt = 0; attempt < 3; attempt++) {
    rest.faults.push(
      {
        path: "/zip",
        answer: (response) => response.writeHead(302, { location: `${rest.url}/store?sig=s1gn4ture` }).end(),
      },
      {
        path: "/store?sig=s1gn4ture",
        answer: (response) => {
          response.writeHead(200, { "content-length": zip.length });
          response.write(zip.subarray(0, 10), () => response.destroy());
        },
      },
    );
  }
  const failure = await adapter()
    .fetch({ id, digest: digestOf(zip) }, RUN)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "artifact_store_failed" });
  const told = inspect(failure, { depth: 10 }) + log.join("\n");
  expect(told).not.toContain("s1gn4ture");
  expect(told).not.toContain(TOKEN);
  expect(rest.requests.filter(({ url }) => url.endsWith("/zip"))).toHaveLength(3);
});
