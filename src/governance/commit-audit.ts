import { COMMIT_TRAILERS, parseTrailer } from "./commit-message.ts";
import { type Comparison, firstDifference } from "./difference.ts";
import type { PlanEvidence } from "./evidence.ts";
import type { Exhibit } from "./exhibit.ts";
import type { Finding } from "./outcome.ts";

/** What the commit of an execution must be like. */
export interface CommitClaim {
  readonly sha: string;
  readonly parent: string;
  /** Trailers by name. `Codex-Evidence` is not among them: no bundle knows the digest of its own zip. */
  readonly trailers: Readonly<Record<string, string>>;
  /** What it adds to its parent's tree. */
  readonly patch: Uint8Array;
}

/** Undefined when the bundle tells of no execution. */
export function commitClaimOf(exhibit: Exhibit, plan: PlanEvidence): CommitClaim | undefined {
  const { executed, committed } = exhibit;
  if (executed === undefined || committed === undefined || plan.approval === undefined) return undefined;
  return {
    sha: String(executed.subject.commitSha),
    parent: plan.binding.headSha,
    trailers: {
      [COMMIT_TRAILERS.plan]: plan.planDigest,
      [COMMIT_TRAILERS.binding]: plan.bindingDigest,
      [COMMIT_TRAILERS.approvedBy]: plan.approval.approver,
      [COMMIT_TRAILERS.journal]: exhibit.headAt(committed),
    },
    patch: exhibit.bytes("run.patch"),
  };
}

/** A commit as a repository has it. */
export interface CommitFacts {
  readonly parents: readonly string[];
  readonly message: string;
  readonly tree: string;
  /** The tree that the parent and the claimed patch give; undefined when the patch does not apply. */
  readonly claimedTree: string | undefined;
}

/** What is wrong with the commit that a bundle claims; undefined when it is just that one. */
export function auditCommit(claim: CommitClaim, commit: CommitFacts): Finding | undefined {
  return firstDifference([
    ["The commit's parent", claim.parent, commit.parents.join(" ")],
    ...Object.entries(claim.trailers).map(
      ([name, value]): Comparison => [`The trailer ${name}`, value, parseTrailer(commit.message, name)],
    ),
    ["The commit's tree", commit.claimedTree ?? "the parent's with the patch", commit.tree],
  ]);
}
