import { describe, expect, it } from "vitest";
import { DECLARATIONS, parseTrailers } from "../../src/governance/declarations.ts";
import { outcome } from "../../src/governance/outcome.ts";
import { freezePrompt } from "../../src/governance/prompt.ts";
import { parseSignOff, type SignOff } from "../../src/governance/sign-offs.ts";
import { renderCheckSummary, renderCheckTitle } from "../../src/report/check.ts";
import { renderComment } from "../../src/report/comment.ts";
import { renderConsole } from "../../src/report/console.ts";
import { openPoints } from "../../src/report/open-points.ts";
import { renderRefusal } from "../../src/report/refusal.ts";
import type { HighRiskView, RunView } from "../../src/report/view.ts";
import { RENDERERS, readHtml } from "./gfm.ts";
import * as states from "./high-risk-views.ts";
import { drifted, revoked } from "./views.ts";

const { complete, halfSigned, HIGH_RISK_STATES, missingDeclarations, noGo, overdue, ready, refusedSignOff } = states;
const [[, render]] = RENDERERS as [(typeof RENDERERS)[number]];

function change(view: RunView, changes: Partial<HighRiskView>): RunView {
  return { ...view, highRisk: { ...(view.highRisk as HighRiskView), ...changes } };
}

const commandsOf = (view: RunView): readonly string[] => openPoints(view).flatMap(({ commands }) => commands);
/** A command to copy, with words where its placeholder was; left as it is, it is no sign-off. */
const filled = (command: string): string => {
  if (/<.*>/.test(command)) expect(parseSignOff(command, command.replace(/-.*/s, "")).status).toBe("refused");
  return command.replace(/<.*>/, "Read the diff.");
};
const rolesOf = (view: RunView): readonly string[] => openPoints(view).map(({ who }) => who);

