import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import {
  appendRecord,
  JOURNAL_START,
  type JournalEntry,
  journalHead,
  readJournal,
} from "../../src/governance/journal.ts";
import { errorOf, journalEntry } from "./builders.ts";

const linesOf = (journal: string) => journal.slice(0, -1).split("\n");
const joined = (...lines: readonly (string | undefined)[]) => lines.map((line) => `${line}\n`).join("");

/** Three records: plan, approve, execute. */
const JOURNAL = [
  journalEntry(),
  journalEntry({ step: "approve", reasonCode: "plan_approved", actor: "anna", runId: 2 }),
  journalEntry({ step: "execute", reasonCode: "plan_executed", actor: null, runId: 3, pullRequest: null }),
].reduce(appendRecord, "");
const [FIRST, SECOND, THIRD] = linesOf(JOURNAL);

function expectBroken(journal: string, what: string, hasCause = false) {
  const error = errorOf(() => readJournal(journal));
  expect(error).toBeInstanceOf(IntegrityError);
  expect(error).toMatchObject({
    code: "evidence_invalid",
    message: `The journal does not hold together: ${what}. The bundle was changed after it was written. Ask for a new plan.`,
  });
  expect((error as Error).cause instanceof Error).toBe(hasCause);
}

describe("the chain", () => {
  test("starts from 64 zeros and each record holds the digest of the line before", () => {
    expect(JOURNAL_START).toBe(`sha256:${"0".repeat(64)}`);
    const records = readJournal(JOURNAL);
    expect(records.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect(records.map(({ previous }) => previous)).toEqual([
      JOURNAL_START,
      digestOf(`${FIRST}`),
      digestOf(`${SECOND}`),
    ]);
    expect(records.map(({ step, reasonCode, schema }) => [step, reasonCode, schema])).toEqual([
      ["plan", "plan_published", 1],
      ["approve", "plan_approved", 1],
      ["execute", "plan_executed", 1],
    ]);
  });

  test("has the digest of its last line as its head", () => {
    expect(journalHead("")).toBe(JOURNAL_START);
    expect(journalHead(JOURNAL)).toBe(digestOf(`${THIRD}`));
    expect(journalHead(joined(FIRST))).toBe(digestOf(`${FIRST}`));
  });

  test("is empty for an empty journal", () => {
    expect(readJournal("")).toEqual([]);
  });

  test("keeps every field of an entry in one line of fixed order", () => {
    const findings = [{ code: "c", message: "line\nbreak\u{2028}", path: "p", expected: "e", got: "g" }];
    const journal = appendRecord("", journalEntry({ findings, decision: "deny", subject: { head: "x", event: 5 } }));
    expect(journal).toBe(
      `{"schema":1,"sequence":0,"previous":"${JOURNAL_START}","at":"2026-11-10T11:00:00Z","step":"plan","decision":"deny",` +
        `"reasonCode":"plan_published","actor":"rita","runId":1,"runAttempt":1,"repository":"acme/shop","pullRequest":7,` +
        `"subject":{"head":"x","event":5},"findings":[{"code":"c","message":"line\\nbreak\u{2028}","path":"p","expected":"e","got":"g"}]}\n`,
    );
    expect(readJournal(journal)[0]?.findings).toEqual(findings);
  });

  test("keeps at most a hundred findings of a step", () => {
    const findings = Array.from({ length: 101 }, (_, index) => ({ code: `c${index}`, message: "m" }));
    const kept = readJournal(appendRecord("", journalEntry({ findings })))[0]?.findings;
    expect(kept).toEqual(findings.slice(0, 100));
  });

  test.each(["allow", "deny", "skip", "info"] as const)("takes the decision %s", (decision) => {
    expect(readJournal(appendRecord("", journalEntry({ decision })))[0]?.decision).toBe(decision);
  });
});

describe("an entry that is no record", () => {
  test.each<[string, object]>([
    ["an unknown reason", { reasonCode: "because" }],
    ["a reason that is only a property of every object", { reasonCode: "toString" }],
    ["a reason that is no text", { reasonCode: 1 }],
    ["a list of one reason", { reasonCode: ["plan_published"] }],
    ["an unknown decision", { decision: "maybe" }],
    ["a time that is none", { at: "yesterday" }],
    ["a local time", { at: "2026-11-10T11:00:00+01:00" }],
    ["a fraction for a run", { runId: 1.5 }],
    ["a fraction for an attempt", { runAttempt: 1.5 }],
    ["a fraction for a pull request", { pullRequest: 1.5 }],
    ["a subject that is neither text nor number", { subject: { head: true } }],
    ["an unknown key", { extra: 1 }],
    ["an unknown key in a finding", { findings: [{ code: "c", message: "m", extra: 1 }] }],
    ["a finding without a message", { findings: [{ code: "c" }] }],
    ["no actor at all", { actor: undefined }],
  ])("is not appended: %s", (_, changes) => {
    expect(() => appendRecord("", { ...journalEntry(), ...changes } as JournalEntry)).toThrow();
  });

  test("is not appended to a journal that is broken", () => {
    expect(() => appendRecord(joined(SECOND), journalEntry())).toThrow(IntegrityError);
  });
});

describe("a journal that was changed", () => {
  test("is refused when its last record is cut off anywhere", () => {
    for (let length = JOURNAL.length - 1; length > joined(FIRST, SECOND).length; length -= 1) {
      expectBroken(JOURNAL.slice(0, length), "its last record is cut off");
    }
  });

  test("is refused when a record is dropped", () => {
    expectBroken(joined(FIRST, THIRD), "record 1 says it is number 2");
    expectBroken(joined(SECOND, THIRD), "record 0 says it is number 1");
  });

  test("is refused when records change places", () => {
    expectBroken(joined(FIRST, THIRD, SECOND), "record 1 says it is number 2");
  });

  test("is refused when a record is repeated or an empty line is put in", () => {
    expectBroken(joined(FIRST, FIRST), "record 1 says it is number 0");
    expectBroken(joined(FIRST, "", SECOND), "record 1 is not a record of schema 1", true);
    expectBroken("\n", "record 0 is not a record of schema 1", true);
  });

  test("is refused when an earlier record was rewritten", () => {
    const rewritten = `${FIRST}`.replace('"rita"', '"eve"');
    expectBroken(
      joined(rewritten, SECOND),
      `record 1 follows ${digestOf(`${FIRST}`)}, expected ${digestOf(rewritten)}`,
    );
  });

  test("is refused when the first record does not start the chain", () => {
    const wrong = `${FIRST}`.replace("sha256:0", "sha256:1");
    expectBroken(joined(wrong), `record 0 follows sha256:1${"0".repeat(63)}, expected ${JOURNAL_START}`);
  });

  test("is refused at its first wrong record, however many lines there are", () => {
    expectBroken("\n".repeat(2 ** 27), "record 0 is not a record of schema 1", true);
  });

  test("is refused with more records than a plan can have", () => {
    const lines: string[] = [];
    let previous: string = JOURNAL_START;
    for (let sequence = 0; sequence <= 10_000; sequence += 1) {
      const line = JSON.stringify({ ...JSON.parse(`${FIRST}`), sequence, previous });
      previous = digestOf(line);
      lines.push(line);
    }
    expect(readJournal(joined(...lines.slice(0, 10_000)))).toHaveLength(10_000);
    expectBroken(joined(...lines), "record 10000 is not a record of schema 1", true);
  });

  test.each<[string, (record: Record<string, unknown>) => unknown]>([
    ["another schema", (record) => ({ ...record, schema: 2 })],
    [
      "more findings than a step keeps",
      (record) => ({ ...record, findings: Array(101).fill({ code: "c", message: "m" }) }),
    ],
    ["a negative number", (record) => ({ ...record, sequence: -1 })],
    ["a fraction for its number", (record) => ({ ...record, sequence: 0.5 })],
    ["bare hex for its link", (record) => ({ ...record, previous: "0".repeat(64) })],
    ["a number for its link", (record) => ({ ...record, previous: 0 })],
    ["a list for its link", (record) => ({ ...record, previous: [record.previous] })],
    ["no object", () => []],
  ])("is refused with a record of %s", (_, change) => {
    expectBroken(joined(JSON.stringify(change(JSON.parse(`${FIRST}`)))), "record 0 is not a record of schema 1", true);
  });

  test("is never taken for the same journal, whichever byte is changed", () => {
    const original = new TextEncoder().encode(JOURNAL);
    const head = journalHead(JOURNAL);
    const accepted: number[] = [];
    for (let index = 0; index < original.length; index += 1) {
      for (const flip of [1, 0x20]) {
        const bytes = original.slice();
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        const text = new TextDecoder().decode(bytes);
        try {
          readJournal(text);
        } catch (error) {
          expect(error).toBeInstanceOf(IntegrityError);
          continue;
        }
        // Only the last record may still be well-formed, and then the head of the chain is another one.
        if (index < joined(FIRST, SECOND).length || journalHead(text) === head) accepted.push(index);
      }
    }
    expect(accepted).toEqual([]);
  });
});
