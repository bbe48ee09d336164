import { SIGNED_GATE_NAMES } from "../governance/gates.ts";
import { remedyOf } from "../governance/outcome.ts";
import { declarationGuide } from "./declaration-tables.ts";
import { headline } from "./headline.ts";
import { fencedBlock, inlineCode, link } from "./markdown.ts";
import { fitSections } from "./room.ts";
import { findingsSection } from "./sections.ts";
import type { RunView } from "./view.ts";

const REFUSAL_LIMIT = 16_384;
const NOTHING_MADE = "No plan was made, nothing was changed.";

function usage(view: RunView): string {
  const command = view.command;
  return [
    "Write the request after the command; further lines belong to it:",
    fencedBlock(`${command} Rename the config option "retries" to "attempts" and keep the old name working.`, "text"),
  ].join("\n\n");
}

function declarations(): string {
  const how = "Declarations are lines of their own, in the last paragraph of the comment:";
  return [how, declarationGuide(REFUSAL_LIMIT / 4) ?? ""].join("\n\n");
}

function signOffs({ command }: RunView): string {
  const gates = SIGNED_GATE_NAMES.map((gate) => `${command}-gate ${gate} pass <evidence>`);
  const lines = [...gates, `${command}-decision go <reason>`, `${command}-approve`];
  const how = "Each is a comment of its own; for `pass` there is `fail`, for `go` there is `no-go`:";
  return [how, fencedBlock(lines.join("\n"), "text", REFUSAL_LIMIT / 4)].join("\n\n");
}

/** The answer to a request that never became a plan, or to a sign-off that does not count: short. */
export function renderRefusal(view: RunView): string {
  const { icon, title } = headline(view);
  const remedy = remedyOf(view.outcome.reasonCode, view.command);
  const parts = [
    `### ${icon} ${title}`,
    ...(remedy === "" ? [] : [`**What to do:** ${remedy}`]),
    ...(view.outcome.reasonCode === "prompt_empty" ? [usage(view)] : []),
    ...(view.outcome.reasonCode === "declaration_invalid" ? [declarations()] : []),
    ...(view.outcome.reasonCode === "sign_off_invalid" ? [signOffs(view)] : []),
  ].join("\n\n");
  const kept = view.mode === "sign" ? "The plan and what was signed before are as they were." : NOTHING_MADE;
  const foot = `${kept} Reason ${inlineCode(view.outcome.reasonCode)}, ${link("run log", view.runUrl)}.`;
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
