import { byText, type PlanFacts } from "./plan-facts.ts";

/** When a rule speaks. Shares are of 1. A caller may choose others; the note says which were used. */
export interface Thresholds {
  /** Fewer plans than this accuse nobody: the entry says "too few". */
  readonly minPlans: number;
  /** Executions (or plans of a workflow) of the kind in question below which a rule is silent. */
  readonly minCases: number;
  readonly verificationFailures: number;
  readonly unverifiedExecutions: number;
  readonly outsidePlan: number;
  /** P0 and P1 comments of Codex's reviews for each executed change. */
  readonly severeComments: number;
  readonly unreviewable: number;
  readonly largeChanges: number;
  /** A change with more files or lines than this is large. */
  readonly largeFiles: number;
  readonly largeLines: number;
  /** Days for which an instruction file must not have changed before it can be stale. */
  readonly staleDays: number;
  /** Files that must have changed under it meanwhile. */
  readonly staleFiles: number;
}

export const THRESHOLDS: Thresholds = {
  minPlans: 5,
  minCases: 2,
  verificationFailures: 0.2,
  unverifiedExecutions: 0.5,
  outsidePlan: 0.2,
  severeComments: 1,
  unreviewable: 0.2,
  largeChanges: 0.3,
  largeFiles: 20,
  largeLines: 400,
  staleDays: 30,
  staleFiles: 20,
};

/** Every rule with its section, what it has found, and what is asked of people. The list is closed. */
export const REVIEW_RULES = {
  "verification-failures": {
    section: "repositories",
    title: "Verification commands fail often",
    advice: "Have changes verified, and signed by a named owner, before they may be executed.",
  },
  "unverified-executions": {
    section: "repositories",
    title: "Changes are executed without any verification command",
    advice: "Name the command that proves a change of this repository.",
  },
  "outside-plan": {
    section: "repositories",
    title: "Codex asks for changes outside of the approved plan",
    advice: "Apply the patch that was approved, instead of letting a model make it anew.",
  },
  "review-findings": {
    section: "repositories",
    title: "Codex's own reviews find severe problems in executed changes",
    advice: "Have two people approve each plan.",
  },
  "stale-instructions": {
    section: "instructions",
    title: "The instructions stayed the same while the code under them moved",
    advice:
      "Somebody who knows the code reads the file against what changed, and corrects it or says that it still holds.",
  },
  "unreviewable-changes": {
    section: "workflows",
    title: "Plans and changes are refused because nobody could review them",
    advice: "Ask those who use this workflow to split their prompts; look at whether the limits fit the repository.",
  },
  "large-changes": {
    section: "workflows",
    title: "Approved changes are too large to be read with care",
    advice: "Limit what a plan may name and what a change may add and remove.",
  },
} as const;
export type RuleName = keyof typeof REVIEW_RULES;
export type ReviewSection = (typeof REVIEW_RULES)[RuleName]["section"];

/** Excerpts of a policy, ready to be merged into the file; only where a stricter policy is the answer. */
export const EXCERPTS: Partial<Readonly<Record<RuleName, string>>> = {
  "verification-failures": "risk:\n  medium:\n    paths: ['**']\n    declarations: true\n    gates: [code-quality]\n",
  "unverified-executions":
    "verification:\n  - ./scripts/verify.sh # put the command here that proves a change of this repository\n",
  "outside-plan": "strategy: replay\n",
  "review-findings": "risk:\n  medium:\n    paths: ['**']\n    approvals: 2\n",
  "large-changes": "max-files: 20\nmax-lines: 400\n",
};

/** A count, or a count of so many. Undefined where the source does not report it. */
export interface Figure {
  readonly name: string;
  readonly value: number | undefined;
  readonly of?: number;
}

/** Where to look. Whom it is by is not said. */
export interface PlanReference {
  readonly pullRequest: number | null;
  readonly planDigest: string | undefined;
  readonly what: string;
}

export interface ReviewEntry {
  readonly rule: RuleName;
  readonly repository: string;
  /** The workflow file or the instruction file; undefined for the repository as a whole. */
  readonly subject: string | undefined;
  /** `approval`: a person must approve a stricter policy. `too few`: nothing is concluded from so few plans. */
  readonly conclusion: "approval" | "follow-up" | "too few";
  readonly figures: readonly Figure[];
  /** When the rule speaks, in words. */
  readonly threshold: string;
  readonly plans: readonly PlanReference[];
  /** A command that shows a person more; undefined where there is none. */
  readonly command?: string;
  /** With `approval` alone. */
  readonly excerpt: string | undefined;
}

/** What a rule gives away: the conclusion and the excerpt follow from the rule and from the sample. */
export type Observation = Omit<ReviewEntry, "conclusion" | "excerpt">;

export function concluded(observation: Observation, isSampleLarge: boolean): ReviewEntry {
  const excerpt = isSampleLarge ? EXCERPTS[observation.rule] : undefined;
  const conclusion = !isSampleLarge ? "too few" : excerpt === undefined ? "follow-up" : "approval";
  return { ...observation, conclusion, excerpt };
}

/** The plans of an entry, by pull request and digest. */
export function referencesOf(plans: readonly PlanFacts[], what: (plan: PlanFacts) => string): readonly PlanReference[] {
  return plans
    .map((plan) => ({ pullRequest: plan.pullRequest, planDigest: plan.planDigest, what: what(plan) }))
    .sort(
      (a, b) =>
        (a.pullRequest ?? 0) - (b.pullRequest ?? 0) ||
        byText(a.planDigest ?? "", b.planDigest ?? "") ||
        byText(a.what, b.what),
    );
}

/** `20 %`, for a threshold in words. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
