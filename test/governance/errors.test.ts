import { describe, expect, test } from "vitest";
import {
  ConfigurationError,
  type ErrorCode,
  ExternalError,
  GovernanceError,
  IntegrityError,
} from "../../src/governance/errors.ts";
import { REASONS } from "../../src/governance/outcome.ts";

/** Every error code; a code that is new or gone does not compile here. */
const CODES: Record<ErrorCode, true> = {
  configuration_invalid: true,
  policy_invalid: true,
  codex_missing: true,
  codex_version_mismatch: true,
  sandbox_unavailable: true,
  artifact_missing: true,
  artifact_expired: true,
  artifact_foreign: true,
  artifact_tampered: true,
  export_conflict: true,
  evidence_of_pull_request: true,
  evidence_invalid: true,
  github_unavailable: true,
  github_not_found: true,
  github_forbidden: true,
  github_rate_limited: true,
  github_malformed: true,
  github_time_unknown: true,
  commit_refused_by_rules: true,
  comments_flooded: true,
  git_failed: true,
  runner_disk_full: true,
  runner_disk_failed: true,
  artifact_store_failed: true,
  export_failed: true,
  attestation_failed: true,
  codex_auth_failed: true,
  codex_rate_limited: true,
  codex_service_failed: true,
  codex_quota_exceeded: true,
  codex_model_unavailable: true,
  codex_request_refused: true,
  codex_policy_refused: true,
  codex_work_too_large: true,
  codex_gave_up: true,
  codex_stream_cut: true,
  codex_timeout: true,
  codex_protocol: true,
  codex_exited: true,
  analytics_refused: true,
  analytics_unavailable: true,
  analytics_malformed: true,
};

test.each(Object.keys(CODES) as ErrorCode[])("the failure %s is a deny with a remedy", (code) => {
  expect(REASONS[code].decision).toBe("deny");
  expect(REASONS[code].remedy).not.toBe("");
});

describe("an error", () => {
  const cause = new Error("socket closed");

  test.each([
    ["ConfigurationError", () => new ConfigurationError("policy_invalid", "wrong key", { cause }), "policy_invalid"],
    ["IntegrityError", () => new IntegrityError("artifact_tampered", "wrong key", { cause }), "artifact_tampered"],
    ["ExternalError", () => new ExternalError("git_failed", "wrong key", { cause }), "git_failed"],
  ])("of class %s keeps name, code, message and cause", (name, create, code) => {
    const error = create();
    expect(error).toBeInstanceOf(GovernanceError);
    expect(error).toBeInstanceOf(Error);
    expect({ name: error.name, code: error.code, message: error.message, cause: error.cause }).toEqual({
      name,
      code,
      message: "wrong key",
      cause,
    });
    expect(String(error)).toBe(`${name}: wrong key`);
  });

  test("without a cause has none", () => {
    expect(new ExternalError("git_failed", "x")).not.toHaveProperty("cause");
    expect(new IntegrityError("artifact_missing", "x")).not.toHaveProperty("cause");
    expect(new ConfigurationError("codex_missing", "x")).not.toHaveProperty("cause");
  });
});
