import { remedyOf } from "../governance/outcome.ts";
import { inlineCode, markedText } from "./markdown.ts";
import { type OpenPoint, openPoints } from "./open-points.ts";
import type { RunView } from "./view.ts";

/** More are counted: the tables below have them. */
const MOST_POINTS = 12;
const MOST_LOGINS = 8;

const SIGNERS =
  "Who signs a gate is in the policy under `gates`. Where nobody is named there, it is anybody with write access other than the requester.";

/** What a plan may still be brought to execution from; elsewhere the plan is void, or there is none. */
export function isWaiting({ mode, outcome, highRisk }: RunView): boolean {
  if (highRisk === undefined) return false;
  return (
    mode === "sign" ||
    ["planned", "approved", "blocked"].includes(outcome.stage) ||
    isAboutReadiness(outcome.reasonCode)
  );
}

const READINESS: readonly string[] = [
  "declarations_missing",
  "approvals_missing",
  "gate_failed",
  "decision_no_go",
  "gates_pending",
  "decision_stale",
  "decision_missing",
  "escalation_open",
  "escalation_overdue",
];

/** Reasons and findings that the tables of high-risk work tell in full. */
export function isAboutReadiness(code: string): boolean {
  return READINESS.includes(code);
}

/** Who has to do what before high-risk work is executed, as a list with the comments to copy. */
export function openPointList(view: RunView): string {
  const points = openPoints(view);
  const shown = points.slice(0, MOST_POINTS).map((point) => `- ${pointText(point)}`);
  const hidden = points.length - shown.length;
  const list = [...shown, ...(hidden > 0 ? [`- And ${hidden} more, in the tables below.`] : [])].join("\n");
  return points.some(({ isSigner }) => isSigner) ? `${list}\n\n${SIGNERS}` : list;
}

function pointText({ who, logins, what, commands, isOverdue }: OpenPoint): string {
  // Code, so that nobody is notified.
  const names = logins.slice(0, MOST_LOGINS).map((login) => inlineCode(login, 100));
  const more = logins.length > MOST_LOGINS ? ` and ${logins.length - MOST_LOGINS} more` : "";
  const people = names.length === 0 ? "" : ` (${names.join(", ")}${more})`;
  const copied = commands.map((command) => inlineCode(command, 200)).join(" or ");
  const turn = `${isOverdue ? "**Overdue.** " : ""}**${who}**${people}: ${markedText(what, 700)}`;
  return copied === "" ? turn : `${turn}: ${copied}`;
}

/** What happens next with a plan that high-risk governance holds or lets go. */
export function highRiskNextStep(view: RunView): string {
  const refused = view.mode === "sign" && view.outcome.decision === "deny";
  const remedy = remedyOf(view.outcome.reasonCode, view.command);
  const said = refused
    ? `**What to do:** ${remedy} Nothing that was signed before has changed. Reason ${inlineCode(view.outcome.reasonCode)}.\n\n`
    : "";
  return said + [waitingText(view), wayOut(view)].filter((text) => text !== "").join("\n\n");
}

export const OPEN_TITLE = "**What happens next.** Nothing is executed before each of these is done:";

function waitingText(view: RunView): string {
  const list = openPointList(view);
  if (list === "" && view.highRisk?.isReady === false) {
    return `**Next:** what class ${view.riskClass ?? "high"} needs is there, but no approval that holds: a reviewer applies the label ${inlineCode(view.label)}, anew if it is set.`;
  }
  if (list === "") {
    return `**Next:** everything that class ${view.riskClass ?? "high"} needs is there. The execution proves it again, live, makes the plan once more and, if it is still the same, carries it out.`;
  }
  const remark =
    view.highRisk?.missing.length === 0
      ? "Each command is a comment of its own, on this pull request. The one that leaves nothing open starts the execution."
      : "The new comment makes a new plan; sign-offs of this one do not count for it.";
  return [OPEN_TITLE, list, remark].join("\n\n");
}

function wayOut({ outcome: { stage }, command, label, highRisk }: RunView): string {
  if (stage === "planned" && highRisk?.missing.length === 0) {
    return `Not what you want? Comment ${inlineCode(command)} with a better prompt: the new plan replaces this one.`;
  }
  if (stage !== "approved") return "";
  return `To stop it, remove the label ${inlineCode(label)}. A push to the branch voids the approval and every sign-off.`;
}
