import { createHash } from "node:crypto";
import {
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { startAzurite } from "./azurite.ts";
import type { ArtifactMetadata, ArtifactMetadataSource } from "./github/artifacts.ts";
import { type ResultsBackend, startResultsService } from "./results-service.ts";

export interface ArtifactStore extends ArtifactMetadataSource {
  /** The value of ACTIONS_RUNTIME_TOKEN in one attempt of a run. */
  runtimeToken(runId: number, attempt?: number): string;
  /** The environment that the artifact client reads. */
  env(runId: number, attempt?: number): Record<string, string>;
  /** Replaces the stored zip; the recorded digest and size stay. */
  tamper(id: number, bytes: Uint8Array): Promise<void>;
  expire(id: number): void;
  remove(id: number): Promise<void>;
  /** An artifact that some run made without our action. Returns its id. */
  put(name: string, zip: Uint8Array, runId: number): Promise<number>;
  /** The stored zip. */
  read(id: number): Promise<Uint8Array>;
  /** `http://127.0.0.1:<port>`, where signed URLs lead to. */
  readonly blobUrl: string;
  /** Remembers the artifacts of this moment; what it returns puts them back, and forgets all newer ones. */
  remember(): Promise<() => Promise<void>>;
  /** Names of the results service's methods in the order of their calls. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

export interface ArtifactStoreOptions {
  /** Gives the times of creation; the machine's clock when absent. */
  readonly clock?: () => Date;
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly runId: number;
  /** The id of one attempt of the run, as the runtime token names it. */
  readonly backendId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  finished: { readonly size: number; readonly digest: `sha256:${string}` } | undefined;
  expired: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The artifact side of GitHub: real blob storage (Azurite) with real signed URLs and block uploads; ours are the
 * results service that the artifact client talks to, and the metadata.
 */
export async function startArtifactStore(options: ArtifactStoreOptions = {}): Promise<ArtifactStore> {
  const clock = options.clock ?? (() => new Date());
  const azurite = await startAzurite();
  const blobs = await openContainer(azurite.url);
  const rows = new Map<number, Row>();
  /** Artifacts whose bytes are not what they were when they were stored. */
  const disturbed = new Set<number>();
  let ids = 0;
  const add = (row: Omit<Row, "id" | "createdAt" | "finished" | "expired">): Row => {
    const added = { ...row, id: 1001 + ids++, createdAt: clock(), finished: undefined, expired: false };
    rows.set(added.id, added);
    return added;
  };
  const service = await startResultsService(backend({ rows, add, blobs, clock }));
  const rowOf = (id: number): Row => {
    const row = rows.get(id);
    if (row === undefined) throw new Error(`there is no artifact ${id}`);
    return row;
  };

  const store: ArtifactStore = {
    find: (id) => toMetadata(rows.get(id), clock),
    signedUrl: async (id) => {
      const found = store.find(id);
      return found === undefined || found.expired ? undefined : blobs.sign(id, "r");
    },
    listByRun: (runId) =>
      [...rows.values()].flatMap((row) => (row.runId === runId ? (toMetadata(row, clock) ?? []) : [])),
    runtimeToken: (runId, attempt = 1) => service.issueToken(runId, attempt),
    env: (runId, attempt = 1) => ({
      ACTIONS_RUNTIME_TOKEN: service.issueToken(runId, attempt),
      ACTIONS_RESULTS_URL: `${service.url}/`,
      GITHUB_SERVER_URL: "https://github.com",
    }),
    tamper: async (id, bytes) => {
      disturbed.add(id);
      await blobs.write(rowOf(id).id, bytes);
    },
    expire: (id) => {
      rowOf(id).expired = true;
    },
    remove: async (id) => {
      disturbed.add(id);
      await blobs.remove(rowOf(id).id);
      rows.delete(id);
    },
    put: async (name, zip, runId) => {
      const row = add({ name, runId, backendId: "foreign", expiresAt: new Date(clock().getTime() + 90 * DAY_MS) });
      await blobs.write(row.id, zip);
      row.finished = { size: zip.length, digest: sha256(zip) };
      return row.id;
    },
    read: (id) => blobs.read(rowOf(id).id),
    blobUrl: azurite.url,
    remember: async () => {
      // An upload that was begun and not finished has no bytes that anybody could ask for.
      const before = await Promise.all(
        [...rows.values()].map(async (row) => ({
          row: { ...row },
          bytes: row.finished === undefined ? undefined : await blobs.read(row.id),
        })),
      );
      disturbed.clear();
      return async () => {
        rows.clear();
        for (const { row, bytes } of before) {
          rows.set(row.id, { ...row });
          if (bytes !== undefined && disturbed.has(row.id)) await blobs.write(row.id, bytes);
        }
        disturbed.clear();
      };
    },
    calls: service.calls,
    close: async () => {
      await service.close();
      await azurite.close();
    },
  };
  return store;
}

function toMetadata(row: Row | undefined, clock: () => Date): ArtifactMetadata | undefined {
  if (row?.finished === undefined) return undefined;
  return {
    id: row.id,
    name: row.name,
    sizeInBytes: row.finished.size,
    digest: row.finished.digest,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    expired: row.expired || clock() > row.expiresAt,
    runId: row.runId,
  };
}

interface World {
  readonly rows: Map<number, Row>;
  readonly add: (row: Omit<Row, "id" | "createdAt" | "finished" | "expired">) => Row;
  readonly blobs: Blobs;
  readonly clock: () => Date;
}

/** The rules of the results service: one name per attempt, and size and digest must be those of the blob. */
function backend({ rows, add, blobs, clock }: World): ResultsBackend {
  const inRun = (backendId: string, name: string): Row | undefined =>
    [...rows.values()].find((row) => row.backendId === backendId && row.name === name);
  return {
    create: ({ runId, backendId, name, expiresAt }) => {
      if (inRun(backendId, name) !== undefined) return undefined;
      const row = add({ name, runId, backendId, expiresAt: expiresAt ?? new Date(clock().getTime() + 90 * DAY_MS) });
      return blobs.sign(row.id, "cw");
    },
    finalize: async ({ backendId, name, size, digest }) => {
      const row = inRun(backendId, name);
      if (row === undefined || row.finished !== undefined) return { refused: "there is no such upload" };
      const bytes = await blobs.read(row.id);
      if (bytes.length !== size) return { refused: `size ${size}, but ${bytes.length} bytes are stored` };
      if (sha256(bytes) !== digest) return { refused: `hash ${digest}, but ${sha256(bytes)} is stored` };
      row.finished = { size, digest };
      return { id: row.id };
    },
  };
}

interface Blobs {
  sign(id: number, permissions: "r" | "cw"): string;
  write(id: number, bytes: Uint8Array): Promise<void>;
  read(id: number): Promise<Uint8Array>;
  remove(id: number): Promise<void>;
}

/** Azurite's published account; it guards nothing. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const CONTAINER = "artifacts";

async function openContainer(url: string): Promise<Blobs> {
  const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
  const service = new BlobServiceClient(`${url}/${ACCOUNT}`, credential);
  const container: ContainerClient = service.getContainerClient(CONTAINER);
  await container.createIfNotExists();
  const blob = (id: number) => container.getBlockBlobClient(`${id}.zip`);
  return {
    sign: (id, permissions) => {
      const now = Date.now();
      const grant = {
        containerName: CONTAINER,
        blobName: `${id}.zip`,
        permissions: BlobSASPermissions.parse(permissions),
        startsOn: new Date(now - 60_000),
        expiresOn: new Date(now + 600_000),
      };
      return `${blob(id).url}?${generateBlobSASQueryParameters(grant, credential)}`;
    },
    write: async (id, bytes) => {
      await blob(id).uploadData(bytes, { blobHTTPHeaders: { blobContentType: "application/zip" } });
    },
    read: async (id) => new Uint8Array(await blob(id).downloadToBuffer()),
    remove: async (id) => {
      await blob(id).deleteIfExists();
    },
  };
}

function sha256(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
