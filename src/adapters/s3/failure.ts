import { ConfigurationError, ExternalError, type GovernanceError } from "../../governance/errors.ts";

/** What the SDK throws, as far as it is looked at. Its message is never repeated: it may quote what was signed. */
interface SdkFailure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** Status of the answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as SdkFailure | undefined)?.$metadata?.httpStatusCode;
  return typeof status === "number" ? status : undefined;
}

/** S3's code, such as `AccessDenied`, or the network's. */
function codeOf(error: unknown): string {
  const { name, code } = (error ?? {}) as SdkFailure;
  const word = [code, name].find(
    (text) => typeof text === "string" && /^[A-Za-z_]{2,60}$/.test(text) && text !== "Error",
  );
  return typeof word === "string" ? word : "no reason";
}

/** The SDK has no code for it. */
function isWithoutRegion(error: unknown): boolean {
  return error instanceof Error && /^Region (?:is missing|not accepted)/.test(error.message);
}

const KNOWN: Readonly<Record<number, string>> = {
  301: "the bucket is in another region; set `s3-region`",
  403: "the role may not do that, or the key is wrong; look at the policy in docs/athena",
  404: "there is no such bucket or object",
  501: "this store knows no conditional writes, so nothing was written; use one that does",
  503: "the store is overloaded; export again later",
};

function adviceFor(status: number | undefined, code: string): string {
  if (status === undefined) return "look at the endpoint and the network";
  // What a run stores at its end may come after the end of a session that began with it.
  if (code === "ExpiredToken") return "get credentials that last as long as the job, with `role-duration-seconds`";
  return KNOWN[status] ?? "try again later";
}

/** A failure of the SDK in our words. `what` says what was tried, with the URI. */
export function failureOf(error: unknown, what: string): GovernanceError {
  const status = statusOf(error);
  const code = codeOf(error);
  if (status === undefined && /^(CredentialsProviderError|.*Credential.*|TokenProviderError)$/.test(code)) {
    return new ConfigurationError(
      "configuration_invalid",
      `${what}: there are no AWS credentials. Run aws-actions/configure-aws-credentials before, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    );
  }
  if (status === undefined && isWithoutRegion(error)) {
    return new ConfigurationError(
      "configuration_invalid",
      `${what}: there is no region, or none that can be. Set AWS_REGION, or \`s3-region\` of the action.`,
    );
  }
  const answer = status === undefined ? `no answer (${code})` : `it answered ${status} (${code})`;
  return new ExternalError("export_failed", `${what}: ${answer}; ${adviceFor(status, code)}.`);
}
