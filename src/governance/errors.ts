/** What the author of a workflow or of the policy file can fix. */
export type ConfigurationCode =
  | "configuration_invalid"
  | "policy_invalid"
  | "codex_missing"
  | "codex_version_mismatch"
  | "sandbox_unavailable";

/** Evidence that is missing, broken or not what was recorded. */
export type IntegrityCode =
  | "artifact_missing"
  | "artifact_expired"
  | "artifact_foreign"
  | "artifact_tampered"
  | "export_conflict"
  | "evidence_of_pull_request"
  | "evidence_invalid";

/** A part outside of us that failed: GitHub, git transport, the runner's disk, Codex, its model service, its analytics. */
export type ExternalCode =
  | "github_unavailable"
  | "github_not_found"
  | "github_forbidden"
  | "github_rate_limited"
  | "github_malformed"
  | "github_time_unknown"
  | "commit_refused_by_rules"
  | "comments_flooded"
  | "git_failed"
  | "runner_disk_full"
  | "runner_disk_failed"
  | "artifact_store_failed"
  | "export_failed"
  | "attestation_failed"
  | "codex_auth_failed"
  | "codex_rate_limited"
  | "codex_service_failed"
  | "codex_quota_exceeded"
  | "codex_model_unavailable"
  | "codex_request_refused"
  | "codex_policy_refused"
  | "codex_work_too_large"
  | "codex_gave_up"
  | "codex_stream_cut"
  | "codex_timeout"
  | "codex_protocol"
  | "codex_exited"
  | "analytics_refused"
  | "analytics_unavailable"
  | "analytics_malformed";

export type ErrorCode = ConfigurationCode | IntegrityCode | ExternalCode;

/**
 * A failure, as opposed to a decision. Every code is also a reason code, so that a failure ends as a deny.
 * The message says what, expected, got, and what to do.
 */
export abstract class GovernanceError extends Error {
  abstract readonly code: ErrorCode;
}

export class ConfigurationError extends GovernanceError {
  override readonly name = "ConfigurationError";
  readonly code: ConfigurationCode;
  constructor(code: ConfigurationCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a comparison found, for those who do not want to read it out of the message. */
interface Difference {
  readonly expected?: string;
  readonly got?: string;
}

export class IntegrityError extends GovernanceError {
  override readonly name = "IntegrityError";
  readonly code: IntegrityCode;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  constructor(code: IntegrityCode, message: string, options?: ErrorOptions & Difference) {
    super(message, options);
    this.code = code;
    this.expected = options?.expected;
    this.got = options?.got;
  }
}

export class ExternalError extends GovernanceError {
  override readonly name = "ExternalError";
  readonly code: ExternalCode;
  constructor(code: ExternalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
