import type { Pull } from "../../world/pull.ts";
import type { StepResult } from "../../world/runner.ts";

/** Who decides in these tests: neither the requester nor the person who applies the label. */
export const OWNER = "linus";

const DECLARATIONS = [
  "declarations:",
  `  go-no-go-owner: ${OWNER}`,
  "  rollback-trigger: more than 1% of greetings fail",
  "  rollback-owner: grace",
  "  escalation-channel: the incidents room",
  "  deadline-policy: 8h",
].join("\n");

/** The greeting is high risk: four gates, a decision, and a rehearsal with one command. */
export const HIGH_RISK = [
  "risk:",
  "  high:",
  "    paths: [src/greeting.js]",
  "verification:",
  "  - test -s src/greeting.js",
].join("\n");

export const DECLARED = `${HIGH_RISK}\n${DECLARATIONS}\n`;

/** High risk with one gate that only a person speaks for, and without anything that has to be run. */
export const ONE_GATE = [
  "risk:",
  "  high:",
  "    paths: [src/greeting.js]",
  "    gates: [communication]",
  "    rehearsal: false",
  DECLARATIONS,
  "",
].join("\n");

export const TRAILERS = [
  `Go-No-Go-Owner: @${OWNER}`,
  "Rollback-Trigger: more than 1% of greetings fail",
  "Rollback-Owner: grace",
  "Escalation-Channel: the incidents room",
  "Deadline-Policy: 8h",
].join("\n");

/** The gates that a person has to sign by default. */
const SIGNED = ["security", "operations", "communication"] as const;

export function pass(pull: Pull, gate: string, login = "grace"): Promise<StepResult> {
  return pull.comment(login, `/codex-gate ${gate} pass I looked at the diff and the runbook.`);
}

export function decide(pull: Pull, word = "go", login = OWNER): Promise<StepResult> {
  return pull.comment(login, `/codex-decision ${word} The risk is understood.`);
}

/** What people say without the action running for it: every run reads it live. */
export function say(pull: Pull, login: string, text: string): number {
  return pull.world.github.people.comment(login, pull.number, text).commentId;
}

export function signAll(pull: Pull): void {
  for (const gate of SIGNED) say(pull, "grace", `/codex-gate ${gate} pass I looked at the diff and the runbook.`);
}

export const DECISION = "/codex-decision go The risk is understood.";

export function go(pull: Pull): number {
  return say(pull, OWNER, DECISION);
}
