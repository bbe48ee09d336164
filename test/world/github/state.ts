import type { BareRepository } from "../repository.ts";
import type { WorldClock } from "./clock.ts";
import { notFound } from "./failure.ts";

import type {
  AttestationRecord,
  CheckRunRecord,
  CommentRecord,
  CommitRule,
  DispatchRecord,
  EventRecord,
  Grant,
  IssueRecord,
  LabelRecord,
  ReactionRecord,
  RepositoryRecord,
  RequiredChecks,
  ReviewCommentRecord,
  RunRecord,
  StatusRecord,
  TeamRecord,
  UserRecord,
} from "./records.ts";

/** What the double knows besides git. Heads, trees and files are always read from the bare repository. */
export class WorldState {
  readonly repository: RepositoryRecord;
  readonly git: BareRepository;
  readonly clock: WorldClock;
  readonly users = new Map<string, UserRecord>();
  readonly tokens = new Map<string, Grant>();
  readonly labels = new Set<LabelRecord>();
  readonly issues = new Map<number, IssueRecord>();
  readonly comments = new Map<number, CommentRecord>();
  readonly reactions: ReactionRecord[] = [];
  readonly reviewComments: ReviewCommentRecord[] = [];
  readonly events: EventRecord[] = [];
  readonly attestations: AttestationRecord[] = [];
  readonly checkRuns: CheckRunRecord[] = [];
  readonly statuses: StatusRecord[] = [];
  readonly runs = new Map<number, RunRecord>();
  readonly dispatches: DispatchRecord[] = [];
  readonly requiredChecks: RequiredChecks[] = [];
  readonly commitRules: CommitRule[] = [];
  /** By `org/team` in lower case. */
  readonly teams = new Map<string, TeamRecord>();
  /** Commits that GitHub signed. */
  readonly verifiedCommits = new Set<string>();
  readonly #ids = new Map<string, number>();

  constructor(repository: RepositoryRecord, git: BareRepository, clock: WorldClock) {
    this.repository = repository;
    this.git = git;
    this.clock = clock;
  }

  /** The next id of a kind; each kind starts at its own number, so that a mix-up of ids is seen. */
  nextId(kind: string, start = 1): number {
    const id = this.#ids.get(kind) ?? start;
    this.#ids.set(kind, id + 1);
    return id;
  }

  /** A user by login, whatever the case. Throws an Error that names the known logins: a slip in a test. */
  user(login: string): UserRecord {
    const user = this.users.get(login.toLowerCase());
    if (user === undefined) throw new Error(`No user "${login}"; known: ${[...this.users.keys()].join(", ")}.`);
    return user;
  }

  issue(number: number): IssueRecord {
    const issue = this.issues.get(number);
    if (issue === undefined) throw notFound();
    return issue;
  }

  pull(number: number): IssueRecord {
    const issue = this.issue(number);
    if (issue.pull === undefined) throw notFound();
    return issue;
  }

  comment(id: number): CommentRecord {
    const comment = this.comments.get(id);
    if (comment === undefined) throw notFound();
    return comment;
  }

  /** The commit a pull request's head points at now. Closed pull requests keep the head they had. */
  async headOf(issue: IssueRecord): Promise<string> {
    const pull = issue.pull;
    if (pull === undefined) throw notFound();
    if (issue.state === "open") pull.lastHead = (await this.git.head(pull.storedHead)) ?? pull.lastHead;
    return pull.lastHead;
  }

  /** What GitHub does to open pull requests when a branch of the bare repository has moved. */
  async noteHeadMoved(branch: string): Promise<void> {
    for (const issue of this.issues.values()) {
      if (issue.pull?.storedHead !== branch || issue.state === "closed") continue;
      issue.pull.baseSha = (await this.git.head(issue.pull.baseRef)) ?? issue.pull.baseSha;
      issue.updatedAt = this.clock.tick();
    }
  }
}