describe("what happens next", () => {
  it("has only the declarations while one is missing: all else is void with the next plan", () => {
    expect(rolesOf(missingDeclarations)).toEqual(["Requester"]);
    expect(renderCheckTitle(missingDeclarations)).toBe("Plan aab8f06fecd1 cannot be approved: 1 declaration missing");
  });

  it("names label, approver, signers and the owner of the decision in their order", () => {
    expect(rolesOf(complete)).toEqual([
      "Reviewer",
      "1 more approver",
      "Signer of “Security and behaviour”",
      "Signer of “Operations readiness”",
      "Signer of “Communication”",
      "Still to come",
      "Owner of the decision",
    ]);
    expect(rolesOf(halfSigned)).toEqual(["1 more approver", "Signer of “Communication”", "Owner of the decision"]);
    expect(openPoints(ready)).toEqual([]);
  });

  it.each(Object.entries(HIGH_RISK_STATES))("gives only commands that are read as what they say: %s", (_, view) => {
    for (const command of commandsOf(view)) expect(parseSignOff(filled(command), view.command).status).toBe("signed");
  });

  it("sends the signer to what Codex asked for besides files, unless somebody said that the gate fails", () => {
    const { dryRun } = states.GOOD;
    const asked = { ...states.GOOD, dryRun: dryRun && { ...dryRun, declinedRequests: ["exec: curl x"] } };
    const signerOf = (view: RunView) =>
      openPoints(view).find(({ who }) => who === "Signer of “Security and behaviour”");
    const view = { ...halfSigned, highRisk: states.highRiskOf({ facts: asked }) };
    expect(signerOf(view)?.what).toContain("and at what Codex asked for besides files, and comments");
    expect(renderComment(view)).toContain("`exec: curl x`");
    expect(openPoints(view).find(({ who }) => who === "Still to come")).toBeUndefined();
    const failed = states.highRiskOf({ facts: asked, signOffs: [{ ...states.SECURITY, verdict: "fail" } as SignOff] });
    expect(signerOf({ ...view, highRisk: failed })?.what).toContain("said that it fails: Read the diff");
  });

  it("has only the requester where the rollback failed: nobody signs for a plan that has to be another one", () => {
    expect(rolesOf(states.rehearsalFailed)).toEqual(["Requester"]);
  });

  it("asks nobody to approve twice, and no requester to decide on the own request", () => {
    const highRisk = halfSigned.highRisk as HighRiskView;
    const approvals = { needed: 2, by: ["bob"], from: ["bob", "carol"] };
    const approver = openPoints(change(halfSigned, { approvals })).find(({ who }) => who === "1 more approver");
    expect(approver?.logins).toEqual(["carol"]);
    const owner = (halfSigned.requester ?? "").toUpperCase();
    const own = change(halfSigned, { declarations: { ...highRisk.declarations, "go-no-go-owner": owner } });
    expect(openPoints(own).at(-1)?.what).toContain("may not decide on the own request");
    expect(rolesOf({ ...own, fourEyes: false }).at(-1)).toBe("Owner of the decision");
  });

  it("follows the policy's own command word", () => {
    expect(commandsOf({ ...halfSigned, command: "/ai" })).toContain("/ai-decision go <reason>");
  });

  it("is empty exactly where the core says that the plan is ready, as long as it is not executed", () => {
    for (const view of Object.values(HIGH_RISK_STATES)) {
      const isReady = view.outcome.stage === "executed" || view.highRisk?.isReady === true;
      expect(openPoints(view).length === 0).toBe(isReady);
    }
  });

  it("tells a stale GO from a missing one, and lets a NO-GO only be followed by a new decision", () => {
    expect(commandsOf(noGo)).toEqual(["/codex-decision go <reason>"]);
    const stale = change(ready, {
      isReady: false,
      gates: [
        {
          gate: "final-decision",
          status: "pending",
          evidence: [
            { rule: "freshness", subject: "", status: "pending", source: "sign-off", text: "A gate changed." },
          ],
        },
      ],
    });
    expect(renderComment(stale)).toContain("looks at the gates again, since one changed after the GO");
    expect(renderComment(stale)).toContain("| Decision | ⏳ a gate changed after the GO, `ada` |");
  });

  it("asks for the decision even when nothing is known of the gates", () => {
    expect(rolesOf(change(complete, { gates: [] }))).toContain("Owner of the decision");
  });

  it("is not told of a plan that is void", () => {
    for (const view of [drifted, revoked]) {
      const text = renderComment({ ...view, highRisk: halfSigned.highRisk });
      expect(text).not.toContain("What happens next");
      expect(text).toContain("#### Risk class");
    }
  });

  it("follows a denial of the execution that only waits", () => {
    const text = renderComment({ ...halfSigned, mode: "execute", outcome: outcome("gates_pending", "denied") });
    expect(text).toContain("The label `approved-plan` is still set. Reason `gates_pending`.");
    expect(text).toContain("`/codex-gate communication pass <evidence>`");
  });
});

describe("the missing declarations", () => {
  const block = readHtml(render(renderComment(missingDeclarations))).blocks[0] ?? "";
  const promptOf = (text: string): string => {
    const frozen = freezePrompt(text, "/codex");
    return frozen.status === "frozen" ? frozen.prompt.text : "";
  };

  it("are a comment to copy that is refused until every question mark is a value", () => {
    expect(parseTrailers(promptOf(block)).findings.map(({ code }) => code)).toEqual(["declaration_value"]);
    const { values, findings } = parseTrailers(promptOf(block.replace("?", "ada")));
    expect(findings).toEqual([]);
    expect(values).toEqual({ "rollback-trigger": "invoices fail", "go-no-go-owner": "ada" });
  });

  it("start a paragraph of their own where the prompt has none", () => {
    const missing = DECLARATIONS.map(({ name }) => name).filter((name) => name !== "risk-class");
    const view = { ...change(missingDeclarations, { missing }), prompt: { text: "Do it.", digest: noGo.planDigest } };
    const copied = readHtml(render(renderComment(view as RunView))).blocks[0] ?? "";
    const filled = DECLARATIONS.reduce(
      (text, { token, example }) => text.replace(`${token}: ?`, `${token}: ${example}`),
      copied,
    );
    const { values, findings } = parseTrailers(promptOf(filled));
    expect(findings).toEqual([]);
    expect(Object.keys(values)).toEqual(missing);
  });

  it("are named without a comment to copy where the prompt is too long to be repeated", () => {
    const prompt = { text: "word ".repeat(1_000), digest: "sha256:0" } as unknown as RunView["prompt"];
    const text = renderComment({ ...missingDeclarations, prompt });
    expect(text).toContain("Comment the command again, with the missing lines in its last paragraph.");
    expect(text).toContain("`Go-No-Go-Owner: ada`");
  });
});

