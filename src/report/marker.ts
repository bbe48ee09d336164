import { hexOf, parseDigest } from "../governance/digest.ts";
import type { RunView } from "./view.ts";

/** What a comment of ours says of itself. Anybody can write such a line: it is a hint and proves nothing. */
export interface Marker {
  /** 64 hex digits; undefined when the comment is about no plan. */
  readonly planHex: string | undefined;
  readonly pullRequest: number;
  /** The head that the plan was made for. */
  readonly headSha: string | undefined;
  /** 64 hex digits of what the plan is bound to, its prompt among it; undefined when the comment is about no plan. */
  readonly bindingHex: string | undefined;
}

const PATTERN =
  /^<!-- codex-plan-governance v1 plan=([0-9a-f]{64}|none) pr=(\d{1,15})(?: head=([0-9a-f]{40}|[0-9a-f]{64}))?(?: binding=([0-9a-f]{64}))? -->(?:\r?\n|$)/;

/** The hidden first line by which the action finds its own comments. */
export function renderMarker(view: RunView): string {
  const digest = parseDigest(view.planDigest ?? "");
  const plan = digest === undefined ? "none" : hexOf(digest);
  const head = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(view.headSha ?? "") ? ` head=${view.headSha}` : "";
  const bound = parseDigest(view.bindingDigest ?? "");
  const binding = bound === undefined ? "" : ` binding=${hexOf(bound)}`;
  return `<!-- codex-plan-governance v1 plan=${plan} pr=${view.pullRequest}${head}${binding} -->`;
}

/** Reads the marker off the first line; undefined when there is none. */
export function parseMarker(body: string): Marker | undefined {
  const match = PATTERN.exec(body);
  if (match === null) return undefined;
  return {
    planHex: match[1] === "none" ? undefined : match[1],
    pullRequest: Number(match[2]),
    headSha: match[3],
    bindingHex: match[4],
  };
}
