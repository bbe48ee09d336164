/**
 * What the modes need of the world, in the product's words. Adapters implement these; nothing here names
 * Octokit, a process or a file descriptor. Every method may throw a GovernanceError; nothing else.
 */
import type { Digest } from "./governance/digest.ts";
import type { GuardAnswer, GuardedRequest } from "./governance/guarded-request.ts";
import type { RequestedChange, TreeChange, TreeEntry, TreeSnapshot } from "./governance/tree.ts";

/** A commit id: 40 (or 64) lower-case hex digits. */
export type Sha = string;

export interface Repository {
  readonly id: number;
  /** `owner/name` */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
}

export interface User {
  readonly id: number;
  readonly login: string;
  /** GitHub's `type`: `User`, `Bot`, `Organization`, `Mannequin`. */
  readonly type: string;
}

export interface PullRequest {
  readonly number: number;
  readonly state: "open" | "closed";
  readonly title: string;
  readonly author: User;
  readonly headSha: Sha;
  readonly headRef: string;
  /** Undefined when the head repository was deleted. */
  readonly headRepositoryId: number | undefined;
  readonly baseRef: string;
  readonly baseRepositoryId: number;
  readonly labels: readonly string[];
  /** Logins. */
  readonly assignees: readonly string[];
}

export interface Comment {
  readonly id: number;
  /** GraphQL id, for minimising and for the history of edits. */
  readonly nodeId: string;
  readonly author: User;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** GitHub's times are whole seconds: an edit in the very second of posting is not seen. */
  readonly isEdited: boolean;
  /** Slug of the app that the comment was posted through. */
  readonly viaApp: string | undefined;
  readonly url: string;
}

/** Who edited a text. */
export interface Editor {
  /** GitHub's type of the account, such as `User` or `Bot`; `deleted` when it is gone. */
  readonly type: string;
  readonly login: string;
}

export interface Permission {
  readonly user: User;
  /** GitHub's `permission`: `admin`, `write`, `read`, `none` (triage maps to read, maintain to write). */
  readonly permission: string;
}

/** A `labeled` or `unlabeled` issue event, as REST gives it. */
export interface LabelEvent {
  readonly id: number;
  readonly kind: "labeled" | "unlabeled";
  readonly label: string;
  readonly actor: User | undefined;
  readonly createdAt: string;
  /** Slug of the app the event was performed through. */
  readonly viaApp: string | undefined;
  /** True when the event carries an agent's `intent`. */
  readonly hasAgentIntent: boolean;
}

/** What GitHub remembers of a pull request's course. */
export interface IssueEvents {
  /** All label events, oldest first. */
  readonly labels: readonly LabelEvent[];
  /** When the pull request was last closed or reopened; undefined when it was open all the time. */
  readonly stateChangedAt: string | undefined;
}

export type CheckConclusion = "action_required" | "failure" | "success";

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: Sha;
  readonly externalId: string;
  readonly conclusion: string | undefined;
  readonly appSlug: string | undefined;
}

export interface CheckRunRequest {
  readonly name: string;
  readonly headSha: Sha;
  readonly conclusion: CheckConclusion;
  readonly externalId: string;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  readonly detailsUrl: string;
}

/** What others report on a commit: a check run, or a commit status. */
export interface ReportedCheck {
  /** The same name can come from several apps, and from a status: what requires it requires all of them. */
  readonly name: string;
  /**
   * GitHub's word; undefined while it runs. Only `success` says that something was looked at and is good: `neutral` and
   * `skipped`, which pass where GitHub itself requires a check, say so of nothing.
   */
  readonly conclusion: string | undefined;
  /** An http(s) address that the reporter chose. */
  readonly url: string | undefined;
  /** Undefined for a commit status: GitHub does not say who set it. */
  readonly appSlug: string | undefined;
}

/** `unreadable`: there is no such team, or the token may not see it. A job's own token can see none. */
export type TeamMembership = "member" | "not_member" | "unreadable";

export interface WorkflowRun {
  readonly id: number;
  /** `.github/workflows/x.yml`, without the `@ref` that GitHub may append. */
  readonly path: string;
  readonly event: string;
  readonly headBranch: string | undefined;
  readonly headSha: Sha;
  readonly repositoryId: number;
  readonly headRepositoryId: number | undefined;
  readonly status: string;
}

/** One file of a commit to be made: new content with its mode, or a removal. */
export type CommitChange =
  | { readonly path: string; readonly content: Uint8Array; readonly mode: "100644" | "100755" }
  | { readonly path: string; readonly content: undefined };

export interface CommitRequest {
  readonly branch: string;
  /** The commit is made only while the branch's head is this. */
  readonly expectedHead: Sha;
  readonly message: string;
  readonly changes: readonly CommitChange[];
  /** True when a mode other than 100644 has to be written: GitHub's GraphQL mutation knows no modes. */
  readonly needsModes: boolean;
}

export type CommitResult =
  | { readonly status: "committed"; readonly sha: Sha }
  | { readonly status: "conflict" }
  /** GitHub was asked and did not say. The branch is where it was, but the commit may still come. */
  | { readonly status: "unknown"; readonly failure: Error };

