import { type Finding, type Outcome, REASONS, remedyOf } from "../governance/outcome.ts";
import type { NoticeKind } from "../governance/review-policy.ts";
import { nextInTurn } from "../governance/rotation.ts";
import { count } from "../report/markdown.ts";
import type { RunView } from "../report/view.ts";
import type { RunRecord } from "./run-record.ts";

/** A notice is read on a phone: what does not fit is on the pull request. */
const MAX_FINDINGS = 5;
const MAX_DIFF_LINES = 15;

/** What kind of news an outcome is for people who do not watch the pull request; undefined for everyday matters. */
export function noticeOf({ decision, stage }: Outcome): NoticeKind | undefined {
  if (stage === "executed" && decision === "allow") return "executed";
  if (stage === "drifted") return "drift";
  return stage === "denied" ? "denial" : undefined;
}

/**
 * Tells a channel what the policy wants told, and hands a drifted plan to the next in turn. Everything is decided and
 * on the pull request by now; what fails here is a line of the log.
 */
export async function announce(record: RunRecord, ended: Outcome, isNews: boolean): Promise<void> {
  const kind = noticeOf(ended);
  if (kind === undefined || !isNews || record.isQuiet || record.pullRequest === undefined) return;
  const assignee = kind === "drift" ? await rotateAssignee(record) : undefined;
  if (!record.policy.notices.includes(kind)) return;
  const view = record.view(ended);
  await record.ports.notifier.notify({
    title: `${titleOf(kind, view)}: pull request ${view.pullRequest} of ${view.repository}`,
    text: record.ports.redact([...factsOf(view), ...newsOf(kind, view, assignee)].join("\n")),
    url: `${view.serverUrl}/${view.repository}/pull/${view.pullRequest}`,
    mentions: mentionsOf(kind, view, assignee),
  });
}

function titleOf(kind: NoticeKind, { outcome: { reasonCode } }: RunView): string {
  if (kind === "executed") return "Executed";
  return kind === "drift" ? "Drifted, nothing was executed" : `Denied (${REASONS[reasonCode].title})`;
}

/** What was asked, and who was involved: nobody should have to open the page to know whether it concerns them. */
function factsOf({ plan, requester, approver, riskClass }: RunView): readonly string[] {
  const people = [
    ...(requester === undefined ? [] : [`asked by ${requester}`]),
    ...(approver === undefined ? [] : [`approved by ${approver}`]),
    ...(riskClass === undefined ? [] : [`risk ${riskClass}`]),
  ];
  return [
    ...(plan === undefined ? [] : [`Plan: ${plan.summary}`]),
    ...(people.length === 0 ? [] : [people.join(", ")]),
  ];
}

function newsOf(kind: NoticeKind, view: RunView, assignee: string | undefined): readonly string[] {
  const { outcome, commit, files, drift, command } = view;
  if (kind === "executed") {
    const changed = files.filter(({ verdict }) => verdict === "granted").length;
    return [
      `Commit ${commit?.sha.slice(0, 12)}${changed === 0 ? "" : `, ${count(changed, "file")}`}. Review it like any other.`,
    ];
  }
  const diff = drift?.diff.split("\n") ?? [];
  const more = diff.length > MAX_DIFF_LINES ? ["…"] : [];
  return [
    ...outcome.findings.slice(0, MAX_FINDINGS).map(findingText),
    ...(kind === "drift" ? [...diff.slice(0, MAX_DIFF_LINES), ...more] : []),
    ...(assignee === undefined ? [] : [`Now assigned: ${assignee}.`]),
    `What to do: ${remedyOf(outcome.reasonCode, command)}`,
  ];
}

function findingText({ message, path, expected, got }: Finding): string {
  const values = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  return `- ${path === undefined ? "" : `${path}: `}${message}${values.length === 0 ? "" : ` (${values.join(", ")})`}`;
}

function mentionsOf(kind: NoticeKind, view: RunView, assignee: string | undefined): readonly string[] {
  const concerned = kind === "drift" ? [assignee, view.approver, view.requester] : [view.requester];
  return [...new Set(concerned.flatMap((login) => login ?? []))];
}

/** A plan that drifted has been read in vain: fresh eyes. Undefined when nobody could be assigned. */
async function rotateAssignee({ ports, policy, pullRequest }: RunRecord): Promise<string | undefined> {
  const rotation = policy["drift-rotation"];
  if (pullRequest === undefined || rotation.length === 0) return undefined;
  const { number, assignees } = pullRequest;
  const next = nextInTurn(rotation, assignees, number) as string;
  try {
    const names = (await ports.github.addAssignees(number, [next])).map((login) => login.toLowerCase());
    if (!names.includes(next.toLowerCase())) {
      ports.log(`GitHub did not assign ${next}: can they read the repository?`);
      return undefined;
    }
    // Only who was here by turn goes; whom people assigned stays.
    const turns = new Set(rotation.map((login) => login.toLowerCase()));
    const done = assignees.filter(
      (login) => turns.has(login.toLowerCase()) && login.toLowerCase() !== next.toLowerCase(),
    );
    if (done.length > 0) await ports.github.removeAssignees(number, done.slice(0, 10));
    return next;
  } catch (error) {
    ports.log(`Could not assign ${next}: ${(error as Error).message}`);
    return undefined;
  }
}
