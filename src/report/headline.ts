import { REASONS, remedyOf } from "../governance/outcome.ts";
import { count, inlineCode, link } from "./markdown.ts";
import { highRiskNextStep, isWaiting, OPEN_TITLE, openPointList } from "./next-steps.ts";
import { openEscalations, openPoints } from "./open-points.ts";
import type { FileResult, RunView } from "./view.ts";

export interface Headline {
  readonly icon: string;
  /** Our own words; no markdown in them but back-ticks. */
  readonly title: string;
}

/** The state of the pull request in one line. */
export function headline(view: RunView): Headline {
  const { title } = REASONS[view.outcome.reasonCode];
  if (isRefusedSignOff(view)) return { icon: "🚫", title: refusedSignOffTitle(view) };
  const { highRisk } = view;
  switch (view.outcome.stage) {
    case "planned":
      return (highRisk?.missing.length ?? 0) > 0
        ? { icon: "📝", title: "Plan cannot be approved: declarations are missing" }
        : { icon: "📝", title: "Plan waits for approval" };
    case "approved":
      if (highRisk?.isReady === false)
        return { icon: "⏳", title: `Plan approved, ${openCount(view)} before execution` };
      return {
        icon: "✅",
        title: `Plan approved, ${highRisk?.isReady ? "nothing is open" : "dry run stayed inside it"}`,
      };
    case "blocked":
      return { icon: "🚧", title: `Blocked: ${blockedBy(view) ?? lowerFirst(title)}` };
    case "executed":
      return { icon: "🚀", title: "Approved plan executed" };
    case "drifted":
      return { icon: "⚠️", title: "Plan drifted, nothing was executed" };
    case "revoked":
      return { icon: "↩️", title: `Approval revoked: ${lowerFirst(title)}` };
    case "refused":
      return { icon: "🚫", title: `Request refused: ${lowerFirst(title)}` };
    case "denied":
      return { icon: "⛔", title: `Denied: ${lowerFirst(title)}` };
    case "skipped":
      return { icon: "⏭️", title: `Nothing to do: ${lowerFirst(title)}` };
  }
}

/** Whether this run is about a sign-off that does not count: the plan is as it was. */
export function isRefusedSignOff({ mode, outcome }: RunView): boolean {
  return mode === "sign" && outcome.decision === "deny";
}

/** Some reasons are about sign-offs and say so; the others are about a plan or a service. */
export function refusedSignOffTitle({ outcome: { reasonCode } }: RunView): string {
  const { title } = REASONS[reasonCode];
  return reasonCode.startsWith("sign_off_") ? title : `The sign-off does not count: ${lowerFirst(title)}`;
}

/** `3 steps`: how much is to be done before a high-risk plan is executed. */
export function openCount(view: RunView): string {
  return count(openPoints(view).length, "step");
}

/** What an escalation has to do with it; undefined when none is open. */
function blockedBy({ highRisk }: RunView): string | undefined {
  const [first] = highRisk === undefined ? [] : openEscalations(highRisk);
  return first && (first.isOverdue ? "an escalation is overdue" : "a gate failed twice and is escalated");
}

