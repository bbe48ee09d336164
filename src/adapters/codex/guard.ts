import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf } from "../../governance/digest.ts";
import type { GuardAnswer, GuardedRequest } from "../../governance/guarded-request.ts";
import type { RequestedChange } from "../../governance/tree.ts";
import type { Answer } from "./app-server.ts";
import { protocolError } from "./failure.ts";
import { realDirectory } from "./private-home.ts";
import { type FileChangeItem, type FileUpdate, fileChangeRequestSchema, type RequestId } from "./protocol.ts";
import { mapChange, objectTo } from "./requested-change.ts";

/** A run that asks more often is not working; it is trying. */
const MAX_REQUESTS = 1_000;

/** What is kept of a declined command, in UTF-16 units; a report shows less. */
const MAX_DETAIL = 4_000;

export const FILE_CHANGE_REQUEST = "item/fileChange/requestApproval";

const DECLINE: Answer = { result: { decision: "decline" } };
const ACCEPT: Answer = { result: { decision: "accept" } };

/** How each request of the server is told no. What is not listed is answered with an error. */
const REFUSALS: Readonly<Record<string, unknown>> = {
  "item/commandExecution/requestApproval": { decision: "decline" },
  "item/permissions/requestApproval": { permissions: {}, scope: "turn" },
  "item/tool/requestUserInput": { answers: {} },
  "item/tool/call": { contentItems: [], success: false },
  "mcpServer/elicitation/request": { action: "decline", content: null, _meta: null },
};

interface Announced {
  /** Without the text of the patches, of which hundreds of megabytes may come. */
  changes: readonly FileUpdate[];
  fingerprint: Digest;
  /** Undefined until it was asked for. */
  granted: boolean | undefined;
  /** The granted paths, relative to the tree. */
  paths: readonly string[];
}

const fingerprint = (changes: readonly FileUpdate[]): Digest =>
  digestOf(
    JSON.stringify(
      changes
        .map(({ path, kind, diff }) => [path, kind.type, kind.type === "update" ? (kind.move_path ?? "") : "", diff])
        .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    ),
  );

/**
 * Answers what Codex asks during a run. A file change is granted once, for exactly the changes that were
 * announced before the request; a patch that is another one afterwards ends the run.
 */
export class ChangeGuard {
  readonly requests: GuardedRequest[] = [];
  /** Called at once when a granted change could not be written, while its cause may still be seen. */
  onFailedWrite: (() => void) | undefined;
  readonly #unwritten = new Set<string>();
  readonly #roots: readonly string[];
  readonly #decide: (changes: readonly RequestedChange[]) => GuardAnswer;
  readonly #announced = new Map<string, Announced>();
  readonly #answeredIds = new Set<RequestId>();
  /** Deepest first. */
  readonly #madeDirectories: string[] = [];
  #threadId: string | undefined;

  constructor(directory: string, decide: (changes: readonly RequestedChange[]) => GuardAnswer) {
    this.#roots = [...new Set([realDirectory(directory), directory])];
    this.#decide = decide;
  }

  /** Requests of other threads (sub-agents) are declined. */
  bindThread(threadId: string): void {
    this.#threadId = threadId;
  }

  /** `item/started` of a file change. */
  started(item: FileChangeItem): void {
    this.#announce(item.id, item.changes);
  }

  /** `item/fileChange/patchUpdated`: the patch of an item is another one now. */
  updated(itemId: string, changes: readonly FileUpdate[]): void {
    this.#announce(itemId, changes);
  }

  /** `item/completed` of a file change. Throws when what was applied is not what was granted. */
  completed(item: FileChangeItem): void {
    if (item.status === "declined") return;
    const announced = this.#announced.get(item.id);
    if (item.status === "failed") {
      this.#notWritten(announced?.paths ?? []);
      return;
    }
    if (announced?.granted !== true) throw protocolError(`Codex applied a patch (${item.id}) that was not granted.`);
    if (announced.fingerprint !== fingerprint(item.changes)) {
      throw protocolError(`Codex applied another patch (${item.id}) than the one that was granted.`);
    }
    for (const path of announced.paths) this.#unwritten.delete(path);
  }

  /** Granted files that were not written as they were to be: what is there now may be half of it. */
  get unwritten(): readonly string[] {
    return [...this.#unwritten];
  }

  #notWritten(paths: readonly string[]): void {
    if (paths.length === 0) return;
    for (const path of paths) this.#unwritten.add(path);
    this.onFailedWrite?.();
  }

