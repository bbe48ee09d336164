import { z } from "zod";
import type { WorkflowRun } from "../../ports.ts";
import { type Client, get, malformed } from "./client.ts";
import { idSchema, shaSchema } from "./pull-requests.ts";

const workflowRunSchema = z.object({
  id: idSchema,
  path: z.string().min(1),
  event: z.string().min(1),
  head_branch: z.string().nullable(),
  head_sha: shaSchema,
  repository: z.object({ id: idSchema }),
  head_repository: z.object({ id: idSchema }).nullable(),
  status: z.string().nullable(),
});

export async function fetchWorkflowRun(client: Client, id: number): Promise<WorkflowRun> {
  const request = { route: "/actions/runs/{run_id}", parameters: { run_id: id } };
  const run = await get(client, request, workflowRunSchema);
  if (run.id !== id) throw malformed(`workflow run ${id}`, `it is about ${run.id}`);
  return {
    id: run.id,
    path: withoutRef(run.path),
    event: run.event,
    headBranch: run.head_branch ?? undefined,
    headSha: run.head_sha,
    repositoryId: run.repository.id,
    headRepositoryId: run.head_repository?.id,
    status: run.status ?? "unknown",
  };
}

/**
 * GitHub appends `@<ref>` for some runs. Cut at the last `.yml@`, so that a file called `x.yml@y.yml` cannot pass
 * for `x.yml`.
 */
function withoutRef(path: string): string {
  return /^(.*\.ya?ml)(?:@.*)?$/s.exec(path)?.[1] ?? path;
}
