import { byText, type PlanFacts } from "./plan-facts.ts";
import { concluded, type ReviewEntry, referencesOf, type Thresholds } from "./review-entry.ts";

/** An instruction file with what happened under its directory, and under no nearer one's, since it last changed. */
export interface InstructionFacts {
  readonly path: string;
  /** The commit on the base branch that changed it last, and when that was committed, ISO 8601. */
  readonly changedCommit: string;
  readonly changedAt: string;
  /** Files that differ between that commit and the looked-at one. */
  readonly filesSince: number;
  /** Lines added and removed in them; binary files have none. */
  readonly linesSince: number;
}

/** What a clone says of the base commit of a repository's newest plan. */
export interface RepositoryFacts {
  readonly repository: string;
  readonly commit: string;
  /** ISO 8601. */
  readonly committedAt: string;
  readonly instructions: readonly InstructionFacts[];
  /** Instruction files that were not looked at, because there are too many. */
  readonly omitted: number;
}

const DAY = 24 * 60 * 60_000;

/**
 * Instruction files that stayed while the code under them moved. The evidence's part is the digest of the instruction
 * chain: when plans of the period had different ones, somebody works on the instructions, and the rule is silent.
 */
export function evaluateInstructions(
  facts: RepositoryFacts,
  plans: readonly PlanFacts[],
  thresholds: Thresholds,
): readonly ReviewEntry[] {
  const { repository, commit, committedAt, instructions } = facts;
  const { minPlans, staleDays, staleFiles } = thresholds;
  const newest = newestPlan(plans);
  const bound = plans.filter(
    ({ instructionChainDigest, baseRef }) => instructionChainDigest !== undefined && baseRef === newest?.baseRef,
  );
  const isUnchanged = new Set(bound.map(({ instructionChainDigest }) => instructionChainDigest)).size === 1;
  if (!isUnchanged) return [];
  const daysOf = ({ changedAt }: InstructionFacts) =>
    Math.floor((Date.parse(committedAt) - Date.parse(changedAt)) / DAY);
  const stale = instructions.filter((file) => daysOf(file) >= staleDays && file.filesSince >= staleFiles);
  return stale.map((file) =>
    concluded(
      {
        rule: "stale-instructions",
        repository,
        subject: file.path,
        figures: [
          { name: "plans with one and the same instruction chain", value: bound.length },
          { name: "days since the file changed", value: daysOf(file) },
          { name: "files changed under it since", value: file.filesSince },
          { name: "lines added and removed in them", value: file.linesSince },
        ],
        threshold: `unchanged for at least ${staleDays} days, at least ${staleFiles} files changed under it, one chain in at least ${minPlans} plans`,
        plans: referencesOf(bound, () => "instruction chain unchanged"),
        command: `git diff --stat ${file.changedCommit} ${commit} -- ${shellWord(directoryOf(file.path))}`,
      },
      bound.length >= minPlans,
    ),
  );
}

/** The plan that was asked for last among those with a base commit; of two at a time the one with the greater digest. */
export function newestPlan(plans: readonly PlanFacts[]): PlanFacts | undefined {
  const keyOf = ({ startedAt, planDigest, baseSha, baseRef }: PlanFacts) =>
    [new Date(startedAt).toISOString(), planDigest, baseSha, baseRef].join(" ");
  return plans.filter(({ baseSha }) => baseSha !== undefined).sort((a, b) => byText(keyOf(b), keyOf(a)))[0];
}

function directoryOf(path: string): string {
  return path.split("/").slice(0, -1).join("/") || ".";
}

/** For a person's shell: a repository chooses the names of its directories. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
