import { shortDigest } from "../governance/digest.ts";
import { REASONS, remedyOf } from "../governance/outcome.ts";
import { countGates } from "./checklist.ts";
import { guardLine, outsideFiles } from "./headline.ts";
import { capCodePoints, count, oneLine, visibleText } from "./markdown.ts";
import { isWaiting } from "./next-steps.ts";
import { type OpenPoint, openPoints } from "./open-points.ts";
import type { RunView } from "./view.ts";
import { wrapLine } from "../governance/wrapping.ts";

const COLUMNS = 80;

/** More lines than this of one kind are counted, not printed: the artifact has them. */
const MOST_LINES = 50;

/** The runner finds `##[` anywhere in a line, so that it is taken apart; it is a command nowhere else. */
function inert(text: string): string {
  return visibleText(text).replaceAll("\t", "  ").replaceAll("##[", "## [");
}

/**
 * Foreign text for the run's log. The runner skips leading white space before it looks for `::`, so that each
 * line starts with `| `, and commands are switched off around it with a token that the text cannot know.
 */
export function quoteForeign(text: string, token: string): readonly string[] {
  const lines = inert(text)
    .split("\n")
    .flatMap((line) => wrapLine(line, COLUMNS - 2).map((part) => `| ${part}`));
  return [`::stop-commands::${token}`, ...lines, `::${token}::`];
}

function limited(items: readonly string[]): readonly string[] {
  const hidden = items.length - MOST_LINES;
  return hidden > 0 ? [...items.slice(0, MOST_LINES), `… and ${count(hidden, "more", "more")}`] : items;
}

function foreignLines(view: RunView): readonly string[] {
  const cap = (text: string): string => capCodePoints(oneLine(text), 400);
  const files = (view.plan?.files ?? []).map((file) => {
    const path = file.from === undefined ? file.path : `${file.from} -> ${file.path}`;
    return `${file.operation.padEnd(6)} ${cap(path)}`;
  });
  const outside = outsideFiles(view).map(({ verdict, path, asked }) => `${verdict}: ${asked ?? "change"} ${cap(path)}`);
  const findings = view.outcome.findings.map((finding) => {
    const got =
      finding.expected === undefined ? "" : ` (expected ${finding.expected}, got ${finding.got ?? "nothing"})`;
    return `${finding.code}: ${finding.path === undefined ? "" : `${finding.path}: `}${finding.message}${got}`;
  });
  const commands = view.verification.map(
    ({ command, exitCode, timedOut }) => `${timedOut ? "time-out" : `exit ${exitCode}`}: ${cap(command)}`,
  );
  const open = isWaiting(view) ? openPoints(view).map((point) => cap(openLine(point))) : [];
  return [limited(files), limited(outside), limited(findings.map(cap)), limited(commands), limited(open)].flat();
}

function openLine({ who, logins, what, commands, isOverdue }: OpenPoint): string {
  const people = logins.length === 0 ? "" : ` (${logins.join(", ")})`;
  return `${isOverdue ? "overdue" : "open"}: ${[`${who}${people}: ${what}`, ...commands.slice(0, 1)].join(": ")}`;
}

/** How far high-risk work is, in one line of our own words. */
function riskLine({ riskClass, highRisk }: RunView): readonly string[] {
  if (highRisk === undefined) return [];
  const { approvals, missing, isReady } = highRisk;
  const { passed, needed } = countGates(highRisk);
  const parts = [
    `${count(missing.length, "declaration")} missing`,
    `${approvals.by.length} of ${approvals.needed} approvals`,
    `${passed} of ${needed} gates pass`,
    isReady ? "ready" : "not ready",
  ];
  return [`Risk class ${riskClass ?? "high"}: ${parts.join(", ")}`];
}

/**
 * The run's result for its log: lines of at most 80 code points. `token` is random, 16 characters or more of
 * `[A-Za-z0-9-]`; only the two lines with it are commands of the runner.
 */
export function renderConsole(view: RunView, token: string): readonly string[] {
  const { title } = REASONS[view.outcome.reasonCode];
  const remedy = remedyOf(view.outcome.reasonCode, view.command);
  const guard = guardLine(view);
  const own = [
    `${view.outcome.decision.toUpperCase()} ${view.outcome.reasonCode}: ${title}`,
    ...(remedy === "" ? [] : [`What to do: ${remedy}`]),
    ...(view.planDigest === undefined ? [] : [`Plan: ${shortDigest(view.planDigest)}`]),
    ...(guard === undefined ? [] : [`Guard: ${guard}`]),
    ...riskLine(view),
    ...(view.commit === undefined ? [] : [`Commit: ${view.commit.sha.slice(0, 12)}`]),
  ].flatMap((line) => wrapLine(line, COLUMNS, "  "));
  const foreign = foreignLines(view);
  return [...own, ...(foreign.length === 0 ? [] : quoteForeign(foreign.join("\n"), token))];
}
