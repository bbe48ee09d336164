import { type Course, timesOf, verificationsOf } from "./course.ts";
import { requestsOf } from "./course-counts.ts";
import type { DenialKind } from "./denial-kinds.ts";
import { type Share, type Spread, shareOf, spreadOf } from "./figures.ts";
import { planningTimes } from "./quality.ts";
import type { QualityFacts } from "./quality-facts.ts";

/** What a figure is called and what it means, so that nobody has to guess what was divided by what. */
interface Defined {
  readonly name: string;
  readonly title: string;
  readonly definition: string;
}

export type Rate = Defined & Share;
export type Duration = Defined & Spread;

export const isApproved = ({ records }: Course) => records.some(({ reasonCode }) => reasonCode === "plan_approved");
export const isExecuted = ({ ending }: Course) => ending === "executed";

const met = (kind: DenialKind) => (course: Course) => course.kinds.has(kind);
const plansOf = (courses: readonly Course[]) => courses.filter(({ kind }) => kind === "plan");
const approvedOf = (courses: readonly Course[]) => plansOf(courses).filter(isApproved);

/** Another rate is another entry. */
const RATES: readonly (Defined & { readonly share: (courses: readonly Course[]) => Share })[] = [
  {
    name: "refused",
    title: "Refused before there was a plan",
    definition: "requests that never became a plan / requests",
    share: (courses) => shareOf(requestsOf(courses), ({ isRefused }) => isRefused),
  },
  {
    name: "denied",
    title: "Denied by a rule or by verification",
    definition: "plans denied at least once for what they did or asked for / plans",
    share: (courses) => shareOf(plansOf(courses), (plan) => met("rule")(plan) || met("verification")(plan)),
  },
  {
    name: "stale",
    title: "Went stale",
    definition: "plans denied at least once because head, base, prompt, policy or time had moved on / plans",
    share: (courses) => shareOf(plansOf(courses), met("stale")),
  },
  {
    name: "drifted",
    title: "Drifted",
    definition: "approved plans whose regenerated plan was not the approved one / approved plans",
    share: (courses) => shareOf(approvedOf(courses), met("drift")),
  },
  {
    name: "verified",
    title: "Verification passed",
    definition: "runs whose verification commands all passed / runs that tell how verification ended",
    share: (courses) => shareOf(plansOf(courses).flatMap(verificationsOf), (isPassed) => isPassed),
  },
  {
    name: "executed",
    title: "Executed once approved",
    definition: "approved plans that were executed / approved plans",
    share: (courses) => shareOf(approvedOf(courses), isExecuted),
  },
  {
    name: "failed",
    title: "Met a failure",
    definition: "plans of which a run failed (GitHub, git, Codex, storage, configuration) / plans",
    share: (courses) => shareOf(plansOf(courses), met("failure")),
  },
];

export function measureRates(courses: readonly Course[]): readonly Rate[] {
  return RATES.map(({ share, ...defined }) => ({ ...defined, ...share(courses) }));
}

const DURATIONS: readonly (Defined & { readonly time: (times: ReturnType<typeof timesOf>) => number | undefined })[] = [
  {
    name: "to_approval",
    title: "Plan to approval",
    definition: "publication to the end of the first approval's dry run, by the journal's times",
    time: ({ toApproval }) => toApproval,
  },
  {
    name: "to_execution",
    title: "Approval to execution",
    definition: "the approval that the execution rests on to the commit's report",
    time: ({ toExecution }) => toExecution,
  },
  {
    name: "lead_time",
    title: "Lead time",
    definition: "publication of the plan to the commit's report",
    time: ({ whole }) => whole,
  },
  {
    name: "to_drift",
    title: "Time to detect drift",
    definition: "approval to the run that found the drift, before anything was executed",
    time: ({ toDrift }) => toDrift,
  },
];

/** The first is known to GitHub alone: the journal begins when a plan is published. */
export function measureDurations(plans: readonly Course[], quality: QualityFacts | undefined): readonly Duration[] {
  const times = plans.map(timesOf);
  const measured = DURATIONS.map(({ time, ...defined }) => ({
    ...defined,
    ...spreadOf(times.map(time).filter((each) => each !== undefined)),
  }));
  if (quality === undefined) return measured;
  const planning: Duration = {
    name: "planning",
    title: "Request to plan",
    definition: "the comment that asked to the comment that shows the plan, by GitHub's clock",
    ...spreadOf(planningTimes(plans, quality)),
  };
  return [planning, ...measured];
}
