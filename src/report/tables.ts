import type { Finding } from "../governance/outcome.ts";
import type { PlannedFile } from "../governance/plan.ts";
import { outsideFiles } from "./headline.ts";
import { count, markedCell, pathCode, tableCell, tableCode } from "./markdown.ts";
import { fitTable } from "./room.ts";
import { timeText } from "./time.ts";
import type { RunView } from "./view.ts";

interface Rows {
  readonly headers: readonly string[];
  /** Ready cells. */
  readonly rows: readonly (readonly string[])[];
}

// Hard spaces keep an icon and its word on one line of a narrow column.
const OPERATIONS = {
  create: "🟢&nbsp;create",
  modify: "🟡&nbsp;modify",
  delete: "🔴&nbsp;delete",
  rename: "🔵&nbsp;rename",
} as const;

const VERDICTS = {
  granted: "✅&nbsp;as&nbsp;planned",
  declined: "⛔&nbsp;declined",
  "unplanned change": "⛔ unplanned change",
  unchanged: "➖&nbsp;left&nbsp;alone",
} as const;

/** `2 create, 1 delete`: how many files of each operation, in a fixed order. */
export function operationCounts(files: readonly PlannedFile[]): string {
  return Object.keys(OPERATIONS)
    .map((operation) => ({ operation, amount: files.filter((file) => file.operation === operation).length }))
    .filter(({ amount }) => amount > 0)
    .map(({ operation, amount }) => `${amount.toLocaleString("en-US")} ${operation}`)
    .join(", ");
}

function movedPath(path: string, from: string | undefined, code = pathCode): string {
  return from === undefined ? code(path) : `${code(from)} → ${code(path)}`;
}

/** With nothing left out: who approves must see all of it. No path that may be planned has more than 1,024 bytes. */
function wholePath(path: string): string {
  return tableCode(path, 1_024);
}

function owners(view: RunView, path: string): string {
  const all = view.owners.get(path) ?? [];
  const more = all.length > 4 ? ` and ${all.length - 4} more` : "";
  // Code, so that no owner is notified by the report.
  return all.length === 0
    ? "–"
    : all
        .slice(0, 4)
        .map((owner) => tableCode(owner, 60))
        .join(" ") + more;
}

/** The governed files of the plan: what is done to which, why, who owns it, what became of it. */
export function planFileRows(view: RunView, files: readonly PlannedFile[]): Rows {
  const owned = files.some(({ path }) => (view.owners.get(path)?.length ?? 0) > 0);
  const results = new Map(view.files.map((result) => [result.path, result]));
  const headers = ["Operation", "File", ...(owned ? ["Owners"] : []), "Why", ...(results.size > 0 ? ["Result"] : [])];
  const rows = files.map((file) => {
    const result = results.get(file.path);
    return [
      OPERATIONS[file.operation],
      movedPath(file.path, file.from, wholePath),
      ...(owned ? [owners(view, file.path)] : []),
      tableCell(file.reason),
      ...(results.size > 0 ? [result === undefined ? "–" : VERDICTS[result.verdict]] : []),
    ];
  });
  return { headers, rows };
}

/** Every change outside the plan, one a row. */
export function outsideTable(view: RunView, room: number): string | undefined {
  const rows = outsideFiles(view).map((file) => [
    movedPath(file.path, file.from),
    file.approved ?? "not in the plan",
    file.asked ?? "–",
    file.verdict === "declined" ? "⛔ declined before it was made" : "⛔ found in the tree afterwards",
  ]);
  return fitTable(["File", "Approved", "Asked", "What happened"], rows, room);
}

/** Findings; a column that no finding uses is left out. */
export function findingTable(findings: readonly Finding[], room: number): string | undefined {
  const code = (value: string | undefined): string => (value === undefined ? "–" : tableCode(value, 160));
  const columns = [
    { header: "Where", used: ({ path }: Finding) => path !== undefined, cell: ({ path }: Finding) => path },
    { header: "Expected", used: ({ expected }: Finding) => expected !== undefined, cell: (f: Finding) => f.expected },
    { header: "Got", used: ({ got }: Finding) => got !== undefined, cell: (f: Finding) => f.got },
  ].filter(({ used }) => findings.some(used));
  const rows = findings.map((finding) => [
    markedCell(finding.message, 400),
    ...columns.map(({ header, cell }) => {
      const value = cell(finding);
      return header === "Where" && value !== undefined ? pathCode(value) : code(value);
    }),
  ]);
  return fitTable(["Finding", ...columns.map(({ header }) => header)], rows, room);
}

export function escalationTable(view: RunView, room: number): string | undefined {
  const rows = view.escalations.map(({ method, detail }) => [
    tableCode(method, 80),
    tableCode(detail, 200),
    "⛔&nbsp;declined",
  ]);
  return fitTable(["Request", "Detail", "Answer"], rows, room);
}

/** A command with how it ended. `max` bounds the command in code points. */
export function commandRow(
  { command, exitCode, timedOut }: { readonly command: string; readonly exitCode: number; readonly timedOut: boolean },
  max: number,
): readonly string[] {
  const result = timedOut ? "⛔ not done in time" : exitCode === 0 ? "✅ passed" : `⛔ exit code ${exitCode}`;
  return [tableCode(command, max), result];
}

export function verificationTable(view: RunView, room: number): string | undefined {
  const rows = view.verification.map((report) => commandRow(report, 300));
  return fitTable(["Command", "Result"], rows, room);
}

const DECISIONS = { allow: "✅", deny: "⛔", info: "▫️" } as const;

/** Oldest first; when room is short the oldest are left to the journal. */
export function timelineTable(view: RunView, room: number): string | undefined {
  const rows = view.timeline.map(({ at, what, who, decision }) => [
    timeText(at),
    `${DECISIONS[decision]} ${tableCell(what, 200)}`,
    who === undefined ? "–" : tableCode(who, 100),
  ]);
  const headers = ["When", "What", "Who"];
  let left = room - 160;
  let first = rows.length;
  for (; first > 0; first -= 1) {
    left -= (rows[first - 1] ?? []).join(" | ").length + 5;
    if (left < 0) break;
  }
  const table = fitTable(headers, rows.slice(first), room - 80);
  if (table === undefined || first === 0) return table;
  return first === rows.length
    ? undefined
    : `${table}\n\n_${count(first, "older entry", "older entries")} in the journal._`;
}
