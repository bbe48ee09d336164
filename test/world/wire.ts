import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { World } from "./world.ts";

export const SERVICES = ["github", "git", "results", "blob", "model"] as const;
export type Service = (typeof SERVICES)[number];

/** One outgoing call of the action. The same call of two runs has the same name and occurrence. */
export interface Call {
  readonly service: Service;
  /** `github GET /repos/acme/shop/pulls/#`: numbers and commit ids are left out. */
  readonly name: string;
  /** How often this name came before in this run. */
  readonly occurrence: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A call that waits for its answer. */
export interface Exchange {
  readonly call: Call;
  /** Lets the service handle it, whether or not the caller still listens. */
  readonly handle: () => Promise<Answer>;
  readonly answer: (answer: Answer) => void;
  /** Resets the connection. */
  readonly drop: () => void;
}

export type Interceptor = (exchange: Exchange) => Promise<void>;

/**
 * The cables between the action and everything outside of it: every call of every service passes here, is
 * recorded, and can be disturbed at that instant. Answers' addresses lead through the cables again.
 */
export class Wire {
  readonly #upstream: ReadonlyMap<Service, string>;
  readonly #local = new Map<Service, string>();
  readonly #closers: (() => Promise<void>)[] = [];
  #calls: Call[] = [];
  #interceptor: Interceptor | undefined;
  readonly #pending = new Set<Promise<void>>();

  private constructor(world: World) {
    this.#upstream = new Map([
      ["github", world.github.url],
      ["git", world.git.url],
      ["results", world.artifacts.env(1).ACTIONS_RESULTS_URL?.replace(/\/$/, "") ?? ""],
      ["blob", world.artifacts.blobUrl],
      ["model", world.model.baseUrl.replace(/\/v1$/, "")],
    ]);
  }

  static async open(world: World): Promise<Wire> {
    const wire = new Wire(world);
    for (const service of SERVICES) await wire.#listen(service);
    return wire;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  /** Starts a new recording; `interceptor` takes the place of the plain answer. */
  begin(interceptor?: Interceptor): void {
    this.#calls = [];
    this.#interceptor = interceptor;
  }

  /** The calls since `begin`, in the order in which they came. */
  get calls(): readonly Call[] {
    return this.#calls;
  }

  /** Waits until everything that was sent has been handled, even if nobody waits for its answer. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Environment and inputs of a step whose calls are to pass here. */
  get options() {
    const local = (service: Service) => this.#local.get(service) ?? "";
    return {
      environment: {
        GITHUB_API_URL: local("github"),
        GITHUB_GRAPHQL_URL: `${local("github")}/graphql`,
        GITHUB_SERVER_URL: local("git").replace("127.0.0.1", "github.localhost"),
        ACTIONS_RESULTS_URL: `${local("results")}/`,
      },
      inputs: { "openai-base-url": `${local("model")}/v1` },
    };
  }

  async #listen(service: Service): Promise<void> {
    const server = createServer((incoming, response) => {
      response.on("error", () => response.destroy());
      const served = this.#serve(service, incoming, response)
        .catch(() => response.destroy())
        .then(() => {
          this.#pending.delete(served);
        });
      this.#pending.add(served);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#local.set(service, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    this.#closers.push(async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    });
  }

  async #serve(service: Service, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const name = nameOf(service, incoming, body);
    const call = { service, name, occurrence: this.#calls.filter((earlier) => earlier.name === name).length };
    this.#calls.push(call);
    const exchange: Exchange = {
      call,
      handle: () => this.#forward(service, incoming, body),
      answer: ({ status, headers, body: bytes }) => {
        if (response.destroyed) return;
        response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
        response.end(bytes);
      },
      drop: () => incoming.socket.resetAndDestroy(),
    };
    if (this.#interceptor) await this.#interceptor(exchange);
    else exchange.answer(await exchange.handle());
  }

  async #forward(service: Service, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const url = `${this.#upstream.get(service)}${incoming.url}`;
    const { "transfer-encoding": _, expect: __, ...kept } = incoming.headers;
    const headers = { ...kept, host: new URL(url).host, "content-length": String(body.length) };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const outgoing = request(url, { method: incoming.method, headers, agent: false }, (upstream) => {
        const chunks: Buffer[] = [];
        upstream.on("data", (chunk: Buffer) => chunks.push(chunk));
        upstream.on("error", reject);
        upstream.on("end", () => {
          const { "transfer-encoding": ___, connection: ____, ...rest } = upstream.headers;
          resolve({ status: upstream.statusCode ?? 500, headers: rest, body: Buffer.concat(chunks) });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
    return this.#localise(answer);
  }

  /** Addresses of the services in headers and JSON become those of the cables. */
  #localise(answer: Answer): Answer {
    const local = (text: string) =>
      SERVICES.reduce((now, service) => {
        const upstream = this.#upstream.get(service) ?? "";
        return now.replaceAll(upstream, this.#local.get(service) ?? "");
      }, text);
    const headers = { ...answer.headers };
    for (const name of ["link", "location"] as const) {
      const value = headers[name];
      if (typeof value === "string") headers[name] = local(value);
    }
    const isJson = headers["content-type"]?.includes("json") ?? false;
    return { ...answer, headers, body: isJson ? Buffer.from(local(answer.body.toString())) : answer.body };
  }
}

function nameOf(service: Service, { method, url }: IncomingMessage, body: Buffer): string {
  const { pathname, searchParams } = new URL(url ?? "/", "http://localhost");
  const path = decodeURIComponent(pathname)
    .replace(/[0-9a-f]{40}/g, "{sha}")
    .replace(/\d+/g, "#");
  switch (service) {
    case "github": {
      const operation = /(?:mutation|query)\s+(\w+)/.exec(path === "/graphql" ? body.toString() : "");
      return `github ${operation ? `GraphQL ${operation[1]}` : `${method} ${path.replace(/^\/repos\/[^/]+\/[^/]+/, "")}`}`;
    }
    case "git":
      return `git ${method} ${path.replace(/^.*\.git/, "")}`;
    case "results":
      return `artifacts ${path.replace(/^.*\//, "")}`;
    case "blob":
      return `storage ${method}${searchParams.has("comp") ? ` ${searchParams.get("comp")}` : ""}`;
    case "model":
      return `model ${method} ${path}`;
  }
}
