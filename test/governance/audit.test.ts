import { describe, expect, test } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { renderManifest } from "../../src/governance/evidence.ts";
import { journalHead } from "../../src/governance/journal.ts";
import { approvedSubject, bundleOf, COMMIT, expectWrong, PATCH, STEPS } from "./audit-bundles.ts";
import { approvalRecord, type Bundle, bytes, HEAD, journalled } from "./builders.ts";

const journalOf = (bundle: Bundle) => new TextDecoder().decode(bundle.get("journal.jsonl"));
const stepOf = (bundle: Bundle, name: string) => auditBundle(bundle).steps.find((step) => step.name === name);

describe("a sound bundle", () => {
  test("of an execution has all checks passed, but for what does not apply", () => {
    const bundle = bundleOf();
    const { steps, finding, claims } = auditBundle(bundle, { journalHead: journalHead(journalOf(bundle)) });
    expect(finding).toBeUndefined();
    expect(steps.filter(({ status }) => status !== "passed").map(({ name, remark }) => [name, remark])).toEqual([
      ["gates", "the plan's class needed none"],
    ]);
    const { planDigest, bindingDigest } = approvalRecord(bundle);
    const [, , commitLine = ""] = journalOf(bundle).split("\n");
    expect(claims).toEqual({
      stage: "executed",
      lastReason: "plan_executed",
      repository: "acme/shop",
      pullRequest: 7,
      journalHead: journalHead(journalOf(bundle)),
      planDigest,
      requester: "rita",
      approver: "anna",
      commit: {
        sha: COMMIT,
        parent: HEAD,
        trailers: {
          "Codex-Plan": planDigest,
          "Codex-Binding": bindingDigest,
          "Codex-Approved-By": "anna",
          "Codex-Journal": digestOf(commitLine),
        },
        patch: bytes(PATCH),
      },
    });
  });

  test.each([
    ["plan", "planned"],
    ["approve", "approved"],
    ["commit", "approved"],
  ] as const)("that ends with the record %s says how far it came, and tells of no commit", (until, stage) => {
    const { finding, claims } = auditBundle(bundleOf({ until }));
    expect(finding).toBeUndefined();
    expect(claims).toMatchObject({ stage, commit: undefined });
  });

  test("of a refused request has no plan, and says so", () => {
    const bundle = journalled(new Map(), {
      decision: "deny",
      reasonCode: "plan_invalid",
      pullRequest: null,
      subject: {},
    });
    const { finding, claims, steps } = auditBundle(bundle);
    expect(finding).toBeUndefined();
    expect(claims).toMatchObject({
      stage: "refused",
      lastReason: "plan_invalid",
      pullRequest: null,
      planDigest: undefined,
    });
    const noPlan = "the request was refused before there was a plan";
    expect(steps.filter(({ status }) => status !== "passed").map(({ name, remark }) => [name, remark])).toEqual([
      ["journal-head", "no journal head was given"],
      ["plan", noPlan],
      ["origin", noPlan],
      ["approval", "the plan was not approved"],
      ["four-eyes", "the plan was not approved"],
      ["dry-run", "the plan was not approved"],
      ["gates", "nothing was executed"],
      ["execution", "nothing was executed"],
      ["parity", "nothing was executed"],
    ]);
  });

  test("may be of an own request where the policy allowed it, and says so", () => {
    const own = { approverId: 21, approver: "rita", isFourEyes: false };
    const bundle = bundleOf({
      approval: own,
      entries: { approve: { actor: "rita" } },
      subjects: { approve: { approverId: 21 } },
    });
    expect(auditBundle(bundle).finding).toBeUndefined();
    expect(stepOf(bundle, "four-eyes")?.remark).toBe("the policy allowed an own request");
  });

  test("may have been denied in between, and approved again with another label event", () => {
    const bundle = bundleOf({ before: { approve: { decision: "deny", reasonCode: "no_change" } } });
    expect(auditBundle(bundle).finding).toBeUndefined();
  });

  test.each([
    ["runs", { execute: { at: "2026-11-10T12:00:30Z", runId: 9 } }],
    ["attempts of one run", { execute: { at: "2026-11-10T12:00:30Z", runAttempt: 2 } }],
  ])("may have %s whose clocks differ a little", (_, entries) => {
    expect(auditBundle(bundleOf({ entries })).finding).toBeUndefined();
  });

  test("may have its commit a little after the approval's end, by the clock of the runner", () => {
    const bundle = bundleOf({ approval: { expiresAt: "2026-11-10T12:00:00.001Z" } });
    expect(auditBundle(bundle).finding).toBeUndefined();
  });

  test("may have gates that are still open while nothing was executed", () => {
    const gates = { step: "gates", decision: "info", reasonCode: "gates_pending" } as const;
    const bundle = bundleOf({ until: "commit", before: { commit: gates } });
    expect(auditBundle(bundle).finding).toBeUndefined();
    expect(stepOf(bundle, "gates")?.remark).toBe("nothing was executed");
  });

  test("tells of the commit of the execution that was allowed, not of one that was denied before", () => {
    const denied = { decision: "deny", subject: { commitSha: HEAD } } as const;
    const { finding, claims } = auditBundle(bundleOf({ before: { execute: denied } }));
    expect(finding).toBeUndefined();
    expect(claims?.commit?.sha).toBe(COMMIT);
  });

  test("tells of the same commit whatever was stored after the execution", () => {
    const later = { at: "2026-11-10T12:06:00Z", step: "commit", reasonCode: "evidence_stored", runId: 4 } as const;
    const { finding, claims } = auditBundle(journalled(bundleOf(), { ...later, subject: approvedSubject() }));
    expect(finding).toBeUndefined();
    expect(claims?.commit).toEqual(auditBundle(bundleOf()).claims?.commit);
  });

  test("of a high-risk change had its gates passed right before the commit", () => {
    const gates = { step: "gates", decision: "info", reasonCode: "gates_passed" } as const;
    expect(stepOf(bundleOf({ before: { commit: gates } }), "gates")?.status).toBe("passed");
  });
});

