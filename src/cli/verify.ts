import { type CommitReading, findGitDirectory, readCommitFacts } from "../adapters/git/commit-facts.ts";
import { type Anchors, type Audit, auditBundle } from "../governance/audit.ts";
import { auditCommit, type CommitClaim } from "../governance/commit-audit.ts";
import { parseDigest } from "../governance/digest.ts";
import { findForks, type NamedJournal } from "../governance/journal-forks.ts";
import type { Finding } from "../governance/outcome.ts";
import { renderJson } from "../report/json.ts";
import { findAllBundles, parseArguments } from "./arguments.ts";
import { type AttestationInputs, NOT_ATTESTED, proveAttestation, readAttestationInputs } from "./attestation-proof.ts";
import { type BundlePlace, findingOf, readBundle } from "./bundles.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { Progress } from "./progress.ts";
import { renderReport, type VerifiedBundle } from "./verify-report.ts";

export const VERIFY_USAGE = `codex-plan-governance verify <bundle>... [options]

Proves evidence bundles without network. A bundle is the artifact's zip, a
directory that it was unpacked into, or a directory that has bundles in it at
any depth. s3://bucket/prefix stands for all bundles that were exported there;
AWS_REGION and AWS_ENDPOINT_URL_S3 say where that is.

  --repo DIR             also prove the commit that was made: in this clone, by
                         its parent, trailers and tree
  --journal-head DIGEST  the head of the journal as the check run shows it
                         (sha256:…); for one bundle
  --attestation FILE     also compare the attestation of the execution, from
                         \`gh attestation download\`; for one bundle
  --trusted-root FILE    also prove the attestation's signature, with what
                         \`gh attestation trusted-root\` prints
  --signer-workflow W    which workflow must have signed, with @ref or without:
                         owner/name/.github/workflows/x.yml
  --json                 print the result as JSON
  --help                 print this

Without --repo or --journal-head the bundle is proved in itself: somebody who
rewrites all of it, every digest included, is found out only by what GitHub or
the repository keeps.

Exit code: 0 when all bundles are sound, 1 when one is not, 2 for wrong
arguments.
`;

