import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Disk } from "./disk.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMPILED = join(ROOT, "node_modules", ".cache", "compiled");
const ACTION = parse(await readFile(join(ROOT, "action.yml"), "utf8")) as {
  readonly inputs: Record<string, { readonly default?: string }>;
  readonly runs: { readonly main: string };
};

/** One step as a runner would start it. */
export interface StepRequest {
  readonly event: string;
  readonly payload: unknown;
  readonly inputs: Readonly<Record<string, string>>;
  /** Environment on top of the runner's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory in which the step's files are made. */
  readonly directory: string;
  /** Ends the step with `killSignal` when it aborts. */
  readonly signal?: AbortSignal;
  /** Default: SIGKILL. */
  readonly killSignal?: NodeJS.Signals;
  /** Sees the log while it is written. */
  readonly onLog?: (text: string) => void;
  /** Has the runner's temporary directory on it. Default: the disk of the tests. */
  readonly disk?: Disk;
  /** A program that starts the step, such as a shell that sets a limit first. */
  readonly launcher?: readonly string[];
  readonly onStart?: (step: ChildProcess) => void;
}

export interface StepResult {
  /** Null when the process was killed. */
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary. */
  readonly summary: string;
  readonly log: string;
}

/** Runs the built action as the runner does: its own process, inputs and file commands, `dist` and nothing else. */
export async function runStep(request: StepRequest): Promise<StepResult> {
  const directory = await mkdtemp(join(request.directory, "step-"));
  const { disk } = request;
  const temporary = disk ? join(disk.directory, basename(directory)) : join(directory, "temp");
  const file = (name: string) => join(temporary, name);
  const outside = (name: string) => (disk ? disk.from(file(name)) : file(name));
  // The same places as on a runner: files of the run lie below its temporary directory.
  await mkdir(outside("_github_workflow"), { recursive: true });
  await mkdir(outside("_runner_file_commands"));
  await Promise.all([
    writeFile(outside("_github_workflow/event.json"), JSON.stringify(request.payload)),
    writeFile(outside("_runner_file_commands/output"), ""),
    writeFile(outside("_runner_file_commands/summary.md"), ""),
  ]);
  const inputs = Object.entries(ACTION.inputs).map(([name, { default: fallback = "" }]) => [
    `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
    request.inputs[name] ?? fallback,
  ]);
  const command = [
    ...(disk?.entrance ?? []),
    ...(request.launcher ?? []),
    process.execPath,
    join(ROOT, ACTION.runs.main),
  ];
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      GITHUB_ACTIONS: "true",
      CI: "true",
      GITHUB_EVENT_NAME: request.event,
      GITHUB_EVENT_PATH: file("_github_workflow/event.json"),
      GITHUB_OUTPUT: file("_runner_file_commands/output"),
      GITHUB_STEP_SUMMARY: file("_runner_file_commands/summary.md"),
      RUNNER_TEMP: temporary,
      // The same code over and over: V8 need not compile it each time.
      NODE_COMPILE_CACHE: COMPILED,
      ...Object.fromEntries(inputs),
      ...request.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(request.signal ? { signal: request.signal, killSignal: request.killSignal ?? "SIGKILL" } : {}),
  });
  request.onStart?.(child);
  let log = "";
  const note = (chunk: Buffer) => {
    log += chunk;
    request.onLog?.(String(chunk));
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => (error.name === "AbortError" ? undefined : reject(error)));
    child.on("close", (code) => resolve(code));
  });
  return {
    exitCode,
    outputs: {
      ...parseOutputCommands(log),
      ...parseFileCommands(await readFile(outside("_runner_file_commands/output"), "utf8")),
    },
    summary: await readFile(outside("_runner_file_commands/summary.md"), "utf8"),
    log,
  };
}

/** The older `set-output` command, which a runner still takes from the log unless commands are switched off. */
function parseOutputCommands(log: string): Record<string, string> {
  const values: Record<string, string> = {};
  let token: string | undefined;
  for (const line of log.split("\n")) {
    if (token !== undefined) {
      if (line === `::${token}::`) token = undefined;
      continue;
    }
    token = /^::stop-commands::(.+)$/.exec(line)?.[1];
    const output = /^::set-output name=([\w-]+)::(.*)$/.exec(line);
    if (output) values[output[1] ?? ""] = output[2] ?? "";
  }
  return values;
}

/** The runner's file commands: `name=value` lines and `name<<delimiter` blocks; it refuses any other line. */
function parseFileCommands(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const block = /^([^=<]+)<<(.+)$/.exec(line);
    if (block) {
      const end = lines.indexOf(block[2] ?? "", index + 1);
      if (end < 0) throw new Error(`The output ${block[1]} has no end.`);
      values[block[1] ?? ""] = lines.slice(index + 1, end).join("\n");
      index = end;
    } else if (line.includes("=")) {
      values[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
    } else {
      throw new Error(`The line ${JSON.stringify(line)} is no output.`);
    }
  }
  return values;
}
