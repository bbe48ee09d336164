import { createHash } from "node:crypto";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ConfigurationError, ExternalError, IntegrityError } from "../../governance/errors.ts";
import { failureOf, statusOf } from "./failure.ts";
import type { NewObject } from "./layout.ts";
import { type ExportPlace, renderUri } from "./place.ts";

export interface StoreOptions {
  /** Without it, what the environment or the SDK's configuration says; for an endpoint of one's own `us-east-1`. */
  readonly region?: string | undefined;
  /** Any store that speaks S3: https, or http on loopback. Without it, `AWS_ENDPOINT_URL_S3`, else AWS. */
  readonly endpoint?: string | undefined;
  /** Bound on one request with its retries, in milliseconds. */
  readonly timeoutMs?: number;
  /** First wait after a conflict, in milliseconds. */
  readonly retryMs?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** A bucket in which nothing is ever overwritten or deleted. */
export interface ObjectStore {
  /** `there`: it was stored before, with the same content. Throws IntegrityError `export_conflict` for another one. */
  write(object: NewObject): Promise<"written" | "there">;
  /** Throws IntegrityError `evidence_invalid` for more than `maxBytes`. */
  read(key: string, maxBytes: number): Promise<Uint8Array>;
  /** Objects by key, at most `limit`. Throws IntegrityError `evidence_invalid` when there are more. */
  list(prefix: string, limit: number): Promise<readonly StoredObject[]>;
}

/** Requests for one object: the SDK repeats what failed without an answer, or with 5xx, or with a throttle. */
const TRIES = 4;

/** Opens a bucket. The SDK finds the credentials itself, the first time that it needs them. */
export function openStore(place: ExportPlace, options: StoreOptions = {}): ObjectStore {
  const client = openClient(options);
  const send = { client, place, timeoutMs: options.timeoutMs ?? 120_000, retryMs: options.retryMs ?? 200 };
  return {
    write: (object) => write(send, object),
    read: (key, maxBytes) => read(send, key, maxBytes),
    list: (prefix, limit) => list(send, prefix, limit),
  };
}

interface Connection {
  readonly client: S3Client;
  readonly place: ExportPlace;
  readonly timeoutMs: number;
  readonly retryMs: number;
}

function openClient({ region, endpoint, environment = process.env }: StoreOptions): S3Client {
  const address = endpoint ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  if (address !== undefined) assertEndpoint(address);
  const where = region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? (address && "us-east-1");
  return new S3Client({
    ...(where ? { region: where } : {}),
    ...(address === undefined ? {} : { endpoint: address, forcePathStyle: true }),
    maxAttempts: TRIES,
    // We name the one checksum that counts; other stores know no others.
    requestChecksumCalculation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      ...agents(environment),
    },
  });
}

/** The runner's proxy settings (`HTTPS_PROXY`, `NO_PROXY`), which the SDK does not know. Node 24 does. */
function agents(proxyEnv: Readonly<Record<string, string | undefined>>) {
  const settings = { keepAlive: true, maxSockets: 50, proxyEnv };
  return { httpAgent: new HttpAgent(settings), httpsAgent: new HttpsAgent(settings) };
}

/** Evidence and session tokens do not go over a network in plain text. */
function assertEndpoint(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLoopback = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const isPlain = url !== undefined && url.username === "" && url.password === "";
  if (isPlain && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback))) return;
  throw new ConfigurationError(
    "configuration_invalid",
    "The S3 endpoint must be an address with https, or http on loopback, without a user name.",
  );
}

async function write(connection: Connection, object: NewObject): Promise<"written" | "there"> {
  const { client, place, timeoutMs, retryMs } = connection;
  const command = () =>
    new PutObjectCommand({
      Bucket: place.bucket,
      Key: object.key,
      Body: object.body,
      ContentType: object.contentType,
      ChecksumSHA256: createHash("sha256").update(object.body).digest("base64"),
      IfNoneMatch: "*",
    });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(command(), { abortSignal: AbortSignal.timeout(timeoutMs) });
      return "written";
    } catch (error) {
      const status = statusOf(error);
      if (status === 412) return compare(connection, object);
      // Somebody else writes the same key at this moment: which of us is told next.
      if (status !== 409 || attempt === TRIES) throw failureOf(error, `Writing ${renderUri(place, object.key)}`);
      await sleep(retryMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

/** Something is there. After a retry, or an export from before, it is ours. */
async function compare(connection: Connection, object: NewObject): Promise<"there"> {
  const uri = renderUri(connection.place, object.key);
  // Room for a row that a later version wrote with more columns.
  const stored = await fetchBytes(connection, object.key, object.body.length * 2 + 65_536);
  if (stored !== "too large" && object.isSame(stored)) return "there";
  throw new IntegrityError(
    "export_conflict",
    `${uri} holds something else than what would be written there. Nothing was overwritten. Find out who wrote it.`,
  );
}

async function read(connection: Connection, key: string, maxBytes: number): Promise<Uint8Array> {
  const bytes = await fetchBytes(connection, key, maxBytes);
  if (bytes !== "too large") return bytes;
  throw new IntegrityError(
    "evidence_invalid",
    `${renderUri(connection.place, key)} is no evidence bundle: more than ${maxBytes} bytes.`,
  );
}

async function fetchBytes(
  { client, place, timeoutMs }: Connection,
  key: string,
  maxBytes: number,
): Promise<Uint8Array | "too large"> {
  try {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: place.bucket, Key: key }), { abortSignal });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      // Leaving the loop ends the connection.
      if (size > maxBytes) return "too large";
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw failureOf(error, `Reading ${renderUri(place, key)}`);
  }
}

async function list({ client, place, timeoutMs }: Connection, prefix: string, limit: number) {
  const found: StoredObject[] = [];
  const uri = renderUri(place, prefix);
  // A page has up to a thousand objects. A store that goes on with pages of next to nothing would be listed for ever.
  let pagesLeft = 10 + limit / 10;
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: place.bucket, Prefix: prefix, ContinuationToken: token });
    const page = await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
      throw failureOf(error, `Listing ${uri}`);
    });
    for (const { Key, Size } of page.Contents ?? []) if (Key !== undefined) found.push({ key: Key, size: Size ?? 0 });
    if (found.length > limit) {
      throw new IntegrityError("evidence_invalid", `${uri} has more than ${limit} objects. Name a smaller part of it.`);
    }
    if (page.IsTruncated && (page.NextContinuationToken ?? token) === token) {
      throw new ExternalError("export_failed", `Listing ${uri}: the store promises more and does not say where.`);
    }
    pagesLeft -= 1;
    if (page.IsTruncated && pagesLeft < 0) {
      throw new ExternalError(
        "export_failed",
        `Listing ${uri}: the store promises more for ever, and has next to nothing.`,
      );
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
