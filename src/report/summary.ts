import { clockDifferenceText } from "../governance/clock-difference.ts";
import { bodySections, topSection } from "./comment.ts";
import { fitSections, type Section } from "./room.ts";
import type { RunView, TimelineEntry } from "./view.ts";

/** GitHub drops a summary above 1 MiB; 900 KiB leaves room for what other steps write. In UTF-8 bytes. */
export const SUMMARY_BYTES = 900 * 1024;

/** A UTF-16 unit is at most three bytes of UTF-8. */
const SUMMARY_UNITS = Math.floor(SUMMARY_BYTES / 3);

const MERMAID_EVENTS = 40;

/** Only letters, digits and blanks: nothing that the diagram's syntax knows, whatever an entry says. */
function mermaidWords(text: string): string {
  const words = text
    .replace(/[^A-Za-z0-9 ]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words.slice(0, 60).trim() || "Step";
}

function mermaidEvent(entry: TimelineEntry): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})/.exec(entry.at);
  if (match === null) return undefined;
  const mark = { allow: "✅ ", deny: "⛔ ", info: "" }[entry.decision];
  // A colon would end the period, so that the hour is written 09.04.
  return `    ${match[1]} ${match[2]}.${match[3]} : ${mark}${mermaidWords(entry.what)}`;
}

function diagramSection(view: RunView): Section {
  const events = view.timeline
    .slice(-MERMAID_EVENTS)
    .map(mermaidEvent)
    .filter((event) => event !== undefined);
  const text = ["```mermaid", "timeline", ...events, "```"].join("\n");
  return { urgency: 1, share: 0.1, render: () => (events.length === 0 ? "" : text) };
}

function clockSection({ runnerAheadMs }: RunView): Section {
  const said = clockDifferenceText(runnerAheadMs ?? 0);
  const text = said === undefined ? "" : `> ⚠️ ${said}`;
  return { urgency: 0, share: 0.01, render: () => text };
}

/** The job summary: the comment's content and a diagram of the timeline, at most 900 KiB of UTF-8. */
export function renderSummary(view: RunView): string {
  return `${fitSections([topSection(view), clockSection(view), diagramSection(view), ...bodySections(view)], SUMMARY_UNITS - 1)}\n`;
}
