import type { Digest } from "../governance/digest.ts";
import { IntegrityError } from "../governance/errors.ts";
import type { Finding } from "../governance/outcome.ts";
import { type AttestationVerdict, compareAttestations, readAttestations } from "../governance/statement.ts";
import type { Files } from "../ports.ts";
import { UsageError } from "./command.ts";
import { readRegularFile } from "./regular-file.ts";

/** What to prove an attestation with. */
export interface AttestationInputs {
  /** Text of the file that `gh attestation download` writes. */
  readonly attestations: string;
  /** Text of the file that `gh attestation trusted-root` prints; undefined: the signature is not looked at. */
  readonly trustedRoots: string | undefined;
  readonly workflow: string | undefined;
}

type State = "passed" | "failed" | "not checked";

/** What was found of the attestation of a bundle: what it says, and who signed that, are two things. */
export interface AttestationProof {
  readonly content: State;
  readonly signature: State;
  /** The workflow that signed; undefined where the signature was not proved. */
  readonly signer: string | undefined;
  readonly finding: Finding | undefined;
}

export const NOT_ATTESTED: AttestationProof = {
  content: "not checked",
  signature: "not checked",
  signer: undefined,
  finding: undefined,
};

/** Far above what a thousand attestations take. */
const MAX_BYTES = 64 * 1024 ** 2;

export async function readAttestationInputs(values: {
  readonly attestation?: string | undefined;
  readonly "trusted-root"?: string | undefined;
  readonly "signer-workflow"?: string | undefined;
}): Promise<AttestationInputs | undefined> {
  const { attestation, "trusted-root": root, "signer-workflow": workflow } = values;
  if (root !== undefined && attestation === undefined) throw new UsageError("--trusted-root needs --attestation.");
  if (workflow !== undefined && root === undefined) throw new UsageError("--signer-workflow needs --trusted-root.");
  if (workflow !== undefined && !/^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[^@]+(?:@.+)?$/.test(workflow)) {
    const expected = "expected owner/name/.github/workflows/x.yml, with @ref or without";
    throw new UsageError(`--signer-workflow: ${expected}, got ${JSON.stringify(workflow)}.`);
  }
  if (attestation === undefined) return undefined;
  const attestations = await readText("--attestation", attestation);
  return {
    attestations,
    trustedRoots: root === undefined ? undefined : await readText("--trusted-root", root),
    workflow,
  };
}

async function readText(option: string, path: string): Promise<string> {
  const read = await readRegularFile(path, MAX_BYTES);
  if ("problem" in read)
    throw new UsageError(`${option}: expected a file of at most ${MAX_BYTES} bytes, got ${path}: ${read.problem}.`);
  return read.bytes.toString();
}

/** Proves an attestation of a bundle that was found sound. `archive` is the digest of its zip, if it came in one. */
export async function proveAttestation(
  files: Files,
  archive: Digest | undefined,
  { attestations, trustedRoots, workflow }: AttestationInputs,
): Promise<AttestationProof> {
  const verdict = compare(files, attestations, archive);
  if ("finding" in verdict) return { ...NOT_ATTESTED, content: "failed", finding: verdict.finding };
  if (trustedRoots === undefined) return { ...NOT_ATTESTED, content: "passed" };
  const { verifySignature } = await import("../adapters/attestation/signature.ts");
  let finding: Finding | undefined;
  // One of those that say the same must be signed; a copy that somebody put before it does no harm.
  for (const { bundle, predicate } of verdict.matching) {
    const options = { trustedRoots, repository: predicate.repository, workflow };
    const proof = await verifySignature(bundle, options).catch(unreadable);
    if ("signer" in proof) return { content: "passed", signature: "passed", signer: proof.signer, finding: undefined };
    finding ??= proof.finding;
  }
  return { content: "passed", signature: "failed", signer: undefined, finding };
}

/** A file that cannot be read proves nothing of the bundle, and takes nothing away from what is proved of it. */
function compare(files: Files, text: string, archive: Digest | undefined): AttestationVerdict {
  try {
    return compareAttestations(files, readAttestations(text), archive);
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): { readonly finding: Finding } {
  if (!(error instanceof IntegrityError)) throw error;
  return { finding: { code: error.code, message: error.message } };
}
