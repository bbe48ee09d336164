import { type Course, coursesOf, type Ending, escalationsOf, evaluationsOf, pullOf } from "./course.ts";
import { countDistinct, countEndings, requestsOf } from "./course-counts.ts";
import { type DenialKind, denialKindOf } from "./denial-kinds.ts";
import { isWithin, type Period, type Share, shareOf } from "./figures.ts";
import { GATE_NAMES, type GateName } from "./gates.ts";
import { REASONS, type ReasonCode } from "./outcome.ts";
import { measureQuality, type Quality } from "./quality.ts";
import type { QualityFacts } from "./quality-facts.ts";
import { type Duration, isApproved, isExecuted, measureDurations, measureRates, type Rate } from "./rates.ts";
import { casesOf, type Receipt } from "./receipts.ts";
import { RISK_CLASSES, type RiskClass } from "./risk.ts";
import { measureWeeks, type Week } from "./weeks.ts";

/** How much the action is used. It says nothing of whether that is good. */
export interface Adoption {
  /** Commands that led to a plan or to a refusal on record. */
  readonly requests: number;
  readonly plans: number;
  readonly approved: number;
  readonly executed: number;
  /** Different people; nobody is named or ranked. */
  readonly requesters: number;
  readonly approvers: number;
  readonly pullRequests: number;
  readonly repositories: number;
}

export interface Metrics {
  readonly version: 1;
  readonly period: Period;
  readonly adoption: Adoption;
  readonly rates: readonly Rate[];
  readonly durations: readonly Duration[];
  readonly endings: Readonly<Record<Ending, number>>;
  /** Denials of a later step that could not open a plan's evidence. */
  readonly strays: number;
  readonly riskClasses: readonly (Share & { readonly riskClass: RiskClass } & Readonly<Record<Ending, number>>)[];
  readonly gates: Gates;
  readonly escalations: {
    readonly opened: number;
    readonly closed: number;
    readonly open: number;
    readonly overdue: number;
  };
  /** Most frequent first. */
  readonly reasons: readonly {
    readonly reasonCode: ReasonCode;
    readonly kind: DenialKind;
    readonly title: string;
    readonly cases: number;
  }[];
  readonly weeks: readonly Week[];
  /** Null when GitHub was not asked. */
  readonly quality: Quality | null;
}

/** The gates of plans whose class demands some. */
export interface Gates {
  /** Plans whose gates were evaluated. */
  readonly plans: number;
  /** Evaluations of these plans, together. */
  readonly evaluations: number;
  /** Plans whose last evaluation found everything there. */
  readonly passed: Share;
  /** Only gates that were in the way of a plan at least once. */
  readonly blocking: readonly { readonly gate: GateName; readonly failed: Share; readonly openAtLast: Share }[];
}

export interface MetricsInput {
  readonly receipts: readonly Receipt[];
  readonly period: Period;
  /** Undefined when GitHub was not asked. */
  readonly quality?: QualityFacts | undefined;
}

/**
 * The metrics of all cases that began in the period, with everything that became of them, later too. What the figures
 * mean stands in docs/metrics.md.
 */
export function measure({ receipts, period, quality }: MetricsInput): Metrics {
  // A newer plan supersedes an older one wherever the period ends.
  const courses = coursesOf(casesOf(receipts)).filter(({ startedAt }) => isWithin(period, startedAt));
  const plans = courses.filter(({ kind }) => kind === "plan");
  return {
    version: 1,
    period,
    adoption: adoptionOf(courses, plans),
    rates: measureRates(courses),
    durations: measureDurations(plans, quality),
    endings: countEndings(plans),
    strays: courses.filter(({ kind }) => kind === "stray").length,
    riskClasses: RISK_CLASSES.map((riskClass) => ({
      riskClass,
      ...shareOf(plans, ({ plan }) => plan?.riskClass === riskClass),
      ...countEndings(plans.filter(({ plan }) => plan?.riskClass === riskClass)),
    })),
    gates: gatesOf(plans),
    escalations: countEscalations(plans),
    reasons: countReasons(courses),
    weeks: measureWeeks(courses, period, quality),
    quality: quality === undefined ? null : measureQuality(plans, period, quality),
  };
}

function adoptionOf(courses: readonly Course[], plans: readonly Course[]): Adoption {
  return {
    requests: requestsOf(courses).length,
    plans: plans.length,
    approved: plans.filter(isApproved).length,
    executed: plans.filter(isExecuted).length,
    requesters: countDistinct(courses.flatMap(({ requester }) => requester ?? [])),
    approvers: countDistinct(plans.flatMap(({ approvers }) => approvers)),
    pullRequests: countDistinct(plans.map(pullOf)),
    repositories: countDistinct(courses.map(({ repository }) => repository)),
  };
}

function gatesOf(plans: readonly Course[]): Gates {
  const evaluated = plans.map(evaluationsOf).filter((evaluations) => evaluations.length > 0);
  const last = evaluated.flatMap((evaluations) => evaluations.slice(-1));
  const isOf = (gate: GateName) => (blocker: string) => blocker.startsWith(`${gate}/`);
  const blocking = GATE_NAMES.map((gate) => ({
    gate,
    failed: shareOf(evaluated, (evaluations) =>
      evaluations.some(({ unresolved }) => [...unresolved].some(([id, found]) => found === "fail" && isOf(gate)(id))),
    ),
    openAtLast: shareOf(last, ({ unresolved }) => [...unresolved.keys()].some(isOf(gate))),
  }));
  return {
    plans: evaluated.length,
    evaluations: evaluated.flat().length,
    passed: shareOf(last, ({ isPassed }) => isPassed),
    blocking: blocking.filter(({ failed, openAtLast }) => failed.numerator + openAtLast.numerator > 0),
  };
}

function countEscalations(plans: readonly Course[]): Metrics["escalations"] {
  const counts = plans.map(escalationsOf);
  const sum = (of: "opened" | "closed" | "overdue") => counts.reduce((total, count) => total + count[of], 0);
  const [opened, closed] = [sum("opened"), sum("closed")];
  return { opened, closed, open: opened - closed, overdue: sum("overdue") };
}

function countReasons(courses: readonly Course[]): Metrics["reasons"] {
  const codes = [...new Set(courses.flatMap(({ denials }) => [...denials]))].sort();
  return codes
    .map((reasonCode) => ({
      reasonCode,
      kind: denialKindOf(reasonCode),
      title: REASONS[reasonCode].title,
      cases: courses.filter(({ denials }) => denials.has(reasonCode)).length,
    }))
    .sort((a, b) => b.cases - a.cases);
}
