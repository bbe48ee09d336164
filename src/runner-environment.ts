import { ConfigurationError } from "./governance/errors.ts";
import { workflowFileOf } from "./governance/workflow-path.ts";
import type { RunContext } from "./modes/mode.ts";
import { ACTION_VERSION } from "./version.ts";

/** What the runner says of the run, read once. */
export interface RunnerEnvironment {
  readonly eventName: string;
  readonly eventPath: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly temporaryDirectory: string;
  /** Where tools outlive a job on self-hosted runners. */
  readonly toolDirectory: string;
  readonly context: Omit<RunContext, "planWorkflow" | "policyPath" | "retentionDays">;
}

/** Throws ConfigurationError when this is not a run of GitHub Actions. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): RunnerEnvironment {
  const need = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new ConfigurationError(
      "configuration_invalid",
      `The environment has no ${name}. The action runs in GitHub Actions only.`,
    );
  };
  const number = (name: string): number => {
    const value = Number(need(name));
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new ConfigurationError("configuration_invalid", `${name} is not a positive number.`);
  };
  const repository = need("GITHUB_REPOSITORY");
  const temporaryDirectory = need("RUNNER_TEMP");
  return {
    eventName: need("GITHUB_EVENT_NAME"),
    eventPath: need("GITHUB_EVENT_PATH"),
    apiUrl: need("GITHUB_API_URL").replace(/\/+$/, ""),
    graphqlUrl: need("GITHUB_GRAPHQL_URL"),
    temporaryDirectory,
    toolDirectory: env.RUNNER_TOOL_CACHE || temporaryDirectory,
    context: {
      repository,
      serverUrl: need("GITHUB_SERVER_URL").replace(/\/+$/, ""),
      runId: number("GITHUB_RUN_ID"),
      runAttempt: number("GITHUB_RUN_ATTEMPT"),
      runActor: env.GITHUB_ACTOR || undefined,
      triggeringActor: env.GITHUB_TRIGGERING_ACTOR || undefined,
      eventName: need("GITHUB_EVENT_NAME"),
      workflowPath: workflowPath(need("GITHUB_WORKFLOW_REF"), repository),
      actionVersion: ACTION_VERSION,
    },
  };
}

/** `owner/name/.github/workflows/x.yml@refs/heads/main` gives `.github/workflows/x.yml`. */
function workflowPath(reference: string, repository: string): string {
  const path = reference.startsWith(`${repository}/`) ? workflowFileOf(reference.slice(repository.length + 1)) : "";
  if (path.startsWith(".github/workflows/")) return path;
  throw new ConfigurationError(
    "configuration_invalid",
    "GITHUB_WORKFLOW_REF does not name a workflow file of this repository. Reusable workflows of other repositories are not supported.",
  );
}
