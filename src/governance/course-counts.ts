import { type Course, ENDINGS, type Ending } from "./course.ts";
import { groupBy } from "./grouping.ts";

/** A command is a run of mode plan, however often that run was repeated. */
export function requestsOf(courses: readonly Course[]): readonly { readonly isRefused: boolean }[] {
  const asked = courses.filter(({ kind }) => kind !== "stray");
  const runs = groupBy(asked, ({ repository, records }) => `${repository.toLowerCase()} ${records[0].runId}`);
  return [...runs.values()].map((group) => ({ isRefused: group.every(({ kind }) => kind === "refused") }));
}

/** Of logins and names, which GitHub takes for the same whatever their case. */
export function countDistinct(names: readonly string[]): number {
  return new Set(names.map((name) => name.toLowerCase())).size;
}

/** How many plans ended how. */
export function countEndings(plans: readonly Course[]): Readonly<Record<Ending, number>> {
  const counts = ENDINGS.map((ending) => [ending, plans.filter((plan) => plan.ending === ending).length]);
  return Object.fromEntries(counts) as Record<Ending, number>;
}
