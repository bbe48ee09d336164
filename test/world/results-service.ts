import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** What the service asks of the store behind it. */
export interface ResultsBackend {
  /** Opens an upload; undefined when the name is taken. Returns the signed URL to upload to. */
  create(upload: {
    readonly runId: number;
    readonly backendId: string;
    readonly name: string;
    readonly expiresAt: Date | undefined;
  }): string | undefined;
  /** Ends an upload. */
  finalize(upload: {
    readonly backendId: string;
    readonly name: string;
    readonly size: number;
    readonly digest: `sha256:${string}`;
  }): Promise<{ readonly id: number } | { readonly refused: string }>;
}

export interface ResultsService {
  readonly url: string;
  readonly calls: readonly string[];
  issueToken(runId: number, attempt: number): string;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const PREFIX = "/twirp/github.actions.results.api.v1.ArtifactService/";
const scope = { workflow_run_backend_id: z.string(), workflow_job_run_backend_id: z.string() };

// Strict: a field that we do not know would be a rule that we do not check.
const createSchema = z.strictObject({
  ...scope,
  name: z.string().regex(/^[^"/\\:<>|*?\r\n]+$/),
  expires_at: z.iso.datetime().optional(),
  version: z.literal(7),
  mime_type: z.literal("application/zip"),
});

const finalizeSchema = z.strictObject({
  ...scope,
  name: z.string(),
  size: z.string().regex(/^[1-9]\d*$/),
  hash: z.templateLiteral(["sha256:", z.string().regex(/^[0-9a-f]{64}$/)]),
});

/**
 * GitHub's results service as far as uploads use it: twirp over JSON, authorised by the runtime token of one
 * attempt of one run.
 */
export async function startResultsService(backend: ResultsBackend): Promise<ResultsService> {
  const tokens = tokenMint();
  const calls: string[] = [];
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const method = (request.url ?? "").startsWith(PREFIX) ? (request.url ?? "").slice(PREFIX.length) : undefined;
    if (request.method !== "POST" || method === undefined) return refusal(404, "bad_route", `${request.url}`);
    calls.push(method);
    const grant = tokens.verify(request.headers.authorization);
    if (grant === undefined) return refusal(401, "unauthenticated", "the token is not one of ours");
    if (request.headers["content-type"] !== "application/json") return refusal(400, "malformed", "not JSON");
    return handle({ backend, method, grant, body: await readJson(request) });
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => refusal(500, "internal", String(error)))
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    issueToken: tokens.issue,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Grant {
  readonly runId: number;
  readonly backendId: string;
  readonly jobId: string;
}

interface Call {
  readonly backend: ResultsBackend;
  readonly method: string;
  readonly grant: Grant;
  readonly body: unknown;
}

async function handle({ backend, method, grant, body }: Call): Promise<Reply> {
  const named = z.object(scope).safeParse(body);
  if (!named.success) return refusal(400, "malformed", named.error.message);
  const { workflow_run_backend_id: run, workflow_job_run_backend_id: job } = named.data;
  if (run !== grant.backendId || job !== grant.jobId) return refusal(403, "permission_denied", "token of another run");
  if (method === "CreateArtifact") return create(backend, grant, body);
  if (method === "FinalizeArtifact") return finalize(backend, grant, body);
  return refusal(404, "bad_route", `unknown method ${method}`);
}

function create(backend: ResultsBackend, grant: Grant, body: unknown): Reply {
  const parsed = createSchema.safeParse(body);
  if (!parsed.success) return refusal(400, "invalid_argument", parsed.error.message);
  const { name, expires_at } = parsed.data;
  const expiresAt = expires_at === undefined ? undefined : new Date(expires_at);
  const url = backend.create({ ...grant, name, expiresAt });
  if (url !== undefined) return { status: 200, body: { ok: true, signed_upload_url: url } };
  return refusal(409, "already_exists", "an artifact with this name already exists on the workflow run");
}

async function finalize(backend: ResultsBackend, grant: Grant, body: unknown): Promise<Reply> {
  const parsed = finalizeSchema.safeParse(body);
  if (!parsed.success) return refusal(400, "invalid_argument", parsed.error.message);
  const { name, size, hash } = parsed.data;
  const digest = hash as `sha256:${string}`;
  const result = await backend.finalize({ backendId: grant.backendId, name, size: Number(size), digest });
  if ("refused" in result) return refusal(400, "invalid_argument", result.refused);
  return { status: 200, body: { ok: true, artifact_id: String(result.id) } };
}

function refusal(status: number, code: string, msg: string): Reply {
  return { status, body: { code, msg } };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Signed tokens of the runner's shape: the scope `Actions.Results:<run>:<job>` is what the client reads. */
function tokenMint() {
  const secret = randomBytes(32);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (text: string): Buffer => createHmac("sha256", secret).update(text).digest();
  const issue = (runId: number, attempt: number): string => {
    const results = `Actions.Results:run-${runId}-${attempt}:job-${runId}-${attempt}`;
    const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ scp: `Actions.GenericRead:1 ${results}` })}`;
    return `${text}.${sign(text).toString("base64url")}`;
  };
  const verify = (authorization: string | undefined): Grant | undefined => {
    const [, head, payload, signature] = /^Bearer ([^.]+)\.([^.]+)\.([^.]+)$/.exec(authorization ?? "") ?? [];
    if (head === undefined || payload === undefined || signature === undefined) return undefined;
    const given = Buffer.from(signature, "base64url");
    const right = sign(`${head}.${payload}`);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const { scp } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { scp: string };
    const [, backendId, runId, jobId] = /Actions\.Results:(run-(\d+)-\d+):(job-\d+-\d+)$/.exec(scp) ?? [];
    if (backendId === undefined || jobId === undefined) return undefined;
    return { runId: Number(runId), backendId, jobId };
  };
  return { issue, verify };
}
