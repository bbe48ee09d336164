import { ANALYTICS_ENDPOINTS } from "../../src/governance/analytics-facts.ts";
import type { PlanFacts } from "../../src/governance/plan-facts.ts";
import { composeReviewNote, type ReviewNote } from "../../src/governance/review-note.ts";
import {
  analyticsRow,
  planFacts,
  plansOf,
  REFUSED,
  reportOf,
  repositoryFacts,
  reviewInput,
} from "../governance/review-builders.ts";

const api = (plans: readonly PlanFacts[]) => plans.map((plan) => ({ ...plan, repository: "acme/api" }));

/** A note in which every rule speaks, and something is left out. */
export const EVENTFUL: ReviewNote = composeReviewNote(
  reviewInput({
    plans: [
      ...plansOf(12, 4, { verification: "failed", denials: ["verification_failed"], isExecuted: false }),
      ...plansOf(10, 10, { verification: "not run", commands: 0, files: 34, lines: 1_204 }),
      ...plansOf(9, 8, REFUSED),
      ...api(plansOf(3, 2, { denials: ["parity_failed"], isExecuted: false })),
      planFacts({ startedAt: "2026-10-01T09:00:00Z" }),
    ],
    leftOut: [
      { code: "evidence_invalid", message: "bundles/7.zip: The journal does not hold together: record 2 is cut off." },
    ],
    reports: [
      reportOf("usage", [analyticsRow({ threads: 1_204, turns: 8_100 }, { namesPerson: true })], {
        pages: 2,
        unknownFields: ["by_client"],
      }),
      reportOf("code_reviews", [
        analyticsRow({ reviews: 9, comments: 40, p0: 4, p1: 16 }),
        analyticsRow({ reviews: 30, p1: 2 }, { repository: undefined, pullRequest: undefined }),
      ]),
      reportOf("code_review_responses", [analyticsRow({ positive: 3, negative: 11 })]),
    ],
    repositories: [repositoryFacts()],
  }),
);

/** Nothing is wrong, and the API was not asked. */
export const CALM: ReviewNote = composeReviewNote(reviewInput({ reports: undefined }));

/** The eventful note with a text in every place that others can fill. */
export function noteWith(text: string): ReviewNote {
  const entries = (all: ReviewNote["sections"]["workflows"]) =>
    all.map((entry) => ({
      ...entry,
      repository: text,
      subject: text,
      command: text,
      plans: entry.plans.map((plan) => ({ ...plan, planDigest: text, what: text })),
    }));
  const { repositories, instructions, workflows } = EVENTFUL.sections;
  return {
    ...EVENTFUL,
    period: { since: text, until: text },
    repositories: EVENTFUL.repositories.map((each) => ({ ...each, name: text })),
    leftOut: [{ code: text, message: text }],
    missing: [text],
    analytics: ANALYTICS_ENDPOINTS.flatMap((endpoint) =>
      EVENTFUL.analytics
        .filter((each) => each.endpoint === endpoint)
        .map((each) => ({ ...each, unknownFields: [text] })),
    ),
    sections: {
      repositories: entries(repositories),
      instructions: entries(instructions),
      workflows: entries(workflows),
    },
  };
}
