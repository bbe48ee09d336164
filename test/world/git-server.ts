import { type ChildProcess, spawn } from "node:child_process";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { runGit, worldGitEnvironment } from "./git-process.ts";

export interface GitIdentity {
  readonly login: string;
  /** Whether this token may push. */
  readonly push: boolean;
}

/** One request as the server saw it. */
export interface GitRequest {
  readonly method: string;
  /** Without the query, e.g. `/owner/name.git/git-upload-pack`. */
  readonly path: string;
  readonly service: "git-upload-pack" | "git-receive-pack" | undefined;
  /** Undefined when the request had no known token. */
  readonly login: string | undefined;
}

/** What to do instead of an answer: a status, or nothing at all until the client leaves. */
export type GitFault = { readonly status: number; readonly body?: string; readonly location?: string } | "stall";

export interface GitServerOptions {
  /** Directory of the bare repositories: `<root>/owner/name.git` is served as `<url>/owner/name.git`. */
  readonly root: string;
  /** Identities by password (basic authentication; the user name does not matter, as with GitHub). */
  readonly tokens: ReadonlyMap<string, GitIdentity>;
  readonly fault?: (request: GitRequest) => GitFault | undefined;
}

export interface GitServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request so far, with the status of its answer (undefined: none was given). */
  readonly requests: readonly (GitRequest & { readonly status: number | undefined })[];
  /** Ends the server, its connections and its children. */
  close(): Promise<void>;
}

type LoggedRequest = GitRequest & { status: number | undefined };

/** GitHub serves any commit by id and understands filters; a fresh git does not. */
const CONFIG = [
  ["uploadpack.allowTipSHA1InWant", "true"],
  ["uploadpack.allowReachableSHA1InWant", "true"],
  ["uploadpack.allowAnySHA1InWant", "true"],
  ["uploadpack.allowFilter", "true"],
  ["http.receivepack", "true"],
  ["safe.directory", "*"],
] as const;

/** Serves bare repositories over git's smart HTTP protocol through the real `git http-backend`. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const execPath = (await runGit(["--exec-path"])).stdout.toString().trim();
  const backend = join(execPath, "git-http-backend");
  const requests: LoggedRequest[] = [];
  const children = new Set<ChildProcess>();

  const server = http.createServer((request, response) => {
    const logged = describe(request, options.tokens);
    requests.push(logged);
    response.on("error", () => undefined);
    const refusal = options.fault?.(logged) ?? refuse(logged, options.tokens, request);
    if (refusal === "stall") return;
    if (refusal !== undefined) {
      logged.status = refusal.status;
      const challenge = refusal.status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {};
      const redirect = refusal.location === undefined ? {} : { location: refusal.location };
      request.resume();
      response
        .writeHead(refusal.status, { "content-type": "text/plain", ...challenge, ...redirect })
        .end(refusal.body ?? "");
      return;
    }
    const child = spawn(backend, { env: backendEnvironment(options.root, logged, request), detached: true });
    children.add(child);
    child.on("close", () => children.delete(child));
    answer(child, request, response, logged);
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const child of children) endGroup(child);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passwordOf(request: http.IncomingMessage): string | undefined {
  const match = /^basic (.+)$/i.exec(request.headers.authorization ?? "");
  if (match === null) return undefined;
  const text = Buffer.from(match[1] as string, "base64").toString();
  return text.slice(text.indexOf(":") + 1);
}

function describe(request: http.IncomingMessage, tokens: GitServerOptions["tokens"]): LoggedRequest {
  const url = new URL(request.url ?? "/", "http://loopback");
  const service = url.searchParams.get("service") ?? url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  return {
    method: request.method ?? "",
    path: url.pathname,
    service: service === "git-upload-pack" || service === "git-receive-pack" ? service : undefined,
    login: tokens.get(passwordOf(request) ?? "")?.login,
    status: undefined,
  };
}

function refuse(
  logged: GitRequest,
  tokens: GitServerOptions["tokens"],
  request: http.IncomingMessage,
): GitFault | undefined {
  if (logged.login === undefined) return { status: 401, body: "Authentication required." };
  const identity = tokens.get(passwordOf(request) ?? "");
  if (logged.service !== "git-receive-pack" || identity?.push === true) return undefined;
  return { status: 403, body: `Permission to ${logged.path} denied to ${logged.login}.` };
}

function backendEnvironment(root: string, logged: GitRequest, request: http.IncomingMessage): Record<string, string> {
  const header = (name: string) => String(request.headers[name] ?? "");
  return {
    ...worldGitEnvironment(),
    GIT_CONFIG_COUNT: String(CONFIG.length),
    ...Object.fromEntries(
      CONFIG.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    PATH_INFO: decodeURIComponent(logged.path),
    QUERY_STRING: new URL(request.url ?? "/", "http://loopback").search.slice(1),
    REQUEST_METHOD: logged.method,
    CONTENT_TYPE: header("content-type"),
    CONTENT_LENGTH: header("content-length"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    REMOTE_USER: logged.login ?? "",
    REMOTE_ADDR: "127.0.0.1",
  };
}

/** Turns the CGI answer (header lines, an empty line, the body) into an HTTP answer. */
function answer(
  child: ReturnType<typeof spawn>,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  logged: LoggedRequest,
): void {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("The backend was started without pipes.");
  stderr.resume();
  stdin.on("error", () => undefined);
  request.on("error", () => undefined);
  request.pipe(stdin);
  // A client that leaves must not leave a child behind.
  response.on("close", () => {
    if (!response.writableFinished) endGroup(child);
  });
  child.on("error", () => response.destroy());

  let header: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    header = Buffer.concat([header, chunk]);
    const end = header.indexOf("\r\n\r\n");
    if (end < 0) return;
    stdout.off("data", onData);
    const fields = header.subarray(0, end).toString().split("\r\n").map(parseField);
    logged.status = Number.parseInt(fields.find(([name]) => name === "status")?.[1] ?? "200", 10);
    response.writeHead(logged.status, Object.fromEntries(fields.filter(([name]) => name !== "status")));
    response.write(header.subarray(end + 4));
    stdout.pipe(response);
  };
  stdout.on("data", onData);
  stdout.on("end", () => {
    if (!response.headersSent) response.writeHead(500).end();
  });
}

function parseField(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}
