import { LISTING_MOST, listFiles } from "../governance/listing.ts";
import type { Plan } from "../governance/plan.ts";
import { SHOWN_PROMPT_MOST, SHOWN_WIDTH, showPrompt } from "../governance/shown-prompt.ts";
import { wrapLine } from "../governance/wrapping.ts";
import { capCodePoints, count, fencedBlock, oneLine, plainText, visibleText } from "./markdown.ts";
import { fenced, fitDetails, fitTable, headed, type Section, wholeTable } from "./room.ts";
import { operationCounts, planFileRows } from "./tables.ts";
import type { RunView } from "./view.ts";

/** A code block does not wrap by itself. */
const PROSE_WIDTH = SHOWN_WIDTH;

const FOLD_ABOVE = 100;

/** Of the room for the files: reasons are worth it only while they leave something for the rest of the comment. */
const TABLE_SHARE = 0.7;

const WITHOUT_REASONS = "\n\n_The reasons, and who owns what, do not fit here: they are in the artifact._";

/** No sentence of a plan needs more; the evidence has all of it. In UTF-16 units. */
const PROSE_MOST = 4000;

function proseLine(text: string): string {
  return oneLine(capCodePoints(text, PROSE_MOST));
}

function wrapped(text: string, indent = ""): string {
  return visibleText(text)
    .split("\n")
    .flatMap((line) => wrapLine(line, PROSE_WIDTH, indent))
    .join("\n");
}

/** What the plan is for, in Codex's words: in a code block, like all text of the model. */
export function planSummarySection(view: RunView): Section {
  const text = wrapped(proseLine(view.plan?.summary ?? ""));
  return { urgency: 3, share: 0.1, render: headed("#### The plan, in Codex's words", fenced(text, "text")) };
}

/**
 * All files of the plan, or it could not be approved: as a table with the reasons if that fits, else as a listing,
 * which a published plan always has room for (`LISTING_MOST` in the core).
 */
export function planFilesSection(view: RunView): Section {
  const files = view.plan?.files ?? [];
  const { headers, rows } = planFileRows(view, files);
  const listing = listFiles(files);
  const block = listing.length > LISTING_MOST ? undefined : fencedBlock(listing, "text") + WITHOUT_REASONS;
  const body = (room: number): string | undefined =>
    wholeTable(headers, rows, Math.floor(room * TABLE_SHARE)) ??
    (block !== undefined && block.length <= room ? block : fitTable(headers, rows, room));
  const render = headed(`#### Files: ${operationCounts(files)}`, (room) =>
    files.length > FOLD_ABOVE ? fitDetails(`All ${count(files.length, "file")}`, body, room) : body(room),
  );
  return { urgency: 0.5, share: 0.5, render: (room) => (files.length === 0 ? "" : render(room)) };
}

function planProse(plan: Plan): string {
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`${title}\n${lines.join("\n")}`];
  const item = (mark: string, text: string): string =>
    wrapLine(`${mark}${proseLine(text)}`, PROSE_WIDTH, "   ").join("\n");
  const command = (text: string): string =>
    visibleText(capCodePoints(text, PROSE_MOST))
      .split("\n")
      .flatMap((line, index) => wrapLine(`${index === 0 ? " $ " : "   "}${line}`, PROSE_WIDTH, "   "))
      .join("\n");
  const steps = plan.steps.map((step, index) =>
    [
      item(`${index + 1}. `, step.title),
      ...(step.rationale.trim() === "" ? [] : [item("   why: ", step.rationale)]),
      ...step.files.map((file) => item("   file: ", file)),
    ].join("\n"),
  );
  return [
    ...part("STEPS", steps),
    ...part("VERIFICATION", plan.verification.map(command)),
    ...part("SUGGESTED CHECKS, which nobody runs", (plan.suggestions ?? []).map(command)),
    ...part(
      "RISKS",
      plan.risks.map((risk) => item(" - ", risk)),
    ),
    ...part("ROLLBACK", plan.rollback.trim() === "" ? [] : [wrapped(`   ${proseLine(plan.rollback)}`, "   ")]),
  ].join("\n\n");
}

export function planProseSection(view: RunView): Section {
  const { plan } = view;
  if (plan === undefined) return { urgency: 4, share: 0, render: () => "" };
  const parts = [
    count(plan.steps.length, "step"),
    count(plan.verification.length, "check"),
    count(plan.risks.length, "risk"),
  ];
  const open = view.outcome.stage === "planned";
  return {
    urgency: 4,
    share: 0.2,
    render: (room) =>
      fitDetails(`Steps and rollback: ${parts.join(", ")}`, fenced(planProse(plan), "text"), room, open),
  };
}

/** So many places that GitHub does not show are named; the prompt itself is there whole. */
const PLACES_MOST = 10;

/** What of the prompt its readers did not see in the comment of the request. */
function unrenderedLine(found: readonly { readonly line: number; readonly what: string }[]): string {
  if (found.length === 0) return "";
  const places = found.slice(0, PLACES_MOST).map(({ line, what }) => `line ${line}: ${plainText(what, 100)}`);
  const more = found.length > PLACES_MOST ? `; and ${found.length - PLACES_MOST} more` : "";
  return `⚠️ **GitHub does not show all of it in the comment that asked.** Hidden there: ${places.join("; ")}${more}.\n\n`;
}

/**
 * The prompt is what the plan answers: whole, or it would not have been frozen (`SHOWN_PROMPT_MOST` in the core). Open
 * as long as somebody has to decide on it.
 */
export function promptSection(view: RunView): Section {
  const { prompt } = view;
  if (prompt === undefined) return { urgency: 0, share: 0, render: () => "" };
  const summary = `Frozen prompt (${count([...prompt.text].length, "character")})`;
  const note = unrenderedLine(prompt.unrendered ?? []);
  // A frozen prompt is never longer; what is longer all the same is cut, and says so.
  const block = fenced(showPrompt(capCodePoints(prompt.text, 2 * SHOWN_PROMPT_MOST)), "text");
  const body = (room: number): string | undefined => {
    const text = block(room - note.length);
    return text && note + text;
  };
  const open = view.outcome.stage === "planned";
  return { urgency: 0.5, share: 0.45, render: (room) => fitDetails(summary, body, room, open) };
}
