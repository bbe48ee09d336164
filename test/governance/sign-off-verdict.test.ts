import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntegrityError } from "../../src/governance/errors.ts";
import { appendRecord, readJournal } from "../../src/governance/journal.ts";
import {
  journalSignOffs,
  judgeSignOffs,
  readJournalledSignOffs,
  type SignOffFacts,
} from "../../src/governance/sign-off-verdict.ts";
import type { SignOff } from "../../src/governance/sign-offs.ts";
import { errorOf, journalEntry } from "./builders.ts";
import { comment, PUBLISHED, SIGNED, signOff, signOffFacts } from "./gate-builders.ts";

const PASS = "/codex-gate security pass Read it.";
const FAIL = "/codex-gate security fail It logs tokens.";

/** What counts, shortly: who, what, how. */
const countingOf = (facts: SignOffFacts) =>
  judgeSignOffs(facts).counting.map(({ actor, kind, gate, verdict }) => `${actor} ${gate ?? kind} ${verdict}`);
const judge = (...comments: Parameters<typeof signOffFacts>[0]) => countingOf(signOffFacts(comments));
const codesOf = (facts: SignOffFacts) => judgeSignOffs(facts).findings.map(({ code }) => code);

describe("what counts", () => {
  test("is a sign-off with who posted it, when and where", () => {
    expect(judgeSignOffs(signOffFacts([comment(5, "anna", PASS)]))).toEqual({
      counting: [
        {
          ...{ kind: "gate", gate: "security", verdict: "pass", evidence: "Read it." },
          ...{ actorId: 22, actor: "anna", at: "2026-11-20T10:05:00Z", commentId: 1_005 },
        },
      ],
      findings: [],
      refused: new Map(),
    });
  });

  test("is the latest per gate, whoever posted it and however GitHub lists it", () => {
    expect(judge(comment(5, "anna", PASS), comment(6, "grace", FAIL))).toEqual(["grace security fail"]);
    expect(judge(comment(6, "grace", FAIL), comment(5, "anna", PASS))).toEqual(["grace security fail"]);
    expect(judge(comment(5, "anna", FAIL), comment(6, "grace", PASS))).toEqual(["grace security pass"]);
  });

  test("is, within a second, the comment with the higher id", () => {
    const first = comment(5, "anna", PASS);
    const second = comment(5, "grace", FAIL, { id: first.id + 1 });
    expect(judge(first, second)).toEqual(["grace security fail"]);
    expect(judge(second, first)).toEqual(["grace security fail"]);
  });

  test("is the latest by time, whatever the comments' ids", () => {
    const early = comment(5, "anna", PASS, { id: 9_999 });
    const late = comment(6, "grace", FAIL, { id: 1 });
    expect(judge(early, late)).toEqual(["grace security fail"]);
    expect(judge(late, early)).toEqual(["grace security fail"]);
  });

  test("is the owner's approval beside the owner's decision", () => {
    expect(judge(comment(5, "ada", "/codex-approve"), comment(6, "ada", "/codex-decision go Yes."))).toEqual([
      "ada approval pass",
      "ada decision pass",
    ]);
  });

  test("is one approval per person, one decision, and each gate on its own", () => {
    const found = judge(
      comment(1, "anna", "/codex-approve"),
      comment(2, "grace", "/codex-approve Fine."),
      comment(3, "anna", "/codex-approve again"),
      comment(4, "ada", "/codex-decision no-go Not today."),
      comment(5, "ada", "/codex-decision go Today."),
      comment(6, "anna", "/codex-gate operations pass Ready."),
      comment(7, "anna", PASS),
      comment(8, "anna", "What a plan."),
    );
    expect(found).toEqual([
      "anna approval pass",
      "grace approval pass",
      "ada decision pass",
      "anna operations pass",
      "anna security pass",
    ]);
  });
});

