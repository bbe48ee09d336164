import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultPolicy } from "../../src/governance/policy.ts";
import { findParserFaults } from "./workflow-parser.ts";
import { findWorkflowFaults } from "./workflow-rules.ts";

const inputs = Object.keys(parse(readFileSync("action.yml", "utf8")).inputs);
const files = ["examples", ".github/workflows"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `${folder}/${name}`),
);

describe("the workflow files", () => {
  test("are the ones that the README and the project need", () => {
    expect(files).toEqual(
      expect.arrayContaining([
        "examples/simple.yml",
        "examples/hardened.yml",
        "examples/hardened-relay.yml",
        "examples/pull-request-target.yml",
        "examples/report.yml",
        ".github/workflows/ci.yml",
        ".github/workflows/codeql.yml",
        ".github/workflows/nightly.yml",
        ".github/workflows/release.yml",
      ]),
    );
  });

  test.each(files)("keep the rules: %s", (file) => {
    expect(findWorkflowFaults(readFileSync(file, "utf8"), inputs)).toEqual([]);
  });

  test.each(["simple", "hardened", "pull-request-target"])("wire all three modes in this order: %s", (name) => {
    const { jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
    const modes = Object.values<{ steps: { with?: { mode?: string } }[] }>(jobs).map(
      (job) => job.steps.find((step) => step.with?.mode !== undefined)?.with?.mode,
    );
    expect(modes).toEqual(["plan", "approve", "execute"]);
    expect([jobs.execute.needs].flat()).toContain("approve");
    expect(jobs.execute.if).toContain(
      "needs.approve.outputs.decision == 'allow' && needs.approve.outputs.ready == 'true'",
    );
    // Only one job may write code, and it is the last one.
    expect(jobs.plan.permissions.contents).toBe("read");
    expect(jobs.approve.permissions.contents).toBe("read");
  });

  test.each(["hardened", "pull-request-target"])("execute after the last sign-off of a high-risk plan: %s", (name) => {
    const { jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
    expect(jobs.plan.outputs.ready).toBe(`\${{ steps.plan.outputs.ready }}`);
    expect(jobs.execute.needs).toEqual(["plan", "approve"]);
    // One of the two is always skipped, and a skipped need skips the job unless a status function is asked.
    expect(jobs.execute.if).toMatch(/^!cancelled\(\) && \(.*needs\.plan\.outputs\.ready == 'true'\)$/s);
    expect(jobs.execute.concurrency.group).toContain("github.event.issue.number");
    for (const job of [jobs.plan, jobs.approve, jobs.execute]) {
      expect(job.permissions).toMatchObject({ actions: "read", statuses: "read" });
    }
  });

  test.each(["simple", "hardened", "pull-request-target"])("look for the policy's default command: %s", (name) => {
    const { jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
    expect(jobs.plan.if).toContain(`startsWith(github.event.comment.body, '${defaultPolicy().command}')`);
  });

  test.each([
    ["simple", "pull_request", "approve"],
    ["pull-request-target", "pull_request_target", "approve"],
    ["hardened-relay", "pull_request", "relay"],
  ])("wake up for the policy's default label and for everything that revokes: %s", (name, event, job) => {
    const { on, jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
    expect(on[event].types).toEqual(["labeled", "unlabeled", "synchronize", "edited", "reopened"]);
    expect(jobs[job].if).toContain(`github.event.label.name == '${defaultPolicy().label}'`);
    for (const action of ["synchronize", "reopened", "edited"]) {
      expect(jobs[job].if).toContain(`github.event.action == '${action}'`);
    }
  });

  test.each(["hardened", "pull-request-target", "impacted-tests"])(
    "take the model's key from the environment that the README has made: %s",
    (name) => {
      const { jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
      const withKey = Object.values<Record<string, unknown>>(jobs).filter((job) =>
        JSON.stringify(job).includes("secrets.OPENAI_API_KEY"),
      );
      expect(withKey).not.toEqual([]);
      for (const job of withKey) expect(job.environment).toBe("codex");
    },
  );

  test.each(["report", "review-note"])("take no evidence from runs of forks: %s", (name) => {
    const { jobs } = parse(readFileSync(`examples/${name}.yml`, "utf8"));
    const steps = Object.values<{ steps: { run?: string }[] }>(jobs).flatMap((job) => job.steps);
    const downloads = steps.flatMap(({ run = "" }) => (run.includes("actions/artifacts?") ? [run] : []));
    expect(downloads).toHaveLength(1);
    expect(downloads[0]).toContain("select(.workflow_run.head_repository_id == .workflow_run.repository_id)");
  });

  test("give the relay no other power than to start a workflow", () => {
    const { jobs } = parse(readFileSync("examples/hardened-relay.yml", "utf8"));
    expect(Object.values<{ permissions: unknown }>(jobs).map((job) => job.permissions)).toEqual([{ actions: "write" }]);
  });
});

const good = `
on: push
permissions: {}
jobs:
  one:
    timeout-minutes: 5
    permissions:
      contents: read # check out
    steps:
      - uses: actions/checkout@${"a".repeat(40)} # v1.2.3
        with:
          persist-credentials: false
      - uses: ./
        with:
          mode: plan
      - run: echo "$NAME"
`;

describe("the rules for workflow files", () => {
  test("accept a file that keeps them", () => {
    expect(findWorkflowFaults(good, ["mode"])).toEqual([]);
  });

  test.each([
    ["no top-level permissions", "permissions: {}\njobs", "jobs", "the top level must say permissions: {}"],
    ["top-level read-all", "permissions: {}\njobs", "permissions: read-all\njobs", "the top level must say"],
    ["a permission without a reason", " # check out", "", "contents has no comment"],
    ["read-all in a job", "\n      contents: read # check out", " read-all", "must be a list of scopes"],
    ["a tag instead of a commit id", "a".repeat(40), "v1", "is not pinned"],
    ["a short commit id", "a".repeat(40), "a".repeat(12), "is not pinned"],
    ["a pin without its version", " # v1.2.3", "", "no comment with its version"],
    ["kept credentials", "persist-credentials: false", "fetch-depth: 1", "without persist-credentials: false"],
    ["an expression in run", '"$NAME"', `\${{ github.head_ref }}`, "an expression inside run"],
    ["an unknown input", "mode: plan", "mode: plan\n          modus: x", "has no input modus"],
    ["no mode", "with:\n          mode: plan", "name: x", "the input mode is missing"],
    ["no time limit", "    timeout-minutes: 5\n", "", "no timeout-minutes"],
    ["a key twice", "on: push", "on: push\non: push", "unique"],
  ])("refuse %s", (_title, from, to, message) => {
    expect(good).toContain(from);
    const findings = findWorkflowFaults(
      good.replace(from, () => to),
      ["mode"],
    );
    expect(findings.join("\n")).toContain(message);
  });
});

describe("GitHub's own workflow parser", () => {
  test.each(files)("has nothing to say: %s", async (file) => {
    expect(await findParserFaults(file, readFileSync(file, "utf8"))).toEqual([]);
  });

  const simple = readFileSync("examples/simple.yml", "utf8");
  test.each([
    ["broken YAML", "permissions: {}", "permissions: {", "Flow map"],
    ["a key that no job has", "    timeout-minutes: 120", "    timeout: 120", "Unexpected value 'timeout'"],
    ["an event that does not exist", "  pull_request:", "  pull_request_labelled:", "Unexpected value"],
    ["an activity that does not exist", "types: [created]", "types: [made]", "Unexpected value 'made'"],
    ["a permission that does not exist", "      checks: write", "      check: write", "Unexpected value 'check'"],
    ["an access that does not exist", "contents: read", "contents: reads", "Unexpected value 'reads'"],
    ["a job that needs one that is not there", "needs: approve", "needs: approval", "unknown job"],
    ["a context that a key does not have", "github.event_name ==", "secrets.NAME ==", "Unrecognized named-value"],
    ["an expression with an open string", "== 'allow'", "== 'allow", "Unexpected symbol"],
    [
      "a step with neither uses nor run",
      "id: approve",
      "id: approve\n      - name: Nothing",
      "Add one of these properties: run",
    ],
    ["no trigger", "\non:\n", "\noff:\n", "Unexpected value 'off'"],
  ])("refuses %s", async (_title, from, to, message) => {
    expect(simple).toContain(from);
    const faults = await findParserFaults(
      "simple.yml",
      simple.replace(from, () => to),
    );
    expect(faults.join("\n")).toContain(message);
  });
});

/** Whether a tool can be started at all; the linters are optional, CI installs them. */
const isOnPath = (tool: string) =>
  (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      return readdirSync(folder === "" ? "." : folder).includes(tool);
    } catch {
      return false;
    }
  });

const LINTERS = [
  { tool: "actionlint", argv: files },
  { tool: "zizmor", argv: ["--offline", "--no-progress", "--persona=pedantic", ...files, ".github/dependabot.yml"] },
].filter(({ tool }) => isOnPath(tool));

// Added only where the tool is: a test that cannot fail would say something that nobody looked at.
if (LINTERS.length > 0) {
  describe("the installed linters", () => {
    test.each(LINTERS)("have nothing to say: $tool", ({ tool, argv }) => {
      const lint = spawnSync(tool, argv, { encoding: "utf8", timeout: 100_000 });
      expect(`${lint.error ?? ""}${lint.status === 0 ? "" : lint.stdout + lint.stderr}`).toBe("");
      expect(lint.status).toBe(0);
    });
  });
}
