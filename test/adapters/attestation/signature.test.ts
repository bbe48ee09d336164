import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SignatureOptions, verifySignature } from "../../../src/adapters/attestation/signature.ts";
import { startSigstore } from "../../world/sigstore/double.ts";

const PROGRAM = fileURLToPath(new URL("sign-once.ts", import.meta.url));
const WORKFLOW = "acme/shop/.github/workflows/codex.yml";
const SIGNER = `https://github.com/${WORKFLOW}@refs/heads/main`;

type Json = Record<string, never>;

const directory = mkdtempSync(join(tmpdir(), "signature-"));
/** A bundle by each instance, and one by the workflow of somebody else. */
const bundles: Record<"public" | "github" | "foreign", Json> = {} as never;
let trustedRoots: string;

beforeAll(async () => {
  const event = join(directory, "event.json");
  const sign = async (visibility: string, environment: Readonly<Record<string, string>>) => {
    writeFileSync(event, JSON.stringify({ repository: { visibility } }));
    const env = { PATH: process.env.PATH ?? "", GITHUB_EVENT_PATH: event, ...environment };
    return new Promise<Json>((resolve, reject) => {
      execFile(process.execPath, [PROGRAM], { env }, (error, stdout) =>
        error ? reject(error) : resolve(JSON.parse(stdout)),
      );
    });
  };
  const ours = await startSigstore({ repositoryId: 11 });
  bundles.public = await sign("public", ours.environment);
  bundles.github = await sign("private", ours.environment);
  trustedRoots = ours.trustedRoots;
  await ours.close();
  const theirs = await startSigstore({ repositoryId: 11 });
  bundles.foreign = await sign("public", theirs.environment);
  await theirs.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

const verify = (bundle: unknown, options: Partial<SignatureOptions> = {}) =>
  verifySignature(bundle, { trustedRoots, repository: { name: "acme/shop", id: 11 }, workflow: undefined, ...options });
const rootAt = (index: number) => trustedRoots.split("\n")[index] ?? "";

/** A copy with something else at a path. */
function changed(bundle: Json, path: readonly string[], change: (value: never) => unknown): Json {
  const copy = structuredClone(bundle);
  const parent = path.slice(0, -1).reduce<Json>((object, key) => object[key] as unknown as Json, copy);
  const last = path.at(-1) ?? "";
  parent[last] = change(parent[last] as never) as never;
  return copy;
}

describe("a signature", () => {
  test.each(["public", "github"] as const)("by the %s instance is valid, and names the workflow", async (instance) => {
    expect(await verify(bundles[instance])).toEqual({ signer: SIGNER });
  });

  test.each([WORKFLOW, `${WORKFLOW}@refs/heads/main`])("is of the workflow that is asked for: %s", async (workflow) => {
    expect(await verify(bundles.public, { workflow })).toEqual({ signer: SIGNER });
  });

  test.each([
    "acme/shop/.github/workflows/other.yml",
    "acme/shop/.github/workflows/codex.ym",
    `${WORKFLOW}@refs/heads/mai`,
    `${WORKFLOW}@refs/heads/feature`,
  ])("is not of another workflow or another ref: %s", async (workflow) => {
    const verdict = await verify(bundles.public, { workflow });
    expect(verdict).toEqual({
      finding: {
        code: "evidence_invalid",
        message: "The signer is another workflow.",
        expected: `https://github.com/${workflow}`,
        got: SIGNER,
      },
    });
  });

  test.each([
    ["name", { name: "acme/shop2", id: 11 }, "The signer is another workflow."],
    ["id", { name: "acme/shop", id: 12 }, "The signer's repository id is another one."],
  ])("is not of a repository of another %s", async (_, repository, message) => {
    expect(await verify(bundles.github, { repository })).toHaveProperty("finding.message", message);
  });

  const envelope = ["dsseEnvelope"];
  const material = ["verificationMaterial"];
  test.each<[string, "public" | "github", readonly string[], (value: never) => unknown]>([
    ["another payload", "public", [...envelope, "payload"], () => Buffer.from("{}").toString("base64")],
    ["another payload", "github", [...envelope, "payload"], () => Buffer.from("{}").toString("base64")],
    ["another signature", "public", [...envelope, "signatures"], () => [{ sig: "AAAA" }]],
    ["no signature", "public", [...envelope, "signatures"], () => []],
    ["another payload type", "github", [...envelope, "payloadType"], () => "text/plain"],
    ["no log entry", "public", [...material, "tlogEntries"], () => []],
    ["no timestamp", "github", [...material, "timestampVerificationData"], () => ({ rfc3161Timestamps: [] })],
    ["no certificate", "public", [...material, "certificate"], () => ({ rawBytes: "" })],
    ["another kind of document", "public", ["mediaType"], () => "text/plain"],
  ])("is not valid with %s (%s)", async (_, instance, path, change) => {
    const verdict = await verify(changed(bundles[instance], path, change));
    expect(verdict).toHaveProperty("finding.message", "The attestation's signature is not valid.");
  });

  test("is not valid by the certificate of another signature", async () => {
    const material = changed(bundles.public, ["verificationMaterial"], () => bundles.github.verificationMaterial);
    expect(await verify(material)).toHaveProperty("finding");
  });

  test("is not valid by another Sigstore, nor by the root of the other instance", async () => {
    expect(await verify(bundles.foreign)).toHaveProperty("finding");
    expect(await verify(bundles.public, { trustedRoots: rootAt(1) })).toHaveProperty("finding");
    expect(await verify(bundles.github, { trustedRoots: rootAt(0) })).toHaveProperty("finding");
    expect(await verify(bundles.github, { trustedRoots: rootAt(1) })).toEqual({ signer: SIGNER });
  });

  test.each([undefined, null, 1, "x", [], {}])("of something that is no bundle is not valid: %j", async (bundle) => {
    expect(await verify(bundle)).toHaveProperty("finding.message", "The attestation's signature is not valid.");
  });

  test.each(["", "{}", "not JSON", '{"certificateAuthorities":1}'])(
    "cannot be proved with these roots: %j",
    async (roots) => {
      await expect(verify(bundles.public, { trustedRoots: roots })).rejects.toThrow(/trusted roots cannot be read/);
    },
  );
});

describe("a signer that was not certified as a job of GitHub", () => {
  test("is refused, whatever it calls itself", async () => {
    const other = await startSigstore({
      repositoryId: 11,
      issuer: "https://token.actions.githubusercontent.com.example.org",
    });
    const event = join(directory, "event.json");
    const env = { PATH: process.env.PATH ?? "", GITHUB_EVENT_PATH: event, ...other.environment };
    const bundle = await new Promise((resolve, reject) => {
      execFile(process.execPath, [PROGRAM], { env }, (error, stdout) =>
        error ? reject(error) : resolve(JSON.parse(stdout)),
      );
    });
    await other.close();
    expect(await verify(bundle, { trustedRoots: other.trustedRoots })).toMatchObject({
      finding: { message: "The signer was not certified as a job of GitHub." },
    });
  });
});
