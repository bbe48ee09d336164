import type { BareRepository, FileContent } from "../repository.ts";
import { GraphqlFailure } from "./failure.ts";
import { authorOf, githubAsCommitter, isTreePath, refusedByRules, refusedWorkflow } from "./git-data.ts";
import type { RootField } from "./graphql.ts";
import type { Json } from "./json-schema.ts";
import type { Grant, UserRecord } from "./records.ts";
import { issueOrPull, type Needs, satisfies } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";

export interface GraphqlContext {
  readonly state: WorldState;
  readonly urls: Urls;
  readonly grant: Grant;
  readonly actor: UserRecord;
}

export function assertGranted({ grant }: GraphqlContext, needs: Needs): void {
  if (satisfies(grant, needs)) return;
  const kind = grant.app === undefined ? "personal access token" : "integration";
  throw new GraphqlFailure("FORBIDDEN", `Resource not accessible by ${kind}`);
}

const minimizeComment: RootField<GraphqlContext> = ({ input }, context) => {
  assertGranted(context, issueOrPull("write"));
  const { subjectId, classifier, clientMutationId = null } = input;
  const comment = [...context.state.comments.values()].find(({ nodeId: id }) => id === subjectId);
  if (comment === undefined) {
    throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a node with the global id of '${subjectId}'`);
  }
  comment.minimized = String(classifier).toLowerCase().replaceAll("_", "-");
  context.state.clock.tick();
  return {
    clientMutationId,
    minimizedComment: {
      __typename: "IssueComment",
      id: comment.nodeId,
      isMinimized: true,
      minimizedReason: comment.minimized,
      viewerCanMinimize: true,
      viewerCanUnminimize: true,
    },
  };
};

export function renderEditor({ type, login, deleted }: UserRecord): Json | null {
  // GraphQL leaves off what REST marks an app's account with.
  return deleted ? null : { __typename: type, login: login.replace(/\[bot\]$/, "") };
}

/** The node of an issue comment, with its history: the first edit brings the text as it was posted into the list. */
const node: RootField<GraphqlContext> = ({ id }, context) => {
  assertGranted(context, issueOrPull("read"));
  const comment = [...context.state.comments.values()].find(({ nodeId: own }) => own === id);
  if (comment === undefined) {
    throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
  }
  const edits = comment.editors.length === 0 ? [] : [comment.author, ...comment.editors];
  return {
    __typename: "IssueComment",
    author: renderEditor(comment.author),
    userContentEdits: ({ first, after }: { readonly first?: number; readonly after?: string | null }) => {
      const from = Number(after ?? 0);
      const to = from + Math.min(first ?? 100, 100);
      return {
        totalCount: edits.length,
        nodes: edits.slice(from, to).map((editor) => ({ editor: renderEditor(editor) })),
        pageInfo: { hasNextPage: to < edits.length, endCursor: edits.length === 0 ? null : String(to) },
      };
    },
  };
};

interface CommitInput {
  readonly clientMutationId?: string;
  readonly branch: { readonly id?: string; readonly repositoryNameWithOwner?: string; readonly branchName?: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

const createCommitOnBranch: RootField<GraphqlContext> = async (args, context) => {
  assertGranted(context, [["contents", "write"]]);
  const input = args.input as unknown as CommitInput;
  const { state, actor } = context;
  const branch = await branchOf(input, state);
  const expected = input.expectedHeadOid;
  if ((await state.git.head(branch)) !== expected) throw stale(expected);
  const changes = await changesOf(input, state.git);
  const refusal = refusedWorkflow(Object.keys(changes), context.grant);
  if (refusal !== undefined) throw new GraphqlFailure("FORBIDDEN", refusal);
  const ruled = refusedByRules(branch, state);
  if (ruled !== undefined) throw new GraphqlFailure(ruled.type, ruled.message);
  const tree = await state.git.writeTree(expected, changes);
  const author = authorOf(actor, state.clock.tick());
  const committer = githubAsCommitter(author.date);
  const { headline, body = "" } = input.message;
  const message = body === "" ? headline : `${headline}\n\n${body}`;
  const sha = await state.git.writeCommit({ tree, parents: [expected], message, author, committer });
  // The compare-and-swap: somebody may have pushed while the tree was written.
  if (!(await state.git.setBranch(branch, sha, { expected }))) throw stale(expected);
  state.verifiedCommits.add(sha);
  await state.noteHeadMoved(branch);
  return renderPayload(input, branch, { sha, headline, body, message, date: author.date }, context);
};

function stale(expected: string): GraphqlFailure {
  return new GraphqlFailure(
    "STALE_DATA",
    `Expected branch to point to "${expected}" but it did not.  Pull and try again.`,
  );
}

/**
 * "The ref must be a branch, i.e. its fully qualified name must start with `refs/heads/` (although the input is not
 * required to be fully qualified)." A short name is looked up in git's own order, so a tag comes before a branch.
 */
async function branchOf(input: CommitInput, state: WorldState): Promise<string> {
  const { repository } = state;
  const { id, repositoryNameWithOwner: name = "", branchName } = input.branch;
  if (id !== undefined) throw new Error("The double finds a branch by repository and name, not by id.");
  if (name.toLowerCase() !== `${repository.owner}/${repository.name}`.toLowerCase() || branchName === undefined) {
    throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  }
  const candidates = /^refs\/./.test(branchName)
    ? [branchName]
    : [`refs/${branchName}`, `refs/tags/${branchName}`, `refs/heads/${branchName}`];
  for (const ref of candidates) {
    if ((await state.git.resolve(ref)) === undefined) continue;
    if (ref.startsWith("refs/heads/")) return ref.slice("refs/heads/".length);
    throw new GraphqlFailure("UNPROCESSABLE", `The ref '${ref}' is not a branch.`);
  }
  throw new GraphqlFailure("NOT_FOUND", `Could not resolve to a Ref with the name '${branchName}'.`);
}

/** GitHub's mutation knows no modes: an existing file keeps its own, a new one is plain. */
async function changesOf(input: CommitInput, git: BareRepository): Promise<Record<string, FileContent>> {
  const { additions = [], deletions = [] } = input.fileChanges ?? {};
  const tree = await git.listTree(input.expectedHeadOid);
  const modes = new Map(tree.map(({ path, mode }) => [path, mode]));
  const changes: Record<string, FileContent> = {};
  for (const { path } of deletions) {
    if (!modes.has(path)) {
      const text = `A path was requested for deletion which does not exist as of commit oid \`${input.expectedHeadOid}\``;
      throw new GraphqlFailure("FILE_NOT_FOUND", text);
    }
    changes[path] = null;
  }
  for (const { path, contents } of additions) {
    if (!isTreePath(path)) throw new GraphqlFailure("UNPROCESSABLE", `A path is malformed: "${path}"`);
    if (path in changes) throw new GraphqlFailure("UNPROCESSABLE", `A path is given twice: "${path}"`);
    changes[path] = { content: Buffer.from(contents, "base64"), mode: modes.get(path) ?? "100644" };
  }
  return changes;
}

