import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UploadArtifactResponse } from "@actions/artifact";
import { parseDigest } from "../../governance/digest.ts";
import { diskCodeOf } from "../../governance/disk-failure.ts";
import { ExternalError } from "../../governance/errors.ts";
import type { ArtifactReference, Files } from "../../ports.ts";
import { oneLine } from "../github/failure.ts";
import { isPlainName, type Limits } from "./archive.ts";

interface Upload {
  readonly name: string;
  readonly files: Files;
  readonly retentionDays: number;
}

interface UploadSettings {
  readonly temporaryDirectory: string;
  readonly timeoutMs: number;
  readonly limits: Limits;
}

/**
 * Uploads through GitHub's own client. It would follow symbolic links, so the files come from memory into a
 * directory that did not exist before.
 */
export async function uploadFiles(upload: Upload, settings: UploadSettings): Promise<ArtifactReference> {
  assertStorable(upload, settings.limits);
  const staged = await stage(upload.files, settings.temporaryDirectory);
  try {
    return referenceOf(upload.name, await send(upload, { ...staged, timeoutMs: settings.timeoutMs }));
  } finally {
    await removeStaged(staged.directory);
  }
}

interface Staged {
  readonly directory: string;
  readonly paths: string[];
}

/**
 * The client uploads files only. Where the runner's disk has no room for them any more, memory has: evidence must not be
 * lost with the disk.
 */
async function stage(files: Files, temporaryDirectory: string): Promise<Staged> {
  const [first = temporaryDirectory, ...others] = [temporaryDirectory, tmpdir(), "/dev/shm"];
  try {
    return await writeFiles(files, first);
  } catch (error) {
    if (diskCodeOf(error) === undefined) throw error;
    for (const place of others) {
      const staged = await writeFiles(files, place).catch(() => undefined);
      if (staged) return staged;
    }
    throw error;
  }
}

async function writeFiles(files: Files, place: string): Promise<Staged> {
  const directory = await mkdtemp(join(place, "evidence-"));
  try {
    const paths: string[] = [];
    for (const [name, bytes] of files) {
      const path = join(directory, name);
      await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
      paths.push(path);
    }
    return { directory, paths };
  } catch (error) {
    await removeStaged(directory);
    throw error;
  }
}

/** What stays behind on a broken disk is no failure of the upload. */
async function removeStaged(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => {});
}

async function send(
  upload: Upload,
  from: { readonly directory: string; readonly paths: string[]; readonly timeoutMs: number },
): Promise<UploadArtifactResponse> {
  // Loaded here because the client is large and most runs end before they store anything.
  const { DefaultArtifactClient } = await import("@actions/artifact");
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`no answer within ${from.timeoutMs / 1000} s`)),
    from.timeoutMs,
  );
  try {
    const options = { retentionDays: upload.retentionDays };
    const sent = new DefaultArtifactClient().uploadArtifact(upload.name, from.paths, from.directory, options);
    return await Promise.race([sent, timeout.promise]);
  } catch (error) {
    throw storeFailed(upload.name, error as Error);
  } finally {
    clearTimeout(timer);
  }
}

function storeFailed(name: string, error: Error): ExternalError {
  const why = oneLine(error.message);
  const remedy = /already exists/.test(why)
    ? "This run has an artifact of that name already; an artifact is never replaced. Start a new run."
    : "Re-run the job later; on a server of your own, check that it supports artifacts of version 4.";
  const message = `The artifact ${name} was not stored: ${why}. ${remedy}`;
  return new ExternalError("artifact_store_failed", message, { cause: error });
}

/** The client answers the digest as bare hex. */
function referenceOf(name: string, answer: UploadArtifactResponse): ArtifactReference {
  const digest = parseDigest(`sha256:${answer.digest}`);
  if (digest !== undefined && answer.id !== undefined && answer.id > 0) return { id: answer.id, digest };
  const got = `id ${answer.id}, digest ${answer.digest}`;
  const message = `The artifact store answered ${got} for ${name}, expected both. Re-run the job later.`;
  throw new ExternalError("artifact_store_failed", message);
}

/** What is stored must be readable again, so the limits of reading hold here too. */
function assertStorable({ name, files }: Upload, limits: Limits): void {
  const refuse = (why: string): never => {
    throw new ExternalError("artifact_store_failed", `The artifact ${JSON.stringify(name)} cannot be stored: ${why}.`);
  };
  if (!isPlainName(name)) refuse("its name is not a plain file name");
  if (files.size === 0 || files.size > limits.files) refuse(`${files.size} files, expected 1 to ${limits.files}`);
  const folded = new Set<string>();
  let size = 0;
  for (const [file, bytes] of files) {
    if (!isPlainName(file)) refuse(`${JSON.stringify(file)} is not a plain file name`);
    if (folded.has(file.toLowerCase())) refuse(`${file} is there twice`);
    folded.add(file.toLowerCase());
    size += bytes.length;
  }
  if (size > limits.unpackedBytes) refuse(`${size} bytes, expected at most ${limits.unpackedBytes}`);
}
