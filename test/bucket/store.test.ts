import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { exportBundle } from "../../src/adapters/s3/export.ts";
import { layOut } from "../../src/adapters/s3/layout.ts";
import { findStoredBundles } from "../../src/adapters/s3/reading.ts";
import { openStore, type StoreOptions } from "../../src/adapters/s3/store.ts";
import { bundleOf } from "../governance/audit-bundles.ts";
import { bytes } from "../governance/builders.ts";
import { type FaultyProxy, startProxy } from "./faulty-proxy.ts";
import { type Gateway, SECRET_KEY, startGateway } from "./gateway.ts";

let gateway: Gateway;
let proxy: FaultyProxy;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  proxy = await startProxy(gateway.url);
  for (const [name, value] of Object.entries(gateway.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  for (const name of readdirSync(gateway.bucket)) rmSync(join(gateway.bucket, name), { recursive: true });
});

const PLACE = { bucket: "evidence", prefix: "codex/" };
const open = (options: StoreOptions = {}) => openStore(PLACE, { endpoint: proxy.url, retryMs: 1, ...options });
const newObject = (text: string, key = "codex/a.jsonl") => ({
  key,
  body: bytes(text),
  contentType: "text/plain",
  isSame: (stored: Uint8Array) => new TextDecoder().decode(stored) === text,
});
const stored = (key = "codex/a.jsonl") => readFileSync(join(gateway.bucket, key), "utf8");
const puts = () => proxy.requests.filter((line) => line.startsWith("PUT")).length;

describe("an object", () => {
  test("is written once; the same again is there, another one is a conflict that names the key", async () => {
    const store = open();
    expect(await store.write(newObject("one"))).toBe("written");
    expect(await store.write(newObject("one"))).toBe("there");
    await expect(store.write(newObject("two"))).rejects.toMatchObject({
      code: "export_conflict",
      message: expect.stringContaining("s3://evidence/codex/a.jsonl holds something else"),
    });
    await expect(store.write(newObject("t".repeat(5)))).rejects.toMatchObject({ code: "export_conflict" });
    expect(stored()).toBe("one");
  });

  test("of two writers at once has one content, and nobody believes in another", async () => {
    const store = open();
    const results = await Promise.allSettled(["a", "b", "c", "d"].map((text) => store.write(newObject(text))));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect(stored()).toBe("abcd"[winner]);
  });

  test("that is much larger than ours is a conflict without reading it to the end", async () => {
    await open().write(newObject("x".repeat(8 * 1024 ** 2), "large"));
    await expect(open().write(newObject("one", "large"))).rejects.toMatchObject({ code: "export_conflict" });
  });

  test("is not written with a wrong key, and the message has neither key nor signature", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrong");
    const failure = await open()
      .write(newObject("one"))
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "export_failed" });
    expect((failure as Error).message).toMatch(
      /^Writing s3:\/\/evidence\/codex\/a.jsonl: it answered 403 \(SignatureDoesNotMatch\)/,
    );
    expect(JSON.stringify(failure)).not.toMatch(/wrong|Signature=|bucketTestKey/);
    expect(existsSync(join(gateway.bucket, "codex"))).toBe(false);
  });

  test("is not written into a bucket that is not there, and one without credentials says what to do", async () => {
    const nowhere = openStore({ bucket: "nowhere", prefix: "" }, { endpoint: proxy.url });
    await expect(nowhere.write(newObject("one"))).rejects.toThrow("it answered 404 (NoSuchBucket)");
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/dev/null");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    await expect(open().write(newObject("one"))).rejects.toMatchObject({
      code: "configuration_invalid",
      message: expect.stringContaining("there are no AWS credentials"),
    });
  });
});

describe("a fault on the way", () => {
  test.each([
    ["500", { status: 500, code: "InternalError" }],
    ["a throttle", { status: 503, code: "SlowDown" }],
    ["another writer of the key", { status: 409, code: "ConditionalRequestConflict" }],
    ["a connection that breaks before", "reset"],
    ["a connection that breaks after the object was written", "reset after"],
  ] as const)("is tried again: %s", async (_, fault) => {
    proxy.fail("PUT", fault);
    expect(await open().write(newObject("one"))).toBe(fault === "reset after" ? "there" : "written");
    expect(stored()).toBe("one");
    expect(puts()).toBe(2);
  });

  test.each([
    ["500", { status: 500, code: "InternalError" }, "it answered 500 (InternalError)", 4],
    ["a conflict", { status: 409, code: "ConditionalRequestConflict" }, "it answered 409", 4],
    ["a store without conditional writes", { status: 501, code: "NotImplemented" }, "knows no conditional writes", 4],
    ["a refusal", { status: 403, code: "AccessDenied" }, "the role may not do that", 1],
    ["credentials that ended", { status: 400, code: "ExpiredToken" }, "`role-duration-seconds`", 1],
    ["another region", { status: 301, code: "PermanentRedirect" }, "set `s3-region`", 1],
    ["broken connections", "reset", "no answer", 4],
  ] as const)("ends after a bounded number of tries: %s", async (_, fault, message, most) => {
    proxy.fail("PUT", ...Array.from({ length: 20 }, () => fault));
    const failure = (await open()
      .write(newObject("one"))
      .catch((error: Error) => error)) as Error;
    expect(failure).toMatchObject({ code: "export_failed", message: expect.stringContaining(message) });
    expect(failure.message).not.toContain("SECRET");
    expect(puts()).toBeLessThanOrEqual(most);
    expect(existsSync(join(gateway.bucket, "codex"))).toBe(false);
  });

  test("that is silence ends with the time that is allowed", async () => {
    proxy.fail("PUT", "hang");
    await expect(open({ timeoutMs: 300 }).write(newObject("one"))).rejects.toThrow("no answer");
  });

  test("that keeps us from looking at what is there is told as such", async () => {
    const store = open();
    await store.write(newObject("one"));
    proxy.fail("GET", { status: 403, code: "AccessDenied" });
    await expect(store.write(newObject("one"))).rejects.toThrow("Reading s3://evidence/codex/a.jsonl: it answered 403");
  });
});

