import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxy extends AsyncDisposable {
  /** With the login where one is wanted. */
  readonly url: string;
  readonly port: number;
  /** What came through, such as `POST model.invalid:80` or `CONNECT model.invalid:443`, oldest first. */
  readonly seen: readonly string[];
  /** How many requests had no login, or another one. */
  readonly refused: number;
}

export interface ProxyOptions {
  /** `user:password`, as it is; the URL has it encoded. */
  readonly login?: string;
  /** Names that only this proxy can resolve, each with the loopback port it stands for. */
  readonly hosts: Readonly<Record<string, number>>;
}

const HOP_BY_HOP = ["proxy-authorization", "proxy-connection"];

/** A forward proxy on loopback: absolute-form for http, CONNECT for TLS, and basic authentication if wanted. */
export async function startForwardProxy({ login, hosts }: ProxyOptions): Promise<ForwardProxy> {
  const seen: string[] = [];
  let refused = 0;
  const sockets = new Set<Socket>();
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const mayPass = ({ headers }: IncomingMessage): boolean => {
    const isKnown = expected === undefined || headers["proxy-authorization"] === expected;
    if (!isKnown) refused += 1;
    return isKnown;
  };
  const portOf = (host: string, port: string): number | undefined => {
    if (Object.hasOwn(hosts, host)) return hosts[host];
    return host === "127.0.0.1" || host.endsWith("localhost") ? Number(port) : undefined;
  };
  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const url = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
    const port = url && portOf(url.hostname, url.port || "80");
    if (!mayPass(incoming)) return void answer.writeHead(407, { "proxy-authenticate": 'Basic realm="proxy"' }).end();
    if (!url || port === undefined) return void answer.writeHead(502).end("unknown host");
    seen.push(`${incoming.method} ${url.host}`);
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
    const options = {
      host: "127.0.0.1",
      port,
      method: incoming.method ?? "GET",
      path: url.pathname + url.search,
      headers,
    };
    const onward = request(options, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  };
  const server = createServer(forward);
  server.on("connect", (incoming: IncomingMessage, client: Socket) => {
    const [host = "", wanted = ""] = (incoming.url ?? "").split(":");
    const port = portOf(host, wanted);
    if (!mayPass(incoming))
      return void client.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n');
    if (port === undefined) return void client.end("HTTP/1.1 502 No\r\n\r\n");
    seen.push(`CONNECT ${incoming.url}`);
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = login === undefined ? "" : `${login.split(":").map(encodeURIComponent).join(":")}@`;
  return {
    url: `http://${credentials}127.0.0.1:${port}`,
    port,
    seen,
    get refused() {
      return refused;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
