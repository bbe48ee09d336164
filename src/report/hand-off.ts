import type { ReviewItem } from "../governance/review.ts";
import { count, inlineCode, pathCode } from "./markdown.ts";
import { headed, type Section } from "./room.ts";
import type { RunView } from "./view.ts";

/** Commands and suites that are named; the rest is counted. */
const MOST_NAMED = 5;

const STAGES: readonly RunView["outcome"]["stage"][] = ["planned", "approved", "blocked", "executed"];

/** What the next person needs, in four lines: Change, Verify, Risk, and what to Review first. */
export function handOffLines(view: RunView): readonly string[] {
  return [
    `**Change:** ${changeText(view)}`,
    `**Verify:** ${verifyText(view)}`,
    `**Risk:** ${riskText(view)}`,
    `**Review first:** ${reviewText(view)}`,
  ];
}

export function handOffSection(view: RunView): Section {
  const isShown = view.handOff !== undefined && STAGES.includes(view.outcome.stage);
  const text = isShown
    ? handOffLines(view)
        .map((line) => `- ${line}`)
        .join("\n")
    : "";
  return { urgency: 2, share: 0.1, render: headed("#### Hand-off", (room) => (text.length > room ? undefined : text)) };
}

function changeText({ handOff }: RunView): string {
  if (handOff === undefined) return "no plan";
  const { files, directories, lines } = handOff.size;
  const spread = `${count(files, "file")} in ${count(directories, "directory", "directories")}`;
  return lines === undefined ? `${spread}; the dry run will show how many lines` : `${spread}, ${count(lines, "line")}`;
}

function verifyText({ verification, plan, handOff }: RunView): string {
  const commands = plan?.verification ?? [];
  const results = verification.map(({ command, exitCode, timedOut }) => {
    const result = timedOut ? "not done in time" : exitCode === 0 ? "passed" : `exit code ${exitCode}`;
    return `${inlineCode(command, 100)} ${result}`;
  });
  const open = commands.map((command) => inlineCode(command, 100));
  const ran = verification.length > 0 ? named(results) : `${named(open)}, before the commit`;
  const told = commands.length === 0 && verification.length === 0 ? "no command in the policy" : ran;
  const suites = (handOff?.impactedTests ?? []).map((suite) => inlineCode(suite, 100));
  return suites.length === 0
    ? told
    : `${told}; concerned ${suites.length === 1 ? "suite" : "suites"}: ${named(suites)}`;
}

function riskText({ riskClass, plan }: RunView): string {
  const risks = plan?.risks.length ?? 0;
  const told = risks === 0 ? "Codex names no risk" : `Codex names ${count(risks, "risk")}, listed with the steps`;
  return `class ${riskClass ?? "unknown"}; ${told}`;
}

function reviewText({ handOff }: RunView): string {
  const { review = [], more = 0 } = handOff ?? {};
  const rest = more === 0 ? "" : `; then ${count(more, "more file")}`;
  return `${review.map(itemText).join(", then ")}${rest}`;
}

function itemText({ path, riskClass, lines }: ReviewItem): string {
  const why = [
    ...(riskClass === "standard" ? [] : [riskClass]),
    ...(lines === undefined ? [] : [count(lines, "line")]),
  ];
  return `${pathCode(path)}${why.length === 0 ? "" : ` (${why.join(", ")})`}`;
}

function named(texts: readonly string[]): string {
  const rest = texts.length - MOST_NAMED;
  return `${texts.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
