import { FINAL_DECISION, SIGNED_GATE_NAMES, type SignedGateName } from "./gates.ts";
import { hintAt } from "./nearest.ts";
import type { Finding } from "./outcome.ts";
import { freezePrompt, isCommand } from "./prompt.ts";

/** What a comment says, before it is known who said it and when. */
export type Statement =
  | {
      readonly kind: "gate";
      readonly gate: SignedGateName;
      readonly verdict: "pass" | "fail";
      readonly evidence: string;
    }
  | { readonly kind: "decision"; readonly verdict: "pass" | "fail"; readonly evidence: string }
  | { readonly kind: "approval"; readonly verdict: "pass"; readonly evidence: string };

export type StatementResult =
  | { readonly status: "not_command" }
  | { readonly status: "refused"; readonly findings: readonly Finding[] }
  | { readonly status: "signed"; readonly signOff: Statement };

type Reader = (text: string, command: string) => Statement | readonly Finding[];

/** The commands by what follows the policy's own command word. */
const COMMANDS: readonly { readonly suffix: string; readonly read: Reader }[] = [
  { suffix: "-gate", read: readGate },
  { suffix: "-decision", read: readDecision },
  { suffix: "-approve", read: (evidence) => ({ kind: "approval", verdict: "pass", evidence }) },
];

/** The words that start a sign-off, for a policy's command word. */
export function signOffCommands(command: string): readonly string[] {
  return COMMANDS.map(({ suffix }) => `${command}${suffix}`);
}

/** Reads a comment as a sign-off. What a reader of it could not see is refused, as in a prompt. */
export function parseSignOff(body: string, command: string): StatementResult {
  for (const { suffix, read } of COMMANDS) {
    const frozen = freezePrompt(body, `${command}${suffix}`);
    if (frozen.status === "not_command") continue;
    // No text at all is for the command to judge: a note may be left out.
    if (frozen.status === "refused" && frozen.reasonCode !== "prompt_empty")
      return { status: "refused", findings: frozen.findings };
    const text = frozen.status === "frozen" ? frozen.prompt.text : "";
    const more = text.split("\n").find((line) => signOffCommands(command).some((word) => isCommand(line, word)));
    if (more !== undefined) {
      const message = "There is another sign-off in it, which nobody would count. Each is a comment of its own.";
      return { status: "refused", findings: [invalid(message, "one sign-off", more)] };
    }
    const result = read(text, command);
    return "kind" in result ? { status: "signed", signOff: result } : { status: "refused", findings: result };
  }
  return { status: "not_command" };
}

function readGate(text: string, command: string): Statement | readonly Finding[] {
  const { first, second, rest } = words(text);
  const gate = SIGNED_GATE_NAMES.find((name) => name === first);
  if (gate === undefined) {
    const isFinal = first === FINAL_DECISION;
    const message = isFinal
      ? `\`${FINAL_DECISION}\` is decided with \`${command}-decision\`.`
      : `There is no gate of this name.${hintAt(first, SIGNED_GATE_NAMES)}`;
    return [invalid(message, SIGNED_GATE_NAMES.join(", "), first)];
  }
  if (second !== "pass" && second !== "fail") return [invalid("A gate passes or fails.", "pass or fail", second)];
  if (!isSaying(rest)) return [invalid("A sign-off needs evidence.", "what was looked at, and what was seen", rest)];
  return { kind: "gate", gate, verdict: second, evidence: rest };
}

function readDecision(text: string): Statement | readonly Finding[] {
  const { first, second, rest } = words(text);
  if (first !== "go" && first !== "no-go") return [invalid("A decision is GO or NO-GO.", "go or no-go", first)];
  const evidence = text.slice(text.search(/\s|$/)).trim();
  if (!isSaying(`${second} ${rest}`)) return [invalid("A decision needs a reason.", "why", evidence)];
  return { kind: "decision", verdict: first === "go" ? "pass" : "fail", evidence };
}

/** The first two words, in lower case, and the text after them as it is. */
function words(text: string): { readonly first: string; readonly second: string; readonly rest: string } {
  // Every part may be empty, so every text matches.
  const match = /^(\S*)\s*(\S*)\s*(.*)$/su.exec(text) as RegExpExecArray;
  const [, first, second, rest] = match as unknown as [string, string, string, string];
  return { first: first.toLowerCase(), second: second.toLowerCase(), rest };
}

/** `<evidence>`, as our own hints have it. It is no address: `<https://…>` may well be evidence. */
const PLACEHOLDER = /<[\p{L}\p{N} _-]*>/gu;

/** Dots, dashes and what a hint's author left to be filled in are visible, but they say nothing. */
function isSaying(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(PLACEHOLDER, ""));
}

function invalid(message: string, expected: string, got: string): Finding {
  return { code: "sign_off_invalid", message, expected, got: got === "" ? "nothing" : got };
}

/** A statement with who made it, when and where. */
export type SignOff = Statement & {
  readonly gate?: SignedGateName;
  readonly actorId: number;
  readonly actor: string;
  /** ISO 8601, GitHub's time. */
  readonly at: string;
  readonly commentId: number;
};
