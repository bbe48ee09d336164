import { Buffer } from "node:buffer";
import { z } from "zod";
import { type Digest, digestOf, hexOf } from "./digest.ts";

/**
 * Where a plan stands. `blocked`: approved, but something that high-risk work needs is open. `committing`: the
 * approval is spent, the commit is about to be made, or was made (then it is named) and not reported. `released`: the
 * commit is known not to have been made, the approval may be used. `executed` is final, and so is `drifted`, unless a
 * commit comes after all.
 */
export const POINTER_STAGES = [
  "planned",
  "denied",
  "approved",
  "blocked",
  "committing",
  "released",
  "drifted",
  "revoked",
  "executed",
] as const;
export type PointerStage = (typeof POINTER_STAGES)[number];

/** Whether a plan of this stage has its approval, with the dry run. */
export function isApprovedStage(stage: PointerStage): boolean {
  return stage === "approved" || stage === "blocked" || stage === "released";
}

/**
 * What our check run remembers between runs: where the evidence is, never what it says. Whoever forges a
 * pointer gains nothing, because the artifact's own run, its digest and the bundle's inner digests are proved.
 */
export interface Pointer {
  readonly stage: PointerStage;
  readonly pullRequest: number;
  readonly artifactId: number;
  /** Digest of the artifact's zip. */
  readonly artifactDigest: Digest;
  /** The artifact of mode plan, whose run alone proves the plan's origin. */
  readonly planArtifactId: number;
  /** The plan's comment. */
  readonly commentId: number;
  readonly bindingDigest: Digest;
  /** Digest of the comment as we wrote it (see `shownDigest`), so that an edited comment is noticed. */
  readonly shownDigest: string;
  /** The same of what stood there before: the comment is rewritten after the check run, and that may fail. */
  readonly shownBefore: string;
  /** The label event that was judged last; 0 when there is none. */
  readonly eventId: number;
  /** The commit that the execution made; empty before. */
  readonly commitSha: string;
}

const FORMAT = "cpg1";

const number = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,15})$/)
  .transform(Number)
  .refine(Number.isSafeInteger);
const bytes = (hexLength: number) =>
  z
    .string()
    .transform(toHex)
    .refine((hex) => hex.length === hexLength);
const digest = bytes(64).transform((hex): Digest => `sha256:${hex}`);

const fieldsSchema = z.tuple([
  z.literal(FORMAT),
  z.enum(POINTER_STAGES),
  number,
  number,
  digest,
  number,
  number,
  digest,
  z.string().regex(/^[\w-]{22}$/),
  z.string().regex(/^[\w-]{22}$/),
  number,
  z
    .string()
    .transform(toHex)
    .refine((hex) => [0, 40, 64].includes(hex.length)),
]);

/**
 * A pointer as the `external_id` of a check run: its fields in a fixed order. GitHub documents no limit for the
 * field; it is kept below the 255 characters that such fields often have.
 */
export function renderPointer(pointer: Pointer): string {
  return [
    FORMAT,
    pointer.stage,
    pointer.pullRequest,
    pointer.artifactId,
    toBase64(hexOf(pointer.artifactDigest)),
    pointer.planArtifactId,
    pointer.commentId,
    toBase64(hexOf(pointer.bindingDigest)),
    pointer.shownDigest,
    pointer.shownBefore,
    pointer.eventId,
    toBase64(pointer.commitSha),
  ].join(".");
}

/** Undefined for an `external_id` that is no pointer of ours. */
export function parsePointer(externalId: string): Pointer | undefined {
  const parsed = fieldsSchema.safeParse(externalId.split("."));
  if (!parsed.success) return undefined;
  const [, stage, pullRequest, artifactId, artifactDigest, planArtifactId, commentId, ...rest] = parsed.data;
  const [bindingDigest, shown, shownBefore, eventId, commitSha] = rest;
  const pointer: Pointer = {
    stage,
    pullRequest,
    artifactId,
    artifactDigest,
    planArtifactId,
    commentId,
    bindingDigest,
    shownDigest: shown,
    shownBefore,
    eventId,
    commitSha,
  };
  // Base64 can spell the same bytes in several ways; only ours is a pointer.
  return renderPointer(pointer) === externalId ? pointer : undefined;
}

