import { REASONS } from "../governance/outcome.ts";
import { headline } from "./headline.ts";
import { fencedBlock, inlineCode, link } from "./markdown.ts";
import { fitSections } from "./room.ts";
import { findingsSection } from "./sections.ts";
import type { RunView } from "./view.ts";

const REFUSAL_LIMIT = 16_384;

function usage(view: RunView): string {
  const command = view.command;
  return [
    "Write the request after the command; further lines belong to it:",
    fencedBlock(`${command} Rename the config option "retries" to "attempts" and keep the old name working.`, "text"),
  ].join("\n\n");
}

/** The answer to a request that never became a plan: short, since there is nothing to review. */
export function renderRefusal(view: RunView): string {
  const { icon, title } = headline(view);
  const { remedy } = REASONS[view.outcome.reasonCode];
  const parts = [
    `### ${icon} ${title}`,
    ...(remedy === "" ? [] : [`**What to do:** ${remedy}`]),
    ...(view.outcome.reasonCode === "prompt_empty" ? [usage(view)] : []),
  ].join("\n\n");
  const foot = `No plan was made, nothing was changed. Reason ${inlineCode(view.outcome.reasonCode)}, ${link("run log", view.runUrl)}.`;
  const body = fitSections(
    [
      { urgency: 0, share: 1, render: () => parts },
      findingsSection(view),
      { urgency: 1, share: 1, render: () => foot },
    ],
    REFUSAL_LIMIT,
  );
  return `${body}\n`;
}
