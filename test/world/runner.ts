import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

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
  /** Ends the step with SIGKILL when it aborts. */
  readonly signal?: AbortSignal;
  /** Sees the log while it is written. */
  readonly onLog?: (text: string) => void;
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
  const file = (name: string) => join(directory, name);
  // The same places as on a runner: files of the run lie below its temporary directory.
  await mkdir(file("temp/_github_workflow"), { recursive: true });
  await mkdir(file("temp/_runner_file_commands"));
  await Promise.all([
    writeFile(file("temp/_github_workflow/event.json"), JSON.stringify(request.payload)),
    writeFile(file("temp/_runner_file_commands/output"), ""),
    writeFile(file("temp/_runner_file_commands/summary.md"), ""),
  ]);
  const inputs = Object.entries(ACTION.inputs).map(([name, { default: fallback = "" }]) => [
    `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
    request.inputs[name] ?? fallback,
  ]);
  const child = spawn(process.execPath, [join(ROOT, ACTION.runs.main)], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      GITHUB_ACTIONS: "true",
      CI: "true",
      GITHUB_EVENT_NAME: request.event,
      GITHUB_EVENT_PATH: file("temp/_github_workflow/event.json"),
      GITHUB_OUTPUT: file("temp/_runner_file_commands/output"),
      GITHUB_STEP_SUMMARY: file("temp/_runner_file_commands/summary.md"),
      RUNNER_TEMP: file("temp"),
      // The same code over and over: V8 need not compile it each time.
      NODE_COMPILE_CACHE: COMPILED,
      ...Object.fromEntries(inputs),
      ...request.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(request.signal ? { signal: request.signal, killSignal: "SIGKILL" } : {}),
  });
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
    outputs: parseFileCommands(await readFile(file("temp/_runner_file_commands/output"), "utf8")),
    summary: await readFile(file("temp/_runner_file_commands/summary.md"), "utf8"),
    log,
  };
}

/** The runner's file commands: `name=value` lines and `name<<delimiter` blocks. */
function parseFileCommands(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const block = /^([^=<]+)<<(.+)$/.exec(line);
    if (block) {
      const end = lines.indexOf(block[2] ?? "", index + 1);
      if (end < 0) throw new Error(`The output ${block[1]} has no end.`);
      values[block[1] ?? ""] = lines.slice(index + 1, end).join("\n");
      index = end;
    } else if (line.includes("=")) {
      values[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
    }
  }
  return values;
}