describe("as if it were not there is what was posted", () => {
  test.each<[string, Parameters<typeof comment>[3], Partial<SignOffFacts>, string]>([
    ["before the plan", { createdAt: "2026-11-20T09:59:59Z", updatedAt: "2026-11-20T09:59:59Z" }, {}, "sign_off_early"],
    ["in the second of the plan", { createdAt: PUBLISHED, updatedAt: PUBLISHED }, {}, "sign_off_early"],
    ["at a time that cannot be read", { createdAt: "once", updatedAt: "once" }, {}, "sign_off_early"],
    ["by a bot", { author: { id: 7, login: "robot", type: "Bot" } }, {}, "sign_off_not_a_person"],
    ["through an app", { viaApp: "auto-signer" }, {}, "sign_off_not_a_person"],
    ["by somebody who may not sign", {}, { isAuthorised: () => false }, "sign_off_not_authorised"],
  ])("%s", (_, changes, facts, code) => {
    const late = comment(9, "anna", FAIL, changes);
    expect(codesOf(signOffFacts([late], facts))).toEqual([code]);
    expect(judgeSignOffs(signOffFacts([late], facts)).refused).toEqual(new Map([[1_009, "sign_off_refused"]]));
    const isAuthorised = ({ commentId }: SignOff) =>
      commentId !== late.id || (facts.isAuthorised?.({} as SignOff) ?? true);
    expect(countingOf(signOffFacts([comment(5, "grace", PASS), late], { isAuthorised }))).toEqual([
      "grace security pass",
    ]);
  });

  test("in the first minute after a plan was replaced, unless it refuses", () => {
    const facts = { countsFrom: "2026-11-20T10:06:00Z" };
    expect(codesOf(signOffFacts([comment(5, "anna", PASS)], facts))).toEqual(["sign_off_too_soon"]);
    expect(countingOf(signOffFacts([comment(5, "anna", PASS)], facts))).toEqual([]);
    expect(countingOf(signOffFacts([comment(6, "anna", PASS)], facts))).toEqual(["anna security pass"]);
    expect(countingOf(signOffFacts([comment(3, "anna", FAIL), comment(5, "anna", PASS)], facts))).toEqual([
      "anna security fail",
    ]);
    expect(countingOf(signOffFacts([comment(6, "anna", PASS)], { countsFrom: "once" }))).toEqual([]);
  });

  test("as a decision by somebody else than the named owner", () => {
    const decisions = [comment(5, "ADA", "/codex-decision go Yes."), comment(6, "grace", "/codex-decision no-go No.")];
    expect(countingOf(signOffFacts(decisions))).toEqual(["ADA decision pass"]);
    expect(judgeSignOffs(signOffFacts(decisions)).findings).toEqual([
      {
        code: "sign_off_not_the_owner",
        message: "The decision by grace (comment 1006): Only the named owner decides.",
      },
    ]);
    expect(countingOf(signOffFacts(decisions, { decisionOwner: null }))).toEqual([]);
  });

  test("and cannot be understood", () => {
    const verdict = judgeSignOffs(signOffFacts([comment(5, "anna", PASS), comment(6, "anna", "/codex-gate security")]));
    expect(verdict.counting).toHaveLength(1);
    expect(verdict.findings.map(({ code }) => code)).toEqual(["sign_off_invalid"]);
    expect(verdict.refused).toEqual(new Map([[1_006, "sign_off_invalid"]]));
  });
});