describe("an escalation", () => {
  it("is named with its owner and its deadline, which is bold once it has passed", () => {
    const text = renderComment(overdue);
    expect(text).toContain("### 🚧 Blocked: an escalation is overdue");
    expect(text).toContain("| `grace` | 2026-11-20 11:00 UTC | **2026-11-23 11:00 UTC, overdue** |");
    const title = "Escalation overdue since 2026-11-23 11:00 UTC, owner grace: code-quality/verification/npm test";
    expect(renderCheckTitle(overdue)).toBe(title);
  });

  it("is the title of the check whatever else the run was about", () => {
    const signed = { ...overdue, mode: "sign", outcome: outcome("sign_off_recorded", "approved") } as const;
    expect(renderCheckTitle(signed)).toMatch(/^Escalation overdue/);
  });

  it("stands once among the steps, with the end of the failed command's output below", () => {
    expect(rolesOf(overdue).filter((who) => /repair|escalation/.test(who))).toEqual(["Owner of the escalation"]);
    expect(renderComment(overdue)).toContain("1 failed, 212 passed\nexit code 1\n```");
  });

  it("that is not overdue is not bold, and one that is closed is only counted", () => {
    const [escalation] = overdue.highRisk?.escalations ?? [];
    const open = { ...escalation, isOverdue: false } as HighRiskView["escalations"][number];
    const closed = { ...open, closedAt: "2026-11-20T12:00:00Z" };
    const text = renderComment(change(overdue, { escalations: [open, closed] }));
    expect(text).toContain("a gate failed twice and is escalated");
    expect(text).toContain("#### Escalated: 1 blocker, 1 removed before");
    expect(text).not.toMatch(/\*\*overdue|overdue\*\*/i);
    expect(renderComment(change(overdue, { escalations: [closed] }))).not.toContain("#### Escalated");
  });

  it("keeps the end of a long output, not its beginning", () => {
    const output = `${"noise\n".repeat(2_000)}the cause\n`;
    const gates = overdue.highRisk?.gates.map((gate) => ({
      ...gate,
      evidence: gate.evidence.map((each) => (each.command ? { ...each, command: { ...each.command, output } } : each)),
    }));
    expect(renderComment(change(overdue, { gates: gates ?? [] }))).toContain("noise\nthe cause\nexit code 1\n```");
  });
});

