import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Posted {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `hang`: nothing comes; `reset`: the connection breaks. */
export type Trouble =
  | "hang"
  | "reset"
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> };

export interface WebhookServer {
  /** The incoming webhook: a secret. */
  readonly url: string;
  /** The part of it that nobody may see. */
  readonly secret: string;
  readonly posted: readonly Posted[];
  /** What Slack would not have taken. */
  readonly problems: readonly string[];
  /** These answers come first, one for each request. */
  trouble(...answers: readonly Trouble[]): void;
  close(): Promise<void>;
}

/** Stands for `hooks.slack.com`: takes what Slack's documentation allows, and says `invalid_payload` to all else. */
export async function startWebhook(): Promise<WebhookServer> {
  const secret = "T0A1B2C3D/B0E1F2G3H/zYxWvUtSrQpOnMlKjIhGfEdC";
  const path = `/services/${secret}`;
  const posted: Posted[] = [];
  const problems: string[] = [];
  const troubles: Trouble[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const text = Buffer.concat(chunks).toString("utf8");
    posted.push({ method, path: url, headers, text });
    const wrong = [...findRequestProblems(method, url, headers, path), ...findMessageProblems(text)];
    problems.push(...wrong);
    const trouble = troubles.shift();
    if (trouble === "hang") return;
    if (trouble === "reset") {
      response.destroy();
      return;
    }
    const answer =
      trouble ?? (wrong.length === 0 ? { status: 200, body: "ok" } : { status: 400, body: "invalid_payload" });
    response.writeHead(answer.status, { "content-type": "text/html", ...answer.headers });
    response.end(answer.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    secret,
    posted,
    problems,
    trouble: (...answers) => {
      troubles.push(...answers);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function findRequestProblems(method: string, url: string, headers: IncomingHttpHeaders, path: string): string[] {
  return [
    ...(method === "POST" ? [] : [`the method is ${method}`]),
    ...(url === path ? [] : [`no webhook at ${url}`]),
    ...(/^application\/json(?:; charset=utf-8)?$/.test(headers["content-type"] ?? "") ? [] : ["it is not JSON"]),
    ...(headers.authorization === undefined ? [] : ["a credential is sent along"]),
  ];
}

/** What Slack would refuse in a message, or would read as more than text. */
export function findMessageProblems(text: string): string[] {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return ["the body cannot be read"];
  }
  const { text: words, blocks, ...more } = message as Record<string, unknown>;
  if (typeof words !== "string" || words.length > 4000) return ["text is no text, or longer than 4000"];
  if (!Array.isArray(blocks) || blocks.length > 50) return ["blocks is no list, or longer than 50"];
  if (Object.keys(more).length > 0) return [`unknown fields: ${Object.keys(more)}`];
  return [...findMarkup(words), ...blocks.flatMap(findBlockProblems)];
}

function findBlockProblems(block: unknown): string[] {
  const { type, text, ...more } = block as Record<string, unknown>;
  const { type: kind, text: words, verbatim, ...others } = (text ?? {}) as Record<string, unknown>;
  const unknown = [...Object.keys(more), ...Object.keys(others)];
  if (type !== "section" || kind !== "mrkdwn" || unknown.length > 0) return [`not a section: ${JSON.stringify(block)}`];
  if (verbatim !== true) return ["Slack would look for names and channels in it"];
  if (typeof words !== "string" || words.trim() === "" || words.length > 3000)
    return ["a section without text, or longer than 3000"];
  return findMarkup(words);
}

/** The only thing between angle brackets may be one link to a page, at the end; an ampersand only begins an escape. */
function findMarkup(words: string): string[] {
  const rest = words.replace(/(?:^|\n)<https?:\/\/[^<>|\s]+(?:\|Open)?>$/, "");
  return [
    ...(/[<>]/.test(rest) ? [`markup in ${JSON.stringify(rest)}`] : []),
    ...(/&(?!amp;|lt;|gt;)/.test(words) ? [`half an escape in ${JSON.stringify(words)}`] : []),
    ...(words.isWellFormed() ? [] : ["half a code point"]),
    ...(/@(?:channel|here|everyone|all)/i.test(words) ? ["it calls a whole channel"] : []),
  ];
}
