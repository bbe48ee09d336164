import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one request: an error of S3 in place of the answer, or no answer though the effect has happened. */
export type Fault =
  | { readonly status: number; readonly code: string }
  /** The connection breaks; `after`: once the server has done what was asked for. */
  | "reset"
  | "reset after"
  /** Nothing comes. */
  | "hang";

export interface FaultyProxy {
  readonly url: string;
  /** `METHOD /path?query` of every request, in order. */
  readonly requests: readonly string[];
  /** These meet the next requests whose line has `where` in it. */
  fail(where: string, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** Stands in front of a server; passes everything on as it came, so that signatures still hold. */
export async function startProxy(target: string): Promise<FaultyProxy> {
  const requests: string[] = [];
  const queue: { readonly where: string; readonly fault: Fault }[] = [];
  const server = createServer(async (incoming, response) => {
    const line = `${incoming.method} ${incoming.url}`;
    requests.push(line);
    const index = queue.findIndex(({ where }) => line.includes(where));
    const fault = index < 0 ? undefined : queue.splice(index, 1)[0]?.fault;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (fault === "hang") return;
    if (typeof fault === "object") refuse(response, fault);
    else if (fault === "reset") incoming.socket.destroy();
    else {
      const { answer, body } = await passOn(new URL(incoming.url ?? "", target), incoming, Buffer.concat(chunks));
      if (fault === "reset after") incoming.socket.destroy();
      else response.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (where, ...faults) => queue.push(...faults.map((fault) => ({ where, fault }))),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(response: ServerResponse, { status, code }: { readonly status: number; readonly code: string }): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>You signed with SECRET</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(body);
}

interface Passed {
  readonly answer: IncomingMessage;
  readonly body: Buffer;
}

function passOn(url: URL, { method, headers }: IncomingMessage, body: Buffer): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ answer, body: Buffer.concat(chunks) });
    });
    outgoing.on("error", reject).end(body);
  });
}