export interface CommitInfo {
  readonly sha: Sha;
  readonly parents: readonly Sha[];
  readonly message: string;
  /** Slug of the app for which GitHub itself made and signed the commit; undefined for all that was pushed. */
  readonly viaApp: string | undefined;
}

export interface GitHub {
  fetchRepository(): Promise<Repository>;
  /** Undefined when there is no pull request of that number (an issue, say). */
  fetchPullRequest(number: number): Promise<PullRequest | undefined>;
  /** The commit a branch points at now. */
  fetchBranchHead(branch: string): Promise<Sha>;
  fetchCommit(sha: Sha): Promise<CommitInfo>;
  /**
   * Numbers of the open pull requests whose head is exactly this commit, on a branch of this repository. Forks do
   * not count: everybody can push a commit that they can read to a fork of their own.
   */
  fetchOpenPullRequests(headSha: Sha): Promise<readonly number[]>;
  /** Numbers of open pull requests, newest change first, forks included. */
  fetchOpenPullRequestNumbers(
    limit: number,
  ): Promise<{ readonly numbers: readonly number[]; readonly hasMore: boolean }>;
  /** A file's bytes at a commit; undefined when it is not there. */
  fetchFile(path: string, ref: Sha): Promise<Uint8Array | undefined>;
  fetchComment(id: number): Promise<Comment | undefined>;
  fetchComments(pullRequest: number): Promise<readonly Comment[]>;
  /** Who else than its author ever edited a comment, once for each edit, also where the text was put back. */
  fetchForeignEditors(nodeId: string): Promise<readonly Editor[]>;
  fetchPermission(login: string): Promise<Permission>;
  fetchTeamMembership(org: string, slug: string, login: string): Promise<TeamMembership>;
  fetchIssueEvents(pullRequest: number): Promise<IssueEvents>;
  /** The label events among them. */
  fetchLabelEvents(pullRequest: number): Promise<readonly LabelEvent[]>;
  fetchCheckRuns(headSha: Sha, name: string): Promise<readonly CheckRun[]>;
  /**
   * All check runs (the latest of each name and app) and commit statuses of a commit, by name, without our own.
   * Needs `statuses: read` as well as `checks: read`.
   */
  fetchChecks(headSha: Sha): Promise<readonly ReportedCheck[]>;
  fetchWorkflowRun(id: number): Promise<WorkflowRun>;
  /** Removes a label from a pull request. `absent` when it was not there. */
  removeLabel(pullRequest: number, label: string): Promise<"removed" | "absent">;
  /** Assigns 1 to 10 people and returns who is assigned then. GitHub leaves out who cannot be, without a word. */
  addAssignees(pullRequest: number, logins: readonly string[]): Promise<readonly string[]>;
  /** Takes 1 to 10 people off a pull request; who is not assigned does not matter. */
  removeAssignees(pullRequest: number, logins: readonly string[]): Promise<void>;
  createComment(pullRequest: number, body: string): Promise<Comment>;
  updateComment(id: number, body: string): Promise<Comment>;
  /** Folds a comment as outdated. */
  minimizeComment(nodeId: string): Promise<void>;
  addReaction(commentId: number, content: "eyes" | "rocket" | "-1"): Promise<void>;
  createCheckRun(request: CheckRunRequest): Promise<CheckRun>;
  /**
   * Commits with a compare-and-swap on the branch's head. `conflict` when the head is another one. Throws only when
   * nothing was written and nothing will be.
   */
  createCommit(request: CommitRequest): Promise<CommitResult>;
}

export interface ArtifactReference {
  readonly id: number;
  /** Digest of the zip, as GitHub records it. */
  readonly digest: Digest;
}

export interface ArtifactInfo {
  readonly id: number;
  readonly name: string;
  readonly digest: Digest | undefined;
  readonly expired: boolean;
  readonly createdAt: string;
  readonly runId: number;
}

/** A set of small files by name, without directories. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Artifacts {
  /** Stores files under a name in this run. */
  store(name: string, files: Files, retentionDays: number): Promise<ArtifactReference>;
  /** What GitHub knows of an artifact of this repository; undefined when there is none of that id. */
  fetchInfo(id: number): Promise<ArtifactInfo | undefined>;
  /**
   * An artifact's files, by id. Throws IntegrityError when it is gone, expired, not of that digest, has an
   * entry that is not a plain file name, a duplicate, or more than `maxBytes`.
   */
  fetch(reference: ArtifactReference, runId: number): Promise<Files>;
}

export interface InstructionFile {
  readonly path: string;
  readonly digest: Digest;
}

