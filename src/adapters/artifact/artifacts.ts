import { z } from "zod";
import { type Digest, digestOf, parseDigest } from "../../governance/digest.ts";
import { IntegrityError } from "../../governance/errors.ts";
import type { ArtifactInfo, ArtifactReference, Artifacts, Files } from "../../ports.ts";
import { type Client, type ClientOptions, createClient, getIfThere, malformed } from "../github/client.ts";
import { LIMITS, type Limits, readArchive, tampered } from "./archive.ts";
import { downloadArchive, expired, missing } from "./download.ts";
import { uploadFiles } from "./upload.ts";

export interface ArtifactsOptions extends ClientOptions {
  /** Where bundles are laid out for the upload; the runner's temporary directory. */
  readonly temporaryDirectory: string;
  /** Bound on one upload or download in milliseconds. */
  readonly transferTimeoutMs?: number;
  readonly limits?: Limits;
}

/** Artifacts of one repository: stored through the runner's results service, read over REST by id. */
export function createArtifacts(options: ArtifactsOptions): Artifacts {
  const client = createClient(options);
  const limits = options.limits ?? LIMITS;
  const timeoutMs = options.transferTimeoutMs ?? 300_000;
  const { temporaryDirectory } = options;
  return {
    store: (name, files, retentionDays) =>
      uploadFiles({ name, files, retentionDays }, { temporaryDirectory, timeoutMs, limits }),
    fetchInfo: (id) => fetchInfo(client, id),
    fetch: (reference, runId) => fetchFiles(client, { reference, runId, limits, timeoutMs }),
  };
}

const infoSchema = z.object({
  id: z.int().positive(),
  name: z.string().min(1),
  size_in_bytes: z.int().nonnegative(),
  digest: z.string().nullish(),
  expired: z.boolean(),
  created_at: z.iso.datetime({ offset: true }),
  workflow_run: z.object({ id: z.int().positive() }),
});

async function fetchInfo(client: Client, id: number): Promise<ArtifactInfo | undefined> {
  const request = { route: "/actions/artifacts/{artifact_id}", parameters: { artifact_id: id } };
  const answer = await getIfThere(client, request, infoSchema);
  if (answer === undefined) return undefined;
  if (answer.id !== id) throw malformed(`artifact ${id}`, `it is about ${answer.id}`);
  return {
    id,
    name: answer.name,
    digest: digestIn(answer.digest, id),
    expired: answer.expired,
    createdAt: answer.created_at,
    runId: answer.workflow_run.id,
  };
}

function digestIn(text: string | null | undefined, id: number): Digest | undefined {
  if (text === null || text === undefined) return undefined;
  const digest = parseDigest(text);
  if (digest === undefined) throw malformed(`artifact ${id}`, `the digest ${JSON.stringify(text)} is not sha256:<hex>`);
  return digest;
}

interface Wanted {
  readonly reference: ArtifactReference;
  readonly runId: number;
  readonly limits: Limits;
  readonly timeoutMs: number;
}

/** The digest is compared before a byte of the zip is interpreted. */
async function fetchFiles(client: Client, wanted: Wanted): Promise<Files> {
  const { reference, runId, limits, timeoutMs } = wanted;
  const info = await fetchInfo(client, reference.id);
  if (info === undefined) throw missing(reference.id);
  if (info.expired) throw expired(reference.id);
  if (info.runId !== runId) {
    const message = `Artifact ${reference.id} was made by run ${info.runId}, expected run ${runId}.`;
    throw new IntegrityError("artifact_foreign", `${message} Comment the command again.`);
  }
  if (info.digest !== undefined) assertDigest(reference, info.digest, "GitHub records");
  const archive = await downloadArchive(client, reference.id, { bytes: limits.archiveBytes, timeoutMs });
  assertDigest(reference, digestOf(archive), "the zip has");
  return readArchive(archive, limits);
}

function assertDigest(reference: ArtifactReference, digest: Digest, what: string): void {
  if (digest === reference.digest) return;
  throw tampered(`artifact ${reference.id} was recorded with ${reference.digest}, but ${what} ${digest}`);
}
