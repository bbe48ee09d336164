import { parseTrailers } from "../governance/declarations.ts";
import { type Finding, type Outcome, outcome } from "../governance/outcome.ts";
import { governVerification, type Plan, parsePlan, planJsonSchema } from "../governance/plan.ts";
import { evaluatePlan, type PlanContext } from "../governance/plan-rules.ts";
import type { Policy } from "../governance/policy.ts";
import { findUnchecked } from "../governance/production.ts";
import { classifyRisk, type RiskClass } from "../governance/risk.ts";
import type { ScratchTree } from "../ports.ts";
import { planPrompt } from "./agent-prompt.ts";
import { findUnfocusedPlan } from "./change-limits.ts";
import { codexSettings } from "./codex-settings.ts";
import { findSecretPaths, withoutSecretsInProse } from "./disclosure.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";

/** Turns Codex may take to give a valid plan, the first included. */
const PLAN_ATTEMPTS = 2;

export interface ValidPlan {
  readonly plan: Plan;
  readonly riskClass: RiskClass;
}

/** What an answer for a plan is judged by. */
interface PlanRules {
  readonly context: PlanContext;
  readonly policy: Policy;
  readonly declared: RiskClass | undefined;
  readonly redact: (text: string) => string;
}

/**
 * Has Codex plan, read-only, and takes only a plan that keeps every rule, made in a tree that is as it was. Used for
 * the drift probe as well.
 */
export async function askForPlan(
  record: RunRecord,
  tree: ScratchTree,
  prompt: string,
  step: string,
): Promise<ValidPlan | Outcome> {
  const { policy, context, ports } = record;
  // From the frozen text, so that the probe asks the same question as the plan did.
  const declared = parseTrailers(prompt).values["risk-class"] as RiskClass | undefined;
  const planContext: PlanContext = {
    entries: tree.entries,
    links: tree.links,
    protectedPaths: policy["protected-paths"],
    policyPath: context.policyPath,
    changedInstructions: tree.changedInstructions,
    maxFiles: policy["max-files"],
  };
  const rules: PlanRules = { context: planContext, policy, declared, redact: ports.redact };
  const request = ports.codex.plan({
    directory: tree.directory,
    settings: codexSettings(record),
    prompt: planPrompt({ prompt, policy, policyPath: context.policyPath, pullRequestFiles: tree.pullRequestFiles }),
    outputSchema: planJsonSchema(),
    accept: (message) => {
      const judged = judgePlan(message, rules);
      // What the policy lacks no other plan can mend.
      const isHopeless = isOutcome(judged) && judged.reasonCode === "verification_missing";
      return isOutcome(judged) && !isHopeless ? reaskText(judged.findings) : undefined;
    },
    attempts: PLAN_ATTEMPTS,
  });
  const run = await record.keepRun(step, request);
  return (await findPlanningChanges(tree)) ?? judgePlan(run.message, rules);
}

/** No sandbox is the only wall: whatever wrote while a plan was made, the plan says nothing about this tree. */
async function findPlanningChanges(tree: ScratchTree): Promise<Outcome | undefined> {
  const { changes, emptyDirectories } = await tree.compare();
  const paths = [...changes.map(({ path }) => path), ...emptyDirectories.map((path) => `${path}/`)];
  if (paths.length === 0) return undefined;
  const message = "It changed although nothing may be changed while a plan is made.";
  const findings = paths.map((path) => ({ code: "changed_while_planning", message, path }));
  return outcome("planning_changed_tree", "refused", findings);
}

/** Judges the answer as it came, and keeps it without secrets: what is archived, hashed and shown is one text. */
function judgePlan(message: string, { context, policy, declared, redact }: PlanRules): ValidPlan | Outcome {
  const parsed = parsePlan(message);
  if (parsed.status === "invalid") return outcome("plan_invalid", "refused", parsed.findings);
  const verdict = evaluatePlan(parsed.plan, context);
  if (verdict.reasonCode !== undefined) return outcome(verdict.reasonCode, "refused", verdict.findings);
  const secretPaths = findSecretPaths(parsed.plan, redact);
  if (secretPaths.length > 0) return outcome("plan_paths_refused", "refused", secretPaths);
  const plan = withoutSecretsInProse(parsed.plan, redact);
  const riskClass = classifyRisk(plan, { risk: policy.risk, declared });
  const unchecked = findUnchecked(plan, policy);
  if (unchecked.length > 0) return outcome("verification_missing", "refused", unchecked);
  const tooLarge = findUnfocusedPlan(plan, policy, riskClass);
  return tooLarge ?? { plan: governVerification(plan, policy.verification), riskClass };
}

function reaskText(findings: readonly Finding[]): string {
  const list = findings.map(
    ({ message, path, expected }) =>
      `- ${path === undefined ? "" : `${JSON.stringify(path)}: `}${message}${expected === undefined ? "" : ` Expected: ${expected}.`}`,
  );
  return ["The plan cannot be accepted:", ...list, "Answer again with a plan that keeps every rule."].join("\n");
}
