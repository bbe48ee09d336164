import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Api } from "./api.ts";
import { ApiFailure } from "./failure.ts";
import { type Disturbances, type Fault, faultAnswer, type RequestFacts } from "./faults.ts";
import type { Answer } from "./route.ts";

/** A request as it came in, before anything is known of its meaning. */
export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON; undefined when there is no body. */
  readonly body: unknown;
  /** Why the body is not JSON. */
  readonly bodyProblem: string | undefined;
}

/** A request with what was answered. Status 0: the connection was cut. */
export type LoggedRequest = RequestFacts & { readonly status: number };

const BODY_LIMIT = 100 * 1024 * 1024;
const HOURLY_LIMIT = 5000;

/** The HTTP side: reads requests, lets hooks and faults have their way, writes answers with GitHub's headers. */
export class ApiServer {
  readonly requests: LoggedRequest[] = [];
  readonly #server: Server;
  readonly #disturbances: Disturbances;
  readonly #closing = new AbortController();
  #api: Api | undefined;
  #port = 0;

  constructor(disturbances: Disturbances) {
    this.#disturbances = disturbances;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.#api?.report(`${request.method} ${request.url}`, `the double failed: ${String(error)}`);
        response.destroy();
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** What answers. Separate from the constructor, because answers carry the server's own address. */
  use(api: Api): void {
    this.#api = api;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const api = this.#api as Api;
    const request = await readRequest(incoming, this.url);
    const facts = api.describe(request);
    await this.#disturbances.runHooks(facts);
    const fault = this.#disturbances.takeFault(facts);
    const answer = await this.#answer(api, request, fault, response);
    this.requests.push({ ...facts, status: answer?.status ?? 0 });
    if (answer === undefined) response.destroy();
    else this.#write(response, answer, api.now());
  }

  /** The answer with the fault worked in; undefined when the connection is to be cut. */
  async #answer(
    api: Api,
    request: RawRequest,
    fault: Fault | undefined,
    response: ServerResponse,
  ): Promise<Answer | undefined> {
    if (fault === undefined) return api.answer(request);
    const { fault: kind } = fault;
    const isAfter = fault.when === "after";
    if (kind.kind === "stall" && !isAfter) {
      await this.#pause(kind.milliseconds);
      return response.destroyed ? undefined : api.answer(request);
    }
    const real = isAfter || kind.kind === "change" ? await api.answer(request) : undefined;
    if (kind.kind === "stall") await this.#pause(kind.milliseconds);
    if (kind.kind === "change" && real !== undefined) {
      return { ...real, ...kind.change({ body: structuredClone(real.body), headers: { ...real.headers } }) };
    }
    if (kind.kind === "reset") return undefined;
    return faultAnswer(kind, api.now()) ?? real;
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }

  #write(response: ServerResponse, answer: Answer, now: Date): void {
    const used = Math.min(this.requests.length, HOURLY_LIMIT);
    const headers: Record<string, string> = {
      date: now.toUTCString(),
      "x-github-request-id": randomUUID(),
      "x-ratelimit-limit": String(HOURLY_LIMIT),
      "x-ratelimit-remaining": String(HOURLY_LIMIT - used),
      "x-ratelimit-used": String(used),
      "x-ratelimit-reset": String(Math.floor(now.getTime() / 1000) + 3600),
      "x-ratelimit-resource": "core",
      ...answer.headers,
    };
    const { body } = answer;
    if (body !== undefined) headers["content-type"] ??= "application/json; charset=utf-8";
    // An empty one: something between GitHub and the runner took it out.
    response.sendDate = headers.date !== "";
    if (headers.date === "") delete headers.date;
    response.writeHead(answer.status, headers);
    if (body === undefined) response.end();
    else if (body instanceof Uint8Array || typeof body === "string") response.end(body);
    else response.end(JSON.stringify(body));
  }
}

async function readRequest(incoming: IncomingMessage, base: string): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ApiFailure(413, "Payload Too Large");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  const { headers } = incoming;
  const shared = { method: incoming.method ?? "GET", url: new URL(incoming.url ?? "/", base), headers };
  if (text === "") return { ...shared, body: undefined, bodyProblem: undefined };
  if (!headers["content-type"]?.startsWith("application/json")) {
    return { ...shared, body: undefined, bodyProblem: `content-type is ${headers["content-type"] ?? "missing"}` };
  }
  try {
    return { ...shared, body: JSON.parse(text), bodyProblem: undefined };
  } catch (error) {
    return { ...shared, body: undefined, bodyProblem: `the body is not JSON: ${String(error)}` };
  }
}
