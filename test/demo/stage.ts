import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LABEL, type Pull, REQUESTER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { showComment, showStep } from "./show.ts";

const RENDER = fileURLToPath(new URL("../../scripts/render-comment.mjs", import.meta.url));

/** A step that did not end as the scene needs it; the scene ends with it. */
export class UnexpectedStep extends Error {
  readonly result: StepResult;

  constructor(result: StepResult) {
    super(`The step ended with ${result.outputs["reason-code"]}.`);
    this.result = result;
  }
}

/** One pull request on which a scene is played, with everything that happens on it said aloud. */
export class Stage {
  readonly pull: Pull;
  /** Where the evidence of the scene is left. */
  readonly directory: string;
  readonly #say: (line: string) => void;
  #steps = 0;

  constructor(pull: Pull, directory: string, say: (line: string) => void) {
    this.pull = pull;
    this.directory = directory;
    this.#say = say;
  }

  /** The requester comments the command; mode plan runs and must publish a plan. */
  async ask(prompt: string): Promise<StepResult> {
    this.#say(`${REQUESTER} comments on the pull request:`);
    this.#say(`  /codex ${prompt}`);
    return this.#step("plan", () => this.pull.ask(prompt), "plan_published");
  }

  /** Somebody applies the approval label; mode approve runs, and must end with this reason. */
  async label(login: string, reasonCode = "plan_approved"): Promise<StepResult> {
    this.#say(`${login} applies the label ${LABEL}`);
    return this.#step("approve", () => this.pull.label(login), reasonCode);
  }

  /** Mode execute runs, as the job after approve does, and must end with this reason. */
  async execute(reasonCode = "plan_executed"): Promise<StepResult> {
    return this.#step("execute", () => this.pull.execute(), reasonCode);
  }

  /** Somebody pushes to the branch; nothing runs yet. */
  async push(login: string, path: string, content: string): Promise<void> {
    this.#say(`${login} pushes a commit that changes ${path}`);
    await this.pull.push({ [path]: content }, login);
  }

  async #step(mode: string, run: () => Promise<StepResult>, reasonCode: string): Promise<StepResult> {
    this.#say(`  ${mode} …`);
    const result = await run();
    this.#steps += 1;
    const directory = join(this.directory, `${this.#steps}-${mode}`);
    await mkdir(directory, { recursive: true });
    const evidence = result.outputs["evidence-directory"];
    if (evidence) await cp(evidence, join(directory, "evidence"), { recursive: true });
    await writeFile(join(directory, "job-summary.md"), result.summary);
    await writeFile(join(directory, "run.log"), result.log);
    for (const line of showStep(mode, result)) this.#say(line);
    if (result.outputs["reason-code"] !== reasonCode) throw new UnexpectedStep(result);
    return result;
  }

  /** Shows the latest comment of the action as it stands on the pull request, and keeps all of them as files. */
  async showComments(): Promise<void> {
    for (const [index, comment] of this.pull.comments.entries()) {
      const path = join(this.directory, `comment-${index + 1}`);
      await writeFile(`${path}.md`, comment.body);
      await promisify(execFile)(process.execPath, [RENDER, `${path}.md`, `${path}.html`]);
    }
    const last = this.pull.comments.at(-1);
    if (last) for (const line of showComment(last.body)) this.#say(line);
  }
}
