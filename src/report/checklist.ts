import { FINAL_DECISION } from "../governance/gates.ts";
import type { RiskClass } from "../governance/risk.ts";
import { openGates, requiredGates } from "./gate-tables.ts";
import { tableCode } from "./markdown.ts";
import { openEscalations } from "./open-points.ts";
import { rehearsalState } from "./rehearsal-tables.ts";
import { fitTable } from "./room.ts";
import type { HighRiskView } from "./view.ts";

const MOST_NAMES = 8;

/** Why a class is governed as it is. */
export const MEANINGS: Readonly<Record<RiskClass, string>> = {
  standard: "A failure is seen and repaired like any other.",
  medium: "A failure reaches everybody who builds or deploys the project.",
  high: "A failure reaches people's accounts, money or rights before anybody sees it.",
  critical: "A failure destroys or exposes data, and taking the commit back does not bring it back.",
};

/** What a class needs and how far each is, one line each. */
export function checklist(highRisk: HighRiskView, room: number): string | undefined {
  const { requirements, missing, rehearsal } = highRisk;
  const open = openEscalations(highRisk);
  const rows: readonly (readonly [isShown: boolean, needed: string, state: () => string])[] = [
    [
      requirements.declarations,
      "Declarations",
      () => (missing.length === 0 ? "✅ complete" : `⛔ ${missing.length} missing`),
    ],
    [requirements.approvals > 0, "Approvals", () => approvalsState(highRisk)],
    [requirements.gates.length > 0, "Gates", () => gatesState(highRisk)],
    [
      requirements.rehearsal || rehearsal !== undefined,
      "Rollback rehearsal",
      () => (rehearsal === undefined ? "⏳ not yet" : rehearsalState(rehearsal)),
    ],
    [requirements.gates.includes(FINAL_DECISION), "Decision", () => decisionState(highRisk)],
    [open.length > 0, "Escalations", () => `🚧 ${open.length} open${overdueText(open)}`],
  ];
  const shown = rows.filter(([isShown]) => isShown).map(([, needed, state]) => [needed, state()]);
  return fitTable(["Needed", "State"], shown, room);
}

function approvalsState({ approvals: { by, needed } }: HighRiskView): string {
  const names = by.slice(0, MOST_NAMES).map((login) => tableCode(login, 100));
  const more = by.length > MOST_NAMES ? ` and ${by.length - MOST_NAMES} more` : "";
  const who = names.length > 0 ? `: ${names.join(", ")}${more}` : "";
  return `${by.length >= needed ? "✅" : "⏳"} ${by.length} of ${needed}${who}`;
}

function overdueText(open: HighRiskView["escalations"]): string {
  const overdue = open.filter(({ isOverdue }) => isOverdue).length;
  return overdue === 0 ? "" : `, **${overdue} overdue**`;
}

/** How many of the gates pass, the final decision not among them. */
export function countGates({ gates, requirements }: HighRiskView): {
  readonly passed: number;
  readonly needed: number;
} {
  const isCounted = ({ gate }: Pick<HighRiskView["gates"][number], "gate">): boolean => gate !== FINAL_DECISION;
  return {
    passed: requiredGates(gates).filter((result) => isCounted(result) && result.status === "pass").length,
    needed: requirements.gates.filter((gate) => isCounted({ gate })).length,
  };
}

function gatesState(highRisk: HighRiskView): string {
  const { passed, needed } = countGates(highRisk);
  const isFailed = openGates(highRisk.gates).some(({ status }) => status === "fail");
  return `${isFailed ? "⛔" : passed === needed ? "✅" : "⏳"} ${passed} of ${needed} pass`;
}

function decisionState({ gates, declarations }: HighRiskView): string {
  const gate = gates.find((result) => result.gate === FINAL_DECISION);
  const owner = declarations["go-no-go-owner"];
  const by = owner === null ? "nobody is named who decides" : tableCode(owner, 100);
  if (gate?.status === "pass") return `✅ **GO**, ${by}`;
  if (gate?.status === "fail") return `⛔ **NO-GO**, ${by}`;
  const isStale = gate?.evidence.some(({ rule }) => rule === "freshness") ?? false;
  return `⏳ ${isStale ? "a gate changed after the GO" : "open"}, ${by}`;
}
