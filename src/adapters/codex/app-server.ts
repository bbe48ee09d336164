import { ExternalError, GovernanceError } from "../../governance/errors.ts";
import { type FamilyEnd, ProcessFamily } from "../process/process-family.ts";
import { protocolError } from "./failure.ts";
import { envelopeSchema, type RequestId } from "./protocol.ts";

const MAX_LINE_BYTES = 32 * 1024 * 1024;
const STDERR_TAIL = 4_000;
const GRACE_MS = 2_000;
/** After the exit, how long the last lines may still come through the pipe. */
const DRAIN_MS = 500;

export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } };

export interface AppServerOptions {
  readonly binary: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory of the process; Codex counts it as a workspace, so it must be a private one. */
  readonly directory: string;
  readonly onNotification: (method: string, params: unknown) => void;
  /** Removes secrets from what Codex printed, before it becomes part of a message. */
  readonly clean: (text: string) => string;
  /** Every request is answered with what this returns. */
  readonly onRequest: (id: RequestId, method: string, params: unknown) => Answer;
}

interface Waiting {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Beside what is no JSON there is what is too deep for a stack. */
function unusable(error: unknown): string {
  return error instanceof SyntaxError
    ? "Codex sent a line that is not JSON."
    : `Codex sent what is unusable: ${error}.`;
}

function describeEnd({ code, signal, error }: FamilyEnd): string {
  if (error !== undefined) return `it could not be started, ${error.message}`;
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/**
 * `codex app-server` as a process family of its own, spoken to in JSON lines. The first thing that goes wrong
 * (garbage, an answer nobody waits for, an exit, an exception of a handler) fails every call from then on.
 */
export class AppServer {
  /** Rejects as soon as the server is unusable; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: AppServerOptions;
  readonly #family: ProcessFamily;
  readonly #waiting = new Map<number, Waiting>();
  #rejectFailed: (error: unknown) => void = () => {};
  #failure: { readonly error: unknown } | undefined;
  #nextId = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #stderr = "";
  #closing = false;

  constructor(options: AppServerOptions) {
    this.#options = options;
    this.failed = new Promise((_resolve, reject) => {
      this.#rejectFailed = reject;
    });
    // Whoever waits races against `failed`; with nobody waiting the failure is kept for the next call.
    this.failed.catch(() => {});
    const { binary, environment, directory } = options;
    this.#family = new ProcessFamily([binary, ...options.arguments], { environment, directory });
    this.#listen();
  }

  /** Sends a request and waits for its answer, at most `timeoutMs`. Throws ExternalError. */
  async call(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#failure) throw this.#failure.error;
    this.#nextId += 1;
    const id = this.#nextId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
    });
    this.#send({ id, method, params });
    return this.within(answer, timeoutMs, `Codex did not answer ${method}`);
  }

  notify(method: string): void {
    this.#send({ method });
  }

  /** Waits for a promise, but no longer than `timeoutMs` and not when the server fails. */
  async within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const error = new ExternalError(
          "codex_timeout",
          `${what} within ${Math.ceil(timeoutMs / 1000)} s. Re-run the job, or raise the timeout.`,
        );
        this.fail(error);
        reject(error);
      }, timeoutMs);
    });
    try {
      return await Promise.race([promise, this.failed, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Makes the server unusable; the first reason counts. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#rejectFailed(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  /** Ends Codex with everything that it ever started. False when a process of it could not be ended. */
  async close(): Promise<boolean> {
    this.#closing = true;
    this.fail(new ExternalError("codex_exited", "Codex was ended."));
    const gone = await this.#family.end(GRACE_MS);
    this.#family.child.stdout.destroy();
    this.#family.child.stderr.destroy();
    return gone;
  }

  #listen(): void {
    const { child, exited } = this.#family;
    child.stdin.on("error", () => {
      // The exit that caused it says more.
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    exited.then((end) => {
      const tell = (): void => this.#exited(end);
      child.once("close", tell);
      setTimeout(tell, DRAIN_MS).unref();
    });
  }

  #exited(end: FamilyEnd): void {
    if (this.#closing) return;
    const tail = this.#options.clean(this.#stderr.trim()).slice(-600);
    const how = describeEnd(end);
    this.fail(
      new ExternalError(
        // The kernel's answer to a file that grows beyond the limit on its size.
        end.signal === "SIGXFSZ" ? "runner_disk_full" : "codex_exited",
        `Codex ended before its work was done: ${how}.${tail && ` It said: ${tail}`} Re-run the job.`,
      ),
    );
  }

  #receive(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0 && !this.#failure; end = chunk.indexOf(10, start)) {
      this.#pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(this.#pending).toString("utf8");
      this.#pending = [];
      this.#pendingBytes = 0;
      start = end + 1;
      this.#receiveLine(line);
    }
    if (this.#failure) return;
    this.#pending.push(chunk.subarray(start));
    this.#pendingBytes += chunk.length - start;
    if (this.#pendingBytes > MAX_LINE_BYTES) {
      this.fail(protocolError(`Codex sent a line of more than ${MAX_LINE_BYTES} bytes.`));
    }
  }

  #receiveLine(line: string): void {
    if (line.trim() === "") return;
    try {
      this.#dispatch(JSON.parse(line));
    } catch (error) {
      this.fail(error instanceof GovernanceError ? error : protocolError(unusable(error), error));
    }
  }

  #dispatch(json: unknown): void {
    const parsed = envelopeSchema.safeParse(json);
    if (!parsed.success) throw protocolError("Codex sent a line that is not a JSON-RPC message.", parsed.error);
    const { id, method, params } = parsed.data;
    if (method !== undefined && id !== undefined) {
      this.#send({ id, ...this.#options.onRequest(id, method, params) });
    } else if (method !== undefined) {
      this.#options.onNotification(method, params);
    } else {
      this.#settle(parsed.data);
    }
  }

  #settle(answer: { id?: RequestId | undefined; result?: unknown; error?: { message: string } | undefined }): void {
    const waiting = typeof answer.id === "number" ? this.#waiting.get(answer.id) : undefined;
    if (!waiting) throw protocolError(`Codex answered a request (${String(answer.id)}) that is not waiting.`);
    this.#waiting.delete(answer.id as number);
    if (answer.error)
      waiting.reject(protocolError(`Codex refused ${waiting.method}: ${this.#options.clean(answer.error.message)}.`));
    else if (answer.result === undefined) throw protocolError(`Codex answered ${waiting.method} with nothing.`);
    else waiting.resolve(answer.result);
  }

  #send(message: object): void {
    if (this.#family.child.stdin.writable) this.#family.child.stdin.write(`${JSON.stringify(message)}\n`);
  }
}
