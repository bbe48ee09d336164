import type { Digest } from "./digest.ts";
import { type Outcome, remedyOf } from "./outcome.ts";
import type { ReviewItem } from "./review.ts";

/** One file of a task, as it was changed. */
export interface LedgerFile {
  readonly path: string;
  /** What became of it, such as `granted` or `declined`. */
  readonly verdict: string;
}

/** One verification step with its result. */
export interface LedgerCheck {
  readonly command: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
}

/** One task of the verification loop: what Codex was told to do, what came of it, how it was verified, what is next. */
export interface LedgerEntry {
  readonly at: string;
  readonly step: "approve" | "execute";
  readonly runId: number;
  readonly runAttempt: number;
  /** The command word of the comment, and the digest of what stood after it. */
  readonly command: string;
  readonly promptDigest: Digest;
  readonly planDigest: Digest;
  /** Version, model and effort, or that the approved patch was replayed without a model. */
  readonly tool: string;
  readonly files: readonly LedgerFile[];
  /** Undefined when it did not come to verification. */
  readonly checks: readonly LedgerCheck[] | undefined;
  /** How many commands the policy demands. */
  readonly demanded: number;
  /** What Codex asked for besides files; all of it was declined. */
  readonly declined: readonly string[];
  readonly reasonCode: Outcome["reasonCode"];
  /** What the reviewer looks at next. */
  readonly next: string;
}

/** Codex is started without any MCP server (`mcp_servers={}`), so that no connector is in scope, whoever asks. */
export const MCP_SCOPE = "none";

export function hasPassed({ exitCode, timedOut }: LedgerCheck): boolean {
  return exitCode === 0 && !timedOut;
}

/** What the journal's record of the same step says of it, for queries and metrics. */
export function ledgerSubject({ files, checks }: LedgerEntry): Readonly<Record<string, string | number>> {
  const filesChanged = files.filter(({ verdict }) => verdict === "granted").length;
  const facts = { filesChanged, mcpScope: MCP_SCOPE };
  if (checks === undefined) return facts;
  const verificationPassed = checks.filter(hasPassed).length;
  return { ...facts, verificationPassed, verificationFailed: checks.length - verificationPassed };
}

interface NextCheck {
  readonly outcome: Pick<Outcome, "reasonCode" | "decision">;
  readonly command: string;
  readonly first: ReviewItem | undefined;
  readonly impactedTests: readonly string[];
}

/** The next check in one sentence. What failed has its remedy; what went well is looked at, riskiest file first. */
export function nextCheck({ outcome, command, first, impactedTests }: NextCheck): string {
  if (outcome.decision !== "allow") return remedyOf(outcome.reasonCode, command);
  const what = outcome.reasonCode === "plan_approved" ? "Read dry-run.patch" : "Review the commit";
  const where = first === undefined ? "" : `, first \`${first.path}\``;
  const suites = impactedTests.length === 0 ? "" : `; run ${impactedTests.map((name) => `\`${name}\``).join(", ")}`;
  return `${what}${where}${suites}.`;
}
