import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecisionRecord, decisionRecordOf } from "../../src/governance/decision-record.ts";
import { evaluateGates } from "../../src/governance/gates.ts";
import { renderDecisionRecord } from "../../src/report/decision-record.ts";
import { digestWith, HEAD, richPlan } from "../governance/builders.ts";
import { DECLARED, FACTS, gateInput, SIGNED, signOff } from "../governance/gate-builders.ts";
import { RENDERERS, readHtml } from "./gfm.ts";
import { expectGolden } from "./golden-file.ts";
import { EVERYTHING, hostileText } from "./hostile.ts";

const DIGESTS: DecisionRecord["digests"] = {
  plan: digestWith("1"),
  binding: digestWith("2"),
  prompt: digestWith("3"),
  policy: digestWith("4"),
  head: HEAD,
  evidence: digestWith("5"),
};

function recordOf(changes: Parameters<typeof gateInput>[0] = {}): DecisionRecord {
  const input = gateInput(changes);
  const { declarations, signOffs } = input;
  const gates = evaluateGates(input);
  return decisionRecordOf({ plan: richPlan, riskClass: "high", gates, declarations, signOffs, digests: DIGESTS });
}

const go = recordOf();
const noGo = recordOf({
  facts: {
    ...FACTS,
    verification: [{ command: "npm test", exitCode: 1, output: "1 of 12 failed\n", timedOut: false }],
    rehearsal: undefined,
  },
  signOffs: [
    signOff(10, { kind: "gate", gate: "security", verdict: "fail", evidence: "It logs tokens." }),
    signOff(20, { kind: "decision", verdict: "fail", actor: "ada", actorId: 24, evidence: "Not this week." }),
  ],
});
const none = { ...Object.fromEntries(Object.keys(DECLARED).map((name) => [name, null])) } as typeof DECLARED;
const open = { ...recordOf({ signOffs: [], declarations: none }), digests: { ...DIGESTS, evidence: undefined } };

const TITLES = [
  "1. Scope",
  "2. Risk class",
  "3. Gate statuses",
  "4. Residual risks",
  "5. Rollback trigger",
  "6. Rollback owner",
  "7. Escalation channel",
  "8. Final decision owner",
  "9. GO or NO-GO",
  "Digests",
];
const titlesOf = (markdown: string) => [...markdown.matchAll(/^## (.*)$/gm)].map((match) => match[1]);

/** Puts a text into every field that somebody else than us can fill. */
function infest(record: DecisionRecord, text: string): DecisionRecord {
  const command = { command: text, exitCode: 1, output: text };
  return {
    ...record,
    scope: { summary: text, files: [{ path: text, operation: "rename", from: text, reason: text }] },
    gates: record.gates.map((result) => ({
      ...result,
      evidence: [{ rule: "x", subject: text, status: "fail", source: "fact", text, actor: text, at: text, command }],
    })),
    residualRisks: [text, text],
    rollbackTrigger: text,
    rollbackOwner: text,
    escalationChannel: text,
    decisionOwner: text,
    decision: { verdict: "go", at: text, actor: text, reason: text },
  };
}

describe("the decision record", () => {
  it.each([
    ["go", go],
    ["no-go", noGo],
    ["open", open],
  ])("is as in the golden file: %s", async (name, record) => {
    await expectGolden(`decision-record-${name}.md`, renderDecisionRecord(record));
  });

  it("has exactly nine fields, then the digests, whatever is missing", () => {
    for (const record of [go, noGo, open, { ...open, gates: [], residualRisks: [] }]) {
      expect(titlesOf(renderDecisionRecord(record))).toEqual(TITLES);
    }
  });

  it("never says GO while the decision is open", () => {
    expect(renderDecisionRecord(open)).not.toMatch(/\*\*(?:NO-)?GO\*\*/);
    expect(renderDecisionRecord(go)).toContain("**GO** at 2026-11-20 10:20 UTC by `ada`: All is well.");
    expect(renderDecisionRecord(noGo)).toContain("**NO-GO** at 2026-11-20 10:20 UTC by `ada`: Not this week.");
  });

  it("stays below a comment's limit, and says what it leaves out", () => {
    const long = infest(go, `${"<`|".repeat(5_000)} ${"\u200b".repeat(5_000)}`);
    const many = {
      ...long,
      scope: { ...long.scope, files: Array.from({ length: 1_000 }, () => long.scope.files[0] ?? never()) },
      gates: long.gates.map((result) => ({ ...result, evidence: Array(100).fill(result.evidence[0]) })),
      residualRisks: Array(100).fill(long.residualRisks[0]),
    };
    const markdown = renderDecisionRecord(many);
    expect(markdown.length).toBeLessThan(60_000);
    expect(markdown).toMatch(/^- and \d\d more in plan\.json$/m);
    expect(titlesOf(markdown)).toEqual(TITLES);
  });
});

const never = (): never => {
  throw new Error("There is a file.");
};

const OUR_TAGS = "h1 h2 p table thead tbody tr th td code strong em ul li details summary pre br".split(" ");

describe.each(RENDERERS)("a hostile decision record rendered by %s", (_, render) => {
  it("has no element, attribute, link, name or reference that is not ours", () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.constant(EVERYTHING)), (text) => {
        const html = readHtml(render(renderDecisionRecord(infest(noGo, text))));
        expect(html.tags.filter((tag) => !OUR_TAGS.includes(tag))).toEqual([]);
        expect(html.attributes).toEqual([]);
        expect(html.links).toEqual([]);
        expect(html.prose).not.toMatch(/@(?:octocat|acme)|#123|evil\.example|:tada:|\$x|\bGH-7/);
        expect(html.tags.filter((tag) => tag === "h2")).toHaveLength(TITLES.length);
      }),
      { numRuns: 60 },
    );
  });
});

it("has the owners as code, so that nobody is notified", () => {
  const [[, render]] = RENDERERS as [(typeof RENDERERS)[number]];
  const { prose, spans } = readHtml(render(renderDecisionRecord(go)));
  expect(spans).toEqual(expect.arrayContaining(["grace", "ada", "anna"]));
  expect(prose).not.toMatch(/\bgrace\b|\banna\b/);
  expect(SIGNED.map(({ actor }) => actor)).toContain("anna");
});
