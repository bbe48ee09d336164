/**
 * Cuts GitHub's OpenAPI description down to the operations that this project uses.
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node scripts/openapi-subset.mjs package/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { schemasOf, withoutAnnotations } from "./schema-subset.mjs";

const OPERATIONS = `
GET /orgs/{org}/teams/{team_slug}
GET /orgs/{org}/teams/{team_slug}/memberships/{username}
GET /repos/{owner}/{repo}
GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}
GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}
GET /repos/{owner}/{repo}/actions/runs/{run_id}
GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts
POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches
POST /repos/{owner}/{repo}/attestations
POST /repos/{owner}/{repo}/check-runs
PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}
GET /repos/{owner}/{repo}/collaborators/{username}/permission
GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls
GET /repos/{owner}/{repo}/commits/{ref}
GET /repos/{owner}/{repo}/commits/{ref}/check-runs
GET /repos/{owner}/{repo}/commits/{ref}/status
GET /repos/{owner}/{repo}/contents/{path}
POST /repos/{owner}/{repo}/git/blobs
POST /repos/{owner}/{repo}/git/commits
GET /repos/{owner}/{repo}/git/commits/{commit_sha}
GET /repos/{owner}/{repo}/git/ref/{ref}
PATCH /repos/{owner}/{repo}/git/refs/{ref}
POST /repos/{owner}/{repo}/git/trees
GET /repos/{owner}/{repo}/issues
GET /repos/{owner}/{repo}/issues/comments/{comment_id}
PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}
POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions
GET /repos/{owner}/{repo}/issues/events/{event_id}
GET /repos/{owner}/{repo}/issues/{issue_number}
POST /repos/{owner}/{repo}/issues/{issue_number}/assignees
DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees
GET /repos/{owner}/{repo}/issues/{issue_number}/comments
POST /repos/{owner}/{repo}/issues/{issue_number}/comments
GET /repos/{owner}/{repo}/issues/{issue_number}/events
GET /repos/{owner}/{repo}/issues/{issue_number}/labels
POST /repos/{owner}/{repo}/issues/{issue_number}/labels
DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}
GET /repos/{owner}/{repo}/pulls
GET /repos/{owner}/{repo}/pulls/{pull_number}
GET /repos/{owner}/{repo}/pulls/{pull_number}/comments
GET /repos/{owner}/{repo}/rules/branches/{branch}
`;

const TARGET = new URL("../test/world/generated/github-openapi.json", import.meta.url);

function resolve(document, value) {
  if (typeof value.$ref !== "string") return value;
  return value.$ref
    .slice(2)
    .split("/")
    .reduce((node, key) => node[key], document);
}

function contentOf(content) {
  const entries = Object.entries(content ?? {}).map(([mediaType, { schema }]) => [
    mediaType,
    { schema: withoutAnnotations(schema ?? {}) },
  ]);
  return entries.length === 0 ? {} : { content: Object.fromEntries(entries) };
}

function parameterOf(document, reference) {
  const { name, in: place, required = false, schema } = resolve(document, reference);
  return { name, in: place, required, schema: withoutAnnotations(schema) };
}

/** Bodies of failures are left out: the double's failures are not validated, the statuses are. */
function responseOf(document, status, reference) {
  return /^[23]/.test(status) ? contentOf(resolve(document, reference).content) : {};
}

function operationOf(document, method, path) {
  const item = document.paths[path];
  const operation = item?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`Operation not found in the description: ${method} ${path}.`);
  const body = operation.requestBody && resolve(document, operation.requestBody);
  return {
    operationId: operation.operationId,
    parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => parameterOf(document, p)),
    ...(body && { requestBody: { required: body.required ?? false, ...contentOf(body.content) } }),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, r]) => [status, responseOf(document, status, r)]),
    ),
  };
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error("Usage: node scripts/openapi-subset.mjs <api.github.com.json>");
const document = JSON.parse(readFileSync(source, "utf8"));
const paths = {};
for (const line of OPERATIONS.trim().split("\n")) {
  const [method, path] = line.split(" ");
  paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(document, method, path) };
}
const subset = {
  openapi: document.openapi,
  info: { title: "GitHub REST API, the operations in use", version: document.info.version },
  paths,
  components: { schemas: schemasOf(paths, document.components.schemas) },
};
writeFileSync(TARGET, `${JSON.stringify(subset)}\n`);
