import { chainDigest, findIdentityDrift, type LiveIdentity } from "../governance/binding.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import type { ScratchTree } from "../ports.ts";
import { refreezePrompt } from "./request.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";
import type { Subject } from "./subject.ts";

/** Identity drift that shows without a checkout and without a model: everything but the instruction chain. */
export async function findMovedIdentity(
  record: RunRecord,
  { repository, pullRequest, baseSha, policyDigest }: Subject,
  { binding }: PlanEvidence,
): Promise<Outcome | undefined> {
  const { version, model, effort } = record.policy.codex;
  const live: LiveIdentity = {
    repositoryId: repository.id,
    pullRequest: pullRequest.number,
    headSha: pullRequest.headSha,
    baseRef: pullRequest.baseRef,
    policyDigest,
    codexVersion: version,
    model,
    effort,
    actionVersion: record.context.actionVersion,
    // Policy and instructions of the base are compared by themselves, so a base that merely moved may be allowed.
    ...(record.policy["base-moved"] === "stale" ? { baseSha } : {}),
  };
  const drift = findIdentityDrift(binding, live);
  if (drift) return outcome(drift.reasonCode, "denied", drift.findings);
  const prompt = await refreezePrompt(record, binding.commentId, binding.requesterId);
  if (isOutcome(prompt)) return prompt;
  const changed = findIdentityDrift(binding, { promptDigest: prompt.digest });
  return changed && outcome(changed.reasonCode, "denied", changed.findings);
}

/** The instruction files of the base, as they were laid out for this run. */
export function findMovedInstructions({ binding }: PlanEvidence, tree: ScratchTree): Outcome | undefined {
  const changed = findIdentityDrift(binding, { instructionChainDigest: chainDigest(tree.instructions) });
  return changed && outcome(changed.reasonCode, "denied", changed.findings);
}
