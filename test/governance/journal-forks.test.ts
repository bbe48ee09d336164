import { describe, expect, test } from "vitest";
import { findForks } from "../../src/governance/journal-forks.ts";
import { bundleOf, STEPS, type Story } from "./audit-bundles.ts";

const journalOf = (story: Story) => new TextDecoder().decode(bundleOf(story).get("journal.jsonl"));
const named = (...journals: readonly string[]) =>
  journals.map((journal, index) => ({ name: `bundle ${index}`, journal }));

describe("the journals of one plan's bundles", () => {
  test("are one chain when each goes on where another ended, in any order", () => {
    const journals = STEPS.map((until) => journalOf({ until }));
    expect(findForks(named(...journals))).toEqual([]);
    expect(findForks(named(...journals.toReversed(), journals[1] ?? ""))).toEqual([]);
    expect(findForks([])).toEqual([]);
  });

  test("are forked where two went on from the same record", () => {
    const other = journalOf({ until: "approve", entries: { approve: { runId: 99 } } });
    expect(findForks(named(journalOf({ until: "plan" }), other, journalOf({})))).toEqual([
      {
        code: "evidence_invalid",
        message: "The journals of bundle 2 and bundle 1 differ from record 1 on.",
        expected: "one chain",
        got: "two",
      },
    ]);
  });

  test("have nothing to do with those of another plan", () => {
    const other = journalOf({ entries: { plan: { runId: 77 } } });
    expect(findForks(named(journalOf({}), other))).toEqual([]);
  });
});
