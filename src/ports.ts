/**
 * What the modes need of the world, in the product's words. Adapters implement these; nothing here names
 * Octokit, a process or a file descriptor. Every method may throw a GovernanceError; nothing else.
 */
import type { Digest } from "./governance/digest.ts";
import type { ExternalError } from "./governance/errors.ts";
import type { GuardAnswer, GuardedRequest } from "./governance/guarded-request.ts";
import type { TreeLink } from "./governance/link.ts";
import type { RequestedChange, TreeChange, TreeEntry, TreeSnapshot } from "./governance/tree.ts";
import type { GitHub, Sha } from "./ports/github.ts";

export type * from "./ports/github.ts";

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
  /** The symbolic links of head and base. */
  readonly links: readonly TreeLink[];
  /** The instruction files put in place, from the base commit, sorted by path. */
  readonly instructions: readonly InstructionFile[];
  /** Instruction files that differ between head and base (changed by the pull request). */
  readonly changedInstructions: readonly string[];
  /** Files that differ between the merge base and the head: what the pull request is about. */
  readonly pullRequestFiles: readonly string[];
  /**
   * Every difference to the start, ignored and untracked files included; `tree` is the object id now. Directories
   * without anything in them, of which no tree of git knows, are listed apart.
   */
  compare(): Promise<{
    readonly tree: string;
    readonly changes: readonly TreeChange[];
    readonly emptyDirectories: readonly string[];
  }>;
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
  /** Absolute paths, or below the home with `~/`: what commands can read on top of the allow list. */
  readonly readableDirectories: readonly string[];
}

export interface CodexRun {
  /** The last agent message; that of a plan as it came, maybe with a secret in it. */
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
  /**
   * Runs shell commands one after the other, whatever their results. Throws ConfigurationError `sandbox_unavailable`
   * where the network cannot be proven to be apart.
   */
  run(commands: readonly string[]): Promise<readonly CommandResult[]>;
  /** Ends every process, so that the tree can be read or written; the next command starts the sandbox anew. */
  settle(): Promise<void>;
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
   * to it. Nothing is started before the first command.
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

/** GitHub's time, whatever the runner's clock says. */
export interface Clock {
  /** The time that decides, as ISO 8601 in UTC. Throws ExternalError `github_time_unknown` while GitHub gave none. */
  now(): string;
  /** The time for a record: GitHub's, or the runner's where GitHub gave none. Decides nothing. */
  stamp(): { readonly at: string; readonly isGitHubs: boolean };
  /** Milliseconds by which the runner's clock is ahead (negative: behind); undefined while it is right enough. */
  runnerAheadMs(): number | undefined;
}

/** The disk that scratch trees, Codex's home and staged evidence are on. */
export interface Disk {
  /** Tries to write a file. The failure as an ExternalError `runner_disk_full` or `runner_disk_failed`, if there is one. */
  findFailure(): Promise<ExternalError | undefined>;
}

export interface Ports {
  readonly github: GitHub;
  readonly git: Git;
  readonly artifacts: Artifacts;
  readonly codex: Codex;
  readonly disk: Disk;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** A text without secrets: the second wall before anything is shown to people or archived. */
  readonly redact: (text: string) => string;
  /** One line of progress for the run's log. */
  readonly log: (line: string) => void;
}
