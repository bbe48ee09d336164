import { hexOf } from "../governance/digest.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { parsePointer } from "../governance/pointer.ts";
import type { Comment } from "../ports.ts";
import { parseMarker } from "../report/marker.ts";
import { fetchBelievedChecks } from "./plan-lookup.ts";
import type { RunRecord } from "./run-record.ts";

/** How long people need to see that a plan is not the one that they were reading, in milliseconds. */
const READING_MS = 60_000;

/** Whether a comment of a bot shows a plan of this pull request. */
export function showsSomePlan({ author, body }: Comment, pullRequest: number): boolean {
  const marker = parseMarker(body);
  return author.type === "Bot" && marker?.planHex !== undefined && marker.pullRequest === pullRequest;
}

/** Whether a comment of a bot shows another plan of this one's pull request; by the binding, not by the text. */
export function showsAnotherPlan(comment: Comment, { binding, bindingDigest }: PlanEvidence): boolean {
  const isThis = parseMarker(comment.body)?.bindingHex === hexOf(bindingDigest);
  return !isThis && showsSomePlan(comment, binding.pullRequest);
}

/** When what is said of a plan that replaced another one begins to count. `publishedAt` and the result: ISO 8601. */
export function countsFrom(publishedAt: string): string {
  return new Date(Date.parse(publishedAt) + READING_MS).toISOString();
}

interface Published {
  readonly comment: Comment;
  /** Whether a comment from shortly before shows another plan of this pull request. */
  readonly hasOlder: boolean;
  /** ISO 8601: when the plan could be read. */
  readonly publishedAt: string;
}

/** When a label or a sign-off begins to count; undefined for a first plan. `said`: when people spoke, ISO 8601. */
export async function findCountsFrom(
  record: RunRecord,
  plan: PlanEvidence,
  { comment, hasOlder, publishedAt }: Published,
  said: readonly string[],
): Promise<string | undefined> {
  const from = countsFrom(publishedAt);
  const isSoon = said.some((at) => Date.parse(at) < Date.parse(from));
  const isReplacement =
    plan.binding.replacedCommentId !== undefined ||
    hasOlder ||
    (isSoon && ((await hasOlderPointer(record)) || (await hasOlderComment(record, comment, plan))));
  if (!isReplacement) return undefined;
  record.facts.replacement = { countsFrom: from };
  return from;
}

/**
 * Whether a plan replaced another one that the run which made it did not see: a run at the same time may have published
 * it, and its comment may have been deleted. Nobody can delete a check run.
 */
async function hasOlderPointer(record: RunRecord): Promise<boolean> {
  const { planHead = "", pointer, pullRequest } = record;
  const checks = await fetchBelievedChecks(record, planHead);
  return checks.some(({ externalId }) => {
    const other = parsePointer(externalId);
    const isOfThis = other?.pullRequest === pullRequest?.number;
    return isOfThis && pointer !== undefined && (other?.planArtifactId ?? 0) < pointer.planArtifactId;
  });
}

/** Whether a comment from before the plan's shows another plan; its own run may have looked before it was there. */
async function hasOlderComment({ ports }: RunRecord, { id }: Comment, plan: PlanEvidence): Promise<boolean> {
  const comments = await ports.github.fetchNewestComments(plan.binding.pullRequest);
  return comments.some((other) => other.id < id && showsAnotherPlan(other, plan));
}
