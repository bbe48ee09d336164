import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGitHubInstance, openPublicInstance, type Reply, SUBJECT_CLAIM } from "./authorities.ts";
import { certificateFor } from "./certificates.ts";
import { type Claims, IdentityProvider, ISSUER, unsigned } from "./identity.ts";

/** Who is asked: GitHub for an identity, then Sigstore's parts. */
export type Part = "identity" | "fulcio" | "rekor" | "timestamp";

export interface SigstoreOptions {
  /** The workflow whose identity jobs have, as `owner/name/.github/workflows/x.yml@refs/heads/main`. */
  readonly workflow?: string;
  readonly repositoryId?: number;
  /** Who says so. Default: GitHub. */
  readonly issuer?: string;
}

/** The public instance's hosts, and those that GitHub's own has for this or that server. */
const HOSTS = ["sigstore.dev", "githubapp.com", "github.localhost"].flatMap((domain) =>
  ["fulcio", "rekor", "timestamp"].map((part) => `${part}.${domain}`),
);

/** What a job shows to be given an identity token. */
const REQUEST_TOKEN = "request-token-that-nobody-else-may-ever-see-0001";

/**
 * Sigstore and GitHub's identity tokens on loopback. The signing library knows fixed https hosts: the double is the
 * proxy in front of them and answers in their place, with certificates of a root that only the child process trusts.
 */
export class Sigstore {
  /** What a step needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What `gh attestation trusted-root` prints. */
  readonly trustedRoots: string;
  /** `host path` of every request, oldest first. */
  readonly requests: string[] = [];
  /** Every identity token so far, and what they are asked with. */
  readonly secrets: string[] = [REQUEST_TOKEN];
  readonly #faults = new Map<Part, Reply | "silence">();
  readonly #close: () => Promise<void>;

  constructor(environment: Record<string, string>, trustedRoots: string, close: () => Promise<void>) {
    this.environment = environment;
    this.trustedRoots = trustedRoots;
    this.#close = close;
  }

  /** Makes a part answer this from now on, or nothing at all. */
  fault(part: Part, answer: Reply | "silence"): void {
    this.#faults.set(part, answer);
  }

  calm(): void {
    this.#faults.clear();
    this.requests.length = 0;
  }

  faultOf(part: Part): Reply | "silence" | undefined {
    return this.#faults.get(part);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

export async function startSigstore(options: SigstoreOptions = {}): Promise<Sigstore> {
  const directory = await mkdtemp(join(tmpdir(), "sigstore-"));
  const { cert, key } = await certificateFor(HOSTS);
  const authority = join(directory, "root.pem");
  await writeFile(authority, cert);
  const [publicInstance, gitHub] = [await openPublicInstance(), await openGitHubInstance()];
  const identity = new IdentityProvider();
  const plain = createServer();
  const tls = createTlsServer({ cert, key });
  const sockets = new Set<Socket>();
  const port = await listen(plain);
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    https_proxy: url,
    no_proxy: "127.0.0.1,localhost",
    NODE_EXTRA_CA_CERTS: authority,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
  };
  const double = new Sigstore(environment, `${publicInstance.trustedRoot}\n${gitHub.trustedRoot}\n`, async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => plain.close(resolve));
    await rm(directory, { recursive: true });
  });

  plain.on("connection", (socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));
  plain.on("connect", (request, socket) => {
    if (!HOSTS.some((host) => request.url === `${host}:443`)) {
      double.requests.push(`refused ${request.url}`);
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    tls.emit("connection", socket);
  });
  plain.on("request", (request, response) => {
    void respond(double, "identity", response, async () => {
      double.requests.push(`identity ${request.url}`);
      const audience = new URL(request.url ?? "/", url).searchParams.get("audience");
      if (request.headers.authorization !== `Bearer ${REQUEST_TOKEN}`) return { statusCode: 401, response: "" };
      const token = identity.issue(claimsOf(options, audience ?? ""));
      double.secrets.push(token);
      return { statusCode: 200, response: JSON.stringify({ value: token }), contentType: "application/json" };
    });
  });
  tls.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const host = request.headers.host ?? "";
    const [part = "", ...domain] = host.split(".");
    void respond(double, part as Part, response, async () => {
      double.requests.push(`${host} ${request.url}`);
      const instance = domain.join(".") === "sigstore.dev" ? publicInstance : gitHub;
      const handler = instance.handlers.get(`${part}${request.url}`);
      if (handler === undefined || request.method !== "POST") return { statusCode: 404, response: "" };
      const body = await textOf(request);
      return part === "fulcio" ? handler(certifiable(body, identity)) : handler(body);
    });
  });
  return double;
}

async function respond(double: Sigstore, part: Part, response: ServerResponse, answer: () => Promise<Reply>) {
  const fault = double.faultOf(part);
  if (fault === "silence") return;
  const reply: Reply = fault ?? (await answer().catch(refusalOf));
  const { statusCode, response: body, contentType = "text/plain" } = reply;
  response.writeHead(statusCode, { "content-type": contentType }).end(body);
}

function refusalOf(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return { statusCode: 400, response: JSON.stringify({ code: 3, message }), contentType: "application/json" };
}

/** Sigstore's published fake believes every token: whether it is GitHub's is looked at here. */
function certifiable(body: string, identity: IdentityProvider): string {
  const request = JSON.parse(body) as { credentials: { oidcIdentityToken: string } };
  const claims = identity.read(request.credentials.oidcIdentityToken);
  if (claims === undefined) throw new Error("There was an error processing the identity token");
  const named = { ...claims, [SUBJECT_CLAIM]: `https://github.com/${claims.job_workflow_ref}` };
  return JSON.stringify({ ...request, credentials: { oidcIdentityToken: unsigned(named) } });
}

function claimsOf({ workflow, repositoryId = 4_242_001, issuer = ISSUER }: SigstoreOptions, aud: string): Claims {
  const job_workflow_ref = workflow ?? "acme/shop/.github/workflows/codex.yml@refs/heads/main";
  const [owner, name] = job_workflow_ref.split("/");
  return {
    iss: issuer,
    sub: `repo:${owner}/${name}:ref:refs/heads/main`,
    aud,
    repository: `${owner}/${name}`,
    repository_id: String(repositoryId),
    repository_owner: String(owner),
    repository_owner_id: "9001",
    ref: job_workflow_ref.slice(job_workflow_ref.indexOf("@") + 1),
    job_workflow_ref,
    workflow_ref: job_workflow_ref,
    runner_environment: "github-hosted",
    exp: Math.floor(Date.now() / 1000) + 300,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
