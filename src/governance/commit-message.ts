import type { Digest } from "./digest.ts";

/** Git trailers of an execution's commit. */
export const COMMIT_TRAILERS = {
  plan: "Codex-Plan",
  binding: "Codex-Binding",
  approvedBy: "Codex-Approved-By",
  evidence: "Codex-Evidence",
  journal: "Codex-Journal",
} as const;

/** Longest first line; GitHub folds what is beyond. */
const MAX_HEADLINE = 72;

interface CommitFacts {
  readonly summary: string;
  readonly pullRequest: number;
  readonly planDigest: Digest;
  readonly bindingDigest: Digest;
  readonly approver: string;
  /** The artifact that was stored right before the commit, with the digest of its zip. */
  readonly evidence: { readonly id: number; readonly digest: Digest };
  /** Head of the journal's chain in that artifact. */
  readonly journalHead: Digest;
}

/** The message of the execution's commit. The trailers tie it to the plan, the approver and the evidence. */
export function commitMessage(facts: CommitFacts): string {
  const sentence = facts.summary.replace(/(?<=[.!?]) .*/s, "");
  // Model text: no line end, no mention, no closing keyword's reference in any of its forms, no CI directive.
  const inert = sentence
    .replace(/[[\]@#\r\n]|:(?=\/\/)|(?<=\bgh)-(?=\d)|(?<=\bwww)\./gi, " ")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...(inert === "" ? "Execute the approved plan" : inert)];
  const headline =
    characters.length > MAX_HEADLINE ? `${characters.slice(0, MAX_HEADLINE - 1).join("")}…` : characters.join("");
  return [
    headline,
    "",
    `Executed by codex-plan-governance on pull request ${facts.pullRequest}.`,
    "",
    `${COMMIT_TRAILERS.plan}: ${facts.planDigest}`,
    `${COMMIT_TRAILERS.binding}: ${facts.bindingDigest}`,
    `${COMMIT_TRAILERS.approvedBy}: ${facts.approver}`,
    `${COMMIT_TRAILERS.evidence}: artifact ${facts.evidence.id} ${facts.evidence.digest}`,
    `${COMMIT_TRAILERS.journal}: ${facts.journalHead}`,
  ].join("\n");
}

/** The value of a trailer in the last paragraph of a message. A hint: everybody can write trailers. */
export function parseTrailer(message: string, name: string): string | undefined {
  const text = message.trimEnd();
  const last = text.slice(text.lastIndexOf("\n\n") + 1);
  const line = last.split("\n").find((candidate) => candidate.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}
