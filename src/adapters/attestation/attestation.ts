import { z } from "zod";
import type { Carrier, FinishedRun } from "../../carrier.ts";
import { attestedOf } from "../../governance/attestation.ts";
import { ConfigurationError } from "../../governance/errors.ts";
import { type ClientOptions, createClient, parseAnswer } from "../github/client.ts";
import { RequestFailure } from "../github/failure.ts";
import { assertIdentity, sign } from "./signing.ts";

export interface AttestationOptions extends ClientOptions {
  /** For example https://github.com: where people look at attestations. */
  readonly serverUrl: string;
  /** The environment of the job, which has the address that gives identity tokens. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Bound on signing in milliseconds. */
  readonly signingTimeoutMs?: number;
}

const ROUTE = "POST /repos/{owner}/{repo}/attestations";

const answerSchema = z.object({ id: z.int().positive() });

/** Attests what was executed. Everything else is none of its business. */
export function createAttestation(options: AttestationOptions): Carrier["carry"] {
  return async (run) => {
    const address = await attest(run, options);
    options.log(address === undefined ? "Nothing is attested: this run executed no plan." : `Attested: ${address}`);
    return address;
  };
}

async function attest(run: FinishedRun, options: AttestationOptions): Promise<string | undefined> {
  const { decision, stage } = run.outcome;
  if (decision !== "allow" || stage !== "executed") return undefined;
  // A success that tells of no commit is that of an earlier run.
  const attested = attestedOf(run.evidence, run.artifact);
  if (attested === undefined) return undefined;
  assertIdentity(options.environment);
  const bundle = await sign(attested, options.signingTimeoutMs ?? 180_000);
  const id = await store(bundle, options);
  return `${options.serverUrl}/${run.repository}/attestations/${id}`;
}

/** Storing the same bundle twice is storing it once more; both say the same. */
async function store(bundle: unknown, options: AttestationOptions): Promise<number> {
  try {
    const { data } = await createClient(options).send(ROUTE, { bundle }, { repeatable: true });
    return parseAnswer(answerSchema, data, ROUTE).id;
  } catch (error) {
    const isRefused = error instanceof RequestFailure && (error.status === 403 || error.status === 404);
    if (!isRefused) throw error;
    throw new ConfigurationError(
      "configuration_invalid",
      `GitHub did not take the attestation (${error.status}: ${error.detail}). Give the job the permission \`attestations: write\`; a private repository needs GitHub Enterprise Cloud.`,
    );
  }
}
