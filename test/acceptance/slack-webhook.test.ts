import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runStep } from "../world/runner.ts";

const ADDRESS = "http://127.0.0.1:9/services/T0A1B2C3D/B0E1F2G3H/zYxWvUtSrQpOnMlKjIhGfEdC";

async function step(inputs: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), "slack-webhook-"));
  try {
    return await runStep({
      event: "push",
      payload: {},
      directory,
      inputs: { mode: "plan", "github-token": "ghs_x", ...inputs },
      environment: {
        GITHUB_API_URL: "http://127.0.0.1:9",
        GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_RUN_ID: "1",
        GITHUB_RUN_ATTEMPT: "1",
        GITHUB_WORKFLOW_REF: "acme/shop/.github/workflows/codex.yml@refs/heads/main",
      },
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("the webhook's address is masked before anything else is said, and said nowhere else", async () => {
  const { log, summary, outputs } = await step({ "slack-webhook-url": ADDRESS });
  expect(outputs["reason-code"]).toBe("configuration_invalid");
  const [first, ...rest] = log.split("\n");
  expect(first).toBe(`::add-mask::${ADDRESS}`);
  expect([...rest, summary, JSON.stringify(outputs)].join("\n")).not.toContain("zYxWvUtSrQpOnMlKjIhGfEdC");
});

test("an address that is refused is not repeated", async () => {
  const { log, outputs } = await step({ "slack-webhook-url": ADDRESS.replace("127.0.0.1", "hooks.slack.com") });
  expect(outputs["reason-code"]).toBe("configuration_invalid");
  expect(log).toContain("`slack-webhook-url`: must be https, or http on loopback");
  expect(log).not.toContain("zYxWvUtSrQpOnMlKjIhGfEdC");
});
