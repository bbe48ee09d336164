import { z } from "zod";
import type { PullRequest, Repository, Sha } from "../../ports.ts";
import { type Client, get, getIfThere, malformed } from "./client.ts";
import { getAllPages } from "./pages.ts";
import { authorSchema, userSchema } from "./people.ts";

export const shaSchema = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const idSchema = z.int().positive();

const repositorySchema = z.object({
  id: idSchema,
  full_name: z.string().regex(/^[^/]+\/[^/]+$/),
  default_branch: z.string().min(1),
  private: z.boolean(),
});

export async function fetchRepository(client: Client): Promise<Repository> {
  const answer = await get(client, { route: "" }, repositorySchema);
  return {
    id: answer.id,
    fullName: answer.full_name,
    defaultBranch: answer.default_branch,
    isPrivate: answer.private,
  };
}

const pullRequestSchema = z.object({
  number: idSchema,
  state: z.enum(["open", "closed"]),
  title: z.string(),
  user: authorSchema,
  head: z.object({ sha: shaSchema, ref: z.string().min(1), repo: z.object({ id: idSchema }).nullable() }),
  base: z.object({ ref: z.string().min(1), repo: z.object({ id: idSchema }) }),
  labels: z.array(z.object({ name: z.string() })),
  // GitHub leaves it out of some answers.
  assignees: z.array(userSchema).nullish(),
});

export async function fetchPullRequest(client: Client, number: number): Promise<PullRequest | undefined> {
  const request = { route: "/pulls/{pull_number}", parameters: { pull_number: number } };
  const answer = await getIfThere(client, request, pullRequestSchema);
  if (answer === undefined) return undefined;
  if (answer.number !== number) throw malformed(`pull request ${number}`, `it is about ${answer.number}`);
  return {
    number: answer.number,
    state: answer.state,
    title: answer.title,
    author: answer.user,
    headSha: answer.head.sha,
    headRef: answer.head.ref,
    headRepositoryId: answer.head.repo?.id,
    baseRef: answer.base.ref,
    baseRepositoryId: answer.base.repo.id,
    labels: answer.labels.map((label) => label.name),
    assignees: (answer.assignees ?? []).map(({ login }) => login),
  };
}

const candidateSchema = z.object({
  id: idSchema,
  number: idSchema,
  state: z.string(),
  // The repository is null when a fork was deleted.
  head: z.object({ sha: shaSchema, repo: z.object({ id: idSchema }).nullish() }),
  base: z.object({ repo: z.object({ id: idSchema }) }),
});

export async function fetchOpenPullRequests(client: Client, headSha: Sha): Promise<readonly number[]> {
  const found = await getAllPages(client, {
    route: "/commits/{commit_sha}/pulls",
    parameters: { commit_sha: headSha },
    schema: z.array(candidateSchema),
    items: (page) => page,
  });
  const numbers = found
    .filter(({ state, head, base }) => state === "open" && head.sha === headSha && head.repo?.id === base.repo.id)
    .map((pull) => pull.number);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

const openSchema = z.object({ id: idSchema, number: idSchema, state: z.literal("open") });

/** A pull request that changes while the pages are read can be missed; it is among the first next time. */
export async function fetchOpenPullRequestNumbers(
  client: Client,
  limit: number,
): Promise<{ readonly numbers: readonly number[]; readonly hasMore: boolean }> {
  const found = await getAllPages(client, {
    route: "/pulls",
    parameters: { state: "open", sort: "updated", direction: "desc" },
    schema: z.array(openSchema),
    items: (page) => page,
    enough: limit,
  });
  const numbers = [...new Set(found.map(({ number }) => number))].slice(0, limit);
  return { numbers, hasMore: found.length > limit };
}
