import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionRecordOf } from "../../src/governance/decision-record.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { displayWidth } from "../../src/governance/wrapping.ts";
import { renderCheckSummary, renderCheckTitle } from "../../src/report/check.ts";
import { COMMENT_LIMIT, renderComment } from "../../src/report/comment.ts";
import { renderConsole } from "../../src/report/console.ts";
import { renderDecisionRecord } from "../../src/report/decision-record.ts";
import { markedCell, markedText } from "../../src/report/markdown.ts";
import { renderRefusal } from "../../src/report/refusal.ts";
import { renderSummary, SUMMARY_BYTES } from "../../src/report/summary.ts";
import type { HighRiskView, RunView } from "../../src/report/view.ts";
import { RENDERERS, readHtml } from "./gfm.ts";
import { HIGH_RISK_STATES, overdue, rehearsalFailed } from "./high-risk-views.ts";
import { EVERYTHING, hostileText } from "./hostile.ts";

/** Puts the texts, in turn, into everything that people, a model, a policy or a command can fill. */
function infest(view: RunView, texts: readonly string[], times = 1): RunView {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] ?? "";
  const many = <T>(make: () => T): readonly T[] => Array.from({ length: times }, make);
  const highRisk = view.highRisk as HighRiskView;
  const gates = highRisk.gates.map((gate) => ({
    ...gate,
    evidence: gate.evidence.flatMap((each) =>
      many(() => {
        const command = { command: text(), exitCode: 1, output: text() };
        return { ...each, subject: text(), text: text(), actor: text(), at: text(), command };
      }),
    ),
  }));
  const declarations = Object.fromEntries(
    Object.entries(highRisk.declarations).map(([name, value]) => [name, value === null ? null : text()]),
  ) as HighRiskView["declarations"];
  const risks = { ...(view.plan ?? { files: [], summary: "" }), risks: [text()] } as never;
  const digest = digestOf("");
  const digests = { plan: digest, binding: digest, prompt: digest, policy: digest, head: text(), evidence: digest };
  const record = decisionRecordOf({ plan: risks, riskClass: "high", gates, declarations, signOffs: [], digests });
  return {
    ...view,
    label: text(),
    command: text(),
    requester: text(),
    approver: text(),
    prompt: view.prompt && { text: text(), digest },
    highRisk: {
      ...highRisk,
      declarations,
      gates,
      approvals: { needed: 5, by: many(text), from: many(text) },
      escalations: many(() => ({
        blocker: text(),
        gate: "security",
        owner: text(),
        openedAt: text(),
        deadline: text(),
        closedAt: undefined,
        isOverdue: true,
      })),
      rehearsal: highRisk.rehearsal && {
        ...highRisk.rehearsal,
        entries: highRisk.rehearsal.entries.map((each) => ({ ...each, command: text(), output: text() })),
        ignored: many(text),
        findings: many(() => ({ code: "x", message: text(), path: text() })),
      },
      decisionRecord: renderDecisionRecord(record),
    },
  };
}

const hostileView = fc
  .tuple(
    fc.constantFrom(...Object.values(HIGH_RISK_STATES)),
    fc.array(hostileText, { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([view, texts, times]) => infest(view, texts, times));

const OUR_TAGS = new Set(
  "a br code details em h3 h4 h5 li p pre strong summary table tbody td th thead tr ul".split(" "),
);

describe.each(RENDERERS)("a hostile comment on high-risk work rendered by %s", (_, render) => {
  it("has no element, attribute, link, name or reference that is not ours", () => {
    fc.assert(
      fc.property(hostileView, (view) => {
        for (const markdown of [
          renderComment(view),
          renderCheckSummary(view),
          renderSummary(view),
          renderRefusal(view),
        ]) {
          const html = readHtml(render(markdown));
          expect(html.tags.filter((tag) => !OUR_TAGS.has(tag))).toEqual([]);
          expect(html.attributes.filter((name) => name !== "details open" && name !== "a name")).toEqual([]);
          expect(html.links.filter((href) => !href.startsWith("https://github.com/"))).toEqual([]);
          expect(html.prose).not.toMatch(/@(?:octocat|acme)|#123|evil\.example|:tada:|\$x|\bGH-7/);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("keeps the tables' shape: every row has as many cells as its table has columns", () => {
    const html = readHtml(render(renderComment(infest(overdue, [EVERYTHING]))));
    const gates = html.rows.filter(
      ([gate, status]) => /^[A-Z][a-z]+/.test(gate ?? "") && /pass|fail|pend/.test(status ?? ""),
    );
    expect(gates.length).toBeGreaterThanOrEqual(5);
    expect(new Set(gates.map((row) => row.length))).toEqual(new Set([2, 5, 6]));
  });

  it("shows code between back-ticks as code and everything else as what it is", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const markdown of [markedText(text), `| a |\n| --- |\n| ${markedCell(text)} |`]) {
          const html = readHtml(render(`${markdown}\n`));
          expect(html.tags.filter((tag) => !OUR_TAGS.has(tag))).toEqual([]);
          expect(html.links).toEqual([]);
          expect(html.prose).not.toMatch(/@(?:octocat|acme)|#123|evil\.example|:tada:|\$x|\bGH-7/);
        }
      }),
    );
    const html = readHtml(render(markedText("`npm test` and (`a`), not `b`c, ended; see `@octocat`!")));
    expect(html.spans).toEqual(["npm test", "a", "@octocat"]);
    expect(html.prose.trim()).toContain("not `b`c, ended");
  });
});

describe("the size of what is told of high-risk work", () => {
  const long = [
    EVERYTHING.repeat(40),
    "`".repeat(9_000),
    "<|".repeat(9_000),
    "\u0000".repeat(9_000),
    "😀".repeat(9_000),
  ];
  it.each([
    ["long texts", infest(overdue, long)],
    ["many of everything", infest(rehearsalFailed, ["word"], 300)],
    ["many long texts", infest(rehearsalFailed, long, 15)],
  ])("stays inside every limit with %s, and digest, evidence and checklist still show", (_, view) => {
    const comment = renderComment(view);
    expect(comment.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(comment.isWellFormed()).toBe(true);
    expect(comment).toContain(view.planDigest);
    expect(comment).toContain(view.artifact?.url);
    expect(comment).toContain("#### Risk class critical");
    expect(comment).toContain("**What happens next.**");
    expect(Buffer.byteLength(renderCheckSummary(view))).toBeLessThanOrEqual(65_535);
    expect(renderCheckTitle(view).length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(renderSummary(view))).toBeLessThanOrEqual(SUMMARY_BYTES);
  });

  it("holds for any view, and the run's log stays 80 columns wide and without commands", () => {
    fc.assert(
      fc.property(hostileView, (view) => {
        expect(renderComment(view).length).toBeLessThanOrEqual(COMMENT_LIMIT);
        expect(renderCheckTitle(view)).not.toMatch(/[\n\r]/);
        const lines = renderConsole(view, "5c7b1f0e9a8d4c3b");
        expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
        expect(lines.filter((line) => /^\s*::/.test(line) || line.includes("##["))).toHaveLength(2);
      }),
    );
  });
});
