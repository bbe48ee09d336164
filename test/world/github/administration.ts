import type { Deliveries, Delivery } from "./deliveries.ts";
import { findLabel } from "./labels.ts";
import type { CommitRule, Grant, RepositoryRecord, RequiredChecks, Role, RunRecord, UserRecord } from "./records.ts";
import { addRun } from "./runs.ts";
import type { WorldState } from "./state.ts";

/** A user to be known. */
export interface UserOptions {
  readonly login: string;
  /** Default: the next free one. */
  readonly id?: number;
  /** Default: `User`. */
  readonly type?: UserRecord["type"];
  /** Role in the repository. Default: `none`. */
  readonly role?: Role;
}

/** A workflow run to be known. What is left out is as in a run of this repository on its default branch. */
export interface RunOptions {
  readonly id?: number;
  /** `.github/workflows/x.yml`; GitHub may append `@<ref>`. */
  readonly path: string;
  readonly event: string;
  readonly headBranch?: string | null;
  readonly headSha?: string;
  /** Login of the owner of the fork that the run's head is in. */
  readonly fork?: string;
  readonly actor?: string;
  readonly status?: string;
  readonly conclusion?: string | null;
}

/** What administrators and the platform do: members, tokens, labels, rules, workflow runs. */
export class Administration {
  readonly #state: WorldState;
  readonly #deliveries: Deliveries;

  constructor(state: WorldState, deliveries: Deliveries) {
    this.#state = state;
    this.#deliveries = deliveries;
  }

  addUser({ login, id, type = "User", role = "none" }: UserOptions): UserRecord {
    const user: UserRecord = { login, id: id ?? this.#state.nextId("user", 10_001), type, role, deleted: false };
    this.#state.users.set(login.toLowerCase(), user);
    return user;
  }

  /** Changes a person's role: what they did before stays, what they may do changes at once. */
  setRole(login: string, role: Role): void {
    this.#state.user(login).role = role;
  }

  /** Deletes an account: it has no permission, and events show no actor. */
  deleteUser(login: string): void {
    this.#state.user(login).deleted = true;
  }

  /** Makes a token good for something, or changes what it is good for. */
  addToken(token: string, grant: Grant): void {
    this.#state.tokens.set(token, grant);
  }

  revokeToken(token: string): void {
    this.#state.tokens.delete(token);
  }

  /** Renames a label everywhere. No issue gets an event. */
  renameLabel(from: string, to: string): void {
    const label = findLabel(this.#state, from);
    if (label === undefined) throw new Error(`No label "${from}".`);
    label.name = to;
    this.#state.clock.tick();
  }

  /** Deletes a label; it is gone from every issue, without an event. */
  deleteLabel(name: string): void {
    const label = findLabel(this.#state, name);
    if (label === undefined) throw new Error(`No label "${name}".`);
    this.#state.labels.delete(label);
    for (const issue of this.#state.issues.values()) issue.labels.delete(label);
    this.#state.clock.tick();
  }

  /** From now on a rule refuses commits to a branch; returns how it is lifted. */
  refuseCommits(rule: CommitRule): () => void {
    this.#state.commitRules.push(rule);
    return () => this.#state.commitRules.splice(this.#state.commitRules.indexOf(rule), 1);
  }

  /** Makes checks required on a branch, through a ruleset. */
  requireChecks(rule: RequiredChecks): void {
    this.#state.requiredChecks.push(rule);
  }

  /** Makes a person a member of `org/team`, or invites them to it. The organisation must be known as a user. */
  addTeamMember(name: string, login: string, membership: "active" | "pending" = "active"): void {
    const [organization = "", slug = ""] = name.split("/");
    const team = this.#state.teams.get(name.toLowerCase()) ?? {
      id: this.#state.nextId("team", 7_000_001),
      organization: this.#state.user(organization).login,
      slug,
      members: new Map(),
    };
    team.members.set(this.#state.user(login).login.toLowerCase(), membership);
    this.#state.teams.set(name.toLowerCase(), team);
  }

  /** Records a workflow run and returns it; its id is what artifacts refer to. */
  async addRun(options: RunOptions): Promise<RunRecord> {
    const { repository, git } = this.#state;
    const headSha = options.headSha ?? (await git.head(repository.defaultBranch));
    if (headSha === undefined) throw new Error(`No branch ${repository.defaultBranch}.`);
    const { id, fork, path, event, status, conclusion } = options;
    const headRepository: RepositoryRecord =
      fork === undefined
        ? repository
        : { ...repository, id: 700_000_000 + this.#state.user(fork).id, owner: fork, isFork: true };
    return addRun(this.#state, {
      path,
      event,
      headSha,
      headRepository,
      headBranch: options.headBranch === undefined ? repository.defaultBranch : options.headBranch,
      actor: this.#state.user(options.actor ?? repository.owner),
      ...(id !== undefined && { id }),
      ...(status !== undefined && { status }),
      ...(conclusion !== undefined && { conclusion }),
    });
  }

  /** Finishes a run. */
  completeRun(id: number, conclusion: string): void {
    const run = this.#state.runs.get(id);
    if (run === undefined) throw new Error(`No run ${id}.`);
    run.status = "completed";
    run.conclusion = conclusion;
    this.#state.clock.tick();
  }

  /** `workflow_dispatch` by a person on the Actions page. */
  dispatch(login: string, workflow: string, inputs: Record<string, unknown>, ref?: string): Delivery {
    const actor = this.#state.user(login);
    const record = { workflow, ref: ref ?? `refs/heads/${this.#state.repository.defaultBranch}`, inputs, actor };
    this.#state.dispatches.push(record);
    return this.#deliveries.workflowDispatch(record);
  }

  /** The deliveries of all `workflow_dispatch` events so far, those asked for through the API included. */
  dispatches(): readonly Delivery[] {
    return this.#state.dispatches.map((record) => this.#deliveries.workflowDispatch(record));
  }
}