describe("a run about a sign-off", () => {
  it("that was refused says so, and that the plan and what was signed stand", () => {
    for (const stage of ["approved", "denied", "refused"] as const) {
      const text = renderComment({ ...refusedSignOff, outcome: { ...refusedSignOff.outcome, stage } });
      expect(text).toContain("### 🚫 The sign-off does not count");
      expect(text).toContain("Nothing that was signed before has changed. Reason `sign_off_refused`.");
      expect(text).toContain("Its author may not sign this.");
      expect(text).not.toContain("No plan was made");
    }
    expect(renderCheckTitle(refusedSignOff)).toBe("The sign-off does not count (sign_off_refused)");
  });

  it("that has a comment of its own shows how to sign, when it was not read, and says what stands", () => {
    const text = renderRefusal({ ...refusedSignOff, outcome: outcome("sign_off_invalid", "refused"), command: "/ai" });
    expect(text).toContain("### 🚫 The sign-off is not one");
    expect(text).toContain("The plan and what was signed before are as they were. Reason `sign_off_invalid`");
    expect(text).not.toContain("No plan was made");
    const [block = ""] = readHtml(render(text)).blocks;
    const lines = block.trim().split("\n");
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(parseSignOff(filled(line), "/ai").status).toBe("signed");
    expect(renderRefusal(refusedSignOff)).not.toContain("```text");
  });

  it("that was refused for another reason says that it is the sign-off that does not count", () => {
    const view: RunView = { ...refusedSignOff, outcome: outcome("head_moved", "refused") };
    const title = "The sign-off does not count: the head of the pull request moved after the plan";
    for (const text of [renderRefusal(view), renderComment(view)]) expect(text).toContain(`### 🚫 ${title}\n`);
    expect(renderCheckTitle(view)).toBe(`${title} (head_moved)`);
    expect(renderRefusal(view)).not.toContain("No plan was made");
  });

  it("that leaves nothing open does not promise an execution while there is no approval", () => {
    const text = renderComment(change(ready, { isReady: false }));
    expect(text).toContain(
      "but no approval that holds: a reviewer applies the label `approved-plan`, anew if it is set.",
    );
    expect(text).not.toContain("nothing is open");
  });

  it("that was recorded shows how far the plan is", () => {
    expect(renderComment(halfSigned)).toContain("### ⏳ Plan approved, 3 steps before execution");
    expect(renderComment(ready)).toContain("### ✅ Plan approved, nothing is open");
    expect(renderCheckTitle(halfSigned)).toBe("Plan aab8f06fecd1 approved, 3 steps before execution: 4 files");
  });
});

describe("a policy with a command of its own", () => {
  const told = (view: RunView): string =>
    [renderComment(view), renderRefusal(view), renderCheckSummary(view), renderConsole(view, "t").join("\n")].join(
      "\n",
    );

  it.each(Object.entries({ ...HIGH_RISK_STATES, ...states.REFUSED_SIGN_OFFS }))(
    "is named wherever people are told what to comment: %s",
    (_, view) => {
      // The marker is for this action, not for people.
      const text = told({ ...view, command: "/ai" }).replaceAll("codex-plan-governance", "");
      expect(text).not.toMatch(/\/codex/);
    },
  );

  it.each(["approvals_missing", "decision_missing"] as const)("is in what to do about %s", (reasonCode) => {
    const view: RunView = { ...noGo, command: "/ai", outcome: outcome(reasonCode, "denied") };
    expect(told(view)).not.toMatch(/\/codex-(?!plan)|\{command/);
  });
});

describe("people", () => {
  it.each(Object.entries(HIGH_RISK_STATES))("are code or links, so that nobody is notified: %s", (_, view) => {
    const { prose } = readHtml(render(renderComment(view)));
    expect(prose).not.toMatch(/@\w/);
    expect(prose).not.toMatch(/\b(?:hedy|ken|grace|linus)\b/);
  });
});

it("findings that the tables tell are not told twice, and others are", () => {
  const findings = [
    { code: "gates_pending", message: "communication: Nobody has signed." },
    { code: "escalation_overdue", message: "It is overdue." },
    ...(states.rehearsalFailed.highRisk?.rehearsal?.findings ?? []),
    { code: "sign_off_gone", message: "Comment 1031 is gone." },
  ];
  const view = { ...halfSigned, highRisk: states.rehearsalFailed.highRisk, mode: "execute" } as const;
  const text = renderComment({ ...view, outcome: outcome("gates_pending", "denied", findings) });
  expect(text).toContain("#### Findings\n\n| Finding |\n| --- |\n| Comment 1031 is gone. |\n\n");
  expect(text.match(/Failed: down/g)).toHaveLength(1);
  expect(text).not.toContain("communication: Nobody has signed.");
});
