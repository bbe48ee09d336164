import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { openStore } from "../../../src/adapters/s3/store.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  vi.unstubAllEnvs();
});

/** A store whose listing has as many pages without an object as it is told to. */
async function startStore(pages: number): Promise<{ endpoint: string; asked: () => number }> {
  let asked = 0;
  server = createServer((_, response) => {
    asked += 1;
    const more =
      asked < pages ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${asked}</NextContinuationToken>` : "";
    const objects = asked < pages ? "" : "<Contents><Key>bundles/a.zip</Key><Size>3</Size></Contents>";
    const body = `<?xml version="1.0"?><ListBucketResult>${more}${objects}</ListBucketResult>`;
    response.writeHead(200, { "content-type": "application/xml" }).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

const open = (endpoint: string) => openStore({ bucket: "evidence", prefix: "" }, { endpoint, environment: {} });

test("a listing goes on over pages without an object", async () => {
  const { endpoint } = await startStore(5);
  expect(await open(endpoint).list("bundles/", 100)).toEqual([{ key: "bundles/a.zip", size: 3 }]);
});

test("a listing that never ends is ended", async () => {
  const { endpoint, asked } = await startStore(Number.POSITIVE_INFINITY);
  await expect(open(endpoint).list("bundles/", 100)).rejects.toMatchObject({ code: "export_failed" });
  expect(asked()).toBe(21);
});