describe("a proxy of the runner", () => {
  test("is used, and not for what it is not for", async () => {
    const direct = { endpoint: gateway.url, retryMs: 1 };
    const environment = { HTTP_PROXY: proxy.url, AWS_REGION: "us-east-1" };
    expect(await openStore(PLACE, { ...direct, environment }).write(newObject("one"))).toBe("written");
    expect(proxy.requests).toEqual([expect.stringContaining(`PUT ${gateway.url}/evidence/codex/a.jsonl`)]);
    const exempt = { ...environment, NO_PROXY: "127.0.0.1" };
    expect(await openStore(PLACE, { ...direct, environment: exempt }).write(newObject("one"))).toBe("there");
    expect(proxy.requests).toHaveLength(1);
  });
});

describe("a bundle", () => {
  const files = bundleOf();

  test("is written before its rows, each object once, and again it is all there", async () => {
    const first = await exportBundle(files, PLACE, open());
    expect(first).toMatchObject({ written: 5, there: 0 });
    const { bundle, rows } = await layOut(files, PLACE);
    expect(first.uri).toBe(`s3://evidence/${bundle.key}`);
    expect(proxy.requests[0]).toContain("/bundles/");
    expect(proxy.requests).toHaveLength(5);
    for (const { key, body } of [bundle, ...rows]) {
      expect(Buffer.compare(readFileSync(join(gateway.bucket, key)), body)).toBe(0);
    }
    expect(await exportBundle(files, PLACE, open())).toMatchObject({ written: 0, there: 5 });
  });

  test("has no row when it could not be written", async () => {
    proxy.fail("/bundles/", ...Array.from({ length: 4 }, () => ({ status: 500, code: "InternalError" })));
    await expect(exportBundle(files, PLACE, open())).rejects.toMatchObject({ code: "export_failed" });
    expect(existsSync(join(gateway.bucket, "codex"))).toBe(false);
  });

  test("whose export stopped half way is made whole by the next one of the plan", async () => {
    const { rows } = await layOut(files, PLACE);
    const name = rows[1]?.key.split("/").at(-1) ?? "";
    proxy.fail(name, ...Array.from({ length: 4 }, () => ({ status: 500, code: "InternalError" })));
    await expect(exportBundle(bundleOf({ until: "approve" }), PLACE, open())).rejects.toMatchObject({
      code: "export_failed",
    });
    expect(await exportBundle(files, PLACE, open())).toMatchObject({ written: 4, there: 1 });
  });

  test("in whose place somebody put another one is a conflict, and stays as it is", async () => {
    const { bundle } = await layOut(files, PLACE);
    await open().write(newObject("not ours", bundle.key));
    await expect(exportBundle(files, PLACE, open())).rejects.toMatchObject({ code: "export_conflict" });
    expect(stored(bundle.key)).toBe("not ours");
  });

  test("is found again from the prefix, from a part of it and by its own name", async () => {
    const { uri } = await exportBundle(files, PLACE, open());
    const part = uri.slice(0, uri.indexOf("/repo="));
    for (const from of ["s3://evidence/codex", "s3://evidence/codex/bundles", `${part}/`, uri]) {
      const [only, ...more] = await findStoredBundles(from, { endpoint: proxy.url });
      expect([only?.uri, more]).toEqual([uri, []]);
      expect((await only?.fetch(100_000))?.length).toBe(only?.size);
      await expect(only?.fetch(10)).rejects.toMatchObject({ code: "evidence_invalid" });
    }
    expect(await findStoredBundles("s3://evidence/other", { endpoint: proxy.url })).toEqual([]);
  });
});

describe("a list", () => {
  test("goes over several pages, in order, and says when there is too much", async () => {
    const names = Array.from({ length: 1_203 }, (_, index) => `${String(index).padStart(4, "0")}.zip`);
    await mkdir(join(gateway.bucket, "codex/bundles"), { recursive: true });
    for (const name of names) await writeFile(join(gateway.bucket, "codex/bundles", name), name);
    const store = open();
    const found = await store.list("codex/bundles/", 2_000);
    expect(found.map(({ key, size }) => [key, size])).toEqual(names.map((name) => [`codex/bundles/${name}`, 8]));
    expect(proxy.requests).toHaveLength(2);
    await expect(store.list("codex/bundles/", 1_202)).rejects.toThrow("has more than 1202 objects");
  });
});

describe("an endpoint", () => {
  test.each(["http://store.example", "ftp://127.0.0.1", "https://user:pass@store.example", "nothing"])(
    "is refused when evidence would go over it in plain text: %s",
    (endpoint) => {
      expect(() => openStore(PLACE, { endpoint })).toThrow("must be an address with https, or http on loopback");
      expect(() => openStore(PLACE, { environment: { AWS_ENDPOINT_URL_S3: endpoint } })).toThrow("must be an address");
    },
  );

  test("comes from the environment where none is given", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_S3", proxy.url);
    expect(await openStore(PLACE).write(newObject("one"))).toBe("written");
    expect(SECRET_KEY).toBe(process.env.AWS_SECRET_ACCESS_KEY);
  });
});
