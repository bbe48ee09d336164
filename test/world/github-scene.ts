import type { ArtifactMetadata } from "./github/artifacts.ts";
import { actionsToken, type GitHubDouble, startGitHub } from "./github/double.ts";
import { type BareRepository, createRepository } from "./repository.ts";

/** What GITHUB_TOKEN may do when a job asks for everything that it can have. */
export const TOKEN = "token-of-the-job";
/** Reads everything, writes nothing. */
export const READER = "token-that-reads";

export interface Scene {
  readonly git: BareRepository;
  readonly github: GitHubDouble;
  /** A run of the workflow `plan.yml`, with the artifact 1 and the expired artifact 2. */
  readonly runId: number;
  /** Sends a request with plain fetch. A body is sent as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Sends a GraphQL query. */
  query(query: string, variables?: unknown, token?: string): Promise<Reply>;
  close(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  // biome-ignore lint/suspicious/noExplicitAny: tests pick fields out of answers that the double validated.
  readonly body: any;
}

const WORKFLOW = `on:
  workflow_dispatch:
    inputs:
      pull-request: { required: true }
`;

/** The repository acme/shop with pull request 1 by alice from `feature`, and one person of each role. */
export async function openScene(): Promise<Scene> {
  const git = await createRepository({
    files: {
      "README.md": "hello\n",
      "src/a.ts": "export const a = 1;\n",
      "tool.sh": { content: "#!/bin/sh\n", mode: "100755" },
      ".github/workflows/execute.yml": WORKFLOW,
    },
  });
  const all = {
    actions: "write",
    checks: "write",
    contents: "write",
    issues: "write",
    pull_requests: "write",
  } as const;
  const read = { actions: "read", checks: "read", contents: "read", issues: "read", pull_requests: "read" } as const;
  const artifacts = new Map<number, ArtifactMetadata>();
  const github = await startGitHub({
    git,
    artifacts: {
      find: (id) => artifacts.get(id),
      signedUrl: (id) => `http://127.0.0.1/${artifacts.get(id)?.name}.zip`,
      listByRun: (runId) => [...artifacts.values()].filter((artifact) => artifact.runId === runId),
    },
    users: [
      { login: "alice", role: "write" },
      { login: "bob", role: "maintain" },
      { login: "tina", role: "triage" },
      { login: "mallory" },
    ],
    tokens: { [TOKEN]: actionsToken(all), [READER]: actionsToken(read) },
  });
  await github.authors.push("alice", "feature", { "src/a.ts": "export const a = 2;\n" });
  await github.authors.openPullRequest({ user: "alice", head: "feature" });

  const { id: runId } = await github.administration.addRun({
    path: ".github/workflows/plan.yml",
    event: "issue_comment",
  });
  artifacts.set(1, artifact(1, "plan", runId, false));
  artifacts.set(2, artifact(2, "old", runId, true));

  async function send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply> {
    const response = await fetch(`${github.url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text !== "" && response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    git,
    github,
    runId,
    send,
    query: (query, variables = {}, token = TOKEN) =>
      send("POST", "/graphql", { query, variables }, { authorization: `Bearer ${token}` }),
    close: async () => {
      await github.close();
      await git.remove();
    },
  };
}

function artifact(id: number, name: string, runId: number, expired: boolean): ArtifactMetadata {
  const dates = { createdAt: "2026-01-01T00:00:00Z", expiresAt: "2026-01-08T00:00:00Z" };
  return { id, name, runId, expired, sizeInBytes: 100, digest: `sha256:${"a".repeat(64)}`, ...dates };
}