describe("a bundle that was changed", () => {
  test("is not sound without any of its files, or with one more", () => {
    const original = bundleOf();
    for (const name of original.keys()) {
      const changed = new Map(original);
      changed.delete(name);
      expect(auditBundle(changed).finding, name).toBeDefined();
    }
    expectWrong(bundleOf().set("drift.diff", bytes("")), "files", { got: expect.not.stringContaining("drift.diff") });
  });

  /** What somebody does who knows how bundles are sealed, but cannot make a digest of another text. */
  const withJournal = (lines: readonly string[]): Bundle => {
    const bundle = bundleOf().set("journal.jsonl", bytes(lines.map((line) => `${line}\n`).join("")));
    return bundle.set("evidence.sha256", bytes(renderManifest(bundle)));
  };
  const linesOf = (bundle: Bundle) => journalOf(bundle).trimEnd().split("\n");

  test("by dropping a record is not sound, or else tells of no execution", () => {
    const lines = linesOf(bundleOf());
    for (const index of lines.keys()) {
      const { finding, claims } = auditBundle(withJournal(lines.toSpliced(index, 1)));
      // Without its last record it is the bundle that was stored right before the commit, and says no more.
      if (index === lines.length - 1) expect(claims).toMatchObject({ stage: "approved", commit: undefined });
      else expect(finding, `without ${index}`).toBeDefined();
    }
  });

  test("by swapping, repeating or re-dating records is not sound", () => {
    const lines = linesOf(bundleOf());
    for (const [a, first] of lines.entries()) {
      for (const [b, second] of lines.entries()) {
        if (a !== b) expect(auditBundle(withJournal(lines.with(a, second).with(b, first))).finding).toBeDefined();
      }
      expect(auditBundle(withJournal(lines.toSpliced(a, 0, first))).finding).toBeDefined();
      if (a === lines.length - 1) continue;
      const dated = first.replace(/"at":"[^"]+"/, '"at":"2026-11-10T12:04:00Z"');
      expect(auditBundle(withJournal(lines.with(a, dated))).finding, `re-dated ${a}`).toBeDefined();
    }
  });

  test("at its very last record, with a new manifest, is found out by the journal head that others keep", () => {
    const lines = linesOf(bundleOf());
    const head = journalHead(journalOf(bundleOf()));
    const last = lines.at(-1)?.replace("12:05:02Z", "12:05:03Z") ?? "";
    const forged = withJournal(lines.with(-1, last));
    expect(auditBundle(forged).finding).toBeUndefined();
    expect(auditBundle(forged, { journalHead: head }).finding).toMatchObject({
      message: "The head of the journal is another one.",
      expected: head,
      got: digestOf(last),
    });
  });
});

test("a failure of ours is not taken for a fault of the bundle", () => {
  class Unreadable extends Map<string, Uint8Array> {
    override keys(): never {
      throw new RangeError("out of memory");
    }
  }
  expect(() => auditBundle(new Unreadable())).toThrow("out of memory");
});

test("evidence that does not hold together is told without the advice to ask for a new plan", () => {
  const { finding } = auditBundle(new Map([["evidence.sha256", bytes("x")]]));
  expect(finding).toStrictEqual({
    code: "evidence_invalid",
    message: "The evidence bundle does not hold together at evidence.sha256.",
    expected: "",
    got: "x",
  });
  const named = auditBundle(new Map([["evidence.sha256", bytes(`${"0".repeat(64)}  x Ask for a new plan. y\n`)]]));
  expect(named.finding?.message).toBe("The evidence bundle does not hold together at x Ask for a new plan. y.");
  const cut = auditBundle(withLastRecordCut());
  expect(cut.finding).toStrictEqual({
    code: "evidence_invalid",
    message:
      "The journal does not hold together: its last record is cut off. The bundle was changed after it was written.",
  });
});

function withLastRecordCut(): Bundle {
  const bundle = bundleOf();
  bundle.set("journal.jsonl", bytes(journalOf(bundle).slice(0, -1)));
  return bundle.set("evidence.sha256", bytes(renderManifest(bundle)));
}

test("the checks stand in a fixed order", () => {
  expect(auditBundle(new Map()).steps.map(({ name }) => name)).toEqual([
    "files",
    "journal-head",
    "subject",
    "time",
    "plan",
    "origin",
    "approval",
    "four-eyes",
    "dry-run",
    "gates",
    "execution",
    "parity",
  ]);
  expect(STEPS).toHaveLength(4);
});
