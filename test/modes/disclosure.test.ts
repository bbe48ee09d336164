import { describe, expect, test } from "vitest";
import { redact } from "../../src/adapters/codex/redaction.ts";
import { blockersOf } from "../../src/governance/escalation.ts";
import { shownFacts } from "../../src/modes/disclosure.ts";
import type { HighRiskView, RunView } from "../../src/report/view.ts";
import { SECRETS } from "../adapters/codex/secrets.ts";
import { HIGH_RISK_STATES, overdue } from "../report/high-risk-views.ts";

const TOKEN = SECRETS.find(({ kind }) => kind === "token ghp")?.text ?? "";
const shown = (highRisk: HighRiskView | undefined) => shownFacts({ ...overdue, highRisk }, redact).highRisk;

/** The same value with a secret in each of its texts. */
function tainted(value: unknown): unknown {
  if (typeof value === "string") return `${value} ${TOKEN}`;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(tainted);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, tainted(entry)]));
}

describe("what is shown of high-risk work", () => {
  test("has no secret in any of its texts: declarations, evidence, output, escalations, decision record", () => {
    const text = JSON.stringify(shown(tainted(overdue.highRisk) as HighRiskView));
    expect(text).toContain("[redacted:github-token]");
    expect(text).not.toContain(TOKEN);
  });

  test.each(Object.entries(HIGH_RISK_STATES))("is otherwise as it is: %s", (_, { highRisk }: RunView) => {
    expect(shown(highRisk)).toEqual(highRisk);
  });

  test("still names an escalated blocker as the gates do", () => {
    const taint = (text: string) => text.replaceAll("npm test", `npm test ${TOKEN}`);
    const highRisk = JSON.parse(taint(JSON.stringify(overdue.highRisk))) as HighRiskView;
    const { gates, escalations } = shown(highRisk) as HighRiskView;
    expect(escalations.map(({ blocker }) => blocker)).toEqual([
      "code-quality/verification/npm test [redacted:github-token]",
    ]);
    expect(blockersOf(gates).map(({ id }) => id)).toContain(escalations[0]?.blocker);
  });

  test("is nothing for other plans", () => {
    expect(shown(undefined)).toBeUndefined();
  });
});
