import { describe, expect, test } from "vitest";
import { digestOf, hexOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import { type GateFactsRecord, readGateFacts, renderGateFacts } from "../../src/governance/gate-facts.ts";
import { judgeRehearsal } from "../../src/governance/rehearsal.ts";
import { errorOf } from "./builders.ts";

const patchDigest = digestOf("the patch");
const commands = { verification: ["make test"], up: [], verify: [], down: [] };
const failed = judgeRehearsal(commands, [], { start: undefined, end: undefined });
const ran = (output: string) => ({ command: "make test", exitCode: 3, timedOut: false, output });

const RECORDS: readonly [string, GateFactsRecord][] = [
  ["without commands", { patchDigest, verification: [], rehearsal: undefined, declinedRequests: [] }],
  [
    "with a rehearsal that was cut off",
    { patchDigest, verification: [ran("red")], rehearsal: failed, declinedRequests: [] },
  ],
  [
    "with everything",
    {
      patchDigest,
      declinedRequests: ["exec: curl x", "exec: make"],
      verification: [ran("")],
      rehearsal: {
        ...failed,
        startTree: "a".repeat(40),
        endTree: "b".repeat(40),
        entries: [{ step: "up", command: "make up", status: "failed", exitCode: 1, timedOut: true, output: "x" }],
        findings: [{ code: "not_rolled_back", message: "Not as it was.", path: "a", expected: "x", got: "y" }],
      },
    },
  ],
  [
    "with a rehearsal that passed",
    {
      patchDigest,
      verification: [],
      rehearsal: { ...failed, result: "pass", failedStep: undefined },
      declinedRequests: [],
    },
  ],
];

describe("the facts of the gates", () => {
  test.each(RECORDS)("come back as they were written: %s", (_title, facts) => {
    expect(readGateFacts(renderGateFacts(facts), patchDigest)).toMatchObject(facts);
  });

  const record = { version: 1, patchDigest, verification: [ran("")], declinedRequests: [], rehearsal: null };
  const LONG = `${"x".repeat(9_000)}end`;

  test("keep the end of a long output when they are written", () => {
    const facts = { patchDigest, verification: [ran(LONG)], rehearsal: undefined, declinedRequests: [] };
    const written = JSON.parse(renderGateFacts(facts)) as typeof record;
    expect(written.verification[0]?.output).toMatch(/^x{3997}end$/);
  });

  test("keep the end of a long output when they are read, whoever wrote it", () => {
    const { verification } = readGateFacts(JSON.stringify({ ...record, verification: [ran(LONG)] }), patchDigest);
    expect(verification[0]?.output).toMatch(/^x{3997}end$/);
  });

  test("of another patch are refused", () => {
    const text = renderGateFacts({
      patchDigest: digestOf("another"),
      verification: [],
      rehearsal: undefined,
      declinedRequests: [],
    });
    expect(() => readGateFacts(text, patchDigest)).toThrow(
      expect.objectContaining({ code: "evidence_invalid", message: expect.stringContaining(patchDigest) }),
    );
  });

  test.each([
    "",
    "{}",
    "[1",
    JSON.stringify({ version: 2, patchDigest, verification: [], declinedRequests: [], rehearsal: null }),
    JSON.stringify({ version: 1, patchDigest, verification: [], rehearsal: null }),
  ])("that are no record are refused: %j", (text) => {
    expect(() => readGateFacts(text, patchDigest)).toThrow(expect.objectContaining({ code: "evidence_invalid" }));
  });

  const NONE = [5, null, [patchDigest], "", hexOf(patchDigest), `${patchDigest}0`, patchDigest.toUpperCase()];
  test.each(NONE.map((value) => ({ value })))(
    "with $value for a digest are no record, and the error says where",
    ({ value }) => {
      const error = errorOf(() => readGateFacts(JSON.stringify({ ...record, patchDigest: value }), patchDigest));
      expect(error).toBeInstanceOf(IntegrityError);
      expect((error as Error).message).toBe(
        "gate-facts.json does not hold: expected a record of version 1, got something else. Ask for a new plan.",
      );
      expect((error as Error).cause).toMatchObject({ issues: [{ path: ["patchDigest"] }] });
    },
  );
});
