import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { getInput, setFailed, setSecret, warning } from "@actions/core";
import { watchBackground } from "./background-failure.ts";
import { carryAway, finishedRun, openCarriers } from "./carriers.ts";
import { decide } from "./decision.ts";
import { parseTrigger } from "./event.ts";
import { ConfigurationError } from "./governance/errors.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { withoutSecrets } from "./modes/disclosure.ts";
import { outcomeOf } from "./modes/failure.ts";
import type { ModeName, ModeResult, RunContext, Trigger } from "./modes/mode.ts";
import { renderOutputs } from "./outputs.ts";
import type { Ports } from "./ports.ts";
import { renderConsole } from "./report/console.ts";
import { writeEvidence, writeSummary } from "./report-files.ts";
import { type RunnerEnvironment, readEnvironment } from "./runner-environment.ts";
import type { OutputFile } from "./runner-files.ts";
import { maskedValues } from "./secret-values.ts";
import { cleaner, openPorts } from "./world.ts";

// Codex may tell hundreds of megabytes, which are read, cut and thrown away. Left to itself, V8 lets the garbage grow
// to a multiple of what is in use before it collects.
setFlagsFromString("--optimize-for-size");

type Mode = (trigger: Trigger, context: RunContext, ports: Ports) => Promise<ModeResult>;

/** Only the mode that runs is loaded. */
const MODES: Record<ModeName, () => Promise<Mode>> = {
  plan: async () => (await import("./modes/plan.ts")).plan,
  approve: async () => (await import("./modes/approve.ts")).approve,
  execute: async () => (await import("./modes/execute.ts")).execute,
};

/** Runs the mode that the inputs name and reports: outputs, job summary, log, exit code. */
export async function run(outputs: OutputFile): Promise<void> {
  const background = watchBackground();
  let environment: RunnerEnvironment;
  try {
    environment = readEnvironment(process.env);
  } catch (error) {
    // Without a run there is nothing to report to but the outputs and the log.
    decide(outputs, outcomeOf(error, "refused"));
    setFailed((error as Error).message);
    return;
  }
  let result: ModeResult;
  let inputs: Inputs | undefined;
  try {
    inputs = readInputs((name) => getInput(name));
    // The runner knows them already, unless they came from somewhere else than a secret.
    if (inputs.slackWebhookUrl !== undefined) setSecret(inputs.slackWebhookUrl);
    for (const value of maskedValues(process.env)) setSecret(value);
    result = await Promise.race([runMode(inputs, environment), background.failed]);
  } catch (error) {
    const outcome = outcomeOf(error, inputs === undefined || inputs.mode === "plan" ? "refused" : "denied");
    result = {
      outcome: inputs === undefined ? outcome : withoutSecrets(outcome, cleaner(inputs)),
      view: undefined,
      evidence: new Map(),
      artifact: undefined,
      commentUrl: undefined,
      checkRunId: undefined,
      changedFiles: [],
    };
  }
  background.settle();
  await report(result, outputs, environment);
  if (inputs) await handOver(result, inputs, { outputs, environment });
}

interface Runner {
  readonly outputs: OutputFile;
  readonly environment: RunnerEnvironment;
}

/** Last, so that whatever it meets, everything was decided, done and told. */
async function handOver(result: ModeResult, inputs: Inputs, { outputs, environment }: Runner): Promise<void> {
  const finished = finishedRun(result, environment);
  if (finished === undefined) return;
  await carryAway(finished, openCarriers(inputs, environment), { outputs, clean: cleaner(inputs) });
}

async function runMode(inputs: Inputs, environment: RunnerEnvironment): Promise<ModeResult> {
  const payload: unknown = JSON.parse(await readFile(environment.eventPath, "utf8"));
  const trigger = parseTrigger(environment.eventName, payload, {
    pullRequest: inputs.pullRequest,
    action: inputs.pullRequestAction,
  });
  if (trigger === undefined) {
    throw new ConfigurationError(
      "configuration_invalid",
      `The event \`${environment.eventName}\` names no pull request. Expected issue_comment, pull_request or pull_request_target, or the input \`pull-request\`.`,
    );
  }
  const mode = await MODES[inputs.mode]();
  const context: RunContext = {
    ...environment.context,
    planWorkflow: inputs.planWorkflow ?? environment.context.workflowPath,
    policyPath: inputs.policyPath,
    retentionDays: inputs.retentionDays,
  };
  return mode(trigger, context, await openPorts(inputs, environment));
}

/** Each part on its own: one that fails is told in the log, and stops none of the others. */
async function report(result: ModeResult, outputs: OutputFile, environment: RunnerEnvironment): Promise<void> {
  const { view, outcome: ended } = result;
  decide(outputs, ended);
  const directory = await writeEvidence(result.evidence, environment.temporaryDirectory);
  const { decision: _, "reason-code": __, stage: ___, ...others } = renderOutputs(result, directory);
  const lost = Object.entries(others).flatMap(([name, value]) => (outputs.set(name, value) ? [] : [name]));
  if (lost.length > 0) {
    warning(`GITHUB_OUTPUT lacks ${lost.join(", ")}: ${outputs.failure?.message}. What was decided stands.`);
  }
  if (view) {
    writeSummary(view, process.env.GITHUB_STEP_SUMMARY);
    // Whatever a model or a repository says is printed with the runner's commands switched off.
    for (const line of renderConsole(view, randomUUID())) console.log(line);
  }
  if (ended.decision !== "deny" || ended.stage === "revoked") return;
  const reasons = ended.findings.map(({ message }) => message).join("\n");
  setFailed(`${ended.reasonCode}${view ? "" : `: ${reasons}`}`);
}
