import { parse } from "yaml";
import { ApiFailure, notFound } from "./failure.ts";
import { isObject, type Json } from "./json-schema.ts";
import type { DispatchRecord, RunRecord } from "./records.ts";
import { renderMinimalRepository } from "./repositories.ts";
import type { Answer, Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { renderUser } from "./users.ts";

/** GitHub's `workflow-run`. */
async function renderRun(run: RunRecord, state: WorldState, urls: Urls): Promise<Json> {
  const url = urls.repository(state.repository, `/actions/runs/${run.id}`);
  const workflowId = workflowIdOf(run.path);
  return {
    id: run.id,
    node_id: nodeId("WFR", run.id),
    name: run.path,
    display_title: run.path,
    path: run.path,
    run_number: 1,
    run_attempt: 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    head_commit: await renderHeadCommit(run.headSha, state),
    workflow_id: workflowId,
    workflow_url: urls.repository(state.repository, `/actions/workflows/${workflowId}`),
    url,
    html_url: urls.page(state.repository, `/actions/runs/${run.id}`),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    check_suite_url: urls.repository(state.repository, `/check-suites/${run.id}`),
    pull_requests: [],
    actor: renderUser(run.actor, urls),
    triggering_actor: renderUser(run.actor, urls),
    created_at: run.createdAt,
    updated_at: run.createdAt,
    run_started_at: run.createdAt,
    repository: renderMinimalRepository(run.repository, state, urls),
    head_repository: run.headRepository ? renderMinimalRepository(run.headRepository, state, urls) : null,
  };
}

/** The same id for the same file, below 2^31. */
function workflowIdOf(path: string): number {
  return [...path].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 2_000_000_011, 7);
}

async function renderHeadCommit(sha: string, state: WorldState): Promise<Json | null> {
  const commit = await state.git.commitInfo(sha);
  if (commit === undefined) return null;
  // GitHub's description wants an address; git takes whatever an author wrote.
  const person = ({ name, email }: { name: string; email: string }): Json => ({
    name,
    email: /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email) ? email : "unknown@example.invalid",
  });
  return {
    id: sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.committer.date,
    author: person(commit.author),
    committer: person(commit.committer),
  };
}

async function dispatch(call: Call): Promise<Answer> {
  const { state, urls } = call;
  const {
    ref,
    inputs = {},
    return_run_details,
  } = call.body<{
    ref: string;
    inputs?: Record<string, unknown>;
    return_run_details?: boolean;
  }>();
  const branch = ref.replace(/^refs\/heads\//, "");
  const headSha = await state.git.head(branch);
  if (headSha === undefined) throw new ApiFailure(422, `No ref found for: ${ref}`);
  const path = `.github/workflows/${call.text("workflow_id")}`;
  const source = await state.git.readFile(headSha, path);
  if (source === undefined) throw notFound();
  assertInputs(declaredInputs(source.toString()), inputs);
  const record: DispatchRecord = { workflow: path, ref: `refs/heads/${branch}`, inputs, actor: call.actor };
  const run = addRun(state, { path, event: "workflow_dispatch", headBranch: branch, headSha, actor: call.actor });
  state.dispatches.push(record);
  if (return_run_details !== true) return { status: 204 };
  const page = urls.page(state.repository, `/actions/runs/${run.id}`);
  const runUrl = urls.repository(state.repository, `/actions/runs/${run.id}`);
  return { status: 200, body: { workflow_run_id: run.id, run_url: runUrl, html_url: page } };
}

function declaredInputs(source: string): Json {
  const workflow: unknown = parse(source);
  const triggers = isObject(workflow) ? workflow.on : undefined;
  const isListed =
    triggers === "workflow_dispatch" || (Array.isArray(triggers) && triggers.includes("workflow_dispatch"));
  if (isListed) return {};
  if (!isObject(triggers) || !("workflow_dispatch" in triggers)) {
    throw new ApiFailure(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  const trigger = triggers.workflow_dispatch;
  return isObject(trigger) && isObject(trigger.inputs) ? trigger.inputs : {};
}

function assertInputs(declared: Json, given: Json): void {
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new ApiFailure(422, `Unexpected inputs provided: ${JSON.stringify(unknown)}`);
  for (const [name, input] of Object.entries(declared)) {
    const isRequired = isObject(input) && input.required === true && input.default === undefined;
    if (isRequired && !(name in given)) throw new ApiFailure(422, `Required input '${name}' not provided`);
  }
}

/** Records a workflow run of this repository. */
export function addRun(
  state: WorldState,
  facts: Omit<RunRecord, "id" | "repository" | "headRepository" | "status" | "conclusion" | "createdAt"> &
    Partial<Pick<RunRecord, "id" | "repository" | "headRepository" | "status" | "conclusion">>,
): RunRecord {
  const run: RunRecord = {
    repository: state.repository,
    headRepository: state.repository,
    status: "in_progress",
    conclusion: null,
    ...facts,
    id: facts.id ?? state.nextId("run", 8_000_000_001),
    createdAt: state.clock.tick(),
  };
  state.runs.set(run.id, run);
  return run;
}

export const runRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
    needs: [["actions", "read"]],
    handle: async (call) => {
      const run = call.state.runs.get(call.integer("run_id"));
      if (run === undefined) throw notFound();
      return { status: 200, body: await renderRun(run, call.state, call.urls) };
    },
  },
  {
    operation: "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    needs: [["actions", "write"]],
    handle: dispatch,
  },
];
