import { hasPassed, type LedgerEntry, MCP_SCOPE } from "../governance/ledger.ts";
import { count, inlineCode, markedText, tableCode } from "./markdown.ts";
import { fitTable } from "./room.ts";
import { commandRow } from "./tables.ts";
import { timeText } from "./time.ts";

/** In UTF-16 units; the plan and the journal have all of it. */
const ROOM = 20_000;
const MOST_DECLINED = 20;

const TITLE =
  "# Verification ledger\n\nOne entry a task: what Codex was told, what it changed, how that was verified, what comes next.\n";

/** ledger.md with one more entry. Every text that is not ours is inert. */
export function appendLedger(ledger: string, entry: LedgerEntry): string {
  return `${ledger === "" ? TITLE : ledger}\n${renderEntry(entry)}`;
}

function renderEntry(entry: LedgerEntry): string {
  const attempt = entry.runAttempt > 1 ? `, attempt ${entry.runAttempt}` : "";
  const rows = entry.files.map(({ path, verdict }) => [tableCode(path, 1_024), verdict]);
  return [
    `## ${entry.step === "approve" ? "Dry run" : "Execution"}, ${timeText(entry.at)}, run ${inlineCode(String(entry.runId))}${attempt}`,
    [
      `- **Command used:** ${inlineCode(entry.command)}, prompt ${inlineCode(entry.promptDigest)}, plan ${inlineCode(entry.planDigest)}`,
      `- **Tool:** ${inlineCode(entry.tool)}`,
      `- **Files changed:** ${filesText(entry)}`,
      `- **Verification:** ${verificationText(entry)}`,
      `- **MCP scope:** ${scopeText(entry)}`,
      `- **Result:** ${inlineCode(entry.reasonCode)}`,
      `- **Next check for the reviewer:** ${markedText(entry.next)}`,
    ].join("\n"),
    fitTable(["File", "Result"], rows, ROOM) ?? "",
    fitTable(
      ["Verification", "Result"],
      (entry.checks ?? []).map((check) => commandRow(check, 1_000)),
      ROOM,
    ) ?? "",
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function filesText({ files }: LedgerEntry): string {
  const granted = files.filter(({ verdict }) => verdict === "granted").length;
  return `${granted} of ${count(files.length, "file")}`;
}

function verificationText({ checks, demanded }: LedgerEntry): string {
  if (demanded === 0) return "the policy demands no command";
  if (checks === undefined) return `${count(demanded, "command")} demanded, none run yet`;
  return `${checks.filter(hasPassed).length} of ${count(demanded, "command")} passed`;
}

function scopeText({ declined }: LedgerEntry): string {
  const shown = declined.slice(0, MOST_DECLINED).map((each) => inlineCode(each));
  const more = declined.length > shown.length ? ` and ${declined.length - shown.length} more` : "";
  const asked = declined.length === 0 ? "nothing was asked for" : `asked for and declined: ${shown.join(", ")}${more}`;
  return `${MCP_SCOPE}, no server was configured; besides files, ${asked}`;
}
