import { type ExternalCode, ExternalError } from "../../governance/errors.ts";

/**
 * What is known of a failed request. `unsent`: it surely was not processed (no connection, or turned away by a
 * rate limit). `ambiguous`: it may have been processed. `final`: answered, and asking again would not help. `refused`:
 * the same, of a write that GitHub took up and turned down.
 */
export type FailureKind = "unsent" | "ambiguous" | "final" | "refused";

/** A failed request to GitHub. Carries neither the request nor its headers: the token must not travel along. */
export class RequestFailure extends ExternalError {
  readonly kind: FailureKind;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** What GitHub said, or what the network said. */
  readonly detail: string;
  /** Milliseconds that GitHub asks us to wait; undefined when it named none. */
  readonly waitMs: number | undefined;
  /** An earlier try of the same request may have been processed, so this answer does not tell that nothing was done. */
  isAfterUncertain = false;

  constructor(
    code: ExternalCode,
    message: string,
    facts: { kind: FailureKind; status?: number | undefined; detail: string; waitMs?: number | undefined },
  ) {
    super(code, message, { cause: new Error(facts.detail) });
    this.kind = facts.kind;
    this.status = facts.status;
    this.detail = facts.detail;
    this.waitMs = facts.waitMs;
  }
}

/** Errors of the network that prove that no byte of the request reached a server. */
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

type Headers = Readonly<Record<string, unknown>>;

/** Turns what Octokit threw into a RequestFailure. `what` names the request for people, for example its route. */
export function failureOf(thrown: unknown, what: string): RequestFailure {
  const error = thrown as { status?: unknown; message?: unknown; response?: { headers?: Headers } };
  const detail = oneLine(typeof error?.message === "string" ? error.message : "unknown error");
  const headers = error?.response?.headers;
  if (headers === undefined) return networkFailure(thrown, what, detail);
  const isWrite = !what.startsWith("GET ");
  const byRules = isWrite && REFUSING.has(Number(error.status)) && !isRateLimit(detail, headers);
  const refusal = byRules ? ruleRefusal(String(error.message), Number(error.status)) : undefined;
  if (refusal) return refusal;
  return answerFailure(what, { status: Number(error.status), detail, headers });
}

/** Text of another party for a message: one line, so that no part of it can become a command of the runner. */
export function oneLine(text: string, most = 500): string {
  return text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").slice(0, most);
}

/**
 * How GitHub says that rules refuse a write: rulesets ("Repository rule violations found", with what each rule wants),
 * branch protection, push rules, push protection of secrets, hooks of an Enterprise server.
 */
const BY_RULES = new RegExp(
  [
    "repository rule violation|GH006|GH013|push protection|secret detected|cannot contain secrets",
    "protected (?:branch|ref)|branch is (?:protected|locked)|locked branch|hook declined|push declined",
    "through a pull request|required status check|verified signature|reference update failed",
    "file (?:path|extension|size) is restricted|restricted file|larger than the maximum|exceeds the maximum file",
  ].join("|"),
  "i",
);

/** Characters of a rule's text that are told; several rules may have something to say. */
const RULE_TEXT_MOST = 2000;

/** The failure of a write that rules refuse; undefined when the text speaks of none. `status` is the answer's. */
export function ruleRefusal(text: string, status: number): RequestFailure | undefined {
  return BY_RULES.test(text) ? refusalByRules(text, status) : undefined;
}

export function refusalByRules(text: string, status: number): RequestFailure {
  const detail = oneLine(text, RULE_TEXT_MOST).trim();
  const message = `A rule of the repository refused the commit: ${detail}`;
  return new RequestFailure("commit_refused_by_rules", message, { kind: "refused", status, detail });
}

/** Statuses by which GitHub refuses a write for a rule. */
const REFUSING = new Set([403, 409, 422]);

function networkFailure(thrown: unknown, what: string, detail: string): RequestFailure {
  const kind = errorCodes(thrown).some((code) => NOT_CONNECTED.has(code)) ? "unsent" : "ambiguous";
  return new RequestFailure(
    "github_unavailable",
    `GitHub gave no answer to ${what}: ${detail}. Check the network and re-run the job.`,
    { kind, detail },
  );
}

function answerFailure(what: string, answer: { status: number; detail: string; headers: Headers }): RequestFailure {
  const { status, detail, headers } = answer;
  const said = `GitHub answered ${status} to ${what}: ${detail}.`;
  if (status === 429 || (status === 403 && isRateLimit(detail, headers))) {
    const facts = { kind: "unsent", status, detail, waitMs: requestedWait(headers) } as const;
    return new RequestFailure("github_rate_limited", `${said} Re-run the job when the limit is reset.`, facts);
  }
  if (status === 401 || status === 403) {
    // 401 is about the token itself, whatever it may do.
    const remedy =
      status === 401
        ? "Check that the token is whole and has not expired or been revoked."
        : "Give the token the permissions that the documentation lists.";
    return new RequestFailure("github_forbidden", `${said} ${remedy}`, { kind: "final", status, detail });
  }
  if (status === 404 || status === 410) {
    const remedy = "Check that it still exists and that the token may see it.";
    return new RequestFailure("github_not_found", `${said} ${remedy}`, { kind: "final", status, detail });
  }
  if (status >= 500 || status === 408) {
    const remedy = "Re-run the job later.";
    return new RequestFailure("github_unavailable", `${said} ${remedy}`, { kind: "ambiguous", status, detail });
  }
  const remedy = "This answer was not expected; look at the run log.";
  return new RequestFailure("github_malformed", `${said} ${remedy}`, { kind: "final", status, detail });
}

function isRateLimit(detail: string, headers: Headers): boolean {
  return headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined || /rate limit/i.test(detail);
}

/** Reads `retry-after` (seconds), else `x-ratelimit-reset` (epoch seconds) against the answer's own date. */
function requestedWait(headers: Headers): number | undefined {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  if (headers["x-ratelimit-remaining"] !== "0" || !Number.isFinite(reset)) return undefined;
  const answered = Date.parse(String(headers.date));
  return Math.max(0, reset * 1000 - (Number.isNaN(answered) ? Date.now() : answered));
}

/** The `code`s along the chain of causes; Octokit and fetch each wrap the socket's error once. */
function errorCodes(thrown: unknown): string[] {
  const codes: string[] = [];
  let error = thrown as { code?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; depth < 5 && error !== undefined && error !== null; depth++) {
    if (typeof error.code === "string") codes.push(error.code);
    error = error.cause as typeof error;
  }
  return codes;
}
