import { z } from "zod";
import { auditBundle } from "./audit.ts";
import { type Digest, digestOf } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import { STRATEGY } from "./evidence.ts";
import { Exhibit } from "./exhibit.ts";
import { FINAL_DECISION, GATE_NAMES, readPassedGates } from "./gates.ts";
import { type JournalRecord, journalHead } from "./journal.ts";
import { RISK_CLASSES } from "./risk.ts";
import { readJournalledSignOffs } from "./sign-off-verdict.ts";

/** A name, not an address: docs/attestation.md defines it, and nothing is served there. */
export const PREDICATE_TYPE = "https://codex-plan-governance.dev/decision/v1";

const describe = <T extends z.ZodType>(schema: T, description: string): T => schema.meta({ description });
const text = (pattern: RegExp, most: number) => z.string().max(most).regex(pattern);
const digest = () => text(/^sha256:[0-9a-f]{64}$/, 71);
const sha = () => text(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 64);
const id = () => z.int().positive();
const time = () => z.iso.datetime().max(30);
const word = () => text(/^[\w.:/@+-]+$/, 100);
const person = (who: string) =>
  z.strictObject({
    login: describe(text(/^[\w-]+(?:\[bot\])?$/, 100), `Login of ${who} at that time.`),
    id: describe(id(), `GitHub's id of ${who}; unlike the login it stays.`),
  });

/**
 * What an attestation says: names, ids, digests and times of an execution, each of a form that has no room for a
 * sentence of a model or a person. The limits of its parts bound it to a few kilobytes.
 */
export const predicateSchema = z.strictObject({
  decision: describe(z.literal("allow"), "Always `allow`: nothing else is attested."),
  reasonCode: describe(z.literal("plan_executed"), "Always `plan_executed`."),
  riskClass: describe(z.enum(RISK_CLASSES), "Class of the plan, from its paths."),
  pullRequest: describe(id(), "Number of the pull request."),
  repository: z.strictObject({
    name: describe(text(/^[\w.-]+\/[\w.-]+$/, 201), "`owner/name`"),
    id: describe(id(), "GitHub's id of the repository; unlike the name it stays."),
  }),
  plan: z.strictObject({
    digest: describe(digest(), "Of `plan.json`."),
    bindingDigest: describe(digest(), "Of `binding.json`: of everything that the approval was bound to."),
    promptDigest: describe(digest(), "Of the frozen prompt."),
    policyDigest: describe(digest(), "Of the policy file on the base branch."),
    instructionChainDigest: describe(digest(), "Of the instruction files of the base branch."),
    requester: person("who asked for the plan"),
  }),
  approval: z.strictObject({
    approver: person("who set the approval label"),
    approvedAt: describe(time(), "When the label was set, by GitHub's time."),
    expiresAt: describe(time(), "Until when the approval held."),
    isFourEyes: describe(z.boolean(), "False where the policy let the requester approve."),
    dryRunPatchDigest: describe(digest(), "Of the patch of the dry run that was approved."),
  }),
  gates: describe(
    z
      .strictObject({
        passed: describe(
          z.array(z.enum(GATE_NAMES)).max(GATE_NAMES.length),
          "The required gates, all of which passed.",
        ),
        decision: describe(
          z
            .strictObject({
              verdict: describe(z.literal("go"), "Always `go`: otherwise nothing is executed."),
              actorId: describe(id(), "GitHub's id of who decided."),
              commentId: describe(id(), "The comment that says it."),
              decidedAt: describe(time(), "When it was posted, by GitHub's time."),
            })
            .nullable(),
          "The final decision; null where the class needs none.",
        ),
      })
      .nullable(),
    "Null for a plan whose class needs no gates.",
  ),
  execution: z.strictObject({
    strategy: describe(
      z.enum(["run", "replay"]).nullable(),
      "`run`: Codex made the change anew. `replay`: the patch of the dry run was applied. Null where the journal does not say it.",
    ),
    codexVersion: describe(word(), "Exact version of Codex."),
    model: describe(word(), "The model, as the policy names it."),
    effort: describe(word(), "Reasoning effort."),
    actionVersion: describe(word(), "Version of this action."),
    runId: describe(id(), "The workflow run that made or found the commit."),
    runAttempt: describe(id(), "Its attempt."),
  }),
  commit: z.strictObject({
    sha: describe(sha(), "The commit that was made."),
    headBefore: describe(sha(), "Its parent: the head that the plan was made for."),
    baseRef: describe(text(/^[^\s\p{C}~^:?*[\\]+$/u, 255), "Base branch of the pull request."),
    baseSha: describe(sha(), "Commit of the base branch that the plan was bound to."),
    patchDigest: describe(digest(), "Of `run.patch`: of what the commit changes."),
  }),
  evidence: z.strictObject({
    journalHead: describe(digest(), "Head of the journal's chain in this bundle."),
    artifactId: describe(id(), "The artifact that has the bundle."),
    artifactDigest: describe(digest(), "Digest of its archive, as GitHub records it."),
  }),
});

export type Predicate = z.infer<typeof predicateSchema>;

/** Where a bundle was stored; no bundle knows this of itself. */
export interface StoredArtifact {
  readonly id: number;
  readonly digest: Digest;
}

/** What is attested: the manifest, which has the digest of every other file, and the plan. */
export interface Attested {
  readonly subjects: readonly { readonly name: string; readonly digest: Digest }[];
  readonly predicate: Predicate;
}

/**
 * What there is to attest of a bundle; undefined when it tells of no execution. The bundle is proved first. Throws
 * IntegrityError `evidence_invalid` when it is not sound, or says something that has no place in a predicate.
 */
export function attestedOf(files: ReadonlyMap<string, Uint8Array>, artifact: StoredArtifact): Attested | undefined {
  const { finding, claims } = auditBundle(files);
  if (finding) throw new IntegrityError("evidence_invalid", `Nothing is attested: ${finding.message}`);
  if (claims?.commit === undefined) return undefined;
  const exhibit = new Exhibit(files);
  const parsed = predicateSchema.safeParse(claimsOf(exhibit, artifact, claims.commit.sha));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => `\`${path.join(".")}\`: ${message}`);
    throw new IntegrityError(
      "evidence_invalid",
      `Nothing is attested; the evidence has values that do not fit: ${fields.join("; ")}.`,
    );
  }
  const subjects = (["evidence.sha256", "plan.json"] as const).map((name) => ({
    name,
    digest: digestOf(exhibit.bytes(name)),
  }));
  return { subjects, predicate: parsed.data };
}

