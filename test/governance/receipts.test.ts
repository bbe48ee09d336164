import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coursesOf } from "../../src/governance/course.ts";
import { measure } from "../../src/governance/metrics.ts";
import { casesOf, type Receipt, readReceipt } from "../../src/governance/receipts.ts";
import { bundleOf, STEPS, type Story } from "./audit-bundles.ts";
import { approvalRecord, type Bundle, bytes, journalEntry, journalled, plannedBundle, richPlan } from "./builders.ts";
import { approved, denied, journalOf, PLAN, published, refusalOf } from "./metric-journals.ts";

const PERIOD = { since: null, until: null };

function receiptsOf(bundles: readonly Bundle[]): readonly Receipt[] {
  return bundles.flatMap((bundle, index) => {
    const read = readReceipt(`bundle ${index}`, bundle);
    return "receipt" in read ? [read.receipt] : [];
  });
}

const figuresOf = (bundles: readonly Bundle[]) => measure({ receipts: receiptsOf(bundles), period: PERIOD });

/** A plan's bundles after each step, made by runs of their own. */
const plansBundles = (runId: number, until: (typeof STEPS)[number] = "execute"): readonly Bundle[] => {
  const story: Story = { entries: { plan: { runId } } };
  return STEPS.slice(0, STEPS.indexOf(until) + 1).map((step) => bundleOf({ ...story, until: step }));
};

const refused = (runId: number): Bundle =>
  journalled(new Map(), { decision: "deny", reasonCode: "prompt_empty", subject: {}, runId });

describe("a receipt", () => {
  test("has what is counted of a plan's bundle", () => {
    const bundle = bundleOf();
    const read = readReceipt("b.zip", bundle);
    expect(read).toEqual({
      receipt: {
        name: "b.zip",
        journal: new TextDecoder().decode(bundle.get("journal.jsonl")),
        plan: {
          digest: approvalRecord(bundle).planDigest,
          riskClass: "medium",
          requester: "rita",
          commentId: 31,
          hasVerification: true,
        },
      },
    });
  });

  test("of a refused request has no plan", () => {
    expect(readReceipt("r.zip", refused(1))).toMatchObject({ receipt: { plan: undefined } });
  });

  test("tells of a plan without commands, and that it is none when it was never published", () => {
    const bundle = plannedBundle({ plan: { ...richPlan, verification: [] } });
    bundle.delete("journal.jsonl");
    const { planDigest, bindingDigest } = approvalRecord(bundle);
    const subject = { planDigest, bindingDigest };
    const unpublished = journalled(bundle, { decision: "deny", reasonCode: "head_moved", subject });
    expect(readReceipt("u.zip", unpublished)).toMatchObject({ receipt: { plan: { hasVerification: false } } });
    expect(figuresOf([unpublished]).adoption).toMatchObject({ requests: 1, plans: 0 });
  });

  test("is not given for a bundle that does not hold together: only what is wrong with it", () => {
    const changed = bundleOf().set("run.patch", bytes("other"));
    expect(readReceipt("b.zip", changed)).toMatchObject({ finding: { code: "evidence_invalid" } });
    expect(readReceipt("b.zip", new Map())).toMatchObject({ finding: { code: "evidence_invalid" } });
  });
});

