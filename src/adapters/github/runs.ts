import { z } from "zod";
import { workflowFileOf } from "../../governance/workflow-path.ts";
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
    path: workflowFileOf(run.path, run.head_branch ?? undefined),
    event: run.event,
    headBranch: run.head_branch ?? undefined,
    headSha: run.head_sha,
    repositoryId: run.repository.id,
    headRepositoryId: run.head_repository?.id,
    status: run.status ?? "unknown",
  };
}
