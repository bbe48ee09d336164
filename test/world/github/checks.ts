import { ApiFailure, unprocessable } from "./failure.ts";
import { suiteOf } from "./integrations.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { CheckRunRecord, IssueRecord, PullRecord } from "./records.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";
import { renderApp } from "./users.ts";

/** GitHub's limit of a check run's summary and text, in characters (UTF-16 units, the stricter reading). */
export const SUMMARY_LIMIT = 65_535;

interface CheckRunBody {
  readonly name?: string;
  readonly head_sha?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly output?: { readonly title?: string; readonly summary?: string; readonly text?: string };
}

async function renderCheckRun(run: CheckRunRecord, state: WorldState, urls: Urls): Promise<Json> {
  const url = urls.repository(state.repository, `/check-runs/${run.id}`);
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: urls.page(state.repository, `/runs/${run.id}`),
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion ?? null,
    started_at: run.startedAt,
    completed_at: run.completedAt ?? null,
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suite },
    app: renderApp(run.app, state, urls),
    pull_requests: await pullRequestsAt(run.headSha, state, urls),
  };
}

/** The open pull requests of this repository's own branches whose head is that commit. */
async function pullRequestsAt(sha: string, state: WorldState, urls: Urls): Promise<Json[]> {
  const found: Json[] = [];
  for (const issue of state.issues.values()) {
    const { pull } = issue;
    if (pull === undefined || issue.state === "closed" || pull.headRepository?.id !== state.repository.id) continue;
    if ((await state.headOf(issue)) === sha) found.push(renderMinimalPull(issue, pull, sha, state, urls));
  }
  return found;
}

function renderMinimalPull(issue: IssueRecord, pull: PullRecord, sha: string, state: WorldState, urls: Urls): Json {
  const repo = { id: state.repository.id, url: urls.repository(state.repository), name: state.repository.name };
  return {
    id: issue.id,
    number: issue.number,
    url: urls.repository(state.repository, `/pulls/${issue.number}`),
    head: { ref: pull.headRef, sha, repo },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo },
  };
}

function assertOutput(output: CheckRunBody["output"]): void {
  for (const field of ["summary", "text"] as const) {
    // Documented as characters, counted as bytes.
    const length = Buffer.byteLength(output?.[field] ?? "");
    if (length > SUMMARY_LIMIT) {
      throw new ApiFailure(422, `Only ${SUMMARY_LIMIT} characters are allowed; ${length} were supplied. (${field})`);
    }
  }
}

async function createCheckRun(call: Call): Promise<CheckRunRecord> {
  const { state, urls, grant } = call;
  const body = call.body<CheckRunBody>();
  if (grant.app === undefined) throw new ApiFailure(403, "You must authenticate via a GitHub App.");
  assertOutput(body.output);
  const headSha = body.head_sha as string;
  if ((await state.git.resolve(headSha)) !== headSha) throw unprocessable(`No commit found for SHA: ${headSha}`);
  const now = state.clock.tick();
  const id = state.nextId("check run", 5_000_000_001);
  const run: CheckRunRecord = {
    id,
    name: body.name as string,
    headSha,
    app: grant.app,
    suite: suiteOf(headSha, grant.app),
    externalId: body.external_id ?? "",
    detailsUrl: body.details_url ?? urls.page(state.repository, `/runs/${id}`),
    status: "queued",
    conclusion: undefined,
    startedAt: body.started_at ?? now,
    completedAt: undefined,
    output: { title: null, summary: null, text: null },
  };
  apply(run, body, now);
  state.checkRuns.push(run);
  return run;
}

function updateCheckRun(call: Call): CheckRunRecord {
  const { state, grant } = call;
  const body = call.body<CheckRunBody>();
  const run = state.checkRuns.find(({ id }) => id === call.integer("check_run_id"));
  if (run === undefined) throw new ApiFailure(404, "Not Found");
  if (grant.app?.id !== run.app.id) {
    const app = grant.app?.id ?? "none";
    throw new ApiFailure(
      403,
      `Invalid app_id \`${app}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  assertOutput(body.output);
  apply(run, body, state.clock.tick());
  return run;
}

/** Takes over what a request sets. A conclusion completes the run, whatever `status` says. */
function apply(run: CheckRunRecord, body: CheckRunBody, now: string): void {
  run.name = body.name ?? run.name;
  run.externalId = body.external_id ?? run.externalId;
  run.detailsUrl = body.details_url ?? run.detailsUrl;
  run.status = body.conclusion === undefined ? (body.status ?? run.status) : "completed";
  run.conclusion = run.status === "completed" ? (body.conclusion ?? run.conclusion) : undefined;
  run.completedAt = run.status === "completed" ? (body.completed_at ?? run.completedAt ?? now) : undefined;
  if (body.output !== undefined) {
    const { title = run.output.title, summary = run.output.summary, text = run.output.text } = body.output;
    run.output = { title, summary, text };
  }
}

async function listCheckRuns(call: Call): Promise<Json[]> {
  const { state } = call;
  const sha = await state.git.resolve(call.text("ref"));
  if (sha === undefined) throw new ApiFailure(422, `No commit found for SHA: ${call.text("ref")}`);
  const [name, status, app] = [call.optional("check_name"), call.optional("status"), call.optional("app_id")];
  const matching = state.checkRuns.filter(
    (run) =>
      run.headSha === sha &&
      (name === undefined || run.name === name) &&
      (status === undefined || run.status === status) &&
      (app === undefined || String(run.app.id) === app),
  );
  const newestFirst = matching.reverse();
  // A check suite belongs to one app.
  const latest = newestFirst.filter(
    (run, index) => newestFirst.findIndex((other) => other.name === run.name && other.suite === run.suite) === index,
  );
  const listed = call.optional("filter") === "all" ? newestFirst : latest;
  return Promise.all(listed.map((run) => renderCheckRun(run, state, call.urls)));
}

export const checkRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
    needs: [["checks", "read"]],
    handle: async (call) =>
      paginate(call, await listCheckRuns(call), (page, total) => ({ total_count: total, check_runs: page })),
  },
  {
    operation: "POST /repos/{owner}/{repo}/check-runs",
    needs: [["checks", "write"]],
    handle: async (call) => ({
      status: 201,
      body: await renderCheckRun(await createCheckRun(call), call.state, call.urls),
    }),
  },
  {
    operation: "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
    needs: [["checks", "write"]],
    handle: async (call) => ({ status: 200, body: await renderCheckRun(updateCheckRun(call), call.state, call.urls) }),
  },
];
