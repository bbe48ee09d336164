import { ConfigurationError, ExternalError, type GovernanceError } from "../../governance/errors.ts";
import { failureKind } from "./failure-kinds.ts";
import type { TurnError } from "./protocol.ts";

function nameOf(info: unknown): string {
  if (typeof info === "string") return info;
  return typeof info === "object" && info !== null ? (Object.keys(info)[0] ?? "") : "";
}

function statusOf({ codexErrorInfo: info, message }: TurnError): number | undefined {
  const detail: unknown = typeof info === "object" && info !== null ? Object.values(info)[0] : undefined;
  if (typeof detail === "object" && detail !== null && "httpStatusCode" in detail) {
    if (typeof detail.httpStatusCode === "number") return detail.httpStatusCode;
  }
  // Older versions put the status into the text only.
  const told = /unexpected status (\d{3})\b/.exec(message)?.[1];
  return told === undefined ? undefined : Number(told);
}

/** The failure of a turn as an error with a code; `clean` removes secrets from Codex's text. */
export function turnFailure(error: TurnError | null | undefined, clean: (text: string) => string): GovernanceError {
  if (!error) return new ExternalError("codex_protocol", "Codex's turn failed without an error. Re-run the job.");
  const details = error.additionalDetails ? ` (${error.additionalDetails})` : "";
  const said = `${error.message}${details}`;
  const { code, remedy } = failureKind(nameOf(error.codexErrorInfo), statusOf(error), said);
  const message = `Codex's turn failed: ${clean(said)} ${remedy}`;
  return code === "sandbox_unavailable" ? new ConfigurationError(code, message) : new ExternalError(code, message);
}

/** What Codex said is not what the protocol allows. */
export function protocolError(what: string, cause?: unknown): ExternalError {
  return new ExternalError(
    "codex_protocol",
    `${what} Check that the pinned Codex version is installed, then re-run the job.`,
    cause === undefined ? undefined : { cause },
  );
}
