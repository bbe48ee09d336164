import type { FileContents } from "../repository.ts";
import type { Deliveries, Delivery } from "./deliveries.ts";
import { authorOf } from "./git-data.ts";
import { assertRole } from "./people.ts";
import type { EventRecord, IssueRecord, RepositoryRecord, UserRecord } from "./records.ts";
import type { WorldState } from "./state.ts";

export interface PullRequestDelivery extends Delivery {
  readonly number: number;
}

export interface Push {
  readonly sha: string;
  /** The head before; undefined when the push created the branch. */
  readonly before: string | undefined;
  /** `pull_request.synchronize` of each open pull request with this head. */
  readonly deliveries: readonly Delivery[];
}

export interface PushOptions {
  readonly message?: string;
  readonly parent?: string;
  /** Login of whom the commit names as its author. Default: who pushes. */
  readonly author?: string;
  readonly isSigned?: boolean;
}

export interface PullRequestOptions {
  readonly user: string;
  /** The head branch. It must exist; a fork's branch is stored in the bare repository as `<owner>/<branch>`. */
  readonly head: string;
  /** Default: the default branch. */
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  /** Login of the owner of the fork that the head is in. */
  readonly fork?: string;
}

const WRITERS = ["admin", "maintain", "write"] as const;

/** What people do with branches and pull requests. Methods return the webhook deliveries that GitHub would send. */
export class Authors {
  readonly #state: WorldState;
  readonly #deliveries: Deliveries;

  constructor(state: WorldState, deliveries: Deliveries) {
    this.#state = state;
    this.#deliveries = deliveries;
  }

