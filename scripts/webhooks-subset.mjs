/**
 * Cuts GitHub's webhook description down to the payloads that the test world makes.
 *
 *   npm pack @octokit/openapi-webhooks@12.1.0 && tar xzf octokit-openapi-webhooks-12.1.0.tgz
 *   node scripts/webhooks-subset.mjs package/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { schemasOf } from "./schema-subset.mjs";

const EVENTS = [
  "issue-comment-created",
  "issue-comment-deleted",
  "issue-comment-edited",
  "issues-opened",
  "pull-request-edited",
  "pull-request-labeled",
  "pull-request-opened",
  "pull-request-reopened",
  "pull-request-synchronize",
  "pull-request-unlabeled",
  "workflow-dispatch",
];

const TARGET = new URL("../test/world/generated/webhooks.json", import.meta.url);

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error("Usage: node scripts/webhooks-subset.mjs <api.github.com.json>");
const document = JSON.parse(readFileSync(source, "utf8"));
const webhooks = Object.fromEntries(
  EVENTS.map((event) => [event, document.webhooks[event].post.requestBody.content["application/json"].schema]),
);
const subset = {
  openapi: document.openapi,
  info: { title: "GitHub webhooks, the payloads in use", version: document.info.version },
  webhooks,
  components: { schemas: schemasOf(webhooks, document.components.schemas) },
};
writeFileSync(TARGET, `${JSON.stringify(subset)}\n`);
