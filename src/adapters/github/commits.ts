import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { z } from "zod";
import { fullRef } from "../../governance/branch.ts";
import type { CommitInfo, Sha } from "../../ports.ts";
import { type Client, get, getIfThere, malformed } from "./client.ts";
import { shaSchema } from "./pull-requests.ts";

const refSchema = z.object({ ref: z.string(), object: z.object({ type: z.literal("commit"), sha: shaSchema }) });

export async function fetchBranchHead(client: Client, branch: string): Promise<Sha> {
  const request = { route: "/git/ref/{ref}", parameters: { ref: `heads/${branch}` } };
  const answer = await get(client, request, refSchema);
  if (answer.ref !== fullRef(branch)) throw malformed(`branch ${branch}`, `it is about ${answer.ref}`);
  client.knownCommits.add(answer.object.sha);
  return answer.object.sha;
}

/** An account that GitHub found for an address in the commit; empty or null when it found none. */
const accountSchema = z.object({ login: z.string().optional(), type: z.string().optional() }).nullish();

const commitSchema = z.object({
  sha: shaSchema,
  author: accountSchema,
  committer: accountSchema,
  commit: z.object({ message: z.string(), verification: z.object({ verified: z.boolean() }).nullish() }),
  parents: z.array(z.object({ sha: shaSchema })),
});

export async function fetchCommit(client: Client, sha: Sha): Promise<CommitInfo> {
  // The pages are about the commit's files, which nobody needs here.
  const request = { route: "/commits/{ref}", parameters: { ref: sha, per_page: 1 } };
  const answer = await get(client, request, commitSchema);
  assertAbout(sha, answer.sha);
  client.knownCommits.add(sha);
  const parents = answer.parents.map((parent) => parent.sha);
  return { sha, parents, message: answer.commit.message, viaApp: appBehind(answer) };
}

/** GitHub's own account: the committer of what GitHub commits for others, and signs with a key that only it has. */
const GITHUB = "web-flow";

/**
 * A signature is the committer's and says nothing of the author, whom everybody can name as they like. Of a commit
 * that GitHub itself made, though, the author is who was authenticated.
 */
function appBehind({ author, committer, commit }: z.infer<typeof commitSchema>): string | undefined {
  if (commit.verification?.verified !== true || committer?.login !== GITHUB || author?.type !== "Bot") return undefined;
  return /^(.+)\[bot\]$/.exec(author.login ?? "")?.[1];
}

async function assertCommit(client: Client, sha: Sha): Promise<void> {
  const request = { route: "/git/commits/{commit_sha}", parameters: { commit_sha: sha } };
  assertAbout(sha, (await get(client, request, z.object({ sha: shaSchema }))).sha);
  client.knownCommits.add(sha);
}

function assertAbout(expected: Sha, got: Sha): void {
  if (got !== expected) throw malformed(`commit ${expected}`, `it is about ${got}`);
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
    if (!client.knownCommits.has(ref)) await assertCommit(client, ref);
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
