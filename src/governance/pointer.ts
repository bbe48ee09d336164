import { z } from "zod";
import { type Digest, digestOf, hexOf } from "./digest.ts";

/**
 * Where a plan stands. `committing`: the approval is spent, the commit is about to be made or was made and not
 * reported. `executed` is final.
 */
export const POINTER_STAGES = [
  "planned",
  "denied",
  "approved",
  "committing",
  "drifted",
  "revoked",
  "executed",
] as const;
export type PointerStage = (typeof POINTER_STAGES)[number];

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
  readonly shownDigest: Digest;
  /** The same of what stood there before: the comment is rewritten after the check run, and that may fail. */
  readonly shownBefore: Digest;
  /** The label event that was judged last; 0 when there is none. */
  readonly eventId: number;
  /** The commit that the execution made; empty before. */
  readonly commitSha: string;
}

const id = z.coerce.number().int().min(0);
const hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((digits): Digest => `sha256:${digits}`);

const pointerSchema = z
  .strictObject({
    v: z.literal("1"),
    stage: z.enum(POINTER_STAGES),
    pr: id,
    artifact: id,
    zip: hex,
    plan: id,
    comment: id,
    binding: hex,
    shown: hex,
    before: hex,
    event: id,
    commit: z.string().regex(/^(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?$/),
  })
  .transform(
    (raw): Pointer => ({
      stage: raw.stage,
      pullRequest: raw.pr,
      artifactId: raw.artifact,
      artifactDigest: raw.zip,
      planArtifactId: raw.plan,
      commentId: raw.comment,
      bindingDigest: raw.binding,
      shownDigest: raw.shown,
      shownBefore: raw.before,
      eventId: raw.event,
      commitSha: raw.commit,
    }),
  );

/** A pointer as the `external_id` of a check run. */
export function renderPointer(pointer: Pointer): string {
  return new URLSearchParams({
    v: "1",
    stage: pointer.stage,
    pr: String(pointer.pullRequest),
    artifact: String(pointer.artifactId),
    zip: hexOf(pointer.artifactDigest),
    plan: String(pointer.planArtifactId),
    comment: String(pointer.commentId),
    binding: hexOf(pointer.bindingDigest),
    shown: hexOf(pointer.shownDigest),
    before: hexOf(pointer.shownBefore),
    event: String(pointer.eventId),
    commit: pointer.commitSha,
  }).toString();
}

/** Undefined for an `external_id` that is no pointer of ours. */
export function parsePointer(externalId: string): Pointer | undefined {
  const parameters = new URLSearchParams(externalId);
  const parsed = pointerSchema.safeParse(Object.fromEntries(parameters));
  // A repeated key would make what we read differ from what somebody else reads.
  if (!parsed.success || renderPointer(parsed.data) !== externalId) return undefined;
  return parsed.data;
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
  const newest = pointers[0]?.pointer;
  // An execution is final: no later check run makes the approval usable again.
  const used = pointers.find(
    ({ pointer }) => pointer.stage === "executed" && pointer.planArtifactId === newest?.planArtifactId,
  );
  return used?.pointer ?? newest;
}

/** Digest of what a comment shows. White space does not count: a service may normalise it. */
export function shownDigest(body: string): Digest {
  return digestOf(body.replace(/\s+/g, ""));
}
