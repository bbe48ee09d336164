import { runGit } from "./git-process.ts";

type GitResult = Awaited<ReturnType<typeof runGit>>;

const ID = /^[0-9a-f]{40}$/;

/**
 * What git said about objects that were named by their full ids. It can never change, and GitHub's double asks for
 * the same few commits in every request: a process for each question would be most of what it does.
 */
export class GitMemory {
  readonly #directory: string;
  readonly #answers = new Map<string, Promise<GitResult>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Runs git, or gives what it gave before if all `names` of the question are full ids. `lasting` are the exit codes
   * that are an answer for good; after any other one of `accept` (an object is not there yet) git is asked again.
   */
  ask(
    names: readonly string[],
    args: readonly string[],
    { lasting = [0], accept = lasting }: { lasting?: readonly number[]; accept?: readonly number[] } = {},
  ): Promise<GitResult> {
    const question = args.join("\0");
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const answer = runGit([`--git-dir=${this.#directory}`, ...args], { accept });
    if (!names.every((name) => ID.test(name))) return answer;
    const forget = () => this.#answers.delete(question);
    this.#answers.set(question, answer);
    answer.then(({ code }) => lasting.includes(code) || forget(), forget);
    return answer;
  }
}
