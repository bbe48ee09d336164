import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LABEL, type Pull, REQUESTER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { showComment, showStep } from "./show.ts";

const RENDER = fileURLToPath(new URL("../../scripts/render-comment.mjs", import.meta.url));

/** One pull request on which a scene is played, with everything that happens on it said aloud. */
export class Stage {
  readonly pull: Pull;
  /** Where the evidence of the scene is left. */
  readonly directory: string;
  readonly #say: (line: string) => void;
  #step = 0;

  constructor(pull: Pull, directory: string, say: (line: string) => void) {
    this.pull = pull;
    this.directory = directory;
    this.#say = say;
  }

  /** The requester comments the command; mode plan runs. */
  async ask(prompt: string): Promise<StepResult> {
    this.#say(`${REQUESTER} comments: /codex ${prompt}`);
    return this.#keep("plan", await this.pull.ask(prompt));
  }

  /** Somebody applies the approval label; mode approve runs. */
  async label(login: string): Promise<StepResult> {
    this.#say(`${login} applies the label ${LABEL}`);
    return this.#keep("approve", await this.pull.label(login));
  }

  /** Mode execute runs, as the job after approve does. */
  async execute(): Promise<StepResult> {
    this.#say("the job execute starts");
    return this.#keep("execute", await this.pull.execute());
  }

  /** Somebody pushes to the branch; nothing runs yet. */
  async push(login: string, path: string, content: string): Promise<void> {
    this.#say(`${login} pushes a commit that changes ${path}`);
    await this.pull.push({ [path]: content }, login);
  }

  async #keep(mode: string, result: StepResult): Promise<StepResult> {
    this.#step += 1;
    const directory = join(this.directory, `${this.#step}-${mode}`);
    await mkdir(directory, { recursive: true });
    const evidence = result.outputs["evidence-directory"];
    if (evidence) await cp(evidence, directory, { recursive: true });
    await writeFile(join(directory, "job-summary.md"), result.summary);
    await writeFile(join(directory, "run.log"), result.log);
    for (const line of showStep(mode, result)) this.#say(line);
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
