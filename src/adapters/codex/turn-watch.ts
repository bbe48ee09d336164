import type { z } from "zod";
import type { Usage } from "../../ports.ts";
import { protocolError, turnFailure } from "./failure.ts";
import type { ChangeGuard } from "./guard.ts";
import {
  agentMessageSchema,
  commandOutputSchema,
  fileChangeItemSchema,
  itemEventSchema,
  patchUpdatedSchema,
  turnCompletedSchema,
  turnStartedSchema,
  usageSchema,
} from "./protocol.ts";
import type { RunLog } from "./run-log.ts";

type Completed = z.infer<typeof turnCompletedSchema>["turn"];

function read<S extends z.ZodType>(schema: S, method: string, params: unknown): z.infer<S> {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw protocolError(`Codex's notification ${method} is malformed.`, parsed.error);
  return parsed.data;
}

/** Follows the notifications of a thread: messages, usage, ends of turns; hands file changes to the guard. */
export class TurnWatch {
  usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, totalTokens: 0 };
  onOutput: ((processId: string, bytes: Buffer) => void) | undefined;
  readonly #guard: ChangeGuard;
  readonly #log: RunLog;
  readonly #messages = new Map<string, string>();
  readonly #completed = new Map<string, Completed>();
  #threadId: string | undefined;
  #turnId: string | undefined;
  #wake: ((turn: Completed) => void) | undefined;

  constructor(guard: ChangeGuard, log: RunLog) {
    this.#guard = guard;
    this.#log = log;
  }

  bindThread(threadId: string): void {
    this.#threadId = threadId;
  }

  /** The final message of the turn that `turn/start` answered with. Throws ExternalError when it failed. */
  async end(startAnswer: unknown): Promise<string> {
    const turnId = read(turnStartedSchema, "turn/start", startAnswer).turn.id;
    const turn =
      this.#completed.get(turnId) ??
      (await new Promise<Completed>((resolve) => {
        this.#turnId = turnId;
        this.#wake = resolve;
      }));
    if (turn.status === "failed" || turn.error) throw turnFailure(turn.error, (text) => this.#log.text(text, 600));
    if (turn.status !== "completed") throw protocolError(`Codex's turn ended as ${JSON.stringify(turn.status)}.`);
    return this.#messages.get(turnId) ?? "";
  }

  /** Takes one notification. Throws when it breaks a rule; what is unknown is passed over. */
  notice(method: string, params: unknown): void {
    if (method === "item/started" || method === "item/completed") this.#item(method, params);
    else if (method === "item/fileChange/patchUpdated") {
      const { itemId, changes } = read(patchUpdatedSchema, method, params);
      this.#guard.updated(itemId, changes);
    } else if (method === "turn/completed") this.#turnCompleted(params);
    else if (method === "thread/tokenUsage/updated") this.#tokens(params);
    else if (method === "command/exec/outputDelta") {
      const { processId, deltaBase64 } = read(commandOutputSchema, method, params);
      this.onOutput?.(processId, Buffer.from(deltaBase64, "base64"));
    } else if (method === "error" || method === "warning" || method === "model/rerouted") {
      this.#log.record(method, { params });
    }
  }

  #item(method: string, params: unknown): void {
    const { item, threadId, turnId } = read(itemEventSchema, method, params);
    const isStart = method === "item/started";
    this.#log.record(isStart ? "item_started" : "item_completed", { item });
    if (item.type === "fileChange") {
      const change = read(fileChangeItemSchema, method, item);
      if (isStart) this.#guard.started(change);
      else this.#guard.completed(change);
    } else if (item.type === "agentMessage" && !isStart && threadId === this.#threadId) {
      this.#messages.set(turnId, read(agentMessageSchema, method, item).text);
    }
  }

  #turnCompleted(params: unknown): void {
    const { threadId, turn } = read(turnCompletedSchema, "turn/completed", params);
    if (threadId !== this.#threadId) return;
    if (this.#completed.has(turn.id)) throw protocolError(`Codex ended a turn (${turn.id}) twice.`);
    this.#completed.set(turn.id, turn);
    this.#log.record("turn_completed", { status: turn.status, error: turn.error, usage: this.usage });
    if (turn.id === this.#turnId) this.#wake?.(turn);
  }

  #tokens(params: unknown): void {
    const { threadId, tokenUsage } = read(usageSchema, "thread/tokenUsage/updated", params);
    if (threadId !== this.#threadId) return;
    const { inputTokens, cachedInputTokens, outputTokens, totalTokens } = tokenUsage.total;
    this.usage = { inputTokens, cachedInputTokens, outputTokens, totalTokens };
  }
}