interface PointedCheck {
  readonly id: number;
  readonly externalId: string;
}

/**
 * The pointer that counts among the check runs of a head commit: of the newest plan of this pull request, the
 * newest. The newest plan is the one with the highest artifact id, so an older pointer that is posted again
 * does not bring back a plan that was superseded.
 */
export function selectPointer(checks: readonly PointedCheck[], pullRequest: number): Pointer | undefined {
  const pointers = checks
    .flatMap((check) => {
      const pointer = parsePointer(check.externalId);
      return pointer?.pullRequest === pullRequest ? [{ checkId: check.id, pointer }] : [];
    })
    .sort((a, b) => b.pointer.planArtifactId - a.pointer.planArtifactId || b.checkId - a.checkId);
  const [newest] = pointers;
  const posted = pointers.filter(({ pointer }) => pointer.planArtifactId === newest?.pointer.planArtifactId);
  // A commit is final: no later check run makes the approval usable again. The newest says whether it is reported.
  const used = posted.find(({ pointer }) => pointer.stage === "executed" || isUnreported(pointer));
  const last = (used ?? posted.find((one) => !isOvertaken(one, posted)))?.pointer;
  if (last === undefined || last.stage === "executed" || last.stage === "committing") return last;
  // So is a drift, whatever a later check run says of it, unless the plan turns out to be a commit.
  return posted.some(({ pointer }) => pointer.stage === "drifted") ? { ...last, stage: "drifted" } : last;
}

/**
 * Id of the latest label event that a run refused or revoked for this plan; 0 when there is none. Up to it no event
 * counts any more, wherever renamed labels bring it back from: ids go up, and a refusal takes the label away.
 */
export function endedUpTo(checks: readonly PointedCheck[], plan: Pick<Pointer, "planArtifactId">): number {
  const ended = checks
    .flatMap(({ externalId }) => parsePointer(externalId) ?? [])
    .filter(({ planArtifactId, stage }) => planArtifactId === plan.planArtifactId && isEndedStage(stage))
    .map(({ eventId }) => eventId);
  return Math.max(0, ...ended);
}

/** Whether a plan of this stage lost its approval, so that only a new label event gives it another one. */
export function isEndedStage(stage: PointerStage): boolean {
  return stage === "denied" || stage === "revoked";
}

/** Whether a commit was made whose report failed. */
function isUnreported({ stage, commitSha }: Pointer): boolean {
  return stage === "committing" && commitSha !== "";
}

interface Posted {
  readonly checkId: number;
  readonly pointer: Pointer;
}

/**
 * Whether a run that had looked before the approval was spent posted its view after that. `posted` is newest first.
 * Only the run that spent an approval knows whether it may be used again, and says so with `released`.
 */
function isOvertaken({ checkId, pointer }: Posted, posted: readonly Posted[]): boolean {
  const { stage, eventId } = pointer;
  if (stage !== "planned" && stage !== "approved" && stage !== "blocked") return false;
  const before = posted.find(
    (one) =>
      one.checkId < checkId &&
      one.pointer.eventId === eventId &&
      (one.pointer.stage === "committing" || one.pointer.stage === "released"),
  );
  return before?.pointer.stage === "committing";
}

/**
 * What a comment shows, as the first 128 bits of a SHA-256 digest in 22 characters. White space does not count: a
 * service may normalise it.
 */
export function shownDigest(body: string): string {
  return toBase64(hexOf(digestOf(body.replace(/\s/g, ""))).slice(0, 32));
}

function toBase64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url");
}

function toHex(text: string): string {
  return Buffer.from(text, "base64url").toString("hex");
}