function renderPayload(
  input: CommitInput,
  branch: string,
  made: {
    readonly sha: string;
    readonly headline: string;
    readonly body: string;
    readonly message: string;
    readonly date: string;
  },
  { state, urls }: GraphqlContext,
): Json {
  const commit = {
    __typename: "Commit",
    id: nodeId("C", made.sha),
    oid: made.sha,
    abbreviatedOid: made.sha.slice(0, 7),
    url: urls.page(state.repository, `/commit/${made.sha}`),
    commitUrl: urls.page(state.repository, `/commit/${made.sha}`),
    message: made.message,
    messageHeadline: made.headline,
    messageBody: made.body,
    committedDate: made.date,
    authoredDate: made.date,
    parents: { totalCount: 1, nodes: [{ oid: input.expectedHeadOid }] },
  };
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit,
    ref: { id: nodeId("REF", `heads/${branch}`), name: branch, prefix: "refs/heads/", target: commit },
  };
}

/** The GraphQL root fields in use, but `repository`. */
export const ROOT_FIELDS: Readonly<Record<string, RootField<GraphqlContext>>> = {
  viewer: (_args, { actor, urls }) => ({
    id: nodeId("U", actor.id),
    login: actor.login,
    databaseId: actor.id,
    url: `${urls.html}/${encodeURIComponent(actor.login)}`,
  }),
  node,
  minimizeComment,
  createCommitOnBranch,
};
