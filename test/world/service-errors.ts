import type { Fault } from "./model.ts";

/** An error as the Responses API answers it before a stream begins. */
export function refusal(status: number, code: string | null, message: string, type = "invalid_request_error"): Fault {
  return { status, body: { error: { message, type, param: null, code } } };
}

/** An error that ends a stream: `response.failed`. */
export function failed(code: string, message: string): Fault {
  return { fault: "failed", error: { code, message } };
}

const FLAGGED = "your prompt was flagged as potentially violating our usage policy.";
const NO_MODEL = "The model `gpt-5.5` does not exist or you do not have access to it.";

/** What the service really says, and the reason that the action gives for it. */
export const SERVICE_ERRORS: readonly (readonly [what: string, fault: Fault, reasonCode: string, says: RegExp])[] = [
  [
    "an invalid key",
    refusal(401, "invalid_api_key", "Incorrect API key provided."),
    "codex_auth_failed",
    /wrong, revoked/,
  ],
  [
    "an empty key",
    refusal(401, null, "You didn't provide an API key."),
    "codex_auth_failed",
    /wrong, revoked or empty: check the input `openai-api-key`/,
  ],
  [
    "a region that is not served",
    refusal(403, "unsupported_country_region_territory", "Country, region, or territory not supported"),
    "codex_auth_failed",
    /The key is known but may not do this/,
  ],
  [
    "a project without the model",
    refusal(403, "model_not_found", "Project `proj_1` does not have access to model `gpt-5.5`"),
    "codex_model_unavailable",
    /codex\.model/,
  ],
  ["a model that is not there", refusal(404, "model_not_found", NO_MODEL), "codex_model_unavailable", /codex\.model/],
  [
    "an effort that the model does not know",
    refusal(400, "unsupported_value", "Unsupported value: 'xhigh' is not supported with the 'gpt-5.5' model."),
    "codex_request_refused",
    /codex\.effort/,
  ],
  [
    "no quota, in the stream",
    failed("insufficient_quota", "You exceeded your current quota."),
    "codex_quota_exceeded",
    /Add credit/,
  ],
  [
    "a rate limit",
    refusal(429, "rate_limit_exceeded", "Rate limit reached for gpt-5.5"),
    "codex_rate_limited",
    /later/,
  ],
  ["too long an input", failed("context_length_exceeded", "Your input is too long."), "codex_work_too_large", /Split/],
  [
    "an invalid prompt",
    refusal(400, "invalid_prompt", `Invalid prompt: ${FLAGGED}`),
    "codex_policy_refused",
    /differently/,
  ],
  [
    "an invalid prompt in the stream",
    failed("invalid_prompt", `Invalid prompt: ${FLAGGED}`),
    "codex_policy_refused",
    /differently/,
  ],
  ["the policy on cyber security", failed("cyber_policy", "This was flagged."), "codex_policy_refused", /differently/],
  ["no capacity", failed("server_is_overloaded", "Overloaded."), "codex_service_failed", /no capacity.*later/],
  [
    "an error of the server",
    refusal(500, null, "The server had an error.", "server_error"),
    "codex_service_failed",
    /status/,
  ],
  ["a page of another server", { status: 404, body: "<html>" }, "codex_service_failed", /openai-base-url/],
];

/** What 0.139.0 has no word for. */
export const NEWER_SERVICE_ERRORS: typeof SERVICE_ERRORS = [
  [
    "no quota, as a status",
    refusal(429, "insufficient_quota", "You exceeded your current quota.", "insufficient_quota"),
    "codex_quota_exceeded",
    /Add credit/,
  ],
  ["the policy on biology", failed("bio_policy", "This was flagged."), "codex_policy_refused", /differently/],
  ["the policy on misalignment", failed("misalignment_policy_violation", "No."), "codex_policy_refused", /differently/],
  ["a hook of the organisation", failed("inference_hook_denied", "No."), "codex_policy_refused", /differently/],
  ["a rate limit in the stream", failed("rate_limit_exceeded", "Slow down."), "codex_rate_limited", /later/],
  ["no restricted capacity", failed("policy_capacity_unavailable", "No."), "codex_service_failed", /no capacity/],
  ["no flex capacity", failed("flex_unavailable", "No."), "codex_service_failed", /no capacity/],
];