describe("nothing counts for a gate any more when its latest sign-off", () => {
  const before = comment(5, "anna", PASS);
  const edited = comment(6, "grace", PASS, { updatedAt: "2026-11-20T10:30:00Z" });

  test("was edited, until somebody posts anew", () => {
    expect(judge(before, edited)).toEqual([]);
    expect(codesOf(signOffFacts([before, edited]))).toEqual(["sign_off_edited"]);
    expect(judge(before, edited, comment(7, "linus", PASS))).toEqual(["linus security pass"]);
  });

  test("was edited by somebody else in the second in which it was posted", () => {
    const foreign = comment(6, "grace", PASS, { isForeign: true });
    expect(judge(before, foreign)).toEqual([]);
    expect(codesOf(signOffFacts([before, foreign]))).toEqual(["sign_off_edited"]);
  });

  test("is by somebody of whom it cannot be read whether they may sign", () => {
    const isAuthorised = ({ actor }: SignOff) => (actor === "grace" ? "unknown" : true);
    const verdict = judgeSignOffs(signOffFacts([before, comment(6, "grace", PASS)], { isAuthorised }));
    expect(verdict.counting).toEqual([]);
    expect(verdict.refused).toEqual(new Map([[1_006, "team_unreadable"]]));
    expect(verdict.findings).toEqual([
      {
        code: "team_unreadable",
        message: "Sign-off of security by grace (comment 1006): Whether its author may sign this cannot be read.",
      },
    ]);
  });

  test("passed it before it was escalated", () => {
    const escalatedAt = new Map([["security", before.createdAt]] as const);
    expect(countingOf(signOffFacts([before], { escalatedAt }))).toEqual([]);
    expect(codesOf(signOffFacts([before], { escalatedAt }))).toEqual(["sign_off_before_escalation"]);
    expect(countingOf(signOffFacts([before, comment(6, "grace", PASS)], { escalatedAt }))).toEqual([
      "grace security pass",
    ]);
  });
});

describe("an escalation", () => {
  const at = "2026-11-20T10:30:00Z";

  test("repairs no failure that is older", () => {
    const escalatedAt = new Map([["security", at]] as const);
    expect(countingOf(signOffFacts([comment(5, "anna", FAIL)], { escalatedAt }))).toEqual(["anna security fail"]);
  });

  test("asks for a new decision too, but leaves other gates and approvals alone", () => {
    const comments = [
      comment(5, "ada", "/codex-decision go Yes."),
      comment(6, "anna", PASS),
      comment(7, "anna", "/codex-approve"),
    ];
    const escalatedAt = new Map([["final-decision", at]] as const);
    expect(countingOf(signOffFacts(comments, { escalatedAt }))).toEqual(["anna security pass", "anna approval pass"]);
  });
});

describe("what an earlier run saw", () => {
  const pass = comment(5, "anna", PASS);
  const fail = comment(6, "grace", FAIL);
  const seen = judgeSignOffs(signOffFacts([pass, fail])).counting;
  const now = (comments: SignOffFacts["comments"]) => signOffFacts(comments, { journalled: seen });

  test("counts while it is there as it was", () => {
    expect(countingOf(now([pass, fail]))).toEqual(["grace security fail"]);
    expect(codesOf(now([pass, fail]))).toEqual([]);
  });

  test("makes its gate pending when it is gone, instead of bringing back what stood before", () => {
    expect(countingOf(now([pass]))).toEqual([]);
    expect(judgeSignOffs(now([pass])).findings).toEqual([{ code: "sign_off_gone", message: "Comment 1006 is gone." }]);
    expect(countingOf(now([pass, comment(7, "linus", PASS)]))).toEqual(["linus security pass"]);
  });

  test.each([
    ["edited", { updatedAt: "2026-11-20T10:40:00Z" }],
    ["turned round", { body: PASS }],
    ["about another gate", { body: "/codex-gate operations fail No." }],
    ["a decision", { body: "/codex-decision no-go No." }],
    ["no sign-off any more", { body: "Never mind." }],
    ["no sign-off that can be understood", { body: "/codex-gate security" }],
  ])("makes its gate pending when it is %s", (_, changes) => {
    const facts = now([pass, { ...fail, ...changes }]);
    expect(countingOf(facts).filter((each) => each.includes("security"))).toEqual([]);
    expect(judgeSignOffs(facts).findings).toContainEqual({
      code: "sign_off_gone",
      message: "Comment 1006 is not what it was when an earlier run read it.",
    });
  });

  test("makes its gate pending when its author may sign no more", () => {
    const facts = { ...now([pass, fail]), isAuthorised: ({ actor }: SignOff) => actor !== "grace" };
    expect(countingOf(facts)).toEqual([]);
    expect(judgeSignOffs(facts).findings.map(({ message }) => message)).toContain(
      "Comment 1006 does not count any more.",
    );
    const ghost = { ...fail, author: { id: 0, login: "ghost", type: "Unknown" } };
    expect(countingOf(now([pass, ghost]))).toEqual([]);
    expect(countingOf({ ...facts, comments: [pass, fail, comment(7, "linus", PASS)] })).toEqual([
      "linus security pass",
    ]);
  });

  test("is told apart by person where it is an approval", () => {
    const approvals = [comment(5, "anna", "/codex-approve"), comment(6, "grace", "/codex-approve")];
    const journalled = judgeSignOffs(signOffFacts(approvals)).counting;
    expect(countingOf(signOffFacts(approvals.slice(0, 1), { journalled }))).toEqual(["anna approval pass"]);
  });
});

