import { REVIEWER } from "../world/pull.ts";
import type { StepResult } from "../world/runner.ts";
import { addFiles } from "./agent.ts";
import { invoiceFiles, WITH_WAY_BACK, WITHOUT_WAY_BACK, type Work } from "./invoices.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** The second approver, who also decides. */
const OWNER = "linus";

const PROMPT = "Store the amounts of invoices in cents.";

const DECLARATIONS = `Go-No-Go-Owner: ${OWNER}
Rollback-Trigger: one invoice with a wrong amount
Rollback-Owner: ${REVIEWER}
Escalation-Channel: #payments-incidents, then the on-call phone
Deadline-Policy: 8h`;

const SIGN_OFFS = [
  [OWNER, "/codex-gate security pass Read the migration: constant SQL, no new right."],
  [REVIEWER, "/codex-gate operations pass Read the rehearsal: the rows were as before."],
  [REVIEWER, "/codex-gate communication pass Told support and accounting, 10:00."],
] as const;

function behave({ pull }: Stage, { plan, files }: Work): void {
  pull.world.agent.plan = () => plan;
  pull.world.agent.change = addFiles(files);
}

async function askUndeclared(stage: Stage): Promise<void> {
  stage.startChapter("a critical change that nobody is answerable for");
  await stage.ask(PROMPT);
  stage.showSections("Declarations");
  await stage.label(REVIEWER, "declarations_missing");
}

async function failRehearsal(stage: Stage): Promise<void> {
  stage.startChapter("declared, rehearsed on PostgreSQL, and there is no way back");
  await stage.ask(`${PROMPT}\n\n${DECLARATIONS}`);
  await stage.label(REVIEWER, "rehearsal_failed");
  stage.showSections("Rollback rehearsal");
  await stage.comment(OWNER, "/codex-decision no-go The amounts could not be brought back.");
  // The rehearsal has failed in two evaluations by now, which makes it an escalation; the next plan is free of it.
  await stage.execute("escalation_open");
  stage.showSections("Risk class", "Escalated");
  stage.showGates();
}

async function approveFix(stage: Stage): Promise<void> {
  stage.startChapter("the fix: a plan that can be taken back");
  await stage.ask(`${PROMPT} The migration must have a way down that loses nothing.\n\n${DECLARATIONS}`);
  await stage.label(REVIEWER);
  await stage.comment(OWNER, "/codex-approve");
  stage.showSections("Risk class");
  stage.showGates();
}

async function signGates(stage: Stage): Promise<void> {
  stage.startChapter("the gates, one by one");
  for (const [login, text] of SIGN_OFFS) {
    await stage.comment(login, text);
    stage.showGates();
  }
}

async function decideAndExecute(stage: Stage): Promise<StepResult> {
  stage.startChapter("GO");
  await stage.comment(OWNER, "/codex-decision go All gates pass, traffic is low until six.");
  stage.showSections("Risk class");
  stage.showGates();
  const result = await stage.execute();
  await stage.showEvidence(result, "decision-record.md");
  return result;
}

export const HIGH_RISK: Scene = {
  name: "high-risk",
  title: "critical migration: declared, rehearsed, NO-GO, fixed, signed, GO",
  worksLive: false,
  setting: () => ({ files: invoiceFiles(), runsPostgres: true }),
  expected: { decision: "allow", reasonCode: "plan_executed", isLabelPresent: false, hasCommit: true },
  play: async (stage) => {
    behave(stage, WITHOUT_WAY_BACK);
    await askUndeclared(stage);
    await failRehearsal(stage);
    behave(stage, WITH_WAY_BACK);
    await approveFix(stage);
    await signGates(stage);
    return decideAndExecute(stage);
  },
};
