import type { RehearsalEntry, RehearsalReport } from "../governance/rehearsal.ts";
import { count, inlineCode, markedText, tableCode } from "./markdown.ts";
import { fitTable } from "./room.ts";

const STATUSES: Readonly<Record<RehearsalEntry["status"], string>> = {
  passed: "✅&nbsp;passed",
  failed: "⛔&nbsp;failed",
  "not run": "➖&nbsp;not&nbsp;run",
};

const MOST_PATHS = 5;

/** `✅ passed, 9 steps`, or where it failed. */
export function rehearsalState({ result, failedStep, entries }: RehearsalReport): string {
  const steps = count(entries.length, "step");
  return result === "pass" ? `✅ passed, ${steps}` : `⛔ failed at “${failedStep ?? "compare"}”`;
}

/** One line for each step: what the action did itself, or a command with how it ended. */
export function rehearsalTable({ entries }: RehearsalReport, room: number): string | undefined {
  const rows = entries.map(({ step, command, status, exitCode, timedOut }) => {
    const end = timedOut
      ? ", out of time"
      : status === "failed" && command !== undefined
        ? `, exit code ${exitCode}`
        : "";
    return [step, command === undefined ? "–" : tableCode(command, 300), STATUSES[status] + end];
  });
  return fitTable(["Step", "Command", "Result"], rows, room);
}

/** Why it is no pass, and what was left that does not count. Bounded. */
export function rehearsalRemarks({ findings, ignored }: RehearsalReport): string {
  const shown = findings.slice(0, MOST_PATHS).map(({ message, path }) => {
    return `- ${markedText(message, 400)}${path === undefined ? "" : ` ${inlineCode(path)}`}`;
  });
  const more = findings.length > MOST_PATHS ? [`- And ${count(findings.length - MOST_PATHS, "more", "more")}.`] : [];
  const left = ignored.slice(0, MOST_PATHS).map((path) => inlineCode(path));
  const others = ignored.length > MOST_PATHS ? ` and ${ignored.length - MOST_PATHS} more` : "";
  return [
    ...shown,
    ...more,
    ...(left.length === 0 ? [] : [`- Left behind, and ignored by \`.gitignore\`: ${left.join(", ")}${others}`]),
  ].join("\n");
}