/** Lower-cases the first letter of a sentence, but not of a name or an acronym. */
export function lowerFirst(text: string): string {
  return /^(?:Codex|GitHub)|^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** A person, as a link and never as a mention: nobody is to be notified by a report. */
export function person(view: RunView, login: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(login)
    ? link(login.replaceAll("_", "\\_"), `${view.serverUrl}/${login}`)
    : inlineCode(login, 100);
}

/** What happens next, and who may do it. Markdown paragraphs. */
export function nextStep(view: RunView): string {
  const label = inlineCode(view.label);
  const command = inlineCode(view.command);
  if (isWaiting(view) && (isRefusedSignOff(view) || ["planned", "approved"].includes(view.outcome.stage))) {
    const wait = view.outcome.stage === "planned" ? replacementText(view) : [];
    return [...wait, highRiskNextStep(view)].join("\n\n");
  }
  switch (view.outcome.stage) {
    case "planned":
      return [
        `**Next:** ${approvers(view)} reads the plan and applies the label ${label}. That starts a dry run, file by file; nothing is committed by it.`,
        ...replacementText(view),
        `Not what you want? Comment ${command} with a better prompt: the new plan replaces this one.`,
      ].join("\n\n");
    case "approved":
      return [
        "**Next:** Codex makes the plan once more. If it is still the same, the approved plan is executed; if not, the approval is void and the difference is shown here.",
        `To stop it, remove the label ${label}. A push to the branch voids the approval as well.`,
      ].join("\n\n");
    case "executed":
      return `**Next:** review ${commit(view)} like any other commit; its workflows may wait for “Approve and run”. The approval is used up: more work needs a new ${command} comment.`;
    default:
      return stopped(view);
  }
}

/** Somebody may still be reading the plan that was there before. */
export function replacementText({ replacement, highRisk }: RunView): readonly string[] {
  if (replacement === undefined) return [];
  const { countsFrom } = replacement;
  const from = countsFrom === undefined ? "one minute after this comment" : `${countsFrom.slice(11, 19)} UTC`;
  const what = highRisk === undefined ? "labels" : "labels and sign-offs";
  return [`**This plan replaced another one; ${what} count from ${from}.**`];
}

function approvers(view: RunView): string {
  if (!view.fourEyes) return "somebody with write access (the policy lets the requester do it, too)";
  return view.requester === undefined
    ? "somebody with write access, not the requester,"
    : `somebody with write access other than ${[view.requester, view.coRequester]
        .flatMap((login) => (login === undefined ? [] : [person(view, login)]))
        .join(" and ")}`;
}

function commit(view: RunView): string {
  return view.commit === undefined ? "the commit" : link(inlineCode(view.commit.sha.slice(0, 7)), view.commit.url);
}

function committed(view: RunView): string {
  if (view.commit !== undefined) return `${commit(view)} stands on the branch.`;
  // When GitHub's answer is missing, the commit may have been made all the same.
  const unknown = view.mode === "execute" && /^(?:github_|internal_error)/.test(view.outcome.reasonCode);
  return unknown ? "Whether a commit was made is not known: look at the branch." : "This run committed nothing.";
}

function stopped(view: RunView): string {
  const remedy = remedyOf(view.outcome.reasonCode, view.command);
  const kept = view.labelPresent ? "is still set" : "is not set";
  const label = view.mode === "plan" ? "" : ` The label ${inlineCode(view.label)} ${kept}.`;
  const todo = remedy === "" ? "" : `**What to do:** ${remedy}\n\n`;
  const wait = view.outcome.reasonCode === "approval_too_soon" ? `\n\n${replacementText(view).join()}` : "";
  const list = isWaiting(view) ? openPointList(view) : "";
  const open = list === "" ? "" : `\n\n${OPEN_TITLE}\n\n${list}`;
  return `${todo}${committed(view)}${label} Reason ${inlineCode(view.outcome.reasonCode)}.${wait}${open}`;
}

/** The changes that the plan does not cover, asked for or found. */
export function outsideFiles(view: RunView): readonly FileResult[] {
  return view.files.filter(({ verdict }) => verdict === "declined" || verdict === "unplanned change");
}

/** Whether the guarded run stayed inside the plan, in one line; undefined when there was none. */
export function guardLine(view: RunView): string | undefined {
  if (view.files.length === 0) return undefined;
  const outside = outsideFiles(view);
  if (outside.length > 0) return `⛔ ${count(outside.length, "change")} outside the plan`;
  const granted = view.files.filter(({ verdict }) => verdict === "granted").length;
  return `✅ ${granted} of ${count(view.files.length, "file")} changed, none outside the plan`;
}
