import { findGitDirectory } from "../adapters/git/commit-facts.ts";
import { hasCommit, readInstructionHistory } from "../adapters/git/instruction-history.ts";
import { auditBundle } from "../governance/audit.ts";
import { groupBy } from "../governance/grouping.ts";
import { newestPlan, type RepositoryFacts } from "../governance/instruction-staleness.ts";
import { findForks, type NamedJournal } from "../governance/journal-forks.ts";
import type { Finding } from "../governance/outcome.ts";
import { newestBundles, type PlanFacts, readPlanFacts } from "../governance/plan-facts.ts";
import { type BundlePlace, findingOf, readBundle } from "./bundles.ts";
import { UsageError } from "./command.ts";

/** What bundles say, and which of them are not believed. */
export interface ReviewEvidence {
  readonly plans: readonly PlanFacts[];
  readonly leftOut: readonly Finding[];
}

/** What is kept of a sound bundle. Its files are not: all bundles of a month may be more than fits into memory. */
interface SoundBundle extends NamedJournal {
  /** Undefined where it has none, with why. */
  readonly facts: PlanFacts | undefined;
  readonly faults: readonly Finding[];
}

/** Proves bundles one by one; only what is sound becomes facts. Of the bundles of a plan the longest counts. */
export async function readEvidence(places: readonly BundlePlace[], step: () => void): Promise<ReviewEvidence> {
  const sound: SoundBundle[] = [];
  const leftOut: Finding[] = [];
  for (const place of places) {
    const found = await attempt(place.path, leftOut, () => readSound(place, leftOut));
    if (found) sound.push(found);
    step();
  }
  leftOut.push(...findForks(sound));
  const newest = newestBundles(sound);
  leftOut.push(...newest.flatMap(({ faults }) => faults));
  return { plans: newest.flatMap(({ facts }) => facts ?? []), leftOut };
}

async function readSound(place: BundlePlace, leftOut: Finding[]): Promise<SoundBundle | undefined> {
  const name = place.path;
  const { files } = await readBundle(place);
  const { finding } = auditBundle(files, {});
  if (finding) {
    leftOut.push({ ...finding, message: `${name}: ${finding.message}` });
    return undefined;
  }
  const faults: Finding[] = [];
  const facts = await attempt(name, faults, async () => readPlanFacts(files));
  return { name, journal: new TextDecoder().decode(files.get("journal.jsonl")), facts, faults };
}

async function attempt<T>(name: string, leftOut: Finding[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const finding = findingOf(error);
    leftOut.push({ ...finding, message: `${name}: ${finding.message}` });
    return undefined;
  }
}

/** A clone as it was given: `DIR`, or `OWNER/NAME=DIR`. */
export interface Clone {
  readonly repository: string | undefined;
  readonly gitDirectory: string;
}

/** Throws UsageError where there is no repository. */
export function readClone(text: string): Clone {
  const [, repository, named] = /^([\w.-]+\/[\w.-]+)=(.+)$/s.exec(text) ?? [];
  const gitDirectory = findGitDirectory(named ?? text);
  if (gitDirectory === undefined) throw new UsageError(`--repo: expected a git repository, got ${text}.`);
  return { repository, gitDirectory };
}

/** The instruction files of each clone, at the base commit of its repository's newest plan. */
export async function readClones(
  clones: readonly Clone[],
  plans: readonly PlanFacts[],
): Promise<readonly RepositoryFacts[]> {
  const newest = [...groupBy(plans, ({ repository }) => repository)].flatMap(([repository, own]) => {
    const commit = newestPlan(own)?.baseSha;
    return commit === undefined ? [] : [{ repository, commit }];
  });
  const facts: RepositoryFacts[] = [];
  for (const { repository, gitDirectory } of clones) {
    const candidates = newest.filter((each) => repository === undefined || each.repository === repository);
    const held: typeof candidates = [];
    for (const each of candidates) if (await hasCommit(gitDirectory, each.commit)) held.push(each);
    const [only, ...others] = held;
    // A period without a plan of a repository, or a base commit that is gone, is no fault of who runs this every week:
    // the note says that these files were not looked at. A clone without a name has to be one of the repositories'.
    if (only === undefined && (repository !== undefined || candidates.length === 0)) continue;
    if (only === undefined || others.length > 0) {
      const got = held.length === 0 ? "none" : held.map((each) => each.repository).join(" and ");
      throw new UsageError(
        `--repo ${gitDirectory}: expected the base commit of the newest plan of one repository in it, got ${got}. Fetch it, or name the repository: --repo OWNER/NAME=DIR.`,
      );
    }
    facts.push(await readInstructionHistory(gitDirectory, only));
  }
  return facts;
}