  /** Opens a plain issue: `issues.opened`. */
  openIssue(login: string, title: string, body = ""): PullRequestDelivery {
    const author = this.#state.user(login);
    const issue = this.#add(author, title, body, undefined);
    return { ...this.#deliveries.issueOpened(issue, author), number: issue.number };
  }

  /** Opens a pull request: `pull_request.opened`. */
  async openPullRequest(options: PullRequestOptions): Promise<PullRequestDelivery> {
    const { git, repository } = this.#state;
    const author = this.#state.user(options.user);
    const baseRef = options.base ?? repository.defaultBranch;
    const storedHead = options.fork === undefined ? options.head : `${options.fork}/${options.head}`;
    const [headSha, baseSha] = await Promise.all([git.head(storedHead), git.head(baseRef)]);
    if (headSha === undefined || baseSha === undefined) throw new Error(`No branch ${storedHead} or ${baseRef}.`);
    if ((await git.mergeBase(headSha, baseSha)) === undefined)
      throw new Error(`${storedHead} has no history with ${baseRef}.`);
    const issue = this.#add(author, options.title ?? `Change ${options.head}`, options.body ?? "", {
      headRef: options.head,
      storedHead,
      headOwner: options.fork ?? repository.owner,
      headRepository: options.fork === undefined ? repository : this.#fork(options.fork),
      baseRef,
      baseSha,
      lastHead: headSha,
    });
    return { ...(await this.#deliveries.pullRequest("opened", issue, author)), number: issue.number };
  }

  /**
   * Pushes a commit to a branch (`<owner>/<branch>` for a fork's), on top of its head or, as a force-push, on top
   * of `parent`. A new branch starts at the default branch. The commit may name any `author`; signed, it is so by
   * who pushes, with a key that GitHub knows.
   */
  async push(login: string, branch: string, files: FileContents, options: PushOptions = {}): Promise<Push> {
    const { git, clock } = this.#state;
    const user = this.#state.user(login);
    if (!branch.startsWith(`${user.login}/`)) assertRole(user, WRITERS, `push to ${branch}`);
    const before = await git.head(branch);
    const parent = options.parent ?? before ?? (await git.head(this.#state.repository.defaultBranch));
    const { message, author: named = login, isSigned = false } = options;
    const committer = authorOf(user, clock.tick());
    const author = authorOf(this.#state.user(named), committer.date);
    const given = { ...(message !== undefined && { message }), ...(parent !== undefined && { parent }) };
    const sha = await git.commit(branch, files, { ...given, author, committer });
    if (isSigned) this.#state.verifiedCommits.add(sha);
    await this.#state.noteHeadMoved(branch);
    const pulls = [...this.#state.issues.values()].filter(
      ({ pull, state }) => pull?.storedHead === branch && state === "open",
    );
    const deliveries: Delivery[] = [];
    for (const pull of pulls) {
      deliveries.push(
        await this.#deliveries.pullRequest("synchronize", pull, user, { before: before ?? sha, after: sha }),
      );
    }
    return { sha, before, deliveries };
  }

  /** Changes the title, body or base of a pull request: `pull_request.edited`. A new title leaves an event. */
  async edit(
    login: string,
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly base?: string },
  ): Promise<Delivery> {
    const user = this.#state.user(login);
    const issue = this.#pull(number);
    const changes: Record<string, unknown> = {};
    issue.updatedAt = this.#state.clock.tick();
    if (change.title !== undefined) {
      changes.title = { from: issue.title };
      this.#recordEvent(issue, { kind: "renamed", actor: user, rename: { from: issue.title, to: change.title } });
      issue.title = change.title;
    }
    if (change.body !== undefined) {
      changes.body = { from: issue.body };
      issue.body = change.body;
    }
    if (change.base !== undefined) {
      const sha = await this.#state.git.head(change.base);
      if (sha === undefined) throw new Error(`No branch ${change.base}.`);
      changes.base = { ref: { from: issue.pull.baseRef }, sha: { from: issue.pull.baseSha } };
      issue.pull.baseRef = change.base;
      issue.pull.baseSha = sha;
    }
    return this.#deliveries.pullRequest("edited", issue, user, { changes });
  }

  /** Closes a pull request. Its head stays what it was. */
  async close(number: number): Promise<void> {
    const issue = this.#pull(number);
    await this.#state.headOf(issue);
    issue.state = "closed";
    issue.closedAt = this.#state.clock.tick();
    issue.updatedAt = issue.closedAt;
    this.#recordEvent(issue, { kind: "closed", actor: issue.author });
  }

  /** Opens a closed pull request again: `pull_request.reopened`. */
  async reopen(login: string, number: number): Promise<Delivery> {
    const issue = this.#pull(number);
    issue.state = "open";
    issue.closedAt = undefined;
    issue.updatedAt = this.#state.clock.tick();
    const actor = this.#state.user(login);
    this.#recordEvent(issue, { kind: "reopened", actor });
    return this.#deliveries.pullRequest("reopened", issue, actor);
  }

  /** Deletes the fork that a pull request comes from: its head repository is null from now on. */
  deleteFork(number: number): void {
    this.#pull(number).pull.headRepository = undefined;
  }

  #pull(number: number): IssueRecord & { readonly pull: NonNullable<IssueRecord["pull"]> } {
    const issue = this.#state.issues.get(number);
    if (issue?.pull === undefined) throw new Error(`#${number} is not a pull request.`);
    return issue as IssueRecord & { readonly pull: NonNullable<IssueRecord["pull"]> };
  }

  #add(author: UserRecord, title: string, body: string, pull: IssueRecord["pull"]): IssueRecord {
    const createdAt = this.#state.clock.tick();
    const issue: IssueRecord = {
      id: this.#state.nextId("issue", 1_000_000_001),
      number: this.#state.nextId("number"),
      author,
      title,
      body,
      state: "open",
      labels: new Set(),
      assignees: new Set(),
      createdAt,
      updatedAt: createdAt,
      closedAt: undefined,
      pull,
    };
    this.#state.issues.set(issue.number, issue);
    return issue;
  }

  #fork(login: string): RepositoryRecord {
    const owner = this.#state.user(login);
    // One fork an owner: the id follows from the owner's.
    return { ...this.#state.repository, id: 700_000_000 + owner.id, owner: owner.login, isFork: true };
  }

  #recordEvent(issue: IssueRecord, event: Pick<EventRecord, "kind" | "actor"> & Partial<EventRecord>): void {
    this.#state.events.push({
      id: this.#state.nextId("event", 9_000_000_001),
      issue,
      createdAt: issue.updatedAt,
      app: undefined,
      intent: undefined,
      label: undefined,
      labelRecord: undefined,
      rename: undefined,
      ...event,
    });
  }
}
