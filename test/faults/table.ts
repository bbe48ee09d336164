import type { Call } from "../world/wire.ts";
import { FAULTS } from "./faults.ts";
import type { CaseResult } from "./matrix.ts";
import type { Step } from "./scenario.ts";

export const LEGEND = [
  "ok    the run did its work in spite of the fault",
  "deny  the run stopped with a reason code",
  "kill  the process was killed",
  "=     after it, a plain re-run ended right",
  "L     after it, people had to set the label again (high-risk: say GO, too)",
  "!     something was untrue (listed below)",
];

const NAME_WIDTH = 36;
const CELL_WIDTH = 6;

const titleOf = ({ name, occurrence }: Call) => `${name}${occurrence > 0 ? ` (${occurrence + 1})` : ""}`;

/** Calls × faults × outcome of one step, 80 columns wide. */
export function renderTable(step: Step, calls: readonly Call[], results: readonly CaseResult[]): string {
  const faults = FAULTS.filter(({ name }) => results.some(({ fault }) => fault.name === name));
  const head = `${step.padEnd(NAME_WIDTH)} ${faults.map(({ name }) => name.slice(0, CELL_WIDTH - 1).padEnd(CELL_WIDTH)).join("")}`;
  const rows = calls.map((call) => {
    const cells = faults.map((fault) => {
      const found = results.find((result) => result.fault === fault && titleOf(result.call) === titleOf(call));
      return (found ? cellOf(found) : "").padEnd(CELL_WIDTH);
    });
    return `${shorten(titleOf(call)).padEnd(NAME_WIDTH)} ${cells.join("")}`.trimEnd();
  });
  return [head.trimEnd(), ...rows].join("\n");
}

function cellOf({ first, again, lies }: CaseResult): string {
  return `${first}${again}${lies.length > 0 ? "!" : ""}`;
}

function shorten(text: string): string {
  return text.length <= NAME_WIDTH ? text : `${text.slice(0, 12)}…${text.slice(text.length - NAME_WIDTH + 13)}`;
}

/** What was untrue, a line for each case. */
export function renderLies(results: readonly CaseResult[]): readonly string[] {
  return results.flatMap(({ step, call, fault, lies, reasonCode }) =>
    lies.map((lie) => `${step}, ${fault.name} at ${titleOf(call)} (${reasonCode}): ${lie}`),
  );
}

/** `3 modes, 120 calls, 7 faults: 840 cases; ok 200, deny 500, kill 140; new label needed 12; untrue 0`. */
export function renderTotals(calls: number, results: readonly CaseResult[]): string {
  const count = (predicate: (result: CaseResult) => boolean) => results.filter(predicate).length;
  const faults = new Set(results.map(({ fault }) => fault.name)).size;
  return [
    `${calls} calls, ${faults} faults: ${results.length} cases`,
    `ok ${count(({ first }) => first === "ok")}, deny ${count(({ first }) => first === "deny")}, kill ${count(({ first }) => first === "kill")}`,
    `new label needed ${count(({ again }) => again === "L")}`,
    `untrue ${count(({ lies }) => lies.length > 0)}`,
  ].join("; ");
}
