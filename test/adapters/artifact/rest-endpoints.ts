import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ArtifactMetadata, ArtifactMetadataSource } from "../../world/github/artifacts.ts";

export interface RestEndpoints {
  readonly url: string;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers instead of the endpoint whose path ends like this, once for each entry. */
  readonly faults: { readonly path: string; readonly answer: (response: ServerResponse) => void }[];
  close(): Promise<void>;
}

export const TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ";

/** GitHub's two REST endpoints for an artifact, and a place for a store that misbehaves. */
export async function startRestEndpoints(source: ArtifactMetadataSource): Promise<RestEndpoints> {
  const requests: RestEndpoints["requests"] = [];
  const faults: RestEndpoints["faults"] = [];
  const server = createServer(async (request, response) => {
    const url = request.url ?? "";
    requests.push({ url, headers: request.headers });
    const fault = faults.findIndex(({ path }) => url.endsWith(path));
    if (fault >= 0) return faults.splice(fault, 1)[0]?.answer(response);
    if (request.headers.authorization !== `token ${TOKEN}`) return reply(response, 401, { message: "Bad credentials" });
    const [, id, zip] = /^\/repos\/octo\/world\/actions\/artifacts\/(\d+)(\/zip)?$/.exec(url) ?? [];
    const row = source.find(Number(id));
    if (row === undefined) return reply(response, 404, { message: "Not Found" });
    if (zip === undefined) return reply(response, 200, render(row));
    if (row.expired) return reply(response, 410, { message: "Artifact has expired" });
    response.writeHead(302, { location: await source.signedUrl(row.id) }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function render(row: ArtifactMetadata): Record<string, unknown> {
  return {
    id: row.id,
    name: row.name,
    size_in_bytes: row.sizeInBytes,
    digest: row.digest,
    expired: row.expired,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    workflow_run: { id: row.runId },
  };
}
