import { type ExternalCode, ExternalError } from "../../governance/errors.ts";
import type { TurnError } from "./protocol.ts";

const REMEDIES: Partial<Record<ExternalCode, string>> = {
  codex_auth_failed: "Check the API key.",
  codex_rate_limited: "Re-run the job later.",
  codex_service_failed: "Re-run the job; check the model's name and the service's status.",
  codex_stream_cut: "Re-run the job.",
};

/** Codex's names of errors that carry no HTTP status. Everything else by name is the service's failure. */
const NAMED: Readonly<Record<string, ExternalCode>> = {
  unauthorized: "codex_auth_failed",
  usageLimitExceeded: "codex_rate_limited",
  rateLimitExceeded: "codex_rate_limited",
  responseStreamDisconnected: "codex_stream_cut",
};

function nameOf(info: unknown): string {
  if (typeof info === "string") return info;
  return typeof info === "object" && info !== null ? (Object.keys(info)[0] ?? "") : "";
}

function statusOf(info: unknown): number | undefined {
  if (typeof info !== "object" || info === null) return undefined;
  const detail: unknown = Object.values(info)[0];
  if (typeof detail !== "object" || detail === null || !("httpStatusCode" in detail)) return undefined;
  return typeof detail.httpStatusCode === "number" ? detail.httpStatusCode : undefined;
}

/** Which code a failed turn has, from Codex's `codexErrorInfo` and, for a cut stream, from its text. */
export function failureCode(error: TurnError): ExternalCode {
  // Older versions put the status into the text only.
  const status = statusOf(error.codexErrorInfo) ?? Number(/unexpected status (\d{3})\b/.exec(error.message)?.[1] ?? 0);
  if (status === 401 || status === 403) return "codex_auth_failed";
  if (status === 429) return "codex_rate_limited";
  if (status >= 400) return "codex_service_failed";
  if (/error sending request|connection refused/i.test(error.message)) return "codex_service_failed";
  const named = NAMED[nameOf(error.codexErrorInfo)];
  if (named !== undefined) return named;
  // Codex calls a stream that ends too early `other`; only its text says what it was.
  return /stream (?:disconnected|closed|ended|error)|before completion|idle timeout/i.test(error.message)
    ? "codex_stream_cut"
    : "codex_service_failed";
}

/** The failure of a turn as an ExternalError; `clean` removes secrets from Codex's text. */
export function turnFailure(error: TurnError | null | undefined, clean: (text: string) => string): ExternalError {
  if (!error) return new ExternalError("codex_protocol", "Codex's turn failed without an error. Re-run the job.");
  const code = failureCode(error);
  const details = error.additionalDetails ? ` (${error.additionalDetails})` : "";
  const text = clean(`${error.message}${details}`);
  return new ExternalError(code, `Codex's turn failed: ${text} ${REMEDIES[code] ?? "Re-run the job."}`);
}

/** What Codex said is not what the protocol allows. */
export function protocolError(what: string, cause?: unknown): ExternalError {
  return new ExternalError(
    "codex_protocol",
    `${what} Check that the pinned Codex version is installed, then re-run the job.`,
    cause === undefined ? undefined : { cause },
  );
}
