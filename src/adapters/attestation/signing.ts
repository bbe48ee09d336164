import type { attest } from "@actions/attest";
import type { Attested } from "../../governance/attestation.ts";
import { PREDICATE_TYPE } from "../../governance/attestation.ts";
import { ConfigurationError, ExternalError } from "../../governance/errors.ts";
import { subjectsOf } from "../../governance/statement.ts";

/** What GitHub gives a job that may ask for a token of its own identity. */
export const IDENTITY_VARIABLES = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"] as const;

/** The library takes whichever of this and the job's own comes first. */
const FOREIGN_IDENTITY = "SIGSTORE_ID_TOKEN";

/** What the signing library calls its failures, in the words of somebody who has to do something about them. */
const CAUSES: Readonly<Record<string, string>> = {
  IDENTITY_TOKEN_READ_ERROR: "GitHub gave the job no identity token",
  IDENTITY_TOKEN_PARSE_ERROR: "GitHub's answer had no identity token that can be read",
  CA_CREATE_SIGNING_CERTIFICATE_ERROR: "Sigstore's certificate authority gave no certificate",
  TLOG_CREATE_ENTRY_ERROR: "Sigstore's transparency log did not take the entry",
  TLOG_FETCH_ENTRY_ERROR: "Sigstore's transparency log did not give the entry back",
  TSA_CREATE_TIMESTAMP_ERROR: "Sigstore's timestamp authority gave no timestamp",
};

type Signed = Awaited<ReturnType<typeof attest>>["bundle"];

/** Throws ConfigurationError where the job may not sign as itself, or would sign as somebody else. */
export function assertIdentity(environment: Readonly<Record<string, string | undefined>>): void {
  if (environment[FOREIGN_IDENTITY]) {
    throw new ConfigurationError(
      "configuration_invalid",
      `The environment has ${FOREIGN_IDENTITY}, and what is signed would be signed as whom it names: expected the job's own identity alone. Remove the variable from this step.`,
    );
  }
  const missing = IDENTITY_VARIABLES.filter((name) => !environment[name]);
  if (missing.length === 0) return;
  throw new ConfigurationError(
    "configuration_invalid",
    `The job may not ask for an identity token: expected ${IDENTITY_VARIABLES.join(" and ")}, got no ${missing.join(" and no ")}. Give the job the permission \`id-token: write\`.`,
  );
}

/**
 * Signs with the job's own identity. Public repositories go to Sigstore's public instance, all others to GitHub's own.
 * `timeoutMs` bounds all of it: the library puts no bound on asking for the identity token. Throws ExternalError
 * `attestation_failed`.
 */
export async function sign(attested: Attested, timeoutMs: number): Promise<Signed> {
  const { attest: attestWith } = await import("@actions/attest");
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject({ code: "TIMEOUT" }), timeoutMs);
  try {
    const work = attestWith({
      subjects: subjectsOf(attested).map((subject) => ({ ...subject })),
      predicateType: PREDICATE_TYPE,
      predicate: attested.predicate,
      // Stored by our own client: this one repeats and waits for minutes, and says less of what went wrong.
      skipWrite: true,
      token: "",
    });
    return (await Promise.race([work, late])).bundle;
  } catch (thrown) {
    throw failureOf(thrown, timeoutMs);
  } finally {
    clearTimeout(timer);
  }
}

/** Never the library's own message, nor the error as a cause: one of them repeats the identity token. */
function failureOf(thrown: unknown, timeoutMs: number): ExternalError {
  const { code, cause } = thrown as { code?: unknown; cause?: { statusCode?: unknown; code?: unknown } };
  if (code === "TIMEOUT") return failed(`nothing was signed within ${timeoutMs / 1000} s`);
  const why = CAUSES[String(code)] ?? "the signing failed";
  return failed(`${why}${detailOf(cause)}`);
}

function detailOf(cause: { statusCode?: unknown; code?: unknown } | undefined): string {
  if (typeof cause?.statusCode === "number") return ` (it answered ${cause.statusCode})`;
  const code = String(cause?.code ?? "");
  return /^(?:E[A-Z]+|EAI_AGAIN)$/.test(code) ? ` (${code})` : "";
}

function failed(why: string): ExternalError {
  const remedy = "Nothing is attested of this run; see docs/attestation.md for what can be done by hand.";
  return new ExternalError("attestation_failed", `${why[0]?.toUpperCase()}${why.slice(1)}. ${remedy}`);
}
