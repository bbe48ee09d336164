import {
  type CommandEvidence,
  FINAL_DECISION,
  GATES,
  type GateEvidence,
  type GateResult,
  type GateStatus,
} from "../governance/gates.ts";
import { capCodePoints, fencedBlock, markedCell, tableCode, visibleText } from "./markdown.ts";
import { fitTable } from "./room.ts";
import { timeText } from "./time.ts";

// Hard spaces keep an icon and its word on one line of a narrow column.
export const STATUSES: Readonly<Record<GateStatus, string>> = {
  pass: "✅&nbsp;pass",
  fail: "⛔&nbsp;fail",
  pending: "⏳&nbsp;pending",
  "not required": "➖&nbsp;not&nbsp;required",
};

/** The gates that a plan needs, the final decision among them. */
export function requiredGates(gates: readonly GateResult[]): readonly GateResult[] {
  return gates.filter(({ status }) => status !== "not required");
}

/** The gates that people other than the decision's owner pass. */
export function openGates(gates: readonly GateResult[]): readonly GateResult[] {
  return requiredGates(gates).filter(({ gate, status }) => gate !== FINAL_DECISION && status !== "pass");
}

/** What a gate's status comes from: what keeps it from passing, else the person who passed it. */
function decisive({ evidence }: GateResult): { readonly shown: GateEvidence | undefined; readonly more: number } {
  for (const status of ["fail", "pending"] as const) {
    const found = evidence.filter((each) => each.status === status);
    if (found.length > 0) return { shown: found[0], more: found.length - 1 };
  }
  return { shown: evidence.findLast(({ source }) => source === "sign-off") ?? evidence.at(-1), more: 0 };
}

const who = (evidence: GateEvidence | undefined): string =>
  evidence?.actor === undefined ? "–" : tableCode(evidence.actor, 100);
const when = (evidence: GateEvidence | undefined): string => (evidence?.at === undefined ? "–" : timeText(evidence.at));

/** One line for each gate. */
export function gateTable(gates: readonly GateResult[], room: number): string | undefined {
  const rows = requiredGates(gates).map((result) => {
    const { shown, more } = decisive(result);
    const text = markedCell(shown?.text, 200) + (more > 0 ? ` And ${more} more.` : "");
    return [GATES[result.gate].title, STATUSES[result.status], text, who(shown), when(shown)];
  });
  return fitTable(["Gate", "Status", "Evidence", "Who", "When"], rows, room);
}

/** Everything that the gates rest on, one line for each piece of evidence. */
export function evidenceTable(gates: readonly GateResult[], room: number): string | undefined {
  const rows = gates.flatMap(({ gate, evidence }) =>
    evidence.map((each) => [
      GATES[gate].title,
      STATUSES[each.status],
      each.source,
      markedCell(each.text),
      who(each),
      when(each),
    ]),
  );
  return fitTable(["Gate", "Status", "Source", "Evidence", "Who", "When"], rows, room);
}

export function failedCommands(gates: readonly GateResult[]): readonly CommandEvidence[] {
  return gates
    .flatMap(({ evidence }) => evidence)
    .flatMap(({ status, command }) => (status === "fail" && command !== undefined ? [command] : []));
}

/** A command with how it ended and the end of its output, in at most `room` units; empty when that is too little. */
export function commandOutput({ command, exitCode, output }: CommandEvidence, room: number): string {
  const first = `$ ${capCodePoints(command, 500)}`;
  const last = `exit code ${exitCode}`;
  const left = room - visibleText(first).length - last.length - 100;
  return fencedBlock([first, tail(output.trimEnd(), Math.max(0, left)), last].join("\n"), "text", room);
}

/** The end of a text: that is where a command says what went wrong. */
function tail(text: string, max: number): string {
  // Cut before as well, so that the cost does not grow with the text; spelling out makes nothing shorter but CRLF.
  const visible = visibleText(text.slice(-2 * max - 1));
  return visible.length <= max ? visible : `…${visible.slice(visible.length - max).replace(/^[\udc00-\udfff]/, "")}`;
}
