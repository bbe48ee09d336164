import type { ConfigurationCode, ExternalCode } from "../../governance/errors.ts";

/** What a kind of failure means for the run, and what helps. */
export interface FailureKind {
  readonly code: ExternalCode | Extract<ConfigurationCode, "sandbox_unavailable">;
  readonly remedy: string;
}

const AUTH = (remedy: string): FailureKind => ({ code: "codex_auth_failed", remedy });
const QUOTA: FailureKind = {
  code: "codex_quota_exceeded",
  remedy: "Add credit or raise the limit of the key's project, then re-run the job.",
};
const LIMITED: FailureKind = { code: "codex_rate_limited", remedy: "Re-run the job later." };
const BUSY: FailureKind = {
  code: "codex_service_failed",
  remedy: "The service has no capacity: re-run the job later.",
};
const MODEL: FailureKind = {
  code: "codex_model_unavailable",
  remedy:
    "Check the name at `codex.model` in the policy, and that the project of the key may use this model. " +
    "A plain re-run ends the same.",
};
const REFUSED: FailureKind = {
  code: "codex_request_refused",
  remedy: "Check that the model knows the effort at `codex.effort` in the policy. A plain re-run ends the same.",
};
const POLICY: FailureKind = {
  code: "codex_policy_refused",
  remedy: "Word the prompt differently and comment the command again. A plain re-run ends the same.",
};
const TOO_LARGE: FailureKind = {
  code: "codex_work_too_large",
  remedy: "Split the work into smaller prompts. A plain re-run ends the same.",
};
const CUT: FailureKind = { code: "codex_stream_cut", remedy: "Re-run the job." };
const UNREACHED: FailureKind = {
  code: "codex_service_failed",
  remedy:
    "Check the input `openai-base-url`, and on a runner behind a proxy `HTTPS_PROXY` and `NO_PROXY`; then re-run the job.",
};
const UNASKED: FailureKind = {
  code: "codex_protocol",
  remedy: "The action does not ask for this. Check that the pinned Codex version is installed, then re-run the job.",
};
const SERVICE: FailureKind = {
  code: "codex_service_failed",
  remedy: "Look at the service's status, then re-run the job.",
};

/** Every `codexErrorInfo` of Codex 0.139.0, 0.169.0 and 0.171.0. A test compares this with the types that they print. */
export const KINDS: Readonly<Record<string, FailureKind>> = {
  unauthorized: AUTH("Check the key in the input `openai-api-key`, then re-run the job."),
  usageLimitExceeded: QUOTA,
  rateLimitExceeded: LIMITED,
  serverOverloaded: BUSY,
  flexUnavailable: BUSY,
  policyCapacityUnavailable: BUSY,
  internalServerError: SERVICE,
  modelNotFound: MODEL,
  badRequest: REFUSED,
  cyberPolicy: POLICY,
  bioPolicy: POLICY,
  misalignmentPolicyViolation: POLICY,
  inferenceHookDenied: POLICY,
  contextWindowExceeded: TOO_LARGE,
  sessionBudgetExceeded: TOO_LARGE,
  tooManyDenials: {
    code: "codex_gave_up",
    remedy:
      "Read what was declined in the report. Word the prompt so that the work needs none of it, and comment again.",
  },
  sandboxError: {
    code: "sandbox_unavailable",
    remedy: "Allow unprivileged user namespaces on the runner, then re-run the job.",
  },
  httpConnectionFailed: UNREACHED,
  responseStreamConnectionFailed: UNREACHED,
  responseStreamDisconnected: CUT,
  responseTooManyFailedAttempts: SERVICE,
  threadRollbackFailed: UNASKED,
  activeTurnNotSteerable: UNASKED,
  other: SERVICE,
};

/** A kind that this version of the action does not know: a failure like any other, never a success. */
const UNKNOWN: FailureKind = {
  code: "codex_service_failed",
  remedy: "This version of the action does not know that kind of failure. Look at the run log, then re-run the job.",
};

/** What an HTTP status of the service means. Codex tells it with some kinds, older versions in their text. */
function kindOfStatus(status: number): FailureKind | undefined {
  if (status === 401)
    return AUTH("The key is wrong, revoked or empty: check the input `openai-api-key`, then re-run the job.");
  if (status === 403) {
    return AUTH(
      "The key is known but may not do this: check its permissions, its project and the region, then re-run the job.",
    );
  }
  if (status === 402) return QUOTA;
  if (status === 404) return { ...SERVICE, remedy: "Nothing is at that address: check the input `openai-base-url`." };
  if (status === 407) {
    return {
      ...SERVICE,
      remedy: "The proxy wants a login: put it into the URL in `HTTPS_PROXY`, then re-run the job.",
    };
  }
  if (status === 429) return LIMITED;
  if (status === 400 || status === 422) return REFUSED;
  return status >= 400 ? SERVICE : undefined;
}

type Pattern = readonly [text: RegExp, kind: FailureKind];

/** What the service calls the failure, in the text that Codex passes on where it has no kind for it. */
const CAUSES: readonly Pattern[] = [
  [/\bmodel_not_found\b|\bmodel [`'"][^`'"]+[`'"] does not exist|does not have access to model/i, MODEL],
  [/\b(?:cyber_policy|bio_policy|content_policy_violation|invalid_prompt)\b|invalid prompt:|usage policy/i, POLICY],
  [/\bcontext_length_exceeded\b|context window/i, TOO_LARGE],
  [/\binsufficient_quota\b|quota exceeded/i, QUOTA],
];

/** What happened to the connection, where nothing says more. */
const CONNECTIONS: readonly Pattern[] = [
  [/error sending request|connection refused/i, UNREACHED],
  // Codex calls a stream that ends too early `other`.
  [/stream (?:disconnected|closed|ended|error)|before completion|idle timeout/i, CUT],
  [/"type":\s*"invalid_request_error"/, REFUSED],
];

const firstOf = (patterns: readonly Pattern[], text: string): FailureKind | undefined =>
  patterns.find(([pattern]) => pattern.test(text))?.[1];

/** Kinds that say how it failed, not why: a status or the text may say more. */
const VAGUE: ReadonlySet<string> = new Set([
  ...["other", "badRequest", "httpConnectionFailed", "responseStreamConnectionFailed"],
  ...["responseStreamDisconnected", "responseTooManyFailedAttempts"],
]);

/**
 * The kind of a failed turn: Codex's own word where that is a cause, else what the service's text or status says.
 * Anything unknown is a failure as well.
 */
export function failureKind(name: string, status: number | undefined, text: string): FailureKind {
  const named = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (named !== undefined && !VAGUE.has(name)) return named;
  return (
    firstOf(CAUSES, text) ??
    (status === undefined ? undefined : kindOfStatus(status)) ??
    firstOf(CONNECTIONS, text) ??
    named ??
    UNKNOWN
  );
}
