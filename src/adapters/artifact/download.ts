import { defaults } from "@actions/github/lib/utils";
import { ExternalError, IntegrityError } from "../../governance/errors.ts";
import { type Client, TRIES } from "../github/client.ts";
import { RequestFailure } from "../github/failure.ts";
import { tampered } from "./archive.ts";

interface DownloadBounds {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/**
 * An artifact's zip in memory. Throws IntegrityError `artifact_missing`, `artifact_expired` or, when it is larger
 * than allowed, `artifact_tampered`; ExternalError when the store does not answer.
 */
export async function downloadArchive(client: Client, id: number, bounds: DownloadBounds): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    // A signed URL lives for minutes only, so each try asks for one of its own.
    const url = await fetchSignedUrl(client, id);
    try {
      return await readBounded(url, id, bounds);
    } catch (error) {
      if (error instanceof IntegrityError) throw error;
      // The URL is a credential, so neither it nor the error that may name it goes into the message.
      const why = reasonOf(error);
      const message = `The artifact store did not deliver artifact ${id}: ${why}.`;
      if (attempt === TRIES) throw new ExternalError("artifact_store_failed", `${message} Re-run the job later.`);
      client.log(`${message} Trying again (${attempt + 1} of ${TRIES}).`);
      await client.backoff(attempt);
    }
  }
}

async function fetchSignedUrl(client: Client, id: number): Promise<string> {
  const route = "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}";
  const parameters = { artifact_id: id, archive_format: "zip" };
  try {
    const answer = await client.send(route, parameters, { repeatable: true, redirects: true });
    const location = String(answer.headers.location ?? "");
    if (answer.status === 302 && URL.canParse(location) && /^https?:/.test(location)) return location;
    const message = `GitHub answered ${answer.status} without an address for artifact ${id}. Re-run the job later.`;
    throw new ExternalError("github_malformed", message);
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    if (error.status === 410) throw expired(id);
    if (error.status === 404) throw missing(id);
    throw error;
  }
}

/** Without the token: the address leads to another party. */
async function readBounded(url: string, id: number, bounds: DownloadBounds): Promise<Uint8Array> {
  // Octokit's fetch with the runner's proxy settings.
  const send: typeof fetch = defaults.request?.fetch ?? fetch;
  const response = await send(url, { signal: AbortSignal.timeout(bounds.timeoutMs), redirect: "error" });
  if (response.status === 404) throw missing(id);
  if (response.status !== 200 || response.body === null) throw new Error(`it answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > bounds.bytes) throw tampered(`the zip has more than ${bounds.bytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (message.startsWith("it answered")) return message;
  return (cause as { code?: string } | undefined)?.code ?? name;
}

export function missing(id: number): IntegrityError {
  const remedy = "Comment the command again and have the new plan approved.";
  return new IntegrityError("artifact_missing", `Artifact ${id} is not there (any more). ${remedy}`);
}

export function expired(id: number): IntegrityError {
  const remedy = "Comment the command again and have the new plan approved.";
  return new IntegrityError("artifact_expired", `Artifact ${id} has expired. ${remedy}`);
}
