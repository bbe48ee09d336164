import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ArtifactStore, startArtifactStore } from "./artifacts.ts";

let store: ArtifactStore;
let now = new Date("2026-11-20T10:00:00Z");

beforeAll(async () => {
  store = await startArtifactStore({ clock: () => now });
});

afterAll(async () => {
  await store?.close();
});

const zip = Buffer.from("not really a zip");
const hash = `sha256:${createHash("sha256").update(zip).digest("hex")}`;
const scope = (run: number, attempt = 1) => ({
  workflow_run_backend_id: `run-${run}-${attempt}`,
  workflow_job_run_backend_id: `job-${run}-${attempt}`,
});

async function call(method: string, token: string, body: unknown): Promise<{ status: number; answer: unknown }> {
  const origin = store.env(1).ACTIONS_RESULTS_URL;
  const response = await fetch(`${origin}twirp/github.actions.results.api.v1.ArtifactService/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

const opening = (name: string) => ({ name, version: 7, mime_type: "application/zip" });

async function upload(name: string, bytes: Uint8Array): Promise<void> {
  const opened = await call("CreateArtifact", store.runtimeToken(5), { ...scope(5), ...opening(name) });
  const { signed_upload_url: url } = opened.answer as { signed_upload_url: string };
  const put = await fetch(url, {
    method: "PUT",
    headers: { "x-ms-blob-type": "BlockBlob" },
    body: new Uint8Array(bytes),
  });
  expect(put.status).toBe(201);
}

test("finishes an upload whose size and hash are those of the bytes", async () => {
  await upload("whole", zip);
  const ending = { ...scope(5), name: "whole", size: String(zip.length), hash };
  const { status, answer } = await call("FinalizeArtifact", store.runtimeToken(5), ending);
  expect(status).toBe(200);
  const id = Number((answer as { artifact_id: string }).artifact_id);
  expect(store.find(id)).toEqual({
    id,
    name: "whole",
    sizeInBytes: zip.length,
    digest: hash,
    createdAt: "2026-11-20T10:00:00.000Z",
    expiresAt: "2027-02-18T10:00:00.000Z",
    expired: false,
    runId: 5,
  });
  expect(store.listByRun(5).map((artifact) => artifact.id)).toEqual([id]);
  expect(store.listByRun(6)).toEqual([]);
  const delivered = await fetch((await store.signedUrl(id)) ?? "");
  expect(Buffer.from(await delivered.arrayBuffer())).toEqual(zip);
});

test.each([
  ["another size", { size: "1", hash }],
  ["another hash", { size: String(zip.length), hash: `sha256:${"0".repeat(64)}` }],
  ["a bare hash", { size: String(zip.length), hash: hash.slice("sha256:".length) }],
  ["no hash", { size: String(zip.length) }],
])("refuses to finish an upload with %s", async (name, claim) => {
  await upload(name, zip);
  const ending = { ...scope(5), name, ...claim };
  expect((await call("FinalizeArtifact", store.runtimeToken(5), ending)).status).toBe(400);
});

test("refuses a name twice in an attempt, but not in the next attempt", async () => {
  const open = (attempt: number) =>
    call("CreateArtifact", store.runtimeToken(7, attempt), { ...scope(7, attempt), ...opening("same") });
  expect((await open(1)).status).toBe(200);
  expect((await open(1)).status).toBe(409);
  expect((await open(2)).status).toBe(200);
});

test("refuses the token of another run and a forged one", async () => {
  const body = { ...scope(8), ...opening("x") };
  expect((await call("CreateArtifact", store.runtimeToken(9), body)).status).toBe(403);
  expect((await call("CreateArtifact", store.runtimeToken(8, 2), body)).status).toBe(403);
  const [head, payload] = store.runtimeToken(8).split(".");
  expect((await call("CreateArtifact", `${head}.${payload}.${"A".repeat(43)}`, body)).status).toBe(401);
});

test("refuses fields that it does not know and methods that it does not have", async () => {
  const token = store.runtimeToken(8);
  const unknown = await call("CreateArtifact", token, { ...scope(8), ...opening("y"), extra: 1 });
  expect(unknown.status).toBe(400);
  expect((await call("ListArtifacts", token, scope(8))).status).toBe(404);
});

test("lets an artifact expire when its time is over", async () => {
  const id = await store.put("foreign", zip, 3);
  expect(store.find(id)?.expired).toBe(false);
  now = new Date("2027-06-01T00:00:00Z");
  expect(store.find(id)?.expired).toBe(true);
  expect(await store.signedUrl(id)).toBeUndefined();
});
