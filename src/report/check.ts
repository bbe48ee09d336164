import { shortDigest } from "../governance/digest.ts";
import { REASONS } from "../governance/outcome.ts";
import { bodySections, topSection } from "./comment.ts";
import { isRefusedSignOff, openCount, refusedSignOffTitle } from "./headline.ts";
import { capCodePoints, count, oneLine } from "./markdown.ts";
import { openEscalations, openPoints } from "./open-points.ts";
import { fitSections } from "./room.ts";
import { timeText } from "./time.ts";
import type { RunView } from "./view.ts";

const TITLE_LIMIT = 255;
const SUMMARY_LIMIT = 65_535;

function stateTitle(view: RunView): string {
  const files = count(view.plan?.files.length ?? 0, "file");
  const plan = view.planDigest === undefined ? "Plan" : `Plan ${shortDigest(view.planDigest)}`;
  const refusal = `${REASONS[view.outcome.reasonCode].title} (${view.outcome.reasonCode})`;
  const missing = view.highRisk?.missing.length ?? 0;
  const riskClass = view.highRisk === undefined ? "" : `, class ${view.riskClass ?? "high"}`;
  const overdue = view.highRisk && openEscalations(view.highRisk).find(({ isOverdue }) => isOverdue);
  // Whatever this run was about: somebody promised to have removed it by then.
  if (overdue !== undefined && view.outcome.stage !== "executed") {
    return `Escalation overdue since ${timeText(overdue.deadline)}, owner ${overdue.owner ?? "nobody"}: ${overdue.blocker}`;
  }
  if (isRefusedSignOff(view)) return `${refusedSignOffTitle(view)} (${view.outcome.reasonCode})`;
  switch (view.outcome.stage) {
    case "planned":
      if (missing > 0) return `${plan} cannot be approved: ${count(missing, "declaration")} missing`;
      return `${plan} waits for approval: ${files}${riskClass}`;
    case "approved":
      if (openPoints(view).length > 0) return `${plan} approved, ${openCount(view)} before execution: ${files}`;
      return `${plan} approved by ${view.approver ?? "a reviewer"}: ${files}`;
    case "executed":
      return `${plan} executed: ${files}${view.commit === undefined ? "" : `, commit ${view.commit.sha.slice(0, 7)}`}`;
    default:
      return refusal;
  }
}

/** The check run's title: plain text, at most 255 UTF-16 units. */
export function renderCheckTitle(view: RunView): string {
  return capCodePoints(oneLine(stateTitle(view)), TITLE_LIMIT);
}

/** The check run's summary: markdown, at most 65,535 bytes of UTF-8 (GitHub says characters and counts bytes). */
export function renderCheckSummary(view: RunView): string {
  const sections = [topSection(view), ...bodySections(view)];
  for (let limit = SUMMARY_LIMIT; ; limit = Math.floor(limit / 2)) {
    const summary = fitSections(sections, limit);
    if (new TextEncoder().encode(summary).length <= SUMMARY_LIMIT) return summary;
  }
}
