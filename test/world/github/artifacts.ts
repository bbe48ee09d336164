import { ApiFailure, notFound } from "./failure.ts";
import type { Json } from "./json-schema.ts";
import { paginate } from "./pagination.ts";
import type { Call, Route } from "./route.ts";
import type { WorldState } from "./state.ts";
import { nodeId, type Urls } from "./urls.ts";

/** What GitHub's REST API knows of an artifact; the bytes are in the artifact store. */
export interface ArtifactMetadata {
  readonly id: number;
  readonly name: string;
  readonly sizeInBytes: number;
  /** `sha256:…` of the zip. */
  readonly digest?: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly expired: boolean;
  readonly runId: number;
}

/** The artifact store, as far as the REST API shows it. */
export interface ArtifactMetadataSource {
  find(id: number): ArtifactMetadata | undefined;
  /** A URL that gives the zip without any token; undefined when there is nothing to download. */
  signedUrl(id: number): string | undefined | Promise<string | undefined>;
  /** The finished artifacts of a run. */
  listByRun(runId: number): readonly ArtifactMetadata[];
}

function renderArtifact(artifact: ArtifactMetadata, state: WorldState, urls: Urls): Json {
  const url = urls.repository(state.repository, `/actions/artifacts/${artifact.id}`);
  const run = state.runs.get(artifact.runId);
  return {
    id: artifact.id,
    node_id: nodeId("ART", artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.sizeInBytes,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expired,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    digest: artifact.digest ?? null,
    workflow_run: run && {
      id: run.id,
      repository_id: run.repository.id,
      head_repository_id: run.headRepository?.id,
      head_branch: run.headBranch ?? undefined,
      head_sha: run.headSha,
    },
  };
}

function find(call: Call): ArtifactMetadata {
  const artifact = call.artifacts?.find(call.integer("artifact_id"));
  if (artifact === undefined) throw notFound();
  return artifact;
}

async function download(call: Call): Promise<string> {
  const artifact = find(call);
  if (call.text("archive_format") !== "zip") throw notFound();
  if (artifact.expired) throw new ApiFailure(410, "Artifact has expired");
  const url = await call.artifacts?.signedUrl(artifact.id);
  if (url === undefined) throw notFound();
  return url;
}

function listByRun(call: Call): Json[] {
  const runId = call.integer("run_id");
  if (!call.state.runs.has(runId)) throw notFound();
  const name = call.optional("name");
  const artifacts = (call.artifacts?.listByRun(runId) ?? []).filter((a) => name === undefined || a.name === name);
  return artifacts.map((artifact) => renderArtifact(artifact, call.state, call.urls));
}

export const artifactRoutes: readonly Route[] = [
  {
    operation: "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}",
    needs: [["actions", "read"]],
    handle: (call) => ({ status: 200, body: renderArtifact(find(call), call.state, call.urls) }),
  },
  {
    operation: "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}",
    needs: [["actions", "read"]],
    handle: async (call) => ({ status: 302, headers: { location: await download(call) } }),
  },
  {
    operation: "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts",
    needs: [["actions", "read"]],
    handle: (call) => paginate(call, listByRun(call), (page, total) => ({ total_count: total, artifacts: page })),
  },
];
