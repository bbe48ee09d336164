import { describe, expect, test } from "vitest";
import { type InputName, readInputs } from "../../src/inputs.ts";

const GOOD: Partial<Record<InputName, string>> = {
  mode: "plan",
  "github-token": "ghs_x",
  "openai-base-url": "https://api.openai.com/v1",
  "policy-path": ".github/codex-governance.yml",
  "retention-days": "90",
  attest: "false",
};
const read = (more: Partial<Record<InputName, string>>) => {
  const given = { ...GOOD, ...more };
  return readInputs((name) => given[name] ?? "");
};

describe("the inputs", () => {
  test("are read with what is left out undefined", () => {
    expect(read({})).toEqual({
      mode: "plan",
      githubToken: "ghs_x",
      openaiApiKey: "",
      openaiBaseUrl: "https://api.openai.com/v1",
      pullRequest: undefined,
      pullRequestAction: undefined,
      policyPath: ".github/codex-governance.yml",
      codexPath: undefined,
      planWorkflow: undefined,
      retentionDays: 90,
      slackWebhookUrl: undefined,
      isAttested: false,
    });
  });

  test.each<[InputName, string, Partial<ReturnType<typeof readInputs>>]>([
    ["pull-request", " 42 ", { pullRequest: 42 }],
    ["pull-request-action", "reopened", { pullRequestAction: "reopened" }],
    ["openai-base-url", "http://127.0.0.1:8080/v1/", { openaiBaseUrl: "http://127.0.0.1:8080/v1" }],
    ["openai-base-url", "http://[::1]:8080/v1", { openaiBaseUrl: "http://[::1]:8080/v1" }],
    ["plan-workflow", ".github/workflows/codex.yml", { planWorkflow: ".github/workflows/codex.yml" }],
    [
      "slack-webhook-url",
      "https://hooks.slack.com/services/T0/B0/x",
      { slackWebhookUrl: "https://hooks.slack.com/services/T0/B0/x" },
    ],
    ["slack-webhook-url", " http://127.0.0.1:8065/hooks/x ", { slackWebhookUrl: "http://127.0.0.1:8065/hooks/x" }],
    ["retention-days", "1", { retentionDays: 1 }],
    ["attest", " true ", { isAttested: true }],
  ])("take %s = %j", (name, value, expected) => {
    expect(read({ [name]: value })).toMatchObject(expected);
  });

  test.each<[InputName, string]>([
    ["mode", "run"],
    ["github-token", " "],
    ["openai-base-url", "http://example.com/v1"],
    ["openai-base-url", "http://127.0.0.1.example.com/v1"],
    // Everything before the @ is a user name, and the host is another one.
    ["openai-base-url", "http://127.0.0.1:80@example.com/v1"],
    ["openai-base-url", "http://localhost:x@example.com/v1"],
    ["openai-base-url", "https://api.openai.com@example.com/v1"],
    ["openai-base-url", "ftp://127.0.0.1/v1"],
    ["openai-base-url", "api.openai.com"],
    ["pull-request", "0"],
    ["pull-request", "7; rm -rf /"],
    ["pull-request-action", "reopened\n"],
    ["pull-request-action", "Reopened now"],
    ["policy-path", "../policy.yml"],
    ["policy-path", "/etc/policy.yml"],
    ["policy-path", "policy.json"],
    ["plan-workflow", "codex.yml"],
    ["retention-days", "0"],
    ["retention-days", "91"],
    ["slack-webhook-url", "http://hooks.slack.com/services/rm -rf"],
    ["slack-webhook-url", "http://127.0.0.1:x@hooks.slack.com/services"],
    ["slack-webhook-url", "hooks.slack.com/services"],
    ["slack-webhook-url", "file:///services"],
    ["attest", ""],
    ["attest", "True"],
    ["attest", "yes"],
    ["attest", "1"],
  ])("refuse %s = %j, by name and without the value", (name, value) => {
    const failure = (() => {
      try {
        read({ [name]: value === "reopened\n" ? "reopened\nx" : value });
      } catch (error) {
        return error as Error & { code: string };
      }
      throw new Error("It was taken.");
    })();
    expect(failure.code).toBe("configuration_invalid");
    expect(failure.message).toContain(`\`${name}\``);
    expect(failure.message.replaceAll(name, "")).not.toContain("rm -rf");
  });
});
