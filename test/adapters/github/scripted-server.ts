import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  /** `GET /repos/octo/world/pulls/7`, without the query. */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `reset`: the connection breaks before an answer; `hang`: nothing comes; `cut`: the answer's body breaks off. */
export type Fault = "reset" | "hang" | "cut";

type Answer = Reply | Fault | ((request: SeenRequest) => Reply | Fault);

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** What the first request sent. */
  firstBody(): unknown;
  /** How often a route was asked. */
  count(route: string): number;
  /** One answer after the other; the last one stays. */
  on(route: string, ...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** Answers exactly as told: for failures that a faithful double of GitHub does not have. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const script = new Map<string, Answer[]>();
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const seen: SeenRequest = {
      route: `${request.method} ${url.pathname}`,
      query: url.searchParams,
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    requests.push(seen);
    const answers = script.get(seen.route) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    send(response, (typeof next === "function" ? next(seen) : next) ?? { status: 599, body: `no ${seen.route}` });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    firstBody: () => {
      const [first] = requests;
      if (first === undefined) throw new Error("nothing was asked");
      return first.body;
    },
    count: (route) => requests.filter((request) => request.route === route).length,
    on: (route, ...answers) => {
      script.set(route, [...answers]);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, reply: Reply | Fault): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    response.destroy();
    return;
  }
  if (reply === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"id":', () => response.destroy());
    return;
  }
  response.writeHead(reply.status, { "content-type": "application/json; charset=utf-8", ...reply.headers });
  response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
}
