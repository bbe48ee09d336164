import { setTimeout as sleep } from "node:timers/promises";
import { defaults } from "@actions/github/lib/utils";
import type { Notice, Notifier } from "../../ports.ts";
import { renderMessage } from "./message.ts";

export interface SlackOptions {
  /** The incoming webhook. Whoever knows the address can post: it must appear nowhere. Undefined: nobody is told. */
  readonly webhookUrl: string | undefined;
  /** One line of progress for the run's log. */
  readonly log: (line: string) => void;
  /** Bound on one request in milliseconds. */
  readonly timeoutMs?: number;
  /** Wait before the second try in milliseconds, when Slack names none. */
  readonly retryMs?: number;
}

/** Longest wait that Slack may ask for, in milliseconds. */
const MAX_WAIT = 30_000;

interface Refusal {
  readonly why: string;
  /** Milliseconds to wait before trying again; undefined when that would not help. */
  readonly waitMs: number | undefined;
}

/** Tells a channel of Slack, or of a service that takes the same messages. */
export function createSlack(options: SlackOptions): Notifier {
  const { webhookUrl, log } = options;
  return {
    notify: async (notice) => {
      if (webhookUrl === undefined) return;
      const why = await deliver(webhookUrl, notice, options);
      if (why === undefined) return;
      log(`Slack was not told: ${why}. The run goes on; check the webhook of the input \`slack-webhook-url\`.`);
    },
  };
}

/** Why a notice did not arrive; undefined when it did. */
async function deliver(url: string, notice: Notice, options: SlackOptions): Promise<string | undefined> {
  try {
    const body = JSON.stringify(renderMessage(notice));
    const first = await post(url, body, options);
    if (first?.waitMs === undefined || first.waitMs > MAX_WAIT) return first?.why;
    await sleep(first.waitMs);
    return (await post(url, body, options))?.why;
  } catch (error) {
    return reasonOf(error);
  }
}

async function post(url: string, body: string, options: SlackOptions): Promise<Refusal | undefined> {
  // Octokit's fetch with the runner's proxy settings.
  const send: typeof fetch = defaults.request?.fetch ?? fetch;
  const response = await send(url, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8" },
    body,
    signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    // A redirect would carry the notice to somebody else.
    redirect: "manual",
  });
  if (response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const { status, headers } = response;
  const code = await errorCodeOf(response, url);
  const why = `it answered ${status}${code === undefined ? "" : ` (${code})`}`;
  const isPassing = status === 429 || status >= 500;
  return { why, waitMs: isPassing ? requestedWait(headers.get("retry-after"), options.retryMs ?? 1000) : undefined };
}

/** Slack's own codes, such as `invalid_payload`. Anything else that a server says may repeat the address. */
async function errorCodeOf(response: Response, url: string): Promise<string | undefined> {
  for await (const chunk of response.body ?? []) {
    const start = new TextDecoder().decode((chunk as Uint8Array).subarray(0, 100)).trim();
    return /^[a-z]+(?:_[a-z]+)*$/.test(start) && !url.includes(start) ? start : undefined;
  }
  return undefined;
}

/** Reads `retry-after`: seconds, or a date. */
function requestedWait(header: string | null, fallbackMs: number): number {
  if (header === null) return fallbackMs;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(waitMs) ? fallbackMs : Math.max(0, waitMs);
}

/** Never the error's own message, which may name the address: a code of the network, or nothing but its kind. */
function reasonOf(thrown: unknown): string {
  let error = thrown as { name?: unknown; code?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; depth < 5 && error !== undefined && error !== null; depth++) {
    if (error.name === "TimeoutError") return "it gave no answer in time";
    if (typeof error.code === "string" && /^[A-Z_]+$/.test(error.code)) return `the connection failed (${error.code})`;
    error = error.cause as typeof error;
  }
  return "the connection failed";
}