/** Of a bundle that was proved and tells of an execution, so that its parts are there. */
function claimsOf(exhibit: Exhibit, artifact: StoredArtifact, commitSha: string) {
  const plan = exhibit.plan as NonNullable<typeof exhibit.plan>;
  const approval = plan.approval as NonNullable<typeof plan.approval>;
  const executed = exhibit.executed as JournalRecord;
  const { binding } = plan;
  return {
    decision: executed.decision,
    reasonCode: executed.reasonCode,
    riskClass: plan.riskClass,
    pullRequest: binding.pullRequest,
    repository: { name: executed.repository, id: binding.repositoryId },
    plan: {
      digest: plan.planDigest,
      bindingDigest: plan.bindingDigest,
      promptDigest: binding.promptDigest,
      policyDigest: binding.policyDigest,
      instructionChainDigest: binding.instructionChainDigest,
      requester: { login: binding.requester, id: binding.requesterId },
    },
    approval: {
      approver: { login: approval.approver, id: approval.approverId },
      approvedAt: approval.approvedAt,
      expiresAt: approval.expiresAt,
      isFourEyes: approval.isFourEyes,
      dryRunPatchDigest: approval.dryRun.patchDigest,
    },
    gates: gatesOf(exhibit.gates),
    execution: {
      strategy: exhibit.committed?.subject[STRATEGY] ?? null,
      codexVersion: binding.codexVersion,
      model: binding.model,
      effort: binding.effort,
      actionVersion: binding.actionVersion,
      runId: executed.runId,
      runAttempt: executed.runAttempt,
    },
    commit: {
      sha: commitSha,
      headBefore: binding.headSha,
      baseRef: binding.baseRef,
      baseSha: binding.baseSha,
      patchDigest: digestOf(exhibit.bytes("run.patch")),
    },
    evidence: { journalHead: journalHead(exhibit.journal), artifactId: artifact.id, artifactDigest: artifact.digest },
  };
}

function gatesOf(record: JournalRecord | undefined) {
  if (record === undefined) return null;
  const passed = readPassedGates(record.subject);
  return { passed, decision: passed.includes(FINAL_DECISION) ? decisionOf(record) : null };
}

/** A decision that was made anew is there twice: the later one is what counted. */
function decisionOf(record: JournalRecord) {
  const decisions = readJournalledSignOffs([record]).filter(({ kind }) => kind === "decision");
  const last = decisions.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  return {
    verdict: last?.verdict === "pass" ? "go" : "no-go",
    actorId: last?.actorId,
    commentId: last?.commentId,
    decidedAt: last?.at,
  };
}
