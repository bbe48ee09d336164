/** What the modes need of GitHub, and what GitHub tells, in the product's words. */
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
  /** Whether somebody has hidden it, which whoever can write may do and undo without a trace. */
  readonly isHidden: boolean;
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

/** A `labeled` issue event, as REST gives it. */
export interface LabelEvent {
  readonly kind: "labeled";
  readonly id: number;
  /** The label's name at that time. */
  readonly label: string;
  readonly actor: User | undefined;
  readonly createdAt: string;
  /** Slug of the app the event was performed through. */
  readonly viaApp: string | undefined;
  /** True when the event carries an agent's `intent`. */
  readonly hasAgentIntent: boolean;
}

/** What GitHub says of one label on a pull request. */
export interface LabelHistory {
  /** Whether the label that has this name now is on the pull request. */
  readonly isSet: boolean;
  /** The latest event of that very label, whatever it was called then; undefined when there is none. */
  readonly latest: LabelEvent | { readonly kind: "unlabeled"; readonly isByBot: boolean } | undefined;
  /** Why the latest event cannot be known; undefined when it is. A sentence. */
  readonly unproven: string | undefined;
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
  /** All comments that were posted or edited since a moment (ISO 8601), oldest first. Fails when they are a flood. */
  fetchComments(pullRequest: number, since: string): Promise<readonly Comment[]>;
  /** The newest comments, oldest first; of a flood only the end. */
  fetchNewestComments(pullRequest: number): Promise<readonly Comment[]>;
  /** Who else than its author ever edited a comment, once for each edit, also where the text was put back. */
  fetchForeignEditors(nodeId: string): Promise<readonly Editor[]>;
  fetchPermission(login: string): Promise<Permission>;
  fetchTeamMembership(org: string, slug: string, login: string): Promise<TeamMembership>;
  /** A small number of requests, however many events there are. */
  fetchLabelHistory(pullRequest: number, label: string): Promise<LabelHistory>;
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
