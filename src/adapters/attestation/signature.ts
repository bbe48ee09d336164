import type { TrustedRoot } from "@sigstore/protobuf-specs";
import type { Signer } from "@sigstore/verify";
import { firstDifference, wrong } from "../../governance/difference.ts";
import { IntegrityError } from "../../governance/errors.ts";
import type { Finding } from "../../governance/outcome.ts";

/** Who issues the identities of GitHub's jobs; an enterprise may have its own below it. */
const ISSUER = /^https:\/\/token\.actions\.githubusercontent\.com(?:\/[\w-]+)?$/;

/** Fulcio's extension that has GitHub's id of the repository. */
const REPOSITORY_ID = "1.3.6.1.4.1.57264.1.15";

const HOST = "https://github.com/";

export interface SignatureOptions {
  /** What `gh attestation trusted-root` prints: a trusted root a line. */
  readonly trustedRoots: string;
  readonly repository: { readonly name: string; readonly id: number };
  /** `owner/name/.github/workflows/x.yml`, with `@ref` or for every ref. Undefined: any workflow of the repository. */
  readonly workflow: string | undefined;
}

export type SignatureVerdict = { readonly signer: string } | { readonly finding: Finding };

/**
 * Proves the signature of a Sigstore bundle and whose it is, without network: the certificate by a trusted root, its
 * time by a timestamp or a log, and that a workflow of the repository was certified. Throws IntegrityError
 * `evidence_invalid` when the trusted roots cannot be read.
 */
export async function verifySignature(bundle: unknown, options: SignatureOptions): Promise<SignatureVerdict> {
  const [{ bundleFromJSON }, sigstore, { TrustedRoot }] = await Promise.all([
    import("@sigstore/bundle"),
    import("@sigstore/verify"),
    import("@sigstore/protobuf-specs"),
  ]);
  const roots = readRoots(options.trustedRoots, TrustedRoot.fromJSON);
  const refusals: string[] = [];
  for (const root of roots) {
    try {
      const verifier = new sigstore.Verifier(sigstore.toTrustMaterial(root), thresholdsOf(root));
      return judge(verifier.verify(sigstore.toSignedEntity(bundleFromJSON(bundle))), options);
    } catch (error) {
      // Libraries of parsers throw whatever: what was not proved is refused, with what they say of it.
      refusals.push((error as Error).message);
    }
  }
  const reasons = [...new Set(refusals)].join("; ").slice(0, 300);
  return { finding: wrong("The attestation's signature is not valid.", "one by a trusted root", reasons) };
}

function readRoots(text: string, parse: (value: unknown) => TrustedRoot): readonly TrustedRoot[] {
  try {
    const roots = text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => parse(JSON.parse(line)));
    if (roots.some(({ certificateAuthorities }) => certificateAuthorities.length > 0)) return roots;
  } catch {
    // Told below.
  }
  throw new IntegrityError(
    "evidence_invalid",
    "The trusted roots cannot be read: expected a trusted root of Sigstore a line, as `gh attestation trusted-root` prints them, got something else.",
  );
}

/** Whatever a root has is demanded: GitHub's own instance has no logs, the public one no timestamps. */
function thresholdsOf({ tlogs, ctlogs }: TrustedRoot) {
  return {
    tlogThreshold: tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  };
}

/** Anybody can have a certificate of Sigstore: only whose it is makes the signature worth something. */
function judge({ identity }: Signer, { repository, workflow }: SignatureOptions): SignatureVerdict {
  const { subjectAlternativeName: signer = "nobody", extensions } = identity ?? {};
  const issuer = extensions?.issuer ?? "nobody";
  const path = `${HOST}${workflow ?? `${repository.name}/.github/workflows/`}`;
  const isWorkflow = workflow?.includes("@") ? signer === path : signer.startsWith(workflow ? `${path}@` : path);
  const finding =
    (ISSUER.test(issuer) ? undefined : wrong("The signer was not certified as a job of GitHub.", "GitHub", issuer)) ??
    (isWorkflow ? undefined : wrong("The signer is another workflow.", path, signer)) ??
    firstDifference([["The signer's repository id", String(repository.id), repositoryId(identity)]]);
  return finding ? { finding } : { signer };
}

/** The extension is a short UTF8String: a tag, a length below 128, the text. */
function repositoryId(identity: Signer["identity"]): string | undefined {
  const value = identity?.oids?.find(({ oid }) => oid?.id.join(".") === REPOSITORY_ID)?.value;
  return value?.[0] === 0x0c && value[1] === value.length - 2 ? Buffer.from(value.subarray(2)).toString() : undefined;
}
