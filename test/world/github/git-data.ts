import { runGit } from "../git-process.ts";
import type { CommitFacts, FileContent } from "../repository.ts";
import { ApiFailure, notFound, unprocessable } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import type { Grant, UserRecord } from "./records.ts";
import type { Answer, Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { renderActor, renderUser } from "./users.ts";

const SHA = /^[0-9a-f]{40}$/;

/** How GitHub attributes what a user or app commits through the API. */
export function authorOf(user: UserRecord, date: string): { name: string; email: string; date: string } {
  return { name: user.login, email: `${user.id}+${user.login}@users.noreply.github.com`, date };
}

/** GitHub's own account, which commits for others. */
export const WEB_FLOW = "web-flow";

/** As whom GitHub commits what it signs. */
export function githubAsCommitter(date: string): { name: string; email: string; date: string } {
  return { name: "GitHub", email: "noreply@github.com", date };
}

/** The account that GitHub finds for an address; null when there is none. */
function renderAccount({ email }: { email: string }, state: WorldState, urls: Urls): Json | null {
  if (email === "noreply@github.com") return renderUser(state.user(WEB_FLOW), urls);
  const [, id] = /^(\d+)\+.+@users\.noreply\.github\.com$/.exec(email) ?? [];
  const user = [...state.users.values()].find((known) => String(known.id) === id);
  return user === undefined ? null : renderActor(user, urls);
}

/** Whether a path could stand in a tree. Git itself would take some of what GitHub refuses. */
export function isTreePath(path: string): boolean {
  const parts = path.split("/");
  return parts.every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}

/** Why GitHub refuses to move a branch: workflow files need a permission that GITHUB_TOKEN cannot have. */
export function refusedWorkflow(paths: readonly string[], grant: Grant): string | undefined {
  if (grant.app === undefined || grant.permissions.workflows === "write") return undefined;
  const workflow = paths.find((path) => path.startsWith(".github/workflows/"));
  return (
    workflow &&
    `refusing to allow a GitHub App to create or update workflow \`${workflow}\` without \`workflows\` permission`
  );
}

/** How GitHub words what the rules of a branch have against a commit; undefined when they have nothing. */
export function refusedByRules(branch: string, { commitRules }: WorldState) {
  const rules = commitRules.filter((rule) => rule.branch === branch);
  const [first] = rules;
  if (first === undefined) return undefined;
  const text = rules.map((rule) => rule.text).join("\n\n");
  return first.kind === "ruleset"
    ? { type: "UNPROCESSABLE", message: `Repository rule violations found\n\n${text}\n\n` }
    : { type: "BRANCH_PROTECTION_RULE_VIOLATION", message: text };
}

async function objectType(state: WorldState, sha: string): Promise<string | undefined> {
  if (!SHA.test(sha)) return undefined;
  const result = await runGit([`--git-dir=${state.git.directory}`, "cat-file", "-t", sha], { accept: [0, 128] });
  return result.code === 0 ? result.stdout.toString().trim() : undefined;
}

function renderVerification(commit: CommitFacts, state: WorldState): Json {
  const isVerified = state.verifiedCommits.has(commit.sha);
  return {
    verified: isVerified,
    reason: isVerified ? "valid" : "unsigned",
    signature: isVerified ? "-----BEGIN PGP SIGNATURE-----" : null,
    payload: isVerified ? `tree ${commit.tree}` : null,
    verified_at: isVerified ? commit.committer.date : null,
  };
}

/** GitHub's `git-commit`. */
function renderGitCommit(commit: CommitFacts, state: WorldState, urls: Urls): Json {
  const parent = (sha: string): Json => ({
    sha,
    url: urls.repository(state.repository, `/git/commits/${sha}`),
    html_url: urls.page(state.repository, `/commit/${sha}`),
  });
  return {
    ...parent(commit.sha),
    node_id: nodeId("C", commit.sha),
    author: commit.author,
    committer: commit.committer,
    // The API gives messages without the newline that git puts at their end.
    message: commit.message.replace(/\n+$/, ""),
    tree: { sha: commit.tree, url: urls.repository(state.repository, `/git/trees/${commit.tree}`) },
    parents: commit.parents.map(parent),
    verification: renderVerification(commit, state),
  };
}

/** GitHub's `commit`, which knows accounts; without its files. */
function renderCommit(commit: CommitFacts, state: WorldState, urls: Urls): Json {
  const url = (sha: string): string => urls.repository(state.repository, `/commits/${sha}`);
  const { author, committer, message, tree, verification, url: gitUrl } = renderGitCommit(commit, state, urls);
  return {
    url: url(commit.sha),
    sha: commit.sha,
    node_id: nodeId("C", commit.sha),
    html_url: urls.page(state.repository, `/commit/${commit.sha}`),
    comments_url: `${url(commit.sha)}/comments`,
    commit: { url: gitUrl, author, committer, message, comment_count: 0, tree, verification },
    author: renderAccount(commit.author, state, urls),
    committer: renderAccount(commit.committer, state, urls),
    parents: commit.parents.map((sha) => ({
      sha,
      url: url(sha),
      html_url: urls.page(state.repository, `/commit/${sha}`),
    })),
  };
}

async function getGitCommit(call: Call): Promise<Answer> {
  const sha = call.text("commit_sha");
  const commit = SHA.test(sha) ? await call.state.git.commitInfo(sha) : undefined;
  if (commit === undefined) throw notFound();
  return { status: 200, body: renderGitCommit(commit, call.state, call.urls) };
}

async function getCommit(call: Call): Promise<Answer> {
  const { state, urls } = call;
  const sha = await state.git.resolve(call.text("ref"));
  const commit = sha === undefined ? undefined : await state.git.commitInfo(sha);
  if (commit === undefined) throw new ApiFailure(422, `No commit found for SHA: ${call.text("ref")}`);
  return { status: 200, body: renderCommit(commit, state, urls) };
}

async function createBlob(call: Call): Promise<Answer> {
  const { content, encoding = "utf-8" } = call.body<{ content: string; encoding?: string }>();
  if (encoding !== "utf-8" && encoding !== "base64") throw unprocessable(`encoding "${encoding}" is not known`);
  const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
  const sha = await call.state.git.writeBlob(bytes);
  return { status: 201, body: { sha, url: call.urls.repository(call.state.repository, `/git/blobs/${sha}`) } };
}

interface TreeEntryBody {
  readonly path?: string;
  readonly mode?: "100644" | "100755" | "040000" | "160000" | "120000";
  readonly sha?: string | null;
  readonly content?: string;
}

async function createTree(call: Call): Promise<Answer> {
  const { state, urls } = call;
  const { tree, base_tree } = call.body<{ tree: TreeEntryBody[]; base_tree?: string }>();
  if (base_tree !== undefined && (await objectType(state, base_tree)) === undefined) {
    throw unprocessable("base_tree is not a tree", { field: "base_tree" });
  }
  const existing = base_tree === undefined ? [] : await state.git.listTree(base_tree);
  const known = new Set(existing.map(({ path }) => path));
  const entries: Record<string, FileContent> = {};
  for (const entry of tree) {
    if (entry.path === undefined || !isTreePath(entry.path)) {
      throw unprocessable("tree.path contains a malformed path component", { field: "tree" });
    }
    entries[entry.path] = await contentOf(entry, state, known);
  }
  const sha = await state.git.writeTree(base_tree, entries);
  const listed = await runGit([`--git-dir=${state.git.directory}`, "ls-tree", "-z", sha]);
  const items = listed.stdout.toString().split("\0").slice(0, -1).map(parseTreeLine);
  const url = urls.repository(state.repository, `/git/trees/${sha}`);
  return { status: 201, body: { sha, url, truncated: false, tree: items } };
}

function parseTreeLine(line: string): Json {
  const [meta, path] = line.split("\t") as [string, string];
  const [mode, type, sha] = meta.split(" ");
  return { path, mode, type, sha };
}

async function contentOf(entry: TreeEntryBody, state: WorldState, known: ReadonlySet<string>): Promise<FileContent> {
  const { path = "", mode, sha, content } = entry;
  if (sha === null) {
    if (!known.has(path)) throw new ApiFailure(422, "GitRPC::BadObjectState");
    return null;
  }
  if (mode === undefined) throw unprocessable("tree.mode must be supplied", { field: "tree" });
  if (mode === "040000") throw new Error("The double takes files in a tree, not whole trees (mode 040000).");
  if (content !== undefined) return { content, mode };
  if (sha === undefined) throw unprocessable("Must supply tree.sha or tree.content", { field: "tree" });
  if (mode === "160000") return { content: sha, mode };
  const bytes = (await objectType(state, sha)) === "blob" ? await state.git.readBlob(sha) : undefined;
  if (bytes === undefined) throw unprocessable(`tree.sha ${sha} is not a valid blob`, { field: "tree" });
  return { content: bytes, mode };
}

async function createCommit(call: Call): Promise<Answer> {
  const { state, urls } = call;
  const body = call.body<{
    message: string;
    tree: string;
    parents?: string[];
    author?: { name: string; email: string; date?: string };
    committer?: { name: string; email: string; date?: string };
  }>();
  if ((await objectType(state, body.tree)) !== "tree") throw unprocessable("Tree SHA does not exist");
  for (const parent of body.parents ?? []) {
    if ((await objectType(state, parent)) !== "commit") {
      throw unprocessable("Parent SHA does not exist or is not a commit object");
    }
  }
  const date = state.clock.tick();
  const author = { ...authorOf(call.actor, date), ...body.author };
  // GitHub commits and signs for an app only what it attributes to the app itself.
  const isSigned = call.grant.app !== undefined && !body.author && !body.committer;
  const committer = isSigned ? githubAsCommitter(date) : { ...author, ...body.committer };
  const { message, tree, parents = [] } = body;
  const sha = await state.git.writeCommit({ message, tree, parents, author, committer });
  if (isSigned) state.verifiedCommits.add(sha);
  const commit = (await state.git.commitInfo(sha)) as CommitFacts;
  return { status: 201, body: renderGitCommit(commit, state, urls) };
}

function renderRef(ref: string, sha: string, call: Call): Json {
  const url = (path: string): string => call.urls.repository(call.state.repository, path);
  const target = { type: "commit", sha, url: url(`/git/commits/${sha}`) };
  const encoded = ref.split("/").map(encodeURIComponent).join("/");
  return { ref: `refs/${ref}`, node_id: nodeId("REF", ref), url: url(`/git/refs/${encoded}`), object: target };
}

async function getRef(call: Call): Promise<Answer> {
  const ref = call.text("ref");
  const sha = /^(heads|tags)\/./.test(ref) ? await call.state.git.resolve(`refs/${ref}`) : undefined;
  if (sha === undefined) throw notFound();
  return { status: 200, body: renderRef(ref, sha, call) };
}

async function updateRef(call: Call): Promise<Answer> {
  const { git } = call.state;
  const { sha, force = false } = call.body<{ sha: string; force?: boolean }>();
  const ref = call.text("ref");
  const branch = ref.replace(/^heads\//, "");
  const current = ref.startsWith("heads/") ? await git.head(branch) : undefined;
  if (current === undefined) throw new ApiFailure(422, "Reference does not exist");
  if ((await objectType(call.state, sha)) !== "commit") throw new ApiFailure(422, "Object does not exist");
  if (!force && !(await git.isAncestor(current, sha))) throw new ApiFailure(422, "Update is not a fast forward");
  const changed = await git.changedFiles(current, sha);
  const refusal = refusedWorkflow(
    changed.map(({ path }) => path),
    call.grant,
  );
  if (refusal !== undefined) throw new ApiFailure(403, refusal);
  const ruled = refusedByRules(branch, call.state);
  if (ruled !== undefined) throw new ApiFailure(422, ruled.message);
  // Somebody may have pushed since `current` was read.
  if (!(await git.setBranch(branch, sha, { expected: current }))) {
    throw new ApiFailure(422, "Update is not a fast forward");
  }
  await call.state.noteHeadMoved(branch);
  return { status: 200, body: renderRef(ref, sha, call) };
}

export const gitDataRoutes: readonly Route[] = [
  { operation: "GET /repos/{owner}/{repo}/git/ref/{ref}", needs: [["contents", "read"]], handle: getRef },
  { operation: "PATCH /repos/{owner}/{repo}/git/refs/{ref}", needs: [["contents", "write"]], handle: updateRef },
  { operation: "GET /repos/{owner}/{repo}/commits/{ref}", needs: [["contents", "read"]], handle: getCommit },
  {
    operation: "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    needs: [["contents", "read"]],
    handle: getGitCommit,
  },
  { operation: "POST /repos/{owner}/{repo}/git/commits", needs: [["contents", "write"]], handle: createCommit },
  { operation: "POST /repos/{owner}/{repo}/git/trees", needs: [["contents", "write"]], handle: createTree },
  { operation: "POST /repos/{owner}/{repo}/git/blobs", needs: [["contents", "write"]], handle: createBlob },
];
