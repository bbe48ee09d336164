import { guardLine, person } from "./headline.ts";
import { count, inlineCode, link } from "./markdown.ts";
import { details, type Section } from "./room.ts";
import { timeText } from "./time.ts";
import type { RunView } from "./view.ts";

function commitLink(view: RunView, sha: string): string {
  const label = inlineCode(sha.slice(0, 7));
  return /^[0-9a-f]{40,64}$/.test(sha) ? link(label, `${view.serverUrl}/${view.repository}/commit/${sha}`) : label;
}

function planFacts(view: RunView): readonly string[] {
  const base = [
    ...(view.baseRef === undefined ? [] : [inlineCode(view.baseRef, 80)]),
    ...(view.baseSha === undefined ? [] : [commitLink(view, view.baseSha)]),
  ];
  return [
    ...(view.planDigest === undefined ? [] : [`**Plan** ${inlineCode(view.planDigest.slice(7, 19))}`]),
    ...(view.riskClass === undefined ? [] : [`**Risk** ${view.riskClass}`]),
    ...(view.headSha === undefined ? [] : [`**Head** ${commitLink(view, view.headSha)}`]),
    ...(base.length === 0 ? [] : [`**Base** ${base.join(" @ ")}`]),
  ];
}

function requesters(view: RunView, requester: string): string {
  const by = view.coRequester === undefined ? "" : `, re-run by ${person(view, view.coRequester)}`;
  return person(view, requester) + by;
}

function rerunner(view: RunView, login: string | undefined): string {
  return login === undefined ? "somebody whom the runner does not name" : person(view, login);
}

function peopleFacts(view: RunView): readonly string[] {
  const own = view.approver !== undefined && [view.requester, view.coRequester].includes(view.approver);
  return [
    ...(view.requester === undefined ? [] : [`**Requested by** ${requesters(view, view.requester)}`]),
    ...(view.rerun === undefined ? [] : [`**Attempt ${view.rerun.attempt} by** ${rerunner(view, view.rerun.by)}`]),
    ...(view.approver === undefined
      ? []
      : [`**Approved by** ${person(view, view.approver)}${own ? " (own request)" : ""}`]),
    ...(view.expiresAt === undefined ? [] : [`**Approval expires** ${timeText(view.expiresAt)}`]),
  ];
}

/** The facts that a reviewer compares first. Every value is bounded, so this always fits. */
export function factLines(view: RunView): string {
  const guard = guardLine(view);
  const evidence =
    view.artifact === undefined ? [] : [`**Evidence** ${link(inlineCode(view.artifact.name, 100), view.artifact.url)}`];
  return [
    planFacts(view),
    peopleFacts(view),
    [
      ...(view.commit === undefined
        ? []
        : [`**Commit** ${link(inlineCode(view.commit.sha.slice(0, 7)), view.commit.url)}`]),
      ...(guard === undefined ? [] : [`**Guard** ${guard}`]),
    ],
    [...evidence, `**Run** ${link("log", view.runUrl)}`],
  ]
    .filter((line) => line.length > 0)
    .map((line) => line.join(" · "))
    .join("<br>");
}

/** Everything that the approval is bound to, in full, for those who compare. */
export function bindingSection(view: RunView): Section {
  const code = (value: string): string => inlineCode(value, 120);
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["Plan digest", view.planDigest],
    ["Prompt digest", view.prompt?.digest],
    ["Binding digest", view.bindingDigest],
    ["Journal head", view.journalHead],
    ["Head", view.headSha],
    ["Base", view.baseSha],
    ["Codex", view.codex && `${view.codex.version}, ${view.codex.model}, effort ${view.codex.effort}`],
    ["Action", view.actionVersion],
  ];
  const sources = view.instructionSources
    .slice(0, 10)
    .map((path) => code(path))
    .join(", ");
  const more = view.instructionSources.length > 10 ? ` and ${view.instructionSources.length - 10} more` : "";
  const lines = [
    ...pairs.flatMap(([name, value]) => (value === undefined ? [] : [`- ${name}: ${code(value)}`])),
    ...(sources === "" ? [] : [`- Instructions that Codex read: ${sources}${more}`]),
    ...(view.usage === undefined
      ? []
      : [
          `- Tokens: ${count(view.usage.inputTokens, "input", "input")}, ${count(view.usage.outputTokens, "output", "output")}`,
        ]),
  ];
  const text = details("Digests and versions", lines.join("\n"));
  return { urgency: 0, share: 0.15, render: (room) => (text.length > room ? undefined : text) };
}
