import { bindingSection, factLines } from "./facts.ts";
import { handOffSection } from "./hand-off.ts";
import { headline, nextStep } from "./headline.ts";
import { decisionRecordSection, highRiskSections } from "./high-risk-sections.ts";
import { renderMarker } from "./marker.ts";
import { planFilesSection, planProseSection, planSummarySection, promptSection } from "./plan-sections.ts";
import { renderRefusal } from "./refusal.ts";
import { fitSections, type Section } from "./room.ts";
import * as sections from "./sections.ts";
import type { RunView } from "./view.ts";

/** GitHub's limit for a comment is 65,536 characters; counted here in UTF-16 units, which are never fewer. */
export const COMMENT_LIMIT = 65_536;

/** What stands on top and always fits: state, what to do, digest, evidence. */
export function topSection(view: RunView): Section {
  const { icon, title } = headline(view);
  const text = [`### ${icon} ${title}`, nextStep(view), factLines(view)].join("\n\n");
  return { urgency: 0, share: 1, render: () => text };
}

/** The body, in reading order. The parts that say why it stopped come before the plan. */
export function bodySections(view: RunView): readonly Section[] {
  return [
    sections.outsideSection(view),
    sections.findingsSection(view),
    sections.driftSection(view),
    ...highRiskSections(view),
    sections.escalationSection(view),
    sections.verificationSection(view),
    handOffSection(view),
    planSummarySection(view),
    planFilesSection(view),
    planProseSection(view),
    promptSection(view),
    sections.patchSection(view),
    decisionRecordSection(view),
    sections.timelineSection(view),
    bindingSection(view),
  ];
}

/** The sticky comment: at most COMMENT_LIMIT UTF-16 units, its first line is the marker. */
export function renderComment(view: RunView): string {
  const marker = `${renderMarker(view)}\n`;
  // A sign-off is about a plan that is there, whatever became of the sign-off.
  if (view.outcome.stage === "refused" && view.mode !== "sign") return marker + renderRefusal(view);
  return `${marker}${fitSections([topSection(view), ...bodySections(view)], COMMENT_LIMIT - marker.length - 1)}\n`;
}

const NEWER = "**There is a newer plan:";

/** The comment of a plan that has a newer one: it says so on top, once, and gives up what has no room any more. */
export function pointToNewer(body: string, url: string): string {
  const [marker = "", first = "", ...rest] = body.split("\n");
  if (first.startsWith(NEWER)) return body;
  const note = `${marker}\n${NEWER} ${url}. Labels and sign-offs are about that one.**\n`;
  const whole = `${note}\n${[first, ...rest].join("\n")}`;
  return whole.length > COMMENT_LIMIT ? note : whole;
}