  /** The answer to one request of the server. Throws when there are too many. */
  answer(id: RequestId, method: string, params: unknown): Answer {
    if (this.requests.length >= MAX_REQUESTS) throw protocolError(`Codex asked more than ${MAX_REQUESTS} times.`);
    if (this.#answeredIds.has(id)) return this.#refuse(method, `request id ${id} was used before`, DECLINE);
    this.#answeredIds.add(id);
    if (method === FILE_CHANGE_REQUEST) return this.#answerFileChange(method, params);
    const refusal = REFUSALS[method];
    const error = { code: -32601, message: "declined: this client grants file changes only" };
    return this.#refuse(method, describe(params), refusal === undefined ? { error } : { result: refusal });
  }

  #announce(itemId: string, changes: readonly FileUpdate[]): void {
    const known = this.#announced.get(itemId);
    const announced = {
      changes: changes.map((change) => ({ ...change, diff: "" })),
      fingerprint: fingerprint(changes),
      granted: known?.granted,
      paths: known?.paths ?? [],
    };
    if (known?.granted !== undefined && known.fingerprint !== announced.fingerprint) {
      throw protocolError(`Codex changed a patch (${itemId}) after it was answered.`);
    }
    if (known === undefined && this.#announced.size >= MAX_REQUESTS) {
      throw protocolError(`Codex announced more than ${MAX_REQUESTS} patches.`);
    }
    this.#announced.set(itemId, announced);
  }

  #answerFileChange(method: string, params: unknown): Answer {
    const parsed = fileChangeRequestSchema.safeParse(params);
    if (!parsed.success) return this.#refuse(method, describe(params), DECLINE);
    const { itemId, threadId, grantRoot } = parsed.data;
    if (threadId !== this.#threadId) return this.#refuse(method, "a request of another thread", DECLINE);
    const announced = this.#announced.get(itemId);
    if (!announced) return this.#decline([], `The request is for a change (${itemId}) that was never announced`);
    const mapped = announced.changes.map((update) => mapChange(this.#roots, update));
    const changes = mapped.map(({ change }) => change);
    if (announced.granted !== undefined) return this.#decline(changes, "The same change was asked for twice");
    announced.granted = false;
    if (typeof grantRoot === "string") return this.#decline(changes, `The request wants all of ${grantRoot}`);
    const objection = objectTo(mapped);
    if (objection !== undefined) return this.#decline(changes, objection);
    const decision = this.#decide(changes);
    if (!decision.grant) return this.#decline(changes, decision.finding);
    announced.granted = true;
    announced.paths = changes.map(({ path }) => path);
    this.#makeParents(changes);
    this.requests.push({ kind: "file_change", changes, granted: true, finding: undefined });
    return ACCEPT;
  }

  // Codex makes only the parent of a granted file writable, and cannot create it: a new directory must be there.
  #makeParents(changes: readonly RequestedChange[]): void {
    for (const { path, operation } of changes) {
      if (operation !== "create" && operation !== "rename") continue;
      const parents = path.split("/").slice(0, -1);
      for (let depth = 1; depth <= parents.length; depth += 1) {
        const parent = join(this.#roots[0] as string, ...parents.slice(0, depth));
        if (existsSync(parent)) continue;
        mkdirSync(parent);
        this.#madeDirectories.unshift(parent);
      }
    }
  }

  /** Removes directories that were made for a granted file which was then not written. */
  removeUnusedDirectories(): void {
    for (const directory of this.#madeDirectories) {
      try {
        rmdirSync(directory);
      } catch {
        // In use, or gone already.
      }
    }
  }

  #decline(changes: readonly RequestedChange[], finding: string): Answer {
    this.requests.push({ kind: "file_change", changes, granted: false, finding });
    return DECLINE;
  }

  #refuse(method: string, detail: string, answer: Answer): Answer {
    this.requests.push({ kind: "escalation", method, detail, granted: false });
    return answer;
  }
}

/** The command where there is one, else the whole of what was asked. */
function describe(params: unknown): string {
  const command = typeof params === "object" && params !== null && "command" in params ? params.command : undefined;
  const text = typeof command === "string" ? command : (JSON.stringify(params) ?? "");
  // By way of its bytes: a slice of a string keeps all of that string in memory.
  return text.length > MAX_DETAIL ? `${Buffer.from(text.slice(0, MAX_DETAIL)).toString()}…` : text;
}
