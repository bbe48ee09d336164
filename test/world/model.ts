/**
 * A scripted model: a loopback Responses API that the real Codex talks to. A responder sees each request and
 * says what the model "answers"; every request is recorded, so tests can assert what was sent.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdDecompressSync } from "node:zlib";
import { z } from "zod";

/** One item of a response, in the wire form of the Responses API. */
export type OutputItem = Readonly<Record<string, unknown>>;

/**
 * What goes wrong instead of an answer. `cut` ends the connection in the middle of the stream, `hang` never
 * ends it, `garbage` sends what is not an event stream, `failed` ends it with the service's error.
 */
export type Fault =
  | { readonly status: number; readonly body?: unknown }
  | { readonly fault: "cut" | "hang" | "garbage"; readonly items?: readonly OutputItem[] }
  | { readonly fault: "failed"; readonly error: ServiceError; readonly items?: readonly OutputItem[] };

/** The service's `error` in a `response.failed`. */
export interface ServiceError {
  readonly code: string;
  readonly message: string;
}

export type Reply = readonly OutputItem[] | Fault;

export interface ModelRequest {
  /** Number of the request to this model, from 0. */
  readonly index: number;
  readonly headers: IncomingHttpHeaders;
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly Readonly<Record<string, unknown>>[];
  /** Names of the tools that were offered. */
  readonly tools: readonly string[];
  /** True when the final message must follow a JSON Schema: a plan turn. */
  readonly wantsJson: boolean;
  /** That schema. */
  readonly schema: unknown;
  /** Text of the last user message. */
  readonly lastUserText: string;
  /** What the tools answered since the last user message, oldest first. Its length is the step of the turn. */
  readonly toolOutputs: readonly string[];
  /** The body as it was sent. */
  readonly raw: string;
}

/** A request to another address than `/v1/responses`; it is answered with 404. */
export interface OtherRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export type Responder = (request: ModelRequest, index: number) => Reply | Promise<Reply>;

export interface Model {
  /** `http://127.0.0.1:<port>/v1` */
  readonly baseUrl: string;
  readonly requests: readonly ModelRequest[];
  readonly others: readonly OtherRequest[];
  /** What the responder threw. A test asserts that it is empty; Codex only sees a 500. */
  readonly failures: readonly unknown[];
  /** Ends every connection and the server. */
  close(): Promise<void>;
}

const id = (prefix: string): string => `${prefix}_${randomUUID().replaceAll("-", "")}`;

/** The assistant's message; the last one of a turn is its result. */
export function message(text: string): OutputItem {
  return { type: "message", role: "assistant", id: id("msg"), content: [{ type: "output_text", text }] };
}

export interface ShellArguments {
  readonly cmd: string;
  readonly workdir?: string;
  readonly sandbox_permissions?: "use_default" | "require_escalated";
  readonly justification?: string;
  readonly yield_time_ms?: number;
}

/** A shell command through the `exec_command` tool. */
export function shell(call: ShellArguments): OutputItem {
  return { type: "function_call", call_id: id("call"), name: "exec_command", arguments: JSON.stringify(call) };
}

/** A patch as `apply_patch` takes it; the begin and end markers are added. */
export function patchText(lines: readonly string[]): string {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

/** A patch through the freeform `apply_patch` tool. */
export function applyPatch(lines: readonly string[]): OutputItem {
  return {
    type: "custom_tool_call",
    call_id: id("call"),
    name: "apply_patch",
    status: "completed",
    input: patchText(lines),
  };
}

/** JavaScript for the `exec` tool of code mode, where tools are functions of the object `tools`. */
export function execJs(code: string): OutputItem {
  return { type: "custom_tool_call", call_id: id("call"), name: "exec", status: "completed", input: code };
}

/** A call of any other function tool. */
export function callFunction(name: string, call: unknown): OutputItem {
  return { type: "function_call", call_id: id("call"), name, arguments: JSON.stringify(call) };
}

const bodySchema = z.looseObject({
  model: z.string(),
  instructions: z.string().optional(),
  input: z.array(z.looseObject({})),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).optional(),
  text: z.looseObject({ format: z.looseObject({ type: z.string(), schema: z.unknown() }).nullish() }).nullish(),
});

const contentSchema = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]);

function textOf(content: unknown): string {
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success) return typeof content === "undefined" ? "" : JSON.stringify(content);
  if (typeof parsed.data === "string") return parsed.data;
  return parsed.data.map((part) => part.text ?? "").join("");
}

function parseRequest(raw: string, headers: IncomingHttpHeaders, index: number): ModelRequest {
  const body = bodySchema.parse(JSON.parse(raw));
  const lastUser = body.input.findLastIndex((item) => item.type === "message" && item.role === "user");
  const format = body.text?.format;
  return {
    index,
    headers,
    model: body.model,
    instructions: body.instructions ?? "",
    input: body.input,
    tools: (body.tools ?? []).map((tool) => tool.name ?? tool.type),
    wantsJson: format?.type === "json_schema",
    schema: format?.schema,
    lastUserText: lastUser < 0 ? "" : textOf(body.input[lastUser]?.content),
    toolOutputs: body.input
      .slice(lastUser + 1)
      .filter((item) => String(item.type).endsWith("_call_output"))
      .map((item) => textOf(item.output)),
    raw,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "zstd" ? zstdDecompressSync(bytes) : bytes).toString("utf8");
}

const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 120,
};

function sendStream(response: ServerResponse, reply: Exclude<Reply, { status: number }>): void {
  const event = (data: Readonly<Record<string, unknown>> & { readonly type: string }): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const fault = "fault" in reply ? reply.fault : undefined;
  const items = "fault" in reply ? (reply.items ?? []) : reply;
  const responseId = id("resp");
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (fault === "garbage") {
    response.end("<html>this is not an event stream</html>\n\ndata: {{{\n\n");
    return;
  }
  event({ type: "response.created", response: { id: responseId } });
  for (const item of items) event({ type: "response.output_item.done", item });
  if (fault === "hang") return;
  if ("error" in reply) {
    event({ type: "response.failed", response: { id: responseId, status: "failed", error: reply.error } });
    response.end();
    return;
  }
  if (fault === "cut") {
    // The bytes so far must arrive, so that Codex sees a stream that ends too early and not a refused one.
    setImmediate(() => response.destroy());
    return;
  }
  event({ type: "response.completed", response: { id: responseId, usage: USAGE } });
  response.end();
}

function send(response: ServerResponse, reply: Reply): void {
  if ("status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(JSON.stringify(reply.body ?? { error: { message: `scripted ${reply.status}`, type: "scripted" } }));
    return;
  }
  sendStream(response, reply);
}

/** Starts a scripted model on a free loopback port. */
export async function startModel(options: { readonly respond: Responder }): Promise<Model> {
  const requests: ModelRequest[] = [];
  const others: OtherRequest[] = [];
  const failures: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST" || !request.url?.endsWith("/v1/responses")) {
      others.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":{"message":"not found"}}');
      return;
    }
    const raw = await readBody(request);
    const parsed = parseRequest(raw, request.headers, requests.length);
    requests.push(parsed);
    send(response, await options.respond(parsed, parsed.index));
  };
  const server = createServer((request, response) => {
    response.on("error", () => response.destroy());
    answer(request, response).catch((error: unknown) => {
      failures.push(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"responder"}}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    others,
    failures,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A responder that gives one reply a request, and ends the turn when the script is over. */
export function script(...replies: readonly Reply[]): Responder {
  return (_request, index) => replies[index] ?? [message("The script is over.")];
}