/** A scratch copy of a commit with the base branch's instruction files, without any `.git` inside. */
export interface ScratchTree {
  /** Absolute path of the working directory. */
  readonly directory: string;
  /** The files of the head commit. */
  readonly entries: readonly TreeEntry[];
  /** The instruction files put in place, from the base commit, sorted by path. */
  readonly instructions: readonly InstructionFile[];
  /** Instruction files that differ between head and base (changed by the pull request). */
  readonly changedInstructions: readonly string[];
  /** Files that differ between the merge base and the head: what the pull request is about. */
  readonly pullRequestFiles: readonly string[];
  /** Every difference to the start, ignored and untracked files included; `tree` is the object id now. */
  compare(): Promise<{ readonly tree: string; readonly changes: readonly TreeChange[] }>;
  /** The same, but files that the repository's own .gitignore ignores do not count. */
  compareUnignored(): Promise<readonly TreeChange[]>;
  /** A patch from the head commit to the head commit plus these changes; `git apply --index` accepts it. */
  renderPatch(changes: readonly TreeChange[]): Promise<Uint8Array>;
  /** Applies such a patch to a pristine tree. False when it does not apply. */
  applyPatch(patch: Uint8Array): Promise<boolean>;
  /** Applies such a patch to the tree as it is now, or takes it back out of it. False when that does not work. */
  applyInPlace(patch: Uint8Array, direction: "forward" | "reverse"): Promise<boolean>;
  /** The tree as it is now without what its .gitignore ignores, which is listed apart. */
  takeSnapshot(): Promise<TreeSnapshot>;
  readBlob(oid: string): Promise<Uint8Array>;
  /** Removes the directory. */
  dispose(): Promise<void>;
}

export interface Git {
  /** Fetches two commits by id and lays the head out, with the base's instruction files. */
  openScratchTree(commits: { readonly head: Sha; readonly base: Sha }): Promise<ScratchTree>;
}

export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
}

export interface CodexSettings {
  /** Exact version that must be installed. */
  readonly version: string;
  readonly model: string;
  readonly effort: string;
  /** Bound on one turn. */
  readonly timeoutSeconds: number;
}

export interface CodexRun {
  /** The last agent message. */
  readonly message: string;
  readonly usage: Usage;
  /** What Codex did, one JSON object a line, redacted. Bounded in size. */
  readonly log: Uint8Array;
  /** Repository-relative paths of the instruction files that Codex itself says it loaded. */
  readonly instructionSources: readonly string[];
}

export interface GuardedRun extends CodexRun {
  readonly requests: readonly GuardedRequest[];
}

export interface CommandResult {
  readonly command: string;
  readonly exitCode: number;
  /** The end of what it printed, at most 64 KiB. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** A sandbox that stays open for one command after the other. Each is a process tree of its own that ends with it. */
export interface CommandSandbox {
  /** Runs shell commands one after the other, whatever their results. */
  run(commands: readonly string[]): Promise<readonly CommandResult[]>;
  /** Ends everything and removes what the commands shared. */
  close(): Promise<void>;
}

export interface Codex {
  /**
   * Asks for structured output, read-only. `accept` looks at the final message; what it returns as a string
   * is sent back to Codex as the reason to try again, at most `attempts` turns in all. The last message is
   * returned whether it was accepted or not. Throws InterruptedRun (`guarded-request.ts`) once a turn was begun.
   */
  plan(request: {
    readonly directory: string;
    readonly settings: CodexSettings;
    readonly prompt: string;
    readonly outputSchema: unknown;
    readonly accept: (message: string) => string | undefined;
    readonly attempts: number;
  }): Promise<CodexRun>;

  /**
   * Lets Codex work; each file change is granted or declined by `guard` before it is made. Throws InterruptedRun
   * (`guarded-request.ts`) once the turn was begun.
   */
  change(request: {
    readonly directory: string;
    readonly settings: CodexSettings;
    readonly prompt: string;
    readonly guard: (changes: readonly RequestedChange[]) => GuardAnswer;
  }): Promise<GuardedRun>;

  /** Runs shell commands one after the other in Codex's sandbox, the directory writable, no network. */
  verify(request: {
    readonly directory: string;
    readonly settings: CodexSettings;
    readonly commands: readonly string[];
  }): Promise<readonly CommandResult[]>;

  /**
   * Opens the sandbox of `verify` for commands that belong together: they share one TMPDIR until it is closed, and
   * each has a network of its own with nothing in it but a loopback, so that a command can start a server and talk
   * to it. Throws ConfigurationError `sandbox_unavailable` where that network cannot be proven to be apart.
   */
  openSandbox(request: { readonly directory: string; readonly settings: CodexSettings }): Promise<CommandSandbox>;
}

/** Something that people should know of now. */
export interface Notice {
  readonly title: string;
  /** Plain text; it may quote people and models. */
  readonly text: string;
  /** The page that has the whole. */
  readonly url: string;
  /** Logins of whom it concerns, without `@`. */
  readonly mentions: readonly string[];
}

export interface Notifier {
  /** Never throws: a notice that did not arrive is a line in the log, and no reason to end otherwise. */
  notify(notice: Notice): Promise<void>;
}

/** The time now, from the runner, as ISO 8601 in UTC. Used for expiry and the journal, never for order. */
export type Clock = () => string;

export interface Ports {
  readonly github: GitHub;
  readonly git: Git;
  readonly artifacts: Artifacts;
  readonly codex: Codex;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** A text without secrets: the second wall before anything is shown to people or archived. */
  readonly redact: (text: string) => string;
  /** One line of progress for the run's log. */
  readonly log: (line: string) => void;
}
