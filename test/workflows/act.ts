import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Machine } from "./machine.ts";

export interface ActRequest {
  readonly event: string;
  readonly payload: unknown;
  /** A checkout of the commit whose workflow file counts. */
  readonly checkout: string;
  /** `.github/workflows/x.yml` in it. */
  readonly workflow: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The only job to run, with what it needs. Default: all. */
  readonly job?: string;
}

export interface JobResult {
  readonly result: string;
  /** The outputs of its steps. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface ActResult {
  readonly exitCode: number | null;
  /** The jobs that were started; one whose condition does not hold is not among them. */
  readonly jobs: Readonly<Record<string, JobResult>>;
  readonly log: string;
}

/** The runner label of the examples, and the repository of the action in them. */
const PLATFORM = "ubuntu-24.04=-self-hosted";
const ACTION = `example-org/codex-plan-governance@${"0".repeat(40)}`;

const lineSchema = z.looseObject({
  jobID: z.string().optional(),
  jobResult: z.string().optional(),
  command: z.string().optional(),
  name: z.string().optional(),
  arg: z.string().optional(),
  msg: z.string().optional(),
});

/** Runs one workflow file in act's host mode: its conditions, expressions and needs, its steps as real processes. */
export async function runAct(machine: Machine, request: ActRequest): Promise<ActResult> {
  const directory = await mkdtemp(join(machine.directory, "run-"));
  const file = (name: string) => join(directory, name);
  const lines = (values: Readonly<Record<string, string>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join("");
  await Promise.all([
    writeFile(file("event.json"), JSON.stringify(request.payload)),
    // In files, because act hands its own environment to every step.
    writeFile(file("secrets"), lines(request.secrets)),
    writeFile(file("environment"), lines(request.environment)),
  ]);
  const child = spawn(
    machine.act,
    [
      request.event,
      ...["--directory", request.checkout, "--workflows", request.workflow, "--eventpath", file("event.json")],
      ...["--platform", PLATFORM, "--local-repository", `${ACTION}=${machine.action}`],
      ...["--secret-file", file("secrets"), "--env-file", file("environment")],
      ...["--action-cache-path", file("cache"), "--no-cache-server", "--strict", "--json"],
      ...(request.job === undefined ? [] : ["--job", request.job]),
    ],
    {
      cwd: directory,
      env: { PATH: machine.path, HOME: machine.home, ACT_DISABLE_VERSION_CHECK: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 240_000,
    },
  );
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { exitCode, ...readLog(output) };
}

/** act's log is a JSON object a line; what is not one of them is its own complaint. */
function readLog(output: string): Pick<ActResult, "jobs" | "log"> {
  const jobs: Record<string, { result: string; outputs: Record<string, string> }> = {};
  const log = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      if (!line.startsWith("{")) return line;
      const { jobID, jobResult, command, name, arg, msg = "" } = lineSchema.parse(JSON.parse(line));
      if (jobID === undefined) return msg;
      jobs[jobID] ??= { result: "unfinished", outputs: {} };
      if (jobResult !== undefined) jobs[jobID].result = jobResult;
      if (command === "set-output" && name !== undefined) jobs[jobID].outputs[name] = arg ?? "";
      return `[${jobID}] ${msg.trimEnd()}`;
    });
  return { jobs, log: log.join("\n") };
}
