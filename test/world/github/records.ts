/** A person's role in the repository. `none` is a known user without access. */
export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export interface UserRecord {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
  role: Role;
  /** A deleted account: gone from permission look-ups, null where GitHub shows an actor. */
  deleted: boolean;
}

export interface App {
  readonly id: number;
  readonly slug: string;
}

export type Scope =
  | "actions"
  | "attestations"
  | "checks"
  | "contents"
  | "issues"
  | "members"
  | "pull_requests"
  | "statuses"
  | "workflows";
export type Access = "read" | "write";
export type Permissions = Readonly<Partial<Record<Scope, Access>>>;

/** What a token is good for. Reading metadata is always allowed. */
export interface Grant {
  /** Login in whose name things are done. */
  readonly actor: string;
  readonly permissions: Permissions;
  /** The app whose installation token this is; undefined for a personal access token. */
  readonly app?: App;
}

export interface AttestationRecord {
  readonly id: number;
  readonly predicateType: string;
  /** Of its subjects; `gh attestation download` asks for one of them. */
  readonly digests: readonly string[];
  /** The Sigstore bundle as it was stored. */
  readonly bundle: object;
}

export interface RepositoryRecord {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isFork: boolean;
  readonly defaultBranch: string;
}

export interface LabelRecord {
  readonly id: number;
  name: string;
  readonly color: string;
}

/** What makes an issue a pull request. */
export interface PullRecord {
  readonly headRef: string;
  /** The head's branch in the bare repository; a fork's branch is stored as `<owner>/<branch>`. */
  readonly storedHead: string;
  /** Undefined when the fork was deleted. */
  headRepository: RepositoryRecord | undefined;
  readonly headOwner: string;
  baseRef: string;
  /** The base's head when the pull request was opened or last pushed to, as GitHub gives it. */
  baseSha: string;
  /** The last head that was seen: stays when the branch is deleted or the pull request closed. */
  lastHead: string;
}

export interface IssueRecord {
  readonly id: number;
  readonly number: number;
  readonly author: UserRecord;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly labels: Set<LabelRecord>;
  readonly assignees: Set<UserRecord>;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | undefined;
  readonly pull: PullRecord | undefined;
}

export interface CommentRecord {
  readonly id: number;
  readonly nodeId: string;
  readonly issue: IssueRecord;
  readonly author: UserRecord;
  readonly app: App | undefined;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  /** Who edited it, oldest first. */
  readonly editors: UserRecord[];
  /** Why it is folded, as REST spells it (`outdated`); undefined when it is not. */
  minimized: string | undefined;
}

/** A review's comment on a line of the change. */
export interface ReviewCommentRecord {
  readonly id: number;
  readonly issue: IssueRecord;
  readonly author: UserRecord;
  readonly body: string;
  readonly path: string;
  readonly commitSha: string;
  /** Id of the comment that it answers. */
  readonly inReplyTo: number | undefined;
  readonly createdAt: string;
}

export interface ReactionRecord {
  readonly id: number;
  readonly comment: CommentRecord;
  readonly user: UserRecord;
  readonly content: string;
  readonly createdAt: string;
}

/** What an agent says of a label that it suggests. */
export interface Intent {
  readonly rationale: string;
  readonly confidence: "LOW" | "MEDIUM" | "HIGH";
}

export interface EventRecord {
  readonly id: number;
  readonly issue: IssueRecord;
  readonly kind: "labeled" | "unlabeled" | "renamed" | "closed" | "reopened" | "mentioned" | "subscribed";
  readonly actor: UserRecord;
  readonly createdAt: string;
  readonly app: App | undefined;
  readonly intent: Intent | undefined;
  /** The label as it was then, as REST shows it: renaming it later changes no event. */
  readonly label: { readonly name: string; readonly color: string } | undefined;
  /** The label itself, as GraphQL shows it: with its name of today. */
  readonly labelRecord: LabelRecord | undefined;
  readonly rename: { readonly from: string; readonly to: string } | undefined;
}

export interface CheckRunRecord {
  readonly id: number;
  name: string;
  readonly headSha: string;
  readonly app: App;
  /** Id of its check suite. */
  readonly suite: number;
  externalId: string;
  detailsUrl: string;
  status: string;
  conclusion: string | undefined;
  readonly startedAt: string;
  completedAt: string | undefined;
  output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
}

/** A commit status: what tools report that are no GitHub App. */
export interface StatusRecord {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly targetUrl: string | undefined;
  readonly createdAt: string;
}

export interface TeamRecord {
  readonly id: number;
  readonly organization: string;
  readonly slug: string;
  /** By login in lower case. `pending`: invited, and not a member yet. */
  readonly members: Map<string, "active" | "pending">;
}

export interface RunRecord {
  readonly id: number;
  /** `.github/workflows/x.yml` */
  readonly path: string;
  readonly event: string;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly repository: RepositoryRecord;
  readonly headRepository: RepositoryRecord | undefined;
  readonly actor: UserRecord;
  status: string;
  conclusion: string | null;
  readonly createdAt: string;
}

/** A `workflow_dispatch` that was asked for. */
export interface DispatchRecord {
  /** `.github/workflows/x.yml` */
  readonly workflow: string;
  /** `refs/heads/…` */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly actor: UserRecord;
}

/** A rule that applies to a branch: these checks must pass. */
export interface RequiredChecks {
  readonly branch: string;
  readonly contexts: readonly { readonly context: string; readonly integrationId?: number }[];
}

/** A rule that refuses every commit to a branch through the API, until it is lifted. */
export interface CommitRule {
  readonly branch: string;
  /** The GraphQL type differs: `UNPROCESSABLE` for a ruleset, `BRANCH_PROTECTION_RULE_VIOLATION` for protection. */
  readonly kind: "ruleset" | "protection";
  /** What the rule says, such as "Changes must be made through a pull request." */
  readonly text: string;
}