describe("the bundles of a plan", () => {
  const plans = [plansBundles(1), plansBundles(2, "approve"), plansBundles(3), [refused(4)], [refused(5)]];
  const all = plans.flat();
  const whole = figuresOf(all);

  test("make one case, of which each record counts once", () => {
    expect(whole.adoption).toMatchObject({ requests: 5, plans: 3, approved: 3, executed: 2 });
    const cases = casesOf(receiptsOf(all));
    expect(cases.map(({ records }) => records.length).sort()).toEqual([1, 1, 2, 4, 4]);
  });

  test("give the same figures whatever bundles come, how often and in what order, if the latest is among them", () => {
    const latest = plans.map((bundles) => bundles.at(-1) as Bundle);
    const more = fc.array(fc.constantFrom(...all), { maxLength: 12 });
    const order = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(more, order, (others, numbers) => {
        const shuffled = [...latest, ...others]
          .map((bundle) => ({ bundle, place: numbers.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ bundle }) => bundle);
        expect(figuresOf(shuffled)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test("give no other figure for one more that is not sound", () => {
    const broken = fc.record({ bundle: fc.constantFrom(...all), name: fc.nat(), place: fc.nat(all.length) });
    fc.assert(
      fc.property(broken, ({ bundle, name, place }) => {
        const names = [...bundle.keys()];
        const changed = new Map(bundle).set(names[name % names.length] as (typeof names)[number], bytes("changed\n"));
        expect(readReceipt("x", changed)).toHaveProperty("finding");
        expect(figuresOf(all.toSpliced(place, 0, changed))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a case", () => {
  const start = published("2026-11-10T11:00:00Z");
  const receipt = (name: string, journal: string): Receipt => ({ name, journal, plan: PLAN });
  // The last runner's clock was behind: what follows in the chain came later all the same.
  const one = receipt(
    "a",
    journalOf([start, approved("2026-11-10T12:00:00Z"), denied("2026-11-10T11:20:00Z", "head_moved")]),
  );
  const other = receipt("b", journalOf([start, approved("2026-11-10T11:30:00Z")]));
  const twin = receipt("c", journalOf([start, approved("2026-11-10T11:30:00Z", { runId: 9 })]));

  test("of a forked chain has the records of all branches, in an order that depends on nothing but them", () => {
    const merged = casesOf([one, other, twin]);
    expect(merged.map(({ records }) => records.map(({ sequence, at }) => `${sequence} ${at.slice(11, 16)}`))).toEqual([
      ["0 11:00", "1 11:30", "1 11:30", "1 12:00", "2 11:20"],
    ]);
    for (const order of [
      [twin, other, one],
      [other, one, twin, other],
    ])
      expect(casesOf(order)).toEqual(merged);
  });

  test("comes after those that began before it, and two that began at once have an order too", () => {
    const later = receipt("d", journalOf([published("2026-11-10T11:00:00.001Z")]));
    const atOnce = receipt("e", journalOf([{ ...journalEntry(), ...start, runId: 77 }]));
    const forwards = casesOf([later, one, atOnce]);
    expect(forwards.at(-1)?.records[0].at).toBe("2026-11-10T11:00:00.001Z");
    expect(casesOf([atOnce, one, later])).toEqual(forwards);
  });

  test("is superseded as a plan only: nobody knows which plan a denial without evidence was about", () => {
    const stray = refusalOf({ at: "2026-11-10T10:00:00Z", step: "approve", reasonCode: "label_missing" });
    expect(coursesOf(casesOf([stray, other])).map(({ kind, ending }) => [kind, ending])).toEqual([
      ["stray", "open"],
      ["plan", "open"],
    ]);
  });
});

test("every rate of whatever journals is between 0 and 1, and every plan has one ending", () => {
  const time = fc
    .integer({ min: 0, max: 5_000 })
    .map((minute) => new Date(1_762_700_000_000 + minute * 60_000).toISOString());
  const later = fc.oneof(
    time.map((at) => approved(at)),
    fc
      .tuple(time, fc.constantFrom("plan_drifted", "head_moved", "parity_failed", "verification_failed", "git_failed"))
      .map(([at, reason]) => denied(at, reason as "plan_drifted")),
    time.map((at) => approved(at, { step: "execute", reasonCode: "plan_executed" })),
    time.map((at) => approved(at, { step: "commit", decision: "info", reasonCode: "evidence_stored" })),
  );
  const first = fc.oneof(
    time.map((at) => published(at)),
    time.map((at) => denied(at, "prompt_empty", { step: "plan" })),
    time.map((at) => denied(at, "artifact_missing")),
  );
  const receipts = fc.array(
    fc.tuple(first, fc.array(later, { maxLength: 6 })).map(([begin, rest]): Receipt => {
      return { name: "r", journal: journalOf([begin, ...rest]), plan: PLAN };
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(receipts, (found) => {
      const { rates, adoption, endings, weeks, durations } = measure({ receipts: found, period: PERIOD });
      for (const { rate, numerator, denominator } of rates) {
        expect(numerator).toBeLessThanOrEqual(denominator);
        expect(rate).toSatisfy((value) => (denominator === 0 ? value === null : value >= 0 && value <= 1));
      }
      const total = (counts: readonly number[]) => counts.reduce((sum, each) => sum + each, 0);
      expect(total(Object.values(endings))).toBe(adoption.plans);
      expect(total(weeks.map(({ plans }) => plans))).toBe(adoption.plans);
      for (const { n, median } of durations) expect(median === null).toBe(n === 0);
    }),
  );
});
