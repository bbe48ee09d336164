import type { RawPlan } from "../../src/governance/plan.ts";
import { REQUESTER, REVIEWER } from "../world/pull.ts";
import { addFiles } from "./agent.ts";
import { playAudit } from "./audit.ts";
import { HIGH_RISK } from "./high-risk.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";

const NOTE = "docs/codex-demo-note.md";
const OTHER = "docs/codex-demo-other.md";
const CONTENT = "# How changes by Codex are reviewed\n\nA person approves the plan first.\n";
const PROMPT = `Add a note on how changes are reviewed as ${NOTE}.`;

function planOf(...paths: readonly string[]): RawPlan {
  return {
    summary: "Add a short note that says how changes by Codex are reviewed here.",
    steps: [{ title: "Write the note", rationale: "Readers look for it in the docs.", files: [...paths] }],
    files: paths.map((path) => ({ path, operation: "create", from: null, reason: "The note itself." })),
    verification: [],
    risks: ["The note may go out of date."],
    rollback: "Delete the note.",
  };
}

/** A model that does exactly what was planned. */
function behave(stage: Stage): void {
  stage.pull.world.agent.plan = () => planOf(NOTE);
  stage.pull.world.agent.change = addFiles({ [NOTE]: CONTENT });
}

export const SCENES: readonly Scene[] = [
  {
    name: "executed",
    title: "the happy path: planned, approved, executed, a commit lands",
    worksLive: true,
    expected: { decision: "allow", reasonCode: "plan_executed", isLabelPresent: false, hasCommit: true },
    play: async (stage) => {
      behave(stage);
      await stage.ask(PROMPT);
      await stage.label(REVIEWER);
      return stage.execute();
    },
  },
  {
    name: "out-of-plan",
    title: "in the dry run Codex asks for a file that the plan does not name",
    worksLive: false,
    expected: { decision: "deny", reasonCode: "parity_failed", isLabelPresent: false, hasCommit: false },
    play: async (stage) => {
      behave(stage);
      stage.pull.world.agent.change = addFiles({ [NOTE]: CONTENT, [OTHER]: CONTENT });
      await stage.ask(PROMPT);
      return stage.label(REVIEWER, "parity_failed");
    },
  },
  {
    name: "drifted",
    title: "the plan that is regenerated before the execution names another file",
    worksLive: false,
    expected: { decision: "deny", reasonCode: "plan_drifted", isLabelPresent: false, hasCommit: false },
    play: async (stage) => {
      behave(stage);
      await stage.ask(PROMPT);
      await stage.label(REVIEWER);
      stage.pull.world.agent.plan = () => planOf(NOTE, OTHER);
      return stage.execute("plan_drifted");
    },
  },
  {
    name: "stale-head",
    title: "somebody pushes after the approval",
    worksLive: true,
    expected: { decision: "deny", reasonCode: "head_moved", isLabelPresent: false, hasCommit: false },
    play: async (stage) => {
      behave(stage);
      await stage.ask(PROMPT);
      await stage.label(REVIEWER);
      await stage.push(REQUESTER, "late.txt", "pushed after the approval\n");
      return stage.execute("head_moved");
    },
  },
  {
    name: "self-approval",
    title: "the requester approves the own request",
    worksLive: true,
    expected: { decision: "deny", reasonCode: "approver_is_requester", isLabelPresent: false, hasCommit: false },
    play: async (stage) => {
      behave(stage);
      await stage.ask(PROMPT);
      return stage.label(REQUESTER, "approver_is_requester");
    },
  },
  HIGH_RISK,
  {
    name: "audit",
    title: "the evidence is proved offline, and a tampered copy is found out",
    worksLive: false,
    expected: { decision: "allow", reasonCode: "plan_executed", isLabelPresent: false, hasCommit: true },
    play: async (stage) => {
      behave(stage);
      stage.startChapter("planned, approved, executed");
      await stage.ask(PROMPT);
      await stage.label(REVIEWER);
      const executed = await stage.execute();
      await playAudit(stage, executed);
      return executed;
    },
  },
];
