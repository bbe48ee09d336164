import type { Digest } from "./digest.ts";

/** What GitHub knows of the quality of changes, besides the bundles. Times are GitHub's, ISO 8601. */
export interface QualityFacts {
  /** `owner/name` */
  readonly repository: string;
  readonly labels: { readonly defect: string; readonly incident: string };
  /** When each issue with the label was opened, closed ones included. */
  readonly defects: readonly string[];
  readonly incidents: readonly string[];
  readonly pullRequests: readonly PullRequestFacts[];
}

/** Of one pull request. */
export interface PullRequestFacts {
  readonly number: number;
  /** Review comments that begin a conversation; answers are none. */
  readonly reviewFindings: { readonly people: number; readonly bots: number };
  readonly planComments: readonly PlanComment[];
  /** When comments were posted, by their id. */
  readonly postedAt: ReadonlyMap<number, string>;
}

/** A comment of the action that shows a plan. */
export interface PlanComment {
  readonly planDigest: Digest;
  readonly postedAt: string;
  /** Reactions +1 and -1. */
  readonly up: number;
  readonly down: number;
}
