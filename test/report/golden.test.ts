import { describe, it } from "vitest";
import { renderCheckSummary, renderCheckTitle } from "../../src/report/check.ts";
import { renderComment } from "../../src/report/comment.ts";
import { renderConsole } from "../../src/report/console.ts";
import { renderRefusal } from "../../src/report/refusal.ts";
import { renderSummary } from "../../src/report/summary.ts";
import { expectGolden } from "./golden-file.ts";
import { HIGH_RISK_STATES, overdue, REFUSED_SIGN_OFFS } from "./high-risk-views.ts";
import { drifted, planned, STATES } from "./views.ts";

const ALL = { ...STATES, ...HIGH_RISK_STATES };

describe("the golden files", () => {
  it.each(Object.entries(ALL))("show the comment of state %s", async (name, view) => {
    await expectGolden(`comment-${name}.md`, renderComment(view));
  });

  it.each(Object.entries(REFUSED_SIGN_OFFS))("show the answer to the %s", async (name, view) => {
    await expectGolden(`refusal-${name}.md`, renderRefusal(view));
  });

  it("show the job summary with its diagram", async () => {
    await expectGolden("summary-drifted.md", renderSummary(drifted));
  });

  it.each(Object.entries({ planned, overdue }))("show the check run of state %s", async (name, view) => {
    await expectGolden(`check-${name}.md`, `${renderCheckTitle(view)}\n\n${renderCheckSummary(view)}\n`);
  });

  it.each(Object.entries(ALL))("show the run's log of state %s", async (name, view) => {
    await expectGolden(`console-${name}.txt`, `${renderConsole(view, "token-of-this-test").join("\n")}\n`);
  });
});
