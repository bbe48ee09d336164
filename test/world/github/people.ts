import { addReaction, changeComment, createComment } from "./comments.ts";
import type { Deliveries, Delivery } from "./deliveries.ts";
import { addLabel, takeLabel } from "./labels.ts";
import type { App, CommentRecord, Intent, IssueRecord, UserRecord } from "./records.ts";
import type { WorldState } from "./state.ts";

export interface CommentDelivery extends Delivery {
  readonly commentId: number;
}

/** How a comment is posted, when not simply by hand. */
export interface CommentOptions {
  /** Through this app, in the name of the user. */
  readonly viaApp?: App;
}

/** How a label is applied, when not simply by hand. */
export interface LabelOptions {
  /** An agent suggested the label: its rationale stays on the event. */
  readonly intent?: Intent;
  /** The label is applied through this app, in the name of the user. */
  readonly viaApp?: App;
}

/**
 * What people do on issues and pull requests, on github.com rather than through our token. Every method changes
 * the state, as the person's role allows, and returns the webhook delivery that GitHub would send.
 */
export class People {
  readonly #state: WorldState;
  readonly #deliveries: Deliveries;

  constructor(state: WorldState, deliveries: Deliveries) {
    this.#state = state;
    this.#deliveries = deliveries;
  }

  /** Comments on an issue or pull request: `issue_comment.created`. */
  comment(login: string, number: number, body: string, options: CommentOptions = {}): CommentDelivery {
    const author = this.#state.user(login);
    const comment = createComment(this.#state, this.#state.issue(number), body, { author, app: options.viaApp });
    return { ...this.#deliveries.issueComment("created", comment, author), commentId: comment.id };
  }

  /** Edits anybody's comment, as authors and writers can: `issue_comment.edited`. Moves `updated_at`. */
  editComment(login: string, commentId: number, body: string): Delivery {
    const [comment, editor] = this.#commentOf(login, commentId);
    const changes = { body: { from: comment.body } };
    changeComment(this.#state, comment, body, editor);
    return this.#deliveries.issueComment("edited", comment, editor, changes);
  }

  /** Deletes anybody's comment, as authors and writers can: `issue_comment.deleted`. It answers 404 from now on. */
  deleteComment(login: string, commentId: number): Delivery {
    const [comment, remover] = this.#commentOf(login, commentId);
    this.#state.comments.delete(comment.id);
    comment.issue.updatedAt = this.#state.clock.tick();
    return this.#deliveries.issueComment("deleted", comment, remover);
  }

  /** Applies a label: `pull_request.labeled`. Needs triage. A label that is there already leaves no event. */
  async label(login: string, number: number, name: string, options: LabelOptions = {}): Promise<Delivery> {
    const [actor, issue] = this.#triager(login, number);
    const label = addLabel(this.#state, issue, name, { actor, app: options.viaApp, intent: options.intent });
    return this.#deliveries.label("labeled", issue, label, actor);
  }

  /** Applies a label to a plain issue. GitHub sends `issues.labeled`, for which no workflow of ours runs. */
  labelIssue(login: string, number: number, name: string): void {
    const [actor, issue] = this.#triager(login, number);
    addLabel(this.#state, issue, name, { actor, app: undefined });
  }

  /** Removes a label: `pull_request.unlabeled`. Needs triage. Throws when it is not there. */
  async unlabel(login: string, number: number, name: string): Promise<Delivery> {
    const [actor, issue] = this.#triager(login, number);
    const label = takeLabel(this.#state, issue, name, { actor, app: undefined });
    if (label === undefined) throw new Error(`#${number} has no label "${name}".`);
    return this.#deliveries.label("unlabeled", issue, label, actor);
  }

  /**
   * Mentions people so often, in as few comments as it takes: each mention is two events, of which the mentioned is the
   * actor. Anybody who may comment can do so; for the double the comments themselves do not matter here.
   */
  mention(login: string, number: number, times: number): void {
    const issue = this.#state.issue(number);
    const actor = this.#state.user(login);
    const createdAt = this.#state.clock.tick();
    const rest = { issue, actor, createdAt, app: undefined, intent: undefined, label: undefined } as const;
    for (let count = 0; count < times; count += 1) {
      for (const kind of ["mentioned", "subscribed"] as const) {
        const id = this.#state.nextId("event", 9_000_000_001);
        this.#state.events.push({ id, kind, ...rest, labelRecord: undefined, rename: undefined });
      }
    }
  }

  /** Reacts to a comment, with `+1` for example. GitHub sends nothing for it. */
  react(login: string, commentId: number, content: string): void {
    addReaction(this.#state, this.#state.comment(commentId), this.#state.user(login), content);
  }

  /** Comments on a line of a pull request's change, or answers such a comment; returns the comment's id. */
  review(login: string, number: number, body: string, inReplyTo?: number): number {
    const issue = this.#state.pull(number);
    const id = this.#state.nextId("reviewComment", 5_000_001);
    const place = { path: "README.md", commitSha: issue.pull?.lastHead ?? "", inReplyTo };
    const createdAt = this.#state.clock.tick();
    this.#state.reviewComments.push({ id, issue, author: this.#state.user(login), body, ...place, createdAt });
    issue.updatedAt = createdAt;
    return id;
  }

  #commentOf(login: string, id: number): [CommentRecord, UserRecord] {
    const user = this.#state.user(login);
    const comment = this.#state.comment(id);
    if (comment.author !== user) assertRole(user, ["admin", "maintain", "write"], "change another's comment");
    return [comment, user];
  }

  #triager(login: string, number: number): [UserRecord, IssueRecord] {
    const user = this.#state.user(login);
    // An app's bot labels with its installation's permissions: it has no role in the repository.
    if (user.type !== "Bot") assertRole(user, ["admin", "maintain", "write", "triage"], "label");
    return [user, this.#state.issue(number)];
  }
}

/** A scenario in which GitHub would not let the person do that is a slip in the test. */
export function assertRole(user: UserRecord, roles: readonly UserRecord["role"][], what: string): void {
  if (!roles.includes(user.role))
    throw new Error(`${user.login} (${user.role}) cannot ${what}; needs ${roles.join(", ")}.`);
}
