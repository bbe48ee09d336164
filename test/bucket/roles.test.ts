import { readdirSync, readFileSync } from "node:fs";
import { DeleteObjectCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { exportBundle } from "../../src/adapters/s3/export.ts";
import { openStore } from "../../src/adapters/s3/store.ts";
import { bundleOf, STEPS } from "../governance/audit-bundles.ts";
import { type Gateway, startGateway } from "./gateway.ts";

const PLACE = { bucket: "evidence", prefix: "codex/" };

/** What docs/athena allows a repository's role, as it stands there, for the bucket and the repository of these tests. */
function documentedPolicy(principal: string): string {
  const text = readFileSync(new URL("../../docs/athena/README.md", import.meta.url), "utf8");
  const block = [...text.matchAll(/```json\n(.*?)```/gs)]
    .map(([, json = ""]) => json)
    .find((json) => json.includes("s3:GetObject"));
  const statement = JSON.parse(
    (block ?? "").replaceAll("example-evidence", "evidence").replaceAll("example-org.", "acme."),
  );
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Principal: { AWS: [principal] } }] });
}

let gateway: Gateway;
let role: Readonly<Record<string, string>>;
const client = () => new S3Client({ endpoint: gateway.url, forcePathStyle: true });
const become = (environment: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
};

beforeAll(async () => {
  gateway = await startGateway();
  role = await gateway.addUser("shop");
  become(gateway.environment);
  await client().send(new PutBucketPolicyCommand({ Bucket: "evidence", Policy: documentedPolicy("shop") }));
});
afterAll(() => gateway.close());
beforeEach(() => become(role));
afterEach(() => void vi.unstubAllEnvs());

const open = () => openStore(PLACE, { endpoint: gateway.url });
const renamed = (repository: string) =>
  bundleOf({ entries: Object.fromEntries(STEPS.map((step) => [step, { repository }])) });

test("the documented role can export its own repository, and repeat it", async () => {
  expect(await exportBundle(bundleOf(), PLACE, open())).toMatchObject({ written: 5, there: 0 });
  expect(await exportBundle(bundleOf(), PLACE, open())).toMatchObject({ written: 0, there: 5 });
});

test.each(["acme/billing", "acme/shop.de", "other/shop"])(
  "the documented role cannot write as %s",
  async (repository) => {
    const before = readdirSync(gateway.bucket, { recursive: true }).length;
    await expect(exportBundle(renamed(repository), PLACE, open())).rejects.toThrow("it answered 403 (AccessDenied)");
    expect(readdirSync(gateway.bucket, { recursive: true })).toHaveLength(before);
  },
);

test("the documented role can delete nothing and list nothing", async () => {
  const { uri } = await exportBundle(bundleOf(), PLACE, open());
  const Key = uri.replace("s3://evidence/", "");
  await expect(client().send(new DeleteObjectCommand({ Bucket: "evidence", Key }))).rejects.toThrow("Access Denied");
  await expect(open().list("codex/", 10)).rejects.toThrow("it answered 403");
  expect((await open().read(Key, 1_000_000)).length).toBeGreaterThan(0);
});
