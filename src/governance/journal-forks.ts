import { wrong } from "./difference.ts";
import { groupBy } from "./grouping.ts";
import type { Finding } from "./outcome.ts";

/** A journal of a bundle, with how people call that bundle. */
export interface NamedJournal {
  readonly name: string;
  readonly journal: string;
}

/**
 * Bundles of one plan carry one journal on, so of two the longer begins with the shorter. Where it does not, the
 * chain was forked: a record is missing in each of them.
 */
export function findForks(journals: readonly NamedJournal[]): readonly Finding[] {
  const plans = groupBy(journals, ({ journal }) => journal.slice(0, journal.indexOf("\n")));
  return [...plans.values()].flatMap((group) => {
    const [longest, ...others] = [...group].sort((a, b) => b.journal.length - a.journal.length);
    return others.flatMap(({ name, journal }) => {
      if (longest === undefined || longest.journal.startsWith(journal)) return [];
      const lines = longest.journal.split("\n");
      const fork = journal.split("\n").findIndex((line, index) => line !== lines[index]);
      const message = `The journals of ${longest.name} and ${name} differ from record ${fork} on.`;
      return [wrong(message, "one chain", "two")];
    });
  });
}
