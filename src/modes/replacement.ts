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

/** When a label on a plan that replaced another one begins to count. `publishedAt` and the result are ISO 8601. */
export function countsFrom(publishedAt: string): string {
  return new Date(Date.parse(publishedAt) + READING_MS).toISOString();
}

/**
 * Whether a plan replaced another one that the run which made it did not see: a run at the same time may have published
 * it, and its comment may have been deleted. Nobody can delete a check run.
 */
export async function hasOlderPointer(record: RunRecord): Promise<boolean> {
  const { planHead = "", pointer, pullRequest } = record;
  const checks = await fetchBelievedChecks(record, planHead);
  return checks.some(({ externalId }) => {
    const other = parsePointer(externalId);
    const isOfThis = other?.pullRequest === pullRequest?.number;
    return isOfThis && pointer !== undefined && (other?.planArtifactId ?? 0) < pointer.planArtifactId;
  });
}

/** Whether a comment from before the plan's shows another plan; its own run may have looked before it was there. */
export async function hasOlderComment({ ports }: RunRecord, { id }: Comment, pullRequest: number): Promise<boolean> {
  const comments = await ports.github.fetchNewestComments(pullRequest);
  return comments.some((other) => other.id < id && showsSomePlan(other, pullRequest));
}