const OPTIONS = {
  repo: { type: "string" },
  "journal-head": { type: "string" },
  attestation: { type: "string" },
  "trusted-root": { type: "string" },
  "signer-workflow": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

interface Options {
  readonly places: readonly BundlePlace[];
  /** Its git directory. */
  readonly repository: string | undefined;
  readonly anchors: Anchors;
  readonly attestation: AttestationInputs | undefined;
  readonly isJson: boolean;
}

/** Proves bundles and reports; answers with the exit code. */
export async function verify(args: readonly string[], { stdout, stderr }: Terminal): Promise<number> {
  const options = await readOptions(args);
  const { places, isJson } = options;
  const progress = new Progress(stderr, places.length, "bundles");
  const bundles: VerifiedBundle[] = [];
  const journals: NamedJournal[] = [];
  for (const place of places) {
    const { bundle, journal } = await verifyBundle(place, options);
    bundles.push(bundle);
    if (journal !== undefined) journals.push({ name: place.path, journal });
    progress.step();
  }
  progress.end();
  const forks = findForks(journals);
  const isSound = forks.length === 0 && bundles.every(({ finding }) => finding === undefined);
  stdout.write(isJson ? renderResult(bundles, forks, isSound) : renderReport(bundles, forks));
  return isSound ? EXIT.ok : EXIT.wrong;
}

async function readOptions(args: readonly string[]): Promise<Options> {
  const { values, paths } = parseArguments(args, OPTIONS);
  const head = values["journal-head"];
  const journalHead = head === undefined ? undefined : parseDigest(head);
  if (head !== undefined && journalHead === undefined) {
    throw new UsageError(`--journal-head: expected sha256: and 64 hex digits, got ${JSON.stringify(head)}.`);
  }
  const places = await findAllBundles(paths);
  if (journalHead !== undefined && places.length > 1) {
    throw new UsageError(`--journal-head is of one bundle, got ${places.length}.`);
  }
  const attestation = await readAttestationInputs(values);
  if (attestation !== undefined && places.length > 1) {
    throw new UsageError(`--attestation is of one bundle, got ${places.length}.`);
  }
  const repository = values.repo === undefined ? undefined : findGitDirectory(values.repo);
  if (values.repo !== undefined && repository === undefined) {
    throw new UsageError(`--repo: expected a git repository, got ${values.repo}.`);
  }
  return { places, repository, anchors: { journalHead }, attestation, isJson: values.json };
}

async function verifyBundle(
  place: BundlePlace,
  { anchors, repository, attestation: given }: Options,
): Promise<{ bundle: VerifiedBundle; journal: string | undefined }> {
  try {
    const { files, archive } = await readBundle(place);
    const audit = auditBundle(files, anchors);
    const { commit, finding: wrongCommit } = await proveCommit(audit, repository);
    const isAttested = given !== undefined && audit.claims !== undefined;
    const attestation = isAttested ? await proveAttestation(files, archive, given) : NOT_ATTESTED;
    const finding = audit.finding ?? wrongCommit ?? attestation.finding;
    const journal = audit.claims && new TextDecoder().decode(files.get("journal.jsonl"));
    return { bundle: { path: place.path, ...audit, commit, attestation, finding }, journal };
  } catch (error) {
    const finding = findingOf(error);
    const unproved = { claims: undefined, commit: "not checked", attestation: NOT_ATTESTED } as const;
    return { bundle: { path: place.path, steps: [], finding, ...unproved }, journal: undefined };
  }
}

type CommitProof = Pick<VerifiedBundle, "commit"> & { readonly finding?: Finding };

async function proveCommit({ claims }: Audit, repository: string | undefined): Promise<CommitProof> {
  const claim = claims?.commit;
  if (claim === undefined || repository === undefined) return { commit: "not checked" };
  const reading = await readCommitFacts(repository, claim);
  const finding =
    reading.status === "read"
      ? auditCommit(claim, reading.facts)
      : unreadCommit(reading, { claim, repository, pullRequest: claims?.pullRequest });
  return finding ? { commit: "failed", finding } : { commit: "passed" };
}

interface UnreadClaim {
  readonly claim: CommitClaim;
  readonly repository: string;
  readonly pullRequest: number | null | undefined;
}

/** Why nothing was proved of the commit, and what to do about it. */
function unreadCommit(reading: Exclude<CommitReading, { status: "read" }>, from: UnreadClaim): Finding {
  if (reading.status === "missing") return missingCommit(from);
  const { repository } = from;
  const [first = ""] = reading.objects;
  const what = reading.objects.length === 1 ? `the object ${first}` : `${reading.objects.length} objects`;
  if (reading.status === "incomplete") {
    const remedy =
      "Fetch them (git fetch --unshallow, or git fetch --refetch --filter=blob:limit=1g), then verify again.";
    const message = `The clone ${repository} is shallow or partial: it lacks ${what} that the proof needs. ${remedy}`;
    return { code: "clone_incomplete", message, got: first };
  }
  const message = `The clone ${repository} is damaged: ${what} cannot be read or does not match its name.`;
  return {
    code: "clone_damaged",
    message: `${message} Run git fsck there, and verify with another clone.`,
    got: first,
  };
}

/** After a squash the branch is gone, and GitHub keeps the commit under the pull request alone. */
function missingCommit({ claim: { sha }, repository, pullRequest }: UnreadClaim): Finding {
  const remedy = `Fetch it (git fetch origin refs/pull/${pullRequest ?? "<number>"}/head), then verify again.`;
  return { code: "commit_missing", message: `The commit ${sha} is not in ${repository}. ${remedy}` };
}

function renderResult(bundles: readonly VerifiedBundle[], forks: readonly Finding[], isSound: boolean): string {
  const shown = bundles.map(({ claims, ...bundle }) => ({ ...bundle, claims: claims && withoutPatch(claims) }));
  return renderJson({ version: 1, isSound, bundles: shown, forks });
}

function withoutPatch(claims: NonNullable<VerifiedBundle["claims"]>): object {
  if (claims.commit === undefined) return claims;
  const { patch: _, ...commit } = claims.commit;
  return { ...claims, commit };
}
