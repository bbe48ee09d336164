import { Buffer } from "node:buffer";
import { z } from "zod";
import { fullRef } from "../../governance/branch.ts";
import type { CommitRequest, CommitResult, Sha } from "../../ports.ts";
import { type Client, malformed, parseAnswer } from "./client.ts";
import { fetchBranchHead, fetchCommit } from "./commits.ts";
import { type FailureKind, RequestFailure } from "./failure.ts";
import { StaleData, sendGraphql } from "./graphql.ts";
import { shaSchema } from "./pull-requests.ts";

const CONFLICT: CommitResult = { status: "conflict" };

const COMMIT = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    ref { prefix name }
    commit { oid parents(first: 2) { nodes { oid } } }
  }
}`;

const committedSchema = z.object({
  createCommitOnBranch: z.object({
    ref: z.object({ prefix: z.string(), name: z.string() }),
    commit: z.object({ oid: shaSchema, parents: z.object({ nodes: z.array(z.object({ oid: shaSchema })) }) }),
  }),
});

/** Compare-and-swap on the branch's head; GitHub signs what the mutation commits. */
export async function createCommit(client: Client, graphqlUrl: string, request: CommitRequest): Promise<CommitResult> {
  const modes = request.needsModes || request.changes.some((change) => change.content && change.mode !== "100644");
  return modes ? commitObjects(client, request) : commitOnBranch(client, graphqlUrl, request);
}

async function commitOnBranch(client: Client, graphqlUrl: string, request: CommitRequest): Promise<CommitResult> {
  const input = {
    branch: { repositoryNameWithOwner: `${client.owner}/${client.repo}`, branchName: fullRef(request.branch) },
    expectedHeadOid: request.expectedHead,
    message: splitMessage(request.message),
    fileChanges: {
      additions: request.changes.flatMap(({ path, content }) =>
        content === undefined ? [] : [{ path, contents: Buffer.from(content).toString("base64") }],
      ),
      deletions: request.changes.flatMap(({ path, content }) => (content === undefined ? [{ path }] : [])),
    },
  };
  // The expected head lets at most one of several attempts through.
  const mutation = { url: graphqlUrl, query: COMMIT, variables: { input }, repeatable: true };
  try {
    const { ref, commit } = (await sendGraphql(client, mutation, committedSchema)).createCommitOnBranch;
    assertMoved(request, ref.prefix + ref.name);
    const parents = commit.parents.nodes.map(({ oid }) => oid);
    if (parents.join() !== request.expectedHead) throw malformed("the mutation Commit", `its parents are ${parents}`);
    return { status: "committed", sha: commit.oid };
  } catch (error) {
    return settle(client, request, error as Error, async (head) => isOurs(client, request, head));
  }
}

/** Blobs, tree and commit are nobody's until the branch points at them, so these may be sent twice. */
async function commitObjects(client: Client, request: CommitRequest): Promise<CommitResult> {
  if ((await fetchBranchHead(client, request.branch)) !== request.expectedHead) return CONFLICT;
  const base = await fetchTree(client, request.expectedHead);
  const entries = [];
  for (const change of request.changes) {
    if (change.content === undefined) {
      entries.push({ path: change.path, mode: "100644", type: "blob", sha: null });
    } else {
      const content = Buffer.from(change.content).toString("base64");
      const sha = await post(client, "blobs", { content, encoding: "base64" });
      entries.push({ path: change.path, mode: change.mode, type: "blob", sha });
    }
  }
  const tree = await post(client, "trees", { base_tree: base, tree: entries });
  const { message, expectedHead } = request;
  const commit = await post(client, "commits", { message, tree, parents: [expectedHead] });
  return moveBranch(client, request, commit);
}

const movedSchema = z.object({ ref: z.string(), object: z.object({ sha: shaSchema }) });

async function moveBranch(client: Client, request: CommitRequest, commit: Sha): Promise<CommitResult> {
  // GitHub checks for fast-forward only: a branch that was reset to an ancestor would be moved over.
  if ((await fetchBranchHead(client, request.branch)) !== request.expectedHead) return CONFLICT;
  const route = "PATCH /repos/{owner}/{repo}/git/refs/{ref}";
  const parameters = { ref: `heads/${request.branch}`, sha: commit, force: false };
  try {
    const { data } = await client.send(route, parameters, { repeatable: true });
    const answer = parseAnswer(movedSchema, data, route);
    assertMoved(request, answer.ref);
    if (answer.object.sha !== commit) throw malformed(route, `the branch is at ${answer.object.sha}, not at ${commit}`);
    return { status: "committed", sha: commit };
  } catch (error) {
    return settle(client, request, error as Error, async (head) => head === commit);
  }
}

/** What GitHub says it moved must be the branch that was named, and no other. */
function assertMoved({ branch }: CommitRequest, ref: string): void {
  if (ref !== fullRef(branch)) throw malformed(`a commit to ${fullRef(branch)}`, `it moved ${ref}`);
}

const treeSchema = z.object({ tree: z.object({ sha: shaSchema }) });

async function fetchTree(client: Client, commit: Sha): Promise<Sha> {
  const route = "GET /repos/{owner}/{repo}/git/commits/{commit_sha}";
  const { data } = await client.send(route, { commit_sha: commit }, { repeatable: true });
  return parseAnswer(treeSchema, data, route).tree.sha;
}

async function post(client: Client, kind: "blobs" | "trees" | "commits", body: Record<string, unknown>): Promise<Sha> {
  const route = `POST /repos/{owner}/{repo}/git/${kind}`;
  const { data } = await client.send(route, body, { repeatable: true });
  return parseAnswer(z.object({ sha: shaSchema }), data, route).sha;
}

/**
 * After a failure that leaves open whether it was processed, the branch itself tells, also whether it was moved by an
 * earlier attempt of ours. A branch that has not moved yet may do so when nobody waits any more, unless GitHub said
 * that it had refused the only attempt.
 */
async function settle(
  client: Client,
  request: CommitRequest,
  failure: Error,
  isCommitted: (head: Sha) => Promise<boolean>,
): Promise<CommitResult> {
  if (isUnprocessed(failure)) throw failure;
  client.log(`${failure.message} Looking at the branch.`);
  const unknown: CommitResult = { status: "unknown", failure };
  let isRefused = false;
  try {
    const head = await fetchBranchHead(client, request.branch);
    if (head !== request.expectedHead) return (await isCommitted(head)) ? { status: "committed", sha: head } : CONFLICT;
    if (isStale(failure)) return CONFLICT;
    isRefused = isKind(failure, "refused");
  } catch (error) {
    client.log(`The branch does not tell either: ${(error as Error).message}`);
    isRefused = isByRules(failure) && isKind(failure, "refused");
  }
  if (isRefused) throw failure;
  return isByRules(failure) ? { status: "unknown", failure: afterUncertain(failure) } : unknown;
}

async function isOurs(client: Client, request: CommitRequest, head: Sha): Promise<boolean> {
  const commit = await fetchCommit(client, head);
  const onlyParent = commit.parents.length === 1 && commit.parents[0] === request.expectedHead;
  // The message alone proves nothing: its parts can be read before the commit is made.
  return (
    commit.viaApp !== undefined &&
    onlyParent &&
    joined(splitMessage(commit.message)) === joined(splitMessage(request.message))
  );
}

/** An answer that nobody can read says nothing of what was done. What was refused is proved by the branch. */
function isUnprocessed(failure: Error): boolean {
  return (isKind(failure, "final") || isKind(failure, "unsent")) && !isStale(failure);
}

function isByRules(failure: Error): boolean {
  return failure instanceof RequestFailure && failure.code === "commit_refused_by_rules";
}

/** Rules refused the last attempt, and nobody knows of an earlier one. */
function afterUncertain({ message }: Error): RequestFailure {
  const text = `GitHub did not answer an earlier attempt to commit, which may still come. ${message}`;
  return new RequestFailure("github_unavailable", text, { kind: "ambiguous", detail: message });
}

/** Whether a failure is of this kind, and says so of every attempt. */
function isKind(failure: Error, kind: FailureKind): boolean {
  return failure instanceof RequestFailure && failure.kind === kind && !failure.isAfterUncertain;
}

/** GitHub has seen the branch somewhere else. */
function isStale(failure: Error): boolean {
  if (failure instanceof StaleData) return true;
  return failure instanceof RequestFailure && failure.status === 422 && /not a fast.forward/i.test(failure.detail);
}

interface SplitMessage {
  readonly headline: string;
  readonly body: string;
}

function splitMessage(message: string): SplitMessage {
  const [headline = "", ...rest] = message.split("\n");
  return { headline: headline.trimEnd(), body: rest.join("\n").replace(/^\n+/, "").trimEnd() };
}

function joined({ headline, body }: SplitMessage): string {
  return `${headline}\n\n${body}`;
}
