import { existsSync, readlinkSync, realpathSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { ConfigurationError, ExternalError } from "../../governance/errors.ts";
import type { CodexSettings, Disk, Usage } from "../../ports.ts";
import { AppServer } from "./app-server.ts";
import { codexArguments, READ_PROFILE } from "./configuration.ts";
import { protocolError } from "./failure.ts";
import type { ChangeGuard } from "./guard.ts";
import { codexFiles } from "./installation.ts";
import { permissionsOf, type ReadablePlaces } from "./permissions.ts";
import { PrivateHome, realDirectory } from "./private-home.ts";
import { commandResultSchema, initializedSchema, type ThreadStarted, threadStartedSchema } from "./protocol.ts";
import type { RunLog } from "./run-log.ts";
import { TurnWatch } from "./turn-watch.ts";

/** The system's configuration of git may have a token in it and is closed; git ends where it cannot read it. */
const COMMAND_VARIABLES = { GIT_CONFIG_NOSYSTEM: "1" };

/** A process sees the processes of the namespace that this link names. */
const PROCESS_NAMESPACE = "/proc/self/ns/pid";

/** Prints what the sandbox must not let a command see. */
const LOOK = `cat "$1" 2>/dev/null; readlink ${PROCESS_NAMESPACE} 2>/dev/null; cat /proc/self/status 2>/dev/null; true`;

/** Bound on one answer of the protocol (start, handshake), as opposed to a turn. */
const ANSWER_MS = 60_000;

export interface CodexOptions {
  /** Path of the native binary, its version already proven. */
  readonly locate: (version: string) => Promise<string>;
  readonly apiKey: string;
  /** What no log may have besides the key: the job's token, other secrets of the runner. */
  readonly secrets?: readonly string[];
  /** The Responses API, ending in `/v1`. */
  readonly baseUrl: string;
  /** An existing directory outside every work tree. Each run makes a private one in it and removes it. */
  readonly temporaryDirectory: string;
  readonly log: (line: string) => void;
  /** The disk that the tree is on, to be asked when Codex cannot write. */
  readonly disk?: Disk;
  /** For Codex's process only. May carry a PATH. */
  readonly extraEnvironment?: Readonly<Record<string, string>>;
  /** How a session that talks to the model reaches it: proxies and certificate authorities. No command gets them. */
  readonly proxies?: Readonly<Record<string, string>>;
  /** What commands can read besides their own run, with the directories that a policy opens. */
  readonly readable: (directories: readonly string[]) => ReadablePlaces;
}

export interface SessionRequest {
  readonly directory: string;
  readonly settings: CodexSettings;
  readonly guard: ChangeGuard;
  readonly log: RunLog;
  /** Whether there are turns. What only runs commands is not told of proxies. */
  readonly hasModel?: boolean;
  /** Whether commands may have a loopback network of their own. */
  readonly hasLoopback?: boolean;
  /** Shared with other sessions, and not removed with this one. Default: one of its own. */
  readonly home?: PrivateHome;
}

/** One `codex app-server` with a private home, from the handshake to the end of its processes. */
export class Session {
  readonly server: AppServer;
  readonly watch: TurnWatch;
  readonly #options: CodexOptions;
  readonly #request: SessionRequest;
  readonly #home: PrivateHome;
  #threadId = "";
  #instructionSources: readonly string[] = [];
  #diskFailure: Promise<ExternalError | undefined> | undefined;

  constructor(binary: string, options: CodexOptions, request: SessionRequest) {
    this.#options = options;
    this.#request = request;
    this.watch = new TurnWatch(request.guard, request.log);
    request.guard.onFailedWrite = () => {
      this.#diskFailure ??= this.findDiskFailure();
    };
    const directory = realDirectory(request.directory);
    const places = options.readable(request.settings.readableDirectories);
    this.#home = request.home ?? new PrivateHome(options.temporaryDirectory);
    // The sandbox runs Codex's own program, and the trial of the network runs this one's.
    const own = [codexFiles(binary), process.execPath];
    this.server = new AppServer({
      binary,
      arguments: codexArguments({
        version: request.settings.version,
        baseUrl: options.baseUrl,
        reading: permissionsOf(places, { readable: [...own, directory], writable: [] }),
        verifying: permissionsOf(places, { readable: own, writable: [directory, ...this.#home.writable] }),
        variables: { ...places.variables, ...COMMAND_VARIABLES },
        hasLoopback: request.hasLoopback ?? false,
      }),
      environment: this.#home.environment(directory, options.apiKey, {
        ...options.extraEnvironment,
        ...(request.hasModel ? options.proxies : {}),
      }),
      directory: this.#home.temporary,
      onNotification: (method, params) => this.watch.notice(method, params),
      onRequest: (id, method, params) => this.#answer(id, method, params),
      clean: (text) => request.log.text(text),
    });
  }

  get usage(): Usage {
    return this.watch.usage;
  }

  /** Instruction files that Codex loaded: relative to the directory, or absolute when they are outside of it. */
  get instructionSources(): readonly string[] {
    return this.#instructionSources;
  }

  /** Handshake, version and sandbox. Throws GovernanceError. */
  async open(): Promise<void> {
    const clientInfo = { name: "codex-plan-governance", title: "codex-plan-governance", version: "1" };
    const capabilities = { experimentalApi: true, requestAttestation: false };
    const answer = initializedSchema.safeParse(await this.#call("initialize", { clientInfo, capabilities }));
    if (!answer.success) throw protocolError("Codex's answer to initialize is malformed.", answer.error);
    const version = /^[^/]*\/(\S+)/.exec(answer.data.userAgent)?.[1];
    const { settings } = this.#request;
    if (version !== settings.version) {
      throw new ConfigurationError(
        "codex_version_mismatch",
        `Codex's version is not the pinned one: expected ${settings.version}, got ${version ?? "none"}. ` +
          "Install the pinned version, or pin this one in the policy.",
      );
    }
    this.server.notify("initialized");
    this.#options.log(`Codex ${version} started.`);
    this.#request.log.record("codex_started", { version, model: settings.model, effort: settings.effort });
    await this.#testSandbox();
  }

  /** Starts the thread and proves that the server applied what was asked for. */
  async startThread(): Promise<void> {
    const { settings, directory, guard, log } = this.#request;
    const answer = threadStartedSchema.safeParse(
      await this.#call("thread/start", {
        model: settings.model,
        cwd: directory,
        approvalPolicy: "on-request",
        approvalsReviewer: "user",
        permissions: READ_PROFILE,
        ephemeral: true,
      }),
    );
    if (!answer.success) throw protocolError("Codex's answer to thread/start is malformed.", answer.error);
    this.#proveApplied(answer.data);
    this.#threadId = answer.data.thread.id;
    guard.bindThread(this.#threadId);
    this.watch.bindThread(this.#threadId);
    const root = realpathSync(directory);
    this.#instructionSources = answer.data.instructionSources.map((source) => {
      const path = relative(root, source);
      return path.startsWith("..") || isAbsolute(path) ? source : path;
    });
    log.record("thread_started", { instructionSources: this.#instructionSources, sandbox: answer.data.sandbox });
  }

  /** One turn; its final message. Throws ExternalError when it fails or does not end in time. */
  async turn(text: string, outputSchema?: unknown): Promise<string> {
    const { settings } = this.#request;
    const deadline = performance.now() + settings.timeoutSeconds * 1000;
    const params = { threadId: this.#threadId, input: [{ type: "text", text }], effort: settings.effort };
    const started = await this.server.call(
      "turn/start",
      outputSchema === undefined ? params : { ...params, outputSchema },
      Math.min(ANSWER_MS, settings.timeoutSeconds * 1000),
    );
    const ended = this.watch.end(started);
    return this.server.within(ended, Math.max(1, deadline - performance.now()), "Codex's turn did not end");
  }

  /** What is wrong with the disk now, if anything is. */
  async findDiskFailure(): Promise<ExternalError | undefined> {
    return this.#options.disk?.findFailure().catch(() => undefined);
  }

  /**
   * Proves that what was granted was written whole. Codex tells the model alone of a full disk. Throws ExternalError
   * `runner_disk_*`.
   */
  async proveWritten(): Promise<void> {
    const { unwritten } = this.#request.guard;
    if (unwritten.length === 0) return;
    const failure = await this.#diskFailure;
    if (failure) throw failure;
    const message = `Codex was granted ${unwritten.slice(0, 5).join(", ")}, but could not write all of it. Re-run the job.`;
    throw new ExternalError("runner_disk_failed", message);
  }

  /** Runs one command in the sandbox with a profile of the configuration. */
  async execute(request: { argv: readonly string[]; profile: string; timeoutMs: number; processId?: string }) {
    const stream = request.processId === undefined ? {} : { streamStdoutStderr: true, disableOutputCap: true };
    const answer = await this.server.call(
      "command/exec",
      {
        command: request.argv,
        cwd: this.#request.directory,
        timeoutMs: request.timeoutMs,
        permissionProfile: request.profile,
        ...(request.processId === undefined ? {} : { processId: request.processId }),
        ...stream,
      },
      request.timeoutMs + ANSWER_MS,
    );
    const parsed = commandResultSchema.safeParse(answer);
    if (!parsed.success) throw protocolError("Codex's answer to command/exec is malformed.", parsed.error);
    return parsed.data;
  }

  /** Ends all its processes and removes the private directories. Throws ExternalError when a process is left. */
  async close(): Promise<void> {
    const gone = await this.server.close();
    if (this.#request.home === undefined) await this.#home.remove(this.#options.log);
    if (gone) return;
    throw new ExternalError(
      "codex_timeout",
      "A process of Codex could not be ended. Re-run the job on a fresh runner.",
    );
  }

  #call(method: string, params: unknown): Promise<unknown> {
    return this.server.call(method, params, ANSWER_MS);
  }

  #answer(id: string | number, method: string, params: unknown) {
    const { guard, log } = this.#request;
    const answer = guard.answer(id, method, params);
    log.record("request", { method, request: guard.requests.at(-1), answer });
    return answer;
  }

  #proveApplied(started: ThreadStarted): void {
    const { settings, directory } = this.#request;
    const expected: readonly (readonly [what: string, got: unknown, wanted: readonly unknown[]])[] = [
      ["approvalPolicy", started.approvalPolicy, ["on-request"]],
      ["approvalsReviewer", started.approvalsReviewer, ["user"]],
      ["sandbox", started.sandbox.type, ["readOnly"]],
      ["network access", started.sandbox.networkAccess, [false]],
      ["permission profile", started.activePermissionProfile?.id, [READ_PROFILE]],
      ["cwd", started.cwd, [directory, realpathSync(directory)]],
      ["model", started.model, [settings.model]],
    ];
    for (const [what, got, wanted] of expected) {
      if (wanted.includes(got)) continue;
      throw protocolError(`Codex applied another ${what}: expected ${wanted[0]}, got ${JSON.stringify(got)}.`);
    }
  }

  /** A look from inside, before any turn: the sandbox starts, and what is closed is closed. */
  async #testSandbox(): Promise<void> {
    // The read-only profile: the writable one would leave empty mount points in the tree.
    const { path, text } = this.#home.canary;
    const argv = ["/bin/sh", "-c", LOOK, "sh", path];
    const { exitCode, stdout, stderr } = await this.execute({ argv, profile: READ_PROFILE, timeoutMs: 20_000 });
    if (exitCode !== 0) {
      const said = this.#request.log.text(stderr.trim() || stdout.trim(), 600);
      throw new ConfigurationError(
        "sandbox_unavailable",
        `Codex's sandbox cannot start: expected exit code 0 of a trial command, got ${exitCode}. ${said} ` +
          "On an Ubuntu 24.04 runner add a step with " +
          "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` before this action. " +
          "If `codex-path` is a script of your own, name Codex's binary instead.",
      );
    }
    const seen = stdout.includes(text) ? "files outside of the allow list" : sharesProcesses(stdout);
    if (seen === undefined) return;
    throw new ConfigurationError(
      "sandbox_unavailable",
      `Codex's sandbox is open: a trial command could read ${seen}. Nothing was run in it. ` +
        "Use the Codex version that the action pins, on a runner whose /proc is not masked.",
    );
  }
}

/** Undefined when a command has processes of its own and a /proc of its own, or none. */
function sharesProcesses(stdout: string): string | undefined {
  // A process has one number in each namespace from that of the mounted /proc down to its own.
  const isOuter = /^NSpid:\s+\d+[^\S\n]+\d/m.test(stdout);
  return isOuter || stdout.includes(ownNamespace()) ? "the runner's processes in /proc" : undefined;
}

/** A text that no answer has where there are no namespaces. */
function ownNamespace(): string {
  return existsSync(PROCESS_NAMESPACE) ? readlinkSync(PROCESS_NAMESPACE) : "no namespace";
}
