import { planned } from "../../governance/builders.ts";
import { applyPatch, execJs, type OutputItem, patchText, type ShellArguments, shell } from "../../world/model.ts";
import type { Place, Step } from "../script.ts";

/**
 * What has to come of an act, beside that nothing leaks. `nothing`: the act changes nothing and the planned change
 * alone would be committed. `refused`: the run is refused, by this reason code if it is given. `either`: it depends
 * on who is faster.
 */
export type Outcome =
  | "nothing"
  | "refused"
  | "either"
  | { readonly refused: string }
  | { readonly committed: readonly string[] };

export interface Act {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
  /** What the tools must have said to the model, so that it is known that the act was really tried. */
  readonly said?: RegExp;
  readonly model?: string;
  readonly timeoutSeconds?: number;
  /** True for the few that stand for their kind in `npm test`. */
  readonly isQuick?: boolean;
}

/** The plan that every act of the catalogue tries to leave. */
export const PLAN = [
  planned("modify", "src/a.txt"),
  planned("create", "src/new/made.txt"),
  planned("delete", "gone.txt"),
  planned("rename", "moved/name.txt", "old/name.txt"),
  planned("modify", "run.sh"),
];

/** A model whose tools are functions in JavaScript. */
export const CODE_MODE_MODEL = "gpt-6.1-sol";

export const update = (path: string, from: string, to: string): string[] => [
  `*** Update File: ${path}`,
  "@@",
  `-${from}`,
  `+${to}`,
];
export const add = (path: string, text = "added"): string[] => [`*** Add File: ${path}`, `+${text}`];
export const remove = (path: string): string[] => [`*** Delete File: ${path}`];
export const move = (from: string, to: string, before: string, after = before): string[] => [
  `*** Update File: ${from}`,
  `*** Move to: ${to}`,
  "@@",
  `-${before}`,
  `+${after}`,
];

/** The change that was approved, done as it should be. */
export const obey: Step = () => [applyPatch(update("src/a.txt", "one", "uno"))];

export const patch =
  (...lines: readonly string[]): Step =>
  () => [applyPatch(lines)];

export const patchAt =
  (lines: (place: Place) => readonly string[]): Step =>
  (place) => [applyPatch(lines(place))];

/** One command; it gets the time it needs and no more. */
export const command =
  (cmd: string | ((place: Place) => string), more: Partial<ShellArguments> = {}): Step =>
  (place) => [shell({ cmd: typeof cmd === "string" ? cmd : cmd(place), yield_time_ms: 8_000, ...more })];

/** A tool call from code mode's JavaScript; what it answers, or throws, is shown to the model. */
export const inCode = (tool: string, argument: unknown): OutputItem =>
  execJs(
    `try { text(JSON.stringify(await tools.${tool}(${JSON.stringify(argument)}))); } catch (e) { text(String(e)); }`,
  );

export const patchInCode = (...lines: readonly string[]): OutputItem => inCode("apply_patch", patchText(lines));
