import { checklist, countGates, MEANINGS } from "./checklist.ts";
import { declarationComment, declarationTable } from "./declaration-tables.ts";
import { commandOutput, evidenceTable, failedCommands, gateTable, requiredGates } from "./gate-tables.ts";
import { count, inlineCode, markedCell, tableCode } from "./markdown.ts";
import { isWaiting } from "./next-steps.ts";
import { describeBlocker, openEscalations } from "./open-points.ts";
import { rehearsalRemarks, rehearsalState, rehearsalTable } from "./rehearsal-tables.ts";
import { fitDetails, fitTable, headed, type Section } from "./room.ts";
import { timeText } from "./time.ts";
import type { HighRiskView, RunView } from "./view.ts";

/** What high-risk governance adds to a comment, in reading order; nothing without its facts. */
export function highRiskSections(view: RunView): readonly Section[] {
  const { highRisk } = view;
  if (highRisk === undefined) return [];
  return [
    checklistSection(view, highRisk),
    escalatedSection(highRisk),
    declarationsSection(view, highRisk),
    gatesSection(view, highRisk),
    rehearsalSection(highRisk),
  ];
}

function checklistSection(view: RunView, highRisk: HighRiskView): Section {
  const riskClass = view.riskClass ?? "high";
  const claim = isWaiting(view) ? " All of this has to hold at the moment of execution:" : "";
  const title = `#### Risk class ${riskClass}\n\n${MEANINGS[riskClass]}${claim}`;
  return { urgency: 1, share: 0.15, render: headed(title, (room) => checklist(highRisk, room)) };
}

function escalatedSection(highRisk: HighRiskView): Section {
  const open = openEscalations(highRisk);
  const closed = highRisk.escalations.length - open.length;
  const rows = open.map(({ blocker, owner, openedAt, deadline, isOverdue }) => [
    markedCell(describeBlocker(highRisk, blocker)),
    owner === null ? "**nobody**" : tableCode(owner, 100),
    timeText(openedAt),
    isOverdue ? `**${timeText(deadline)}, overdue**` : timeText(deadline),
  ]);
  const title = `#### Escalated: ${count(open.length, "blocker")}${closed > 0 ? `, ${closed} removed before` : ""}`;
  const table = (room: number) => fitTable(["Blocker", "Owner", "Since", "Deadline"], rows, room);
  return { urgency: 1, share: 0.15, render: headed(title, table) };
}

function declarationsSection(view: RunView, highRisk: HighRiskView): Section {
  const table = (room: number): string | undefined => declarationTable(highRisk, room);
  const { missing, declarations } = highRisk;
  if (missing.length === 0) {
    const amount = Object.values(declarations).filter((value) => value !== null).length;
    const render = (room: number): string | undefined => fitDetails(`Declarations: all ${amount} given`, table, room);
    return { urgency: 3, share: 0.1, render: (room) => (highRisk.requirements.declarations ? render(room) : "") };
  }
  const body = (room: number): string | undefined => {
    const text = table(Math.floor(room / 2));
    const copy = text && declarationComment(view, highRisk, room - text.length - 200);
    const how = copy
      ? `Comment this, with a value for each question mark:\n\n${copy}`
      : "Comment the command again, with the missing lines in its last paragraph.";
    return text && `${text}\n\n${how}`;
  };
  return { urgency: 2, share: 0.25, render: headed(`#### Declarations: ${missing.length} missing`, body) };
}

function gatesSection(view: RunView, highRisk: HighRiskView): Section {
  const { gates } = highRisk;
  const needed = requiredGates(gates);
  const pieces = needed.reduce((sum, { evidence }) => sum + evidence.length, 0);
  const commands = failedCommands(gates);
  const outputs = (room: number): string => {
    const blocks: string[] = [];
    let left = room;
    for (const command of commands) {
      const output = commandOutput(command, Math.min(3_000, left - 2));
      if (output === "") break;
      blocks.push(output);
      left -= output.length + 2;
    }
    return blocks.join("\n\n");
  };
  const body = (room: number): string | undefined => {
    const table = gateTable(needed, Math.floor(room / 3));
    if (table === undefined || table === "") return table;
    const parts = [table];
    const left = (): number => room - parts.join("\n\n").length - 2;
    const add = (part: string | undefined): void => {
      if (part) parts.push(part);
    };
    add(fitDetails(`Output of ${count(commands.length, "failed command")}`, outputs, Math.floor(left() / 2), true));
    const summary = `What the gates rest on: ${count(pieces, "entry", "entries")}`;
    add(fitDetails(summary, (inner) => evidenceTable(needed, inner), left()));
    return parts.join("\n\n");
  };
  // Before the dry run there is little to see, and the plan comes first.
  if (view.outcome.stage === "planned") {
    const counted = countGates(highRisk);
    const summary = `Gates: ${counted.passed} of ${counted.needed} pass before the dry run`;
    return { urgency: 3, share: 0.2, render: (room) => fitDetails(summary, body, room) };
  }
  return { urgency: 2, share: 0.3, render: headed("#### Gates", body) };
}

function rehearsalSection({ rehearsal }: HighRiskView): Section {
  if (rehearsal === undefined) return { urgency: 3, share: 0, render: () => "" };
  const body = (room: number): string | undefined => {
    const remarks = rehearsalRemarks(rehearsal);
    const table = rehearsalTable(rehearsal, room - remarks.length - 1_000);
    const failed = rehearsal.entries.find(({ status, command }) => status === "failed" && command !== undefined);
    const left = room - (table ?? "").length - remarks.length - 4;
    const output =
      failed === undefined
        ? ""
        : commandOutput(
            { ...failed, command: failed.command ?? "", exitCode: failed.exitCode ?? 1 },
            Math.min(3_000, left),
          );
    return table && [table, remarks, output].filter((part) => part !== "").join("\n\n");
  };
  const isFailed = rehearsal.result === "fail";
  const render = (room: number): string | undefined =>
    fitDetails(`Rollback rehearsal: ${rehearsalState(rehearsal)}`, body, room, isFailed);
  return { urgency: 3, share: 0.2, render };
}

const RECORD_TITLES = /^#{1,2} (?=Decision record$|Digests$|[1-9]\. [A-Z][A-Za-z -]+$)/gm;

/** The decision record as it is in the evidence, with titles that are smaller than those of the comment. */
export function decisionRecordSection({ highRisk }: RunView): Section {
  const record = (highRisk?.decisionRecord ?? "")
    .replace(/^# Decision record\n+/, "")
    .replace(RECORD_TITLES, "##### ")
    .trim();
  const elsewhere = `_The decision record does not fit here: ${inlineCode("decision-record.md")} in the evidence artifact._`;
  const render = (room: number): string | undefined => {
    if (record === "") return "";
    return fitDetails("Decision record", (inner) => (record.length > inner ? undefined : record), room) ?? elsewhere;
  };
  return { urgency: 7, share: 0.4, render };
}
