import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** `hang`: nothing comes; `reset`: the connection breaks; `cut`: it breaks in the middle of the page. */
export type AnalyticsTrouble =
  | "hang"
  | "reset"
  | "cut"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer };

export interface AnalyticsServer {
  /** Base address, as `--analytics-url` takes it. */
  readonly url: string;
  readonly key: string;
  readonly workspace: string;
  /** Path and query of each request, in order. */
  readonly requests: readonly string[];
  /** The pages of a report, in order; each is sent as it stands, with its paging. */
  publish(endpoint: string, pages: readonly (readonly object[])[]): void;
  /** The exact bytes of a report's only page. */
  publishRaw(endpoint: string, body: string | Buffer): void;
  /** These answers come first, one for each request. */
  trouble(...answers: readonly AnalyticsTrouble[]): void;
  close(): Promise<void>;
}

const PARAMETERS = new Set(["start_time", "end_time", "group_by", "group", "page"]);

/**
 * Stands for the Codex Analytics API as far as it is public: a Bearer key, Unix seconds, daily buckets, pages with
 * `has_more` and `next_page`. Everything else is refused. The names of fields are the tests' own.
 */
export async function startAnalytics(): Promise<AnalyticsServer> {
  const key = "sk-analytics-Zq81LmTt0PwX";
  const workspace = "ws-3f0c";
  const requests: string[] = [];
  const troubles: AnalyticsTrouble[] = [];
  const pages = new Map<string, readonly (string | Buffer)[]>();
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const trouble = troubles.shift();
    if (trouble === "hang") return;
    if (trouble === "reset") {
      response.destroy();
      return;
    }
    const answer = trouble === undefined || trouble === "cut" ? answerOf(request, { key, workspace, pages }) : trouble;
    send(response, answer, trouble === "cut");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/analytics/codex`,
    key,
    workspace,
    requests,
    publish: (endpoint, all) => {
      const render = (data: readonly object[], index: number) => {
        const hasMore = index + 1 < all.length;
        const next = hasMore ? `cursor/${endpoint}+${index + 1}=` : null;
        return JSON.stringify({ object: "page", data, has_more: hasMore, next_page: next });
      };
      pages.set(endpoint, all.map(render));
    },
    publishRaw: (endpoint, body) => {
      pages.set(endpoint, [body]);
    },
    trouble: (...answers) => {
      troubles.push(...answers);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Stage {
  readonly key: string;
  readonly workspace: string;
  readonly pages: ReadonlyMap<string, readonly (string | Buffer)[]>;
}

function answerOf(request: IncomingMessage, { key, workspace, pages }: Stage): Answer {
  if (request.headers.authorization !== `Bearer ${key}`) return { status: 401, body: '{"error":"no such key"}' };
  const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
  const prefix = `/v1/analytics/codex/workspaces/${workspace}/`;
  const endpoint = pathname.slice(prefix.length);
  if (request.method !== "GET" || !pathname.startsWith(prefix)) return { status: 404, body: "{}" };
  const all = pages.get(endpoint);
  if (all === undefined) return { status: 404, body: "{}" };
  const problem = findProblem(searchParams, endpoint, all.length);
  if (problem) return { status: 400, body: JSON.stringify({ error: problem }) };
  const cursor = searchParams.get("page");
  return { status: 200, body: all[cursor === null ? 0 : Number(/(\d+)=$/.exec(cursor)?.[1])] ?? "" };
}

function findProblem(parameters: URLSearchParams, endpoint: string, pages: number): string | undefined {
  const names = [...parameters.keys()];
  if (names.some((name) => !PARAMETERS.has(name)) || new Set(names).size < names.length) return "unknown parameter";
  const [start, end] = ["start_time", "end_time"].map((name) => parameters.get(name) ?? "");
  if (!/^\d{10}$/.test(start ?? "") || !/^\d{10}$/.test(end ?? "")) return "times are Unix seconds";
  if (Number(start) >= Number(end)) return "empty period";
  if (parameters.get("group_by") !== "day") return "group_by";
  if (parameters.get("group") !== (endpoint === "usage" ? "workspace" : null)) return "group";
  const cursor = parameters.get("page");
  const known = Array.from({ length: pages - 1 }, (_, index) => `cursor/${endpoint}+${index + 1}=`);
  return cursor === null || known.includes(cursor) ? undefined : "unknown cursor";
}

function send(response: ServerResponse, { status, headers, body = "" }: Answer, isCut: boolean): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
  if (!isCut) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, bytes.length - 1), () => response.destroy());
}
