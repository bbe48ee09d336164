import type { DecisionRecord } from "../governance/decision-record.ts";
import { GATES, type GateResult } from "../governance/gates.ts";
import { commandOutput, evidenceTable, failedCommands, STATUSES } from "./gate-tables.ts";
import { count, inlineCode, pathCode, plainText } from "./markdown.ts";
import { details, fitTable } from "./room.ts";
import { timeText } from "./time.ts";

/** In UTF-16 units. Together with the fixed parts below GitHub's limit on a comment. */
const ROOM = { files: 14_000, evidence: 12_000, output: 3_000, risks: 6_000 } as const;
const MAX_OUTPUTS = 3;

/** Before escaping, which makes at most five units of one. */
const MAX_TEXT = 1_000;
const MAX_LINE = 500;

const NOBODY = "_not declared_";

/**
 * decision-record.md: nine fields, always all of them and in this order, then what they are bound to. Every text that
 * is not ours is inert. At most 60,000 UTF-16 units.
 */
export function renderDecisionRecord(record: DecisionRecord): string {
  const fields: readonly (readonly [title: string, text: string])[] = [
    ["Scope", scope(record)],
    ["Risk class", record.riskClass],
    ["Gate statuses", gateStatuses(record.gates)],
    ["Residual risks", residualRisks(record.residualRisks)],
    ["Rollback trigger", prose(record.rollbackTrigger)],
    ["Rollback owner", login(record.rollbackOwner)],
    ["Escalation channel", prose(record.escalationChannel)],
    ["Final decision owner", login(record.decisionOwner)],
    ["GO or NO-GO", decision(record.decision)],
  ];
  const parts = fields.map(([title, text], index) => `## ${index + 1}. ${title}\n\n${text}`);
  return `${["# Decision record", ...parts, digests(record.digests)].join("\n\n")}\n`;
}

function scope({ scope: { summary, files } }: DecisionRecord): string {
  const rows = files.map(({ operation, path, from }) => [
    operation,
    from === undefined ? pathCode(path) : `${pathCode(from)} → ${pathCode(path)}`,
  ]);
  return [plainText(summary, MAX_TEXT), count(files.length, "file"), fitTable(["Operation", "File"], rows, ROOM.files)]
    .filter((part) => part !== undefined)
    .join("\n\n");
}

function gateStatuses(gates: readonly GateResult[]): string {
  const summary = gates.map(({ gate, status }) => `| ${GATES[gate].title} | ${STATUSES[status]} |`);
  const commands = failedCommands(gates).slice(0, MAX_OUTPUTS);
  return [
    ["| Gate | Status |", "| --- | --- |", ...summary].join("\n"),
    evidenceTable(gates, ROOM.evidence) ?? "",
    ...commands.map((command) => details("Output of the failed command", commandOutput(command, ROOM.output))),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function residualRisks(risks: readonly string[]): string {
  if (risks.length === 0) return "_none named_";
  const shown: string[] = [];
  let left: number = ROOM.risks;
  for (const risk of risks) {
    const line = `- ${plainText(risk, MAX_LINE)}`;
    left -= line.length + 1;
    if (left < 0) break;
    shown.push(line);
  }
  const hidden = risks.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`- and ${hidden} more in plan.json`] : [])].join("\n");
}

function decision(decided: DecisionRecord["decision"]): string {
  if (decided.verdict === "open") return "**open**: there is no decision that covers the gates as they are";
  const { verdict, at, actor, reason } = decided;
  return `**${verdict.toUpperCase()}** at ${timeText(at)} by ${inlineCode(actor, 100)}: ${plainText(reason, MAX_TEXT)}`;
}

function prose(text: string | null): string {
  return text === null ? NOBODY : plainText(text, MAX_LINE);
}

function login(name: string | null): string {
  // Code, so that nobody is notified by the record.
  return name === null ? NOBODY : inlineCode(name, 100);
}

function digests(bound: DecisionRecord["digests"]): string {
  const lines = Object.entries({ ...bound, evidence: bound.evidence ?? "not stored yet" });
  return ["## Digests", lines.map(([name, value]) => `- ${name}: ${inlineCode(value, 100)}`).join("\n")].join("\n\n");
}
