import { type Course, pullOf } from "./course.ts";
import { isWithin, type Period } from "./figures.ts";
import type { PlanComment, PullRequestFacts, QualityFacts } from "./quality-facts.ts";
import type { PlanFacts } from "./receipts.ts";

/** What people found of the changes, as GitHub has it. */
export interface Quality {
  readonly repository: string;
  /** Plans of the period that are of this repository; the figures are about these. */
  readonly plans: number;
  readonly pullRequests: number;
  /** Conversations that review comments began on these pull requests. */
  readonly reviewFindings: { readonly people: number; readonly bots: number };
  /** Reactions to these plans' comments. */
  readonly feedback: { readonly up: number; readonly down: number };
  /** Issues of the whole repository that were opened in the period. */
  readonly defects: number;
  readonly incidents: number;
  readonly labels: QualityFacts["labels"];
}

export function measureQuality(plans: readonly Course[], period: Period, facts: QualityFacts): Quality {
  const own = plansOf(plans, facts);
  const pulls = pullsOf(own, facts);
  const comments = commentsOf(own, facts);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    repository: facts.repository,
    plans: own.length,
    pullRequests: pulls.length,
    reviewFindings: {
      people: sum(pulls.map(({ reviewFindings }) => reviewFindings.people)),
      bots: sum(pulls.map(({ reviewFindings }) => reviewFindings.bots)),
    },
    feedback: { up: sum(comments.map(({ up }) => up)), down: sum(comments.map(({ down }) => down)) },
    defects: facts.defects.filter((at) => isWithin(period, at)).length,
    incidents: facts.incidents.filter((at) => isWithin(period, at)).length,
    labels: facts.labels,
  };
}

/** Milliseconds from the comment that asked to the first comment that showed its plan. */
export function planningTimes(plans: readonly Course[], facts: QualityFacts): readonly number[] {
  return plansOf(plans, facts).flatMap((course) => {
    const pull = pullsOf([course], facts)[0];
    // Of the kind `plan` are only cases that have one.
    const asked = pull?.postedAt.get((course.plan as PlanFacts).commentId);
    if (asked === undefined) return [];
    const waits = commentsOf([course], facts).map(({ postedAt }) => Date.parse(postedAt) - Date.parse(asked));
    return waits.filter((wait) => wait >= 0).slice(0, 1);
  });
}

function plansOf(plans: readonly Course[], { repository }: QualityFacts): readonly Course[] {
  return plans.filter((course) => course.repository.toLowerCase() === repository.toLowerCase());
}

function pullsOf(plans: readonly Course[], { repository, pullRequests }: QualityFacts): readonly PullRequestFacts[] {
  const wanted = new Set(plans.map(pullOf));
  return pullRequests.filter(({ number }) => wanted.has(`${repository.toLowerCase()}#${number}`));
}

/** Oldest first. Two requests may lead to the same plan, so that more than one comment has its digest. */
function commentsOf(plans: readonly Course[], facts: QualityFacts): readonly PlanComment[] {
  const wanted = new Set(plans.map(({ plan }) => plan?.digest));
  return pullsOf(plans, facts)
    .flatMap(({ planComments }) => planComments)
    .filter(({ planDigest }) => wanted.has(planDigest))
    .sort((a, b) => Date.parse(a.postedAt) - Date.parse(b.postedAt));
}
