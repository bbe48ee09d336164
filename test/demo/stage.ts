import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LABEL, type Pull, REQUESTER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { findGates, findSections, showPage, showSaying, showStep } from "./show.ts";

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
  /** Prints one line. */
  readonly say: (line: string) => void;
  #steps = 0;
  #chapters = 0;

  constructor(pull: Pull, directory: string, say: (line: string) => void) {
    this.pull = pull;
    this.directory = directory;
    this.say = say;
  }

  /** What is said from here on belongs together. */
  startChapter(title: string): void {
    this.#chapters += 1;
    this.say("");
    this.say(`── ${this.#chapters}. ${title}`);
  }

  /** The requester comments the command; mode plan runs and must publish a plan. */
  async ask(prompt: string): Promise<StepResult> {
    return this.comment(REQUESTER, `/codex ${prompt}`, "plan_published");
  }

  /** Somebody comments what is for the action; mode plan runs, and must end with this reason. */
  async comment(login: string, text: string, reasonCode = "sign_off_recorded"): Promise<StepResult> {
    this.say(`${login} comments on the pull request:`);
    this.#sayAll(showSaying(text));
    return this.#step("plan", () => this.pull.comment(login, text), reasonCode);
  }

  /** Somebody applies the approval label; mode approve runs, and must end with this reason. */
  async label(login: string, reasonCode = "plan_approved"): Promise<StepResult> {
    this.say(`${login} applies the label ${LABEL}`);
    return this.#step("approve", () => this.pull.label(login), reasonCode);
  }

  /** Mode execute runs, as the job after approve does, and must end with this reason. */
  async execute(reasonCode = "plan_executed"): Promise<StepResult> {
    return this.#step("execute", () => this.pull.execute(), reasonCode);
  }

  /** Somebody pushes to the branch; nothing runs yet. */
  async push(login: string, path: string, content: string): Promise<void> {
    this.say(`${login} pushes a commit that changes ${path}`);
    await this.pull.push({ [path]: content }, login);
  }

  async #step(mode: string, run: () => Promise<StepResult>, reasonCode: string): Promise<StepResult> {
    this.say(`  ${mode} …`);
    const result = await run();
    this.#steps += 1;
    const directory = join(this.directory, `${this.#steps}-${mode}`);
    await mkdir(directory, { recursive: true });
    const evidence = result.outputs["evidence-directory"];
    if (evidence) await cp(evidence, join(directory, "evidence"), { recursive: true });
    await writeFile(join(directory, "job-summary.md"), result.summary);
    await writeFile(join(directory, "run.log"), result.log);
    this.#sayAll(showStep(mode, result));
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
    this.#sayAll(showPage("the comment on the pull request", this.#latestComment));
  }

  /** Shows the sections of the action's comment whose titles start with these words. */
  showSections(...words: readonly string[]): void {
    this.#sayAll(showPage("of the comment on the pull request", findSections(this.#latestComment, words)));
  }

  /** Shows how the gates stand by the action's comment. */
  showGates(): void {
    this.#sayAll(showPage("the gates", findGates(this.#latestComment)));
  }

  /** Shows one file of the evidence that a step left. */
  async showEvidence({ outputs }: StepResult, name: string): Promise<void> {
    const text = await readFile(join(outputs["evidence-directory"] ?? "", name), "utf8");
    this.#sayAll(showPage(name, text));
  }

  get #latestComment(): string {
    return this.pull.comments.at(-1)?.body ?? "";
  }

  #sayAll(lines: readonly string[]): void {
    for (const line of lines) this.say(line);
  }
}
