import { notFound } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { StatusRecord } from "./records.ts";
import { renderMinimalRepository } from "./repositories.ts";
import type { Answer, Call, Route } from "./route.ts";
import { nodeId, type Urls } from "./urls.ts";

/** GitHub's `simple-commit-status`: it does not say who set it. */
function renderStatus(status: StatusRecord, url: string, urls: Urls): Json {
  return {
    id: status.id,
    node_id: nodeId("SC", status.id),
    state: status.state,
    context: status.context,
    description: null,
    target_url: status.targetUrl ?? null,
    avatar_url: `${urls.html}/avatar.png`,
    url,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** `failure` beats `pending` beats `success`; without any it is `pending`. */
function combine(statuses: readonly StatusRecord[]): string {
  if (statuses.some(({ state }) => state === "failure" || state === "error")) return "failure";
  return statuses.length === 0 || statuses.some(({ state }) => state === "pending") ? "pending" : "success";
}

/** The latest status of each context, newest first. */
async function combinedStatus(call: Call): Promise<Answer> {
  const { state, urls } = call;
  const sha = await state.git.resolve(call.text("ref"));
  if (sha === undefined) throw notFound();
  const newestFirst = state.statuses.filter((status) => status.sha === sha).reverse();
  const latest = newestFirst.filter(
    ({ context }, index) => newestFirst.findIndex((other) => other.context === context) === index,
  );
  const url = urls.repository(state.repository, `/statuses/${sha}`);
  return paginate(call, latest, (page, total) => ({
    state: combine(latest),
    sha,
    total_count: total,
    statuses: page.map((status) => renderStatus(status, url, urls)),
    repository: renderMinimalRepository(state.repository, state, urls),
    commit_url: urls.repository(state.repository, `/commits/${sha}`),
    url: urls.repository(state.repository, `/commits/${sha}/status`),
  }));
}

export const statusRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/commits/{ref}/status",
    needs: [["statuses", "read"]],
    handle: combinedStatus,
  },
];
