import { outsideFiles } from "./headline.ts";
import { count, inlineCode } from "./markdown.ts";
import { isAboutReadiness } from "./next-steps.ts";
import { fenced, fitDetails, headed, type Section } from "./room.ts";
import * as tables from "./tables.ts";
import type { RunView } from "./view.ts";

export function findingsSection(view: RunView): Section {
  // A change outside the plan has a row of its own in the table of those changes, and so have open gates and the like.
  const told = new Set(outsideFiles(view).map(({ path }) => path));
  const { highRisk } = view;
  const rehearsed = new Set(
    highRisk?.rehearsal?.findings.map(({ code, path, message }) => `${code} ${path} ${message}`),
  );
  const findings = view.outcome.findings.filter(({ path, code, message }) => {
    if (path !== undefined && told.has(path)) return false;
    return highRisk === undefined || !(isAboutReadiness(code) || rehearsed.has(`${code} ${path} ${message}`));
  });
  return {
    urgency: 2,
    share: 0.2,
    render: headed("#### Findings", (room) => tables.findingTable(findings, room)),
  };
}

export function driftSection(view: RunView): Section {
  const { drift } = view;
  if (drift === undefined) return { urgency: 1, share: 0, render: () => "" };
  const classes = drift.classes.slice(0, 20).map((each) => inlineCode(each, 60));
  const what =
    drift.mode === "scope"
      ? "the files, their operations, the checks and the risk class must be the same"
      : "the whole text must be the same";
  const title = `#### What drifted\n\nMode ${inlineCode(drift.mode)}: ${what}. Different: ${classes.join(", ") || "nothing"}.\n\nFrom the approved plan (\`-\`) to the plan of now (\`+\`):`;
  return { urgency: 1, share: 0.3, render: headed(title, fenced(drift.diff, "diff")) };
}

export function outsideSection(view: RunView): Section {
  return {
    urgency: 1,
    share: 0.25,
    render: headed("#### Outside the approved plan", (room) => tables.outsideTable(view, room)),
  };
}

export function patchSection(view: RunView): Section {
  const patch = view.patch ?? "";
  const lines = patch.split("\n");
  const added = lines.filter((line) => /^\+(?!\+\+ )/.test(line)).length;
  const removed = lines.filter((line) => /^-(?!-- )/.test(line)).length;
  // An execution that was denied before it began shows the patch that was approved.
  const isExecuted = view.mode === "execute" && view.files.length > 0;
  const name = isExecuted ? "Executed diff" : "Dry-run diff";
  const summary = `${name}: +${added.toLocaleString("en-US")} −${removed.toLocaleString("en-US")} lines`;
  return { urgency: 8, share: 0.4, render: (room) => fitDetails(summary, fenced(patch, "diff"), room) };
}

export function verificationSection(view: RunView): Section {
  const failed = view.verification.filter(({ exitCode, timedOut }) => exitCode !== 0 || timedOut);
  const body = (room: number): string | undefined => {
    const table = tables.verificationTable(view, Math.floor(room / 3));
    if (table === undefined || table === "") return table;
    const outputs: string[] = [];
    let left = room - table.length;
    for (const report of failed) {
      const output = fitDetails("Output of the failed command", fenced(report.output, "text"), left - 2, true);
      if (output === undefined) break;
      if (output !== "") outputs.push(output);
      left -= output.length + 2;
    }
    return [table, ...outputs].join("\n\n");
  };
  return { urgency: 3, share: 0.25, render: headed("#### Verification", body) };
}

export function escalationSection(view: RunView): Section {
  const amount = view.escalations.length;
  if (amount === 0) return { urgency: 6, share: 0, render: () => "" };
  const summary = `${count(amount, "request")} for more than files, all declined`;
  const render = (room: number): string | undefined =>
    fitDetails(summary, (inner) => tables.escalationTable(view, inner), room, view.outcome.decision === "deny");
  return { urgency: 6, share: 0.1, render };
}

export function timelineSection(view: RunView): Section {
  const render = (room: number): string | undefined =>
    fitDetails(`Timeline: ${count(view.timeline.length, "event")}`, (inner) => tables.timelineTable(view, inner), room);
  return { urgency: 6, share: 0.1, render };
}
