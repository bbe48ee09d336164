import type { Client } from "../adapters/github/client.ts";
import { coursesOf } from "../governance/course.ts";
import { parseDigest } from "../governance/digest.ts";
import { isWithin, type Period } from "../governance/figures.ts";
import type { PlanComment, PullRequestFacts, QualityFacts } from "../governance/quality-facts.ts";
import { casesOf, type Receipt } from "../governance/receipts.ts";
import { parseMarker } from "../report/marker.ts";
import { parseRepository } from "./arguments.ts";
import { type Terminal, UsageError } from "./command.ts";
import { Progress } from "./progress.ts";

/** Where quality is asked for, and what its issues are called. */
export interface QualitySource {
  readonly owner: string;
  readonly repo: string;
  readonly apiUrl: string;
  readonly token: string;
  readonly labels: QualityFacts["labels"];
}

interface Values {
  readonly github?: string | undefined;
  readonly "defect-label"?: string | undefined;
  readonly "incident-label"?: string | undefined;
}

/** Undefined when GitHub is not to be asked. Throws UsageError. */
export function readQualitySource(values: Values, environment: NodeJS.ProcessEnv): QualitySource | undefined {
  const { github, "defect-label": defect, "incident-label": incident } = values;
  if (github === undefined) {
    if (defect === undefined && incident === undefined) return undefined;
    throw new UsageError("--defect-label and --incident-label need --github.");
  }
  const repository = parseRepository(github);
  if (repository === undefined) {
    throw new UsageError(`--github: expected owner/repository, got ${JSON.stringify(github)}.`);
  }
  const { GITHUB_TOKEN: token = "", GITHUB_API_URL: apiUrl = "https://api.github.com" } = environment;
  if (token === "") throw new UsageError("--github needs a token in the environment variable GITHUB_TOKEN.");
  if (!URL.canParse(apiUrl)) throw new UsageError("GITHUB_API_URL: expected the address of GitHub's API.");
  const labels = {
    defect: readLabel("--defect-label", defect ?? "defect"),
    incident: readLabel("--incident-label", incident ?? "incident"),
  };
  return { ...repository, apiUrl, token, labels };
}

/** GitHub separates labels by commas, so one with a comma would be two. */
function readLabel(option: string, label: string): string {
  if (label.trim() !== "" && label.length <= 50 && !label.includes(",")) return label;
  throw new UsageError(`${option}: expected 1 to 50 characters without a comma, got ${JSON.stringify(label)}.`);
}

interface Question {
  readonly receipts: readonly Receipt[];
  readonly period: Period;
  readonly stderr: Terminal["stderr"];
}

/**
 * Asks GitHub about the pull requests of the period's plans, two requests each, and about issues. Throws ExternalError:
 * a figure that misses a part would look like a good one.
 */
export async function fetchQuality(
  { owner, repo, apiUrl, token, labels }: QualitySource,
  { receipts, period, stderr }: Question,
): Promise<QualityFacts> {
  // Octokit is slow to load, and most reports do without.
  const { createClient } = await import("../adapters/github/client.ts");
  const { fetchIssueTimes } = await import("../adapters/github/quality-facts.ts");
  const client = createClient({ token, apiUrl, owner, repo, log: (line) => stderr.write(`${line}\n`) });
  const repository = `${owner}/${repo}`;
  const since = period.since === null ? undefined : `${period.since}T00:00:00Z`;
  const defects = await fetchIssueTimes(client, labels.defect, since);
  const incidents = await fetchIssueTimes(client, labels.incident, since);
  const numbers = pullRequestsOf(receipts, period, repository);
  const progress = new Progress(stderr, numbers.length, "pull requests");
  const pullRequests: PullRequestFacts[] = [];
  for (const number of numbers) {
    pullRequests.push(await fetchPullRequestFacts(client, number));
    progress.step();
  }
  progress.end();
  return { repository, labels, defects, incidents, pullRequests };
}

function pullRequestsOf(receipts: readonly Receipt[], period: Period, repository: string): readonly number[] {
  const own = coursesOf(casesOf(receipts)).filter(
    (course) =>
      course.kind === "plan" &&
      course.repository.toLowerCase() === repository.toLowerCase() &&
      isWithin(period, course.startedAt),
  );
  return [...new Set(own.flatMap(({ pullRequest }) => pullRequest ?? []))].sort((a, b) => a - b);
}

async function fetchPullRequestFacts(client: Client, number: number): Promise<PullRequestFacts> {
  const { fetchRatedComments, fetchReviewFindings } = await import("../adapters/github/quality-facts.ts");
  const reviewFindings = await fetchReviewFindings(client, number);
  const comments = await fetchRatedComments(client, number);
  const planComments = comments.flatMap(({ isByBot, body, ...comment }): PlanComment[] => {
    // Anybody can write our marker, but not as a bot. What a forged one could gain is a thumb.
    const marker = isByBot ? parseMarker(body) : undefined;
    const planDigest = parseDigest(`sha256:${marker?.planHex}`);
    return planDigest !== undefined && marker?.pullRequest === number ? [{ ...comment, planDigest }] : [];
  });
  return {
    number,
    reviewFindings,
    planComments,
    postedAt: new Map(comments.map(({ id, postedAt }) => [id, postedAt])),
  };
}
