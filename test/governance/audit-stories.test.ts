import { describe, expect, test } from "vitest";
import { auditBundle } from "../../src/governance/audit.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { renderApproval } from "../../src/governance/evidence.ts";
import { approvedSubject, bundleOf, COMMIT, expectWrong, PATCH, type Story } from "./audit-bundles.ts";
import { approvalRecord, bytes, digestWith, HEAD, journalled } from "./builders.ts";

describe("a story that cannot be true is not sound, even when everything is sealed anew:", () => {
  const other = digestWith("f");
  const stories: readonly [title: string, story: Story, check: string, finding: object][] = [
    [
      "a record of another repository",
      { entries: { approve: { repository: "acme/other" } } },
      "subject",
      { expected: "acme/shop", got: "acme/other" },
    ],
    [
      "a record of another pull request",
      { entries: { commit: { pullRequest: 8 } } },
      "subject",
      { expected: "7", got: "8" },
    ],
    ["a record of another plan", { subjects: { approve: { planDigest: other } } }, "subject", { got: other }],
    ["a record of another binding", { subjects: { execute: { bindingDigest: other } } }, "subject", { got: other }],
    [
      "an approval of long before the plan, by its own clock",
      { entries: { approve: { at: "2026-11-10T10:00:00Z" } } },
      "time",
      { got: "2026-11-10T10:00:00Z" },
    ],
    [
      "a commit later than its report",
      { entries: { execute: { at: "2026-11-10T12:04:59Z" } } },
      "time",
      { expected: "2026-11-10T12:05:00Z" },
    ],
    ["another beginning", { entries: { plan: { reasonCode: "no_change" } } }, "origin", { got: "no_change" }],
    [
      "a plan that is published twice",
      { before: { approve: { reasonCode: "plan_published" } } },
      "origin",
      { expected: "1", got: "2" },
    ],
    ["another requester", { subjects: { plan: { requesterId: 99 } } }, "origin", { expected: "21", got: "99" }],
    ["another head", { subjects: { plan: { headSha: "d".repeat(40) } } }, "origin", { expected: HEAD }],
    [
      "a label from before the plan",
      { approval: { approvedAt: "2026-11-10T11:29:59Z" } },
      "approval",
      { expected: "after 2026-11-10T11:30:00.000Z" },
    ],
    [
      "a label of the moment when the plan was stored",
      { approval: { approvedAt: "2026-11-10T11:30:00Z" } },
      "approval",
      { got: "2026-11-10T11:30:00Z" },
    ],
    ["a label of no time", { approval: { approvedAt: "never" } }, "approval", { got: "never" }],
    ["another approver's name", { approval: { approver: "eve" } }, "approval", { expected: "eve", got: "anna" }],
    ["another approver", { approval: { approverId: 66 } }, "approval", { expected: "66", got: "22" }],
    ["another label event", { approval: { eventId: 7 } }, "approval", { expected: "7", got: "501" }],
    ["another dry run", { subjects: { approve: { dryRunDigest: other } } }, "approval", { got: other }],
    [
      "the requester as approver",
      { approval: { approverId: 21 }, subjects: { approve: { approverId: 21 } } },
      "four-eyes",
      { expected: "true", got: "false" },
    ],
    [
      "two people where one is said",
      { approval: { isFourEyes: false } },
      "four-eyes",
      { expected: "false", got: "true" },
    ],
    [
      "gates that had not passed",
      { before: { commit: { step: "gates", reasonCode: "gates_pending" } } },
      "gates",
      { got: "gates_pending" },
    ],
    [
      "a commit after the approval's end",
      { approval: { expiresAt: "2026-11-10T12:00:00.000Z" } },
      "execution",
      { got: "2026-11-10T12:05:00Z" },
    ],
    ["an approval of no end", { approval: { expiresAt: "never" } }, "execution", { expected: "before never" }],
    [
      "a commit for another label event",
      { subjects: { commit: { eventId: 9 } } },
      "execution",
      { expected: "501", got: "9" },
    ],
    [
      "an execution without a commit",
      { subjects: { execute: { commitSha: "--help" } } },
      "execution",
      { message: "The commit's id is another one." },
    ],
    [
      "two executions with two commits",
      { before: { execute: { subject: { commitSha: HEAD } } } },
      "execution",
      { expected: "1", got: "2" },
    ],
    [
      "a committed patch that is none",
      { files: { "run.patch": "hello" } },
      "parity",
      { message: "run.patch cannot be read." },
    ],
    [
      "a committed patch of nothing",
      { files: { "run.patch": "" } },
      "parity",
      { message: "run.patch changes nothing." },
    ],
    [
      "a committed patch of another file",
      { files: { "run.patch": PATCH.replaceAll("a.ts", "x.ts") } },
      "parity",
      { code: "file_not_in_plan", path: "x.ts" },
    ],
  ];
  test.each(stories)("%s", (_, story, check, finding) => {
    expectWrong(bundleOf(story), check, finding);
  });

  test("and each is told in words of its own", async () => {
    const told = stories.map(([title, story]) => {
      const { finding } = auditBundle(bundleOf(story));
      return [title, `  ${finding?.message}`, `  expected ${finding?.expected}`, `  got      ${finding?.got}`].join(
        "\n",
      );
    });
    await expect(`${told.join("\n")}\n`).toMatchFileSnapshot("golden/audit-findings.txt");
  });

  test("a dry run outside of the plan, though the approval says otherwise", () => {
    const patch = PATCH.replaceAll("a.ts", "x.ts");
    const { dryRun } = approvalRecord(bundleOf());
    const approval = { dryRun: { ...dryRun, patchDigest: digestOf(patch) } };
    const story: Story = {
      until: "approve",
      approval,
      files: { "dry-run.patch": patch },
      subjects: { approve: { dryRunDigest: digestOf(patch) } },
    };
    expectWrong(bundleOf(story), "dry-run", { code: "file_not_in_plan", path: "x.ts" });
  });

  test("an approval that the journal alone tells of", () => {
    const record = { at: "2026-11-10T12:01:00Z", reasonCode: "plan_approved", subject: approvedSubject() } as const;
    const refused = { ...record, decision: "deny" } as const;
    expect(auditBundle(journalled(bundleOf({ until: "plan" }), refused)).finding).toBeUndefined();
    expectWrong(journalled(bundleOf({ until: "plan" }), record), "approval", { expected: "approval.json" });
    const without = { decision: "allow", reasonCode: "plan_approved" } as const;
    expectWrong(journalled(new Map(), without), "approval", { expected: "approval.json", got: "nothing" });
  });

  test("an approval that the journal tells of and that is not there", () => {
    const bundle = bundleOf({ until: "approve" });
    bundle.delete("approval.json");
    expectWrong(
      journalled(bundle, { at: "2026-11-10T12:02:00Z", reasonCode: "gates_pending", subject: approvedSubject() }),
      "approval",
      { expected: "approval.json", got: "nothing" },
    );
  });

  test("a dry run that the journal has as approved, without the approval", () => {
    const approve = { decision: "info", reasonCode: "gates_pending" } as const;
    const bundle = bundleOf({ until: "approve", entries: { approve } });
    bundle.delete("approval.json");
    expectWrong(
      journalled(bundle, { at: "2026-11-10T12:02:00Z", ...approve, subject: approvedSubject() }),
      "approval",
      { expected: "approval.json", got: "nothing" },
    );
  });

  test("an approval that the journal tells nothing of", () => {
    const bundle = bundleOf({ until: "plan" }).set("dry-run.patch", bytes(PATCH));
    bundle.set("approval.json", bytes(renderApproval(approvalRecord(bundle))));
    const entry = { at: "2026-11-10T12:02:00Z", reasonCode: "gates_pending", subject: approvedSubject() } as const;
    expectWrong(journalled(bundle, entry), "approval", {
      message: "The approver in the journal is another one.",
      expected: "anna",
      got: "nothing",
    });
  });

  test("an approval, though no run saw when the plan was stored", () => {
    const story: Story = { until: "approve", subjects: { approve: { evidenceStoredAt: "" } } };
    expectWrong(bundleOf(story), "approval", { message: "The approval is not later than the plan." });
  });

  test("an execution of a plan that nobody approved, or with no record of what was proved before the commit", () => {
    const execute = { at: "2026-11-10T12:02:00Z", step: "execute", reasonCode: "plan_executed" } as const;
    const unapproved = journalled(bundleOf({ until: "plan" }), { ...execute, subject: approvedSubject() });
    expectWrong(unapproved, "execution", { message: "The journal tells of an approval, which is not there." });
    const unproved = journalled(bundleOf({ until: "approve" }), { ...execute, subject: approvedSubject() });
    expectWrong(unproved, "execution", {
      message: "The journal tells of a record of step `commit`, which is not there.",
    });
    // What proves a commit is older than the record of the execution, which would else prove itself.
    const proof = journalled(bundleOf({ until: "approve" }), {
      ...execute,
      step: "commit",
      subject: approvedSubject(),
    });
    expectWrong(proof, "execution", { expected: "a record of step `commit`" });
  });

  test("an execution without any plan", () => {
    const execute = { step: "execute", reasonCode: "plan_executed", subject: { commitSha: COMMIT } } as const;
    expectWrong(journalled(new Map(), execute), "execution", { expected: "an approval" });
  });

  test.each([`x${COMMIT}`, `${COMMIT}\n`, COMMIT.slice(1), "c".repeat(65), COMMIT.toUpperCase()])(
    "an execution with the commit %j",
    (commitSha) => {
      expectWrong(bundleOf({ subjects: { execute: { commitSha } } }), "execution", { expected: "true", got: "false" });
    },
  );

  test("an execution without its patch", () => {
    const bundle = bundleOf({ until: "commit" });
    bundle.delete("run.patch");
    const subject = { ...approvedSubject(), commitSha: COMMIT };
    const entry = { at: "2026-11-10T12:06:00Z", step: "execute", reasonCode: "plan_executed", subject } as const;
    expectWrong(journalled(bundle, entry), "parity", { expected: "run.patch" });
  });
});

describe("a request that somebody else re-ran", () => {
  const binding = { triggeringActorId: 33, triggeringActor: "otto" };
  const subjects = { plan: { triggeringActorId: 33 } };

  test("is sound when a third person approved it", () => {
    expect(auditBundle(bundleOf({ binding, subjects })).finding).toBeUndefined();
  });

  test("is not when the journal does not name who did", () => {
    expectWrong(bundleOf({ binding }), "origin", { expected: "33", got: "nothing" });
  });

  test("is not when only the journal does", () => {
    expectWrong(bundleOf({ subjects }), "origin", { expected: "undefined", got: "33" });
  });

  test("is not when that person approved it, whatever approval.json says", () => {
    const approval = { approverId: 33 };
    const approve = { approverId: 33 };
    const story = { binding, approval, subjects: { ...subjects, approve } };
    expectWrong(bundleOf(story), "four-eyes", { expected: "true", got: "false" });
  });
});
