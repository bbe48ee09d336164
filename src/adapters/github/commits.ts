import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { z } from "zod";
import type { CommitInfo, Sha } from "../../ports.ts";
import { type Client, get, getIfThere, malformed } from "./client.ts";
import { shaSchema } from "./pull-requests.ts";

const refSchema = z.object({ ref: z.string(), object: z.object({ type: z.literal("commit"), sha: shaSchema }) });

export async function fetchBranchHead(client: Client, branch: string): Promise<Sha> {
  const request = { route: "/git/ref/{ref}", parameters: { ref: `heads/${branch}` } };
  const answer = await get(client, request, refSchema);
  if (answer.ref !== `refs/heads/${branch}`) throw malformed(`branch ${branch}`, `it is about ${answer.ref}`);
  client.knownCommits.add(answer.object.sha);
  return answer.object.sha;
}

const commitSchema = z.object({
  sha: shaSchema,
  message: z.string(),
  parents: z.array(z.object({ sha: shaSchema })),
});

export async function fetchCommit(client: Client, sha: Sha): Promise<CommitInfo> {
  const request = { route: "/git/commits/{commit_sha}", parameters: { commit_sha: sha } };
  const answer = await get(client, request, commitSchema);
  if (answer.sha !== sha) throw malformed(`commit ${sha}`, `it is about ${answer.sha}`);
  client.knownCommits.add(sha);
  return { sha: answer.sha, parents: answer.parents.map((parent) => parent.sha), message: answer.message };
}

const fileSchema = z.object({
  type: z.literal("file"),
  path: z.string(),
  sha: shaSchema,
  size: z.int().nonnegative(),
  encoding: z.literal("base64"),
  content: z.string(),
});

/**
 * A file's bytes, checked against their git object id. GitHub answers files up to 1 MiB this way; a larger one, a
 * directory or a submodule is a failure.
 */
export async function fetchFile(client: Client, path: string, ref: Sha): Promise<Uint8Array | undefined> {
  // `+` in a route's variable keeps the slashes of a path, and what is encoded already.
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const request = { route: "/contents/{+path}", parameters: { path: encoded, ref } };
  const answer = await getIfThere(client, request, fileSchema);
  if (answer === undefined) {
    // 404 is also said of a commit that is not there; then nothing is known of the file.
    if (!client.knownCommits.has(ref)) await fetchCommit(client, ref);
    return undefined;
  }
  const bytes = Buffer.from(answer.content, "base64");
  if (answer.path !== path) throw malformed(`file ${path}`, `it is about ${answer.path}`);
  if (bytes.length !== answer.size || blobId(bytes, answer.sha.length) !== answer.sha) {
    throw malformed(`file ${path} at ${ref}`, `its ${bytes.length} bytes are not the ${answer.size} of ${answer.sha}`);
  }
  return new Uint8Array(bytes);
}

function blobId(bytes: Uint8Array, length: number): string {
  const hash = createHash(length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