test("whatever is deleted or edited after a run saw it, no failure ever becomes a pass without a new comment", () => {
  const bodies = fc.constantFrom(PASS, FAIL);
  const change = fc.constantFrom("keep", "delete", "edit");
  fc.assert(
    fc.property(fc.array(fc.tuple(bodies, change), { minLength: 1, maxLength: 6 }), (made) => {
      const comments = made.map(([body], index) => comment(index + 1, "anna", body));
      // A run looks after each comment.
      const journalled = comments.flatMap(
        (_, index) => judgeSignOffs(signOffFacts(comments.slice(0, index + 1))).counting,
      );
      const left = comments.flatMap((each, index) => {
        const [, what] = made[index] as (typeof made)[number];
        if (what === "delete") return [];
        return [what === "edit" ? { ...each, body: PASS, updatedAt: "2026-11-20T11:00:00Z" } : each];
      });
      const [counted] = judgeSignOffs(signOffFacts(left, { journalled })).counting;
      const last = made.at(-1) as (typeof made)[number];
      expect(counted?.verdict).toBe(last[1] === "keep" ? (last[0] === PASS ? "pass" : "fail") : undefined);
    }),
  );
});

describe("the journal", () => {
  const journal = (signOffs: readonly SignOff[]) =>
    appendRecord("", journalEntry({ step: "gates", subject: { head: "x", ...journalSignOffs(signOffs) } }));

  test("keeps what counted, without its words", () => {
    const signOffs = [...SIGNED, signOff(30, { kind: "approval" })];
    expect(readJournalledSignOffs(readJournal(journal(signOffs)))).toEqual(
      signOffs.map(({ evidence: _, actor: __, ...seen }) => seen),
    );
  });

  test("has each sign-off once, as it was seen last", () => {
    const again = [signOff(10, { kind: "gate", gate: "security", verdict: "fail" })];
    const text = appendRecord(journal(SIGNED), journalEntry({ step: "gates", subject: journalSignOffs(again) }));
    const read = readJournalledSignOffs(readJournal(text));
    expect(read).toHaveLength(SIGNED.length);
    expect(read[0]?.verdict).toBe("fail");
  });

  test.each(["x", "[]", '["gate","taste","pass",1,"t"]', 5])("is refused when it has %j for a sign-off", (value) => {
    const records = readJournal(appendRecord("", journalEntry({ subject: { "sign-off 1": value } })));
    const error = errorOf(() => readJournalledSignOffs(records));
    expect(error).toBeInstanceOf(IntegrityError);
    expect((error as IntegrityError).code).toBe("evidence_invalid");
    expect((error as Error).message).toContain("sign-off 1");
    expect((error as Error).cause).toBeInstanceOf(Error);
  });
});
