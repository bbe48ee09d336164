import { Buffer } from "node:buffer";
import { z } from "zod";
import {
  type Attested,
  attestedOf,
  PREDICATE_TYPE,
  type Predicate,
  predicateSchema,
  type StoredArtifact,
} from "./attestation.ts";
import { type Comparison, firstDifference, wrong } from "./difference.ts";
import { type Digest, hexOf } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import type { Finding } from "./outcome.ts";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** Far more than anybody downloads for one file. */
const MAX_ATTESTATIONS = 1_000;

/** How much of another party's text is repeated. */
const MAX_SHOWN = 200;

/** Of Sigstore's bundle only what carries the statement; certificates and logs are for who verifies the signature. */
const bundleSchema = z.looseObject({
  dsseEnvelope: z.looseObject({
    payloadType: z.literal(PAYLOAD_TYPE),
    payload: z.base64().min(1),
  }),
});

/** in-toto wants unknown fields ignored. The predicate is compared as a whole: there one would be a difference. */
const statementSchema = z.looseObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.looseObject({ name: z.string().optional(), digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
  predicate: z.unknown(),
});

type Statement = z.infer<typeof statementSchema>;

/** An attestation from a file. Nothing of it is believed yet. */
export interface Attestation {
  /** The Sigstore bundle as it is. */
  readonly bundle: unknown;
  readonly statement: Statement;
}

/**
 * Reads the attestations of a file: a Sigstore bundle, or one a line as `gh attestation download` writes them. Throws
 * IntegrityError `evidence_invalid` when one is not an in-toto statement in a DSSE envelope.
 */
export function readAttestations(text: string): readonly Attestation[] {
  const bundles = parseLines(text);
  if (bundles.length > MAX_ATTESTATIONS)
    throw unreadable(`at most ${MAX_ATTESTATIONS} bundles`, String(bundles.length));
  return bundles.map((bundle) => {
    const carrier = bundleSchema.safeParse(bundle);
    if (!carrier.success) throw unreadable("a Sigstore bundle with a DSSE envelope", issuesOf(carrier.error));
    const { payload } = carrier.data.dsseEnvelope;
    const statement = statementSchema.safeParse(parseJson(Buffer.from(payload, "base64").toString("utf8")));
    if (!statement.success) throw unreadable("an in-toto statement", issuesOf(statement.error));
    return { bundle, statement: statement.data };
  });
}

/** One JSON document, or one a line. */
function parseLines(text: string): readonly unknown[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  try {
    return [JSON.parse(text)];
  } catch {
    return lines.map(parseJson);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable("JSON", "something else");
  }
}

function issuesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => shown(`${path.join(".") || "all of it"}: ${message}`))
    .join("; ");
}

function unreadable(expected: string, got: string): IntegrityError {
  const message = `The attestation cannot be read: expected ${expected}, got ${got}.`;
  return new IntegrityError("evidence_invalid", message, { expected, got });
}

/** An attestation that says of a bundle just what the bundle says itself. Who signed it is not known yet. */
export interface MatchingAttestation {
  readonly bundle: unknown;
  readonly predicate: Predicate;
}

export type AttestationVerdict = { readonly matching: readonly MatchingAttestation[] } | { readonly finding: Finding };

/**
 * Compares attestations with a bundle: at least one must have its digests, and the predicate that the bundle gives.
 * `archive` is the digest of the bundle's zip, where there is one. Signatures are not looked at.
 */
export function compareAttestations(
  files: ReadonlyMap<string, Uint8Array>,
  attestations: readonly Attestation[],
  archive?: Digest,
): AttestationVerdict {
  const ours = attestations.filter(({ statement }) => statement.predicateType === PREDICATE_TYPE);
  if (ours.length === 0) {
    const got = [...new Set(attestations.map(({ statement }) => statement.predicateType))].join(", ");
    const message = "No attestation is of this action's predicate type.";
    return { finding: wrong(message, PREDICATE_TYPE, got === "" ? undefined : shown(got)) };
  }
  // Whoever can attest in the repository can do so a thousand times, and the bundle is proved from all of its bytes.
  let attested: ReturnType<typeof attestedOf> | null = null;
  const expectedOf = (artifact: StoredArtifact) => {
    if (attested === null) attested = attestedOf(files, artifact);
    return attested && withArtifact(attested, artifact);
  };
  const judged = ours.map(({ bundle, statement }) => ({ bundle, ...judge(expectedOf, statement, archive) }));
  const matching = judged.flatMap(({ bundle, predicate, finding }) =>
    finding === undefined && predicate !== undefined ? [{ bundle, predicate }] : [],
  );
  if (matching.length > 0) return { matching };
  // Of several the one about these very files says most: others may be of earlier bundles of the same plan.
  const nearest = judged.find(({ isSameBundle }) => isSameBundle) ?? judged[0];
  return { finding: nearest?.finding as Finding };
}

interface Judged {
  readonly isSameBundle: boolean;
  readonly predicate?: Predicate;
  readonly finding: Finding | undefined;
}

/** The same of a bundle that was stored elsewhere. */
function withArtifact({ subjects, predicate }: Attested, { id, digest }: StoredArtifact): Attested {
  const evidence = { ...predicate.evidence, artifactId: id, artifactDigest: digest };
  return { subjects, predicate: { ...predicate, evidence } };
}

function judge(
  expectedOf: (artifact: StoredArtifact) => Attested | undefined,
  statement: Statement,
  archive?: Digest,
): Judged {
  const { success, data: predicate, error } = predicateSchema.safeParse(statement.predicate);
  if (!success) {
    const finding = wrong("The predicate is not of its type.", PREDICATE_TYPE, issuesOf(error));
    return { isSameBundle: false, finding };
  }
  const { artifactId, artifactDigest } = predicate.evidence;
  // Only GitHub knows these two; what is on disk can prove the digest where it is the zip itself.
  const expected = expectedOf({ id: artifactId, digest: artifactDigest as Digest });
  if (expected === undefined) {
    return { isSameBundle: false, finding: wrong("The bundle tells of no execution.", "an execution", "none") };
  }
  const subjects = expected.subjects.map(
    ({ name, digest }): Comparison => [`The digest of the subject ${name}`, digest, subjectDigest(statement, name)],
  );
  const finding = firstDifference([
    ...subjects,
    ...comparisonsOf(expected.predicate, predicate),
    ["The digest of the artifact's archive", archive ?? artifactDigest, artifactDigest],
  ]);
  return { isSameBundle: firstDifference(subjects.slice(0, 1)) === undefined, predicate, finding };
}

function subjectDigest({ subject }: Statement, name: string): string | undefined {
  const found = subject.find((each) => each.name === name)?.digest.sha256;
  return found === undefined ? undefined : `sha256:${shown(found)}`;
}

/** Every field of either side, by its path. Both are of the schema, so that a path means one field. */
function comparisonsOf(expected: Predicate, got: Predicate): readonly Comparison[] {
  const [wanted, there] = [leavesOf(expected), leavesOf(got)];
  return [...new Set([...wanted.keys(), ...there.keys()])].map((path) => [
    `The predicate's \`${path}\``,
    wanted.get(path),
    there.get(path),
  ]);
}

function leavesOf(value: unknown, path: readonly string[] = []): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path.join("."), typeof value === "string" ? value : JSON.stringify(value)]]);
  }
  return new Map(Object.entries(value).flatMap(([key, each]) => [...leavesOf(each, [...path, key])]));
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** A statement's subjects in the form that in-toto wants. */
export function subjectsOf({ subjects }: Attested): readonly { name: string; digest: Record<string, string> }[] {
  return subjects.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } }));
}
