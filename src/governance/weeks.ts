import { type Course, type Ending, verificationsOf } from "./course.ts";
import { countDistinct, countEndings, requestsOf } from "./course-counts.ts";
import { isWithin, type Period, type Share, shareOf, weekOf, weeksBetween } from "./figures.ts";
import { groupBy } from "./grouping.ts";
import type { QualityFacts } from "./quality-facts.ts";

/** A week's adoption, with its quality beside it. What began in the week counts, with what became of it later. */
export interface Week {
  /** Its Monday, `YYYY-MM-DD`, UTC. */
  readonly week: string;
  readonly requests: number;
  readonly refused: number;
  readonly plans: number;
  readonly requesters: number;
  readonly approvers: number;
  readonly endings: Readonly<Record<Ending, number>>;
  readonly verified: Share;
  /** Issues opened in this week; null when GitHub was not asked. */
  readonly defects: number | null;
  readonly incidents: number | null;
}

/** Every week from the first to the last in which anything happened. */
export function measureWeeks(
  courses: readonly Course[],
  period: Period,
  quality: QualityFacts | undefined,
): readonly Week[] {
  const issues = (times: readonly string[] = []) => times.filter((at) => isWithin(period, at)).map(weekOf);
  const [defects, incidents] = [issues(quality?.defects), issues(quality?.incidents)];
  const byWeek = groupBy(courses, ({ startedAt }) => weekOf(startedAt));
  return weeksBetween([...byWeek.keys(), ...defects, ...incidents]).map((week) => {
    const own = byWeek.get(week) ?? [];
    const plans = own.filter(({ kind }) => kind === "plan");
    const requests = requestsOf(own);
    const count = (weeks: readonly string[]) => (quality ? weeks.filter((each) => each === week).length : null);
    return {
      week,
      requests: requests.length,
      refused: requests.filter(({ isRefused }) => isRefused).length,
      plans: plans.length,
      requesters: countDistinct(own.flatMap(({ requester }) => requester ?? [])),
      approvers: countDistinct(plans.flatMap(({ approvers }) => approvers)),
      endings: countEndings(plans),
      verified: shareOf(plans.flatMap(verificationsOf), (isPassed) => isPassed),
      defects: count(defects),
      incidents: count(incidents),
    };
  });
}
