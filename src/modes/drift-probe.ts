import { compareDrift } from "../governance/drift.ts";
import type { PlanEvidence } from "../governance/evidence.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import type { ScratchTree } from "../ports.ts";
import { askForPlan } from "./plan-request.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";

/** Regenerates the plan from the same prompt and compares. The regenerated plan is only a probe. */
export async function probeDrift(
  record: RunRecord,
  tree: ScratchTree,
  evidence: PlanEvidence,
): Promise<Outcome | undefined> {
  const probe = await askForPlan(record, tree, evidence.prompt, "drift-probe");
  if (isOutcome(probe)) {
    if (probe.reasonCode === "planning_changed_tree") return outcome(probe.reasonCode, "denied", probe.findings);
    // No valid plan comes of the same question any more: that is drift, with what was wrong as its findings.
    return outcome("plan_drifted", "drifted", probe.findings);
  }
  const drift = compareDrift({ plan: evidence.plan, riskClass: evidence.riskClass }, probe, record.policy.drift);
  if (drift.diff !== "") {
    record.write("drift.diff", drift.diff);
    record.facts.drift = { mode: drift.mode, classes: drift.classes, diff: drift.diff };
  }
  if (!drift.isDrifted) return undefined;
  const findings = drift.paths.map((path) => describeDrift(evidence, probe.plan.files, path));
  const others = drift.classes
    .filter((kind) => kind === "verification_changed" || kind === "risk_changed" || kind === "wording_changed")
    .map((kind) => ({ code: kind, message: "See the diff of the plan." }));
  return outcome("plan_drifted", "drifted", [...findings, ...others]);
}

const ABSENT = "not in the plan";

function describeDrift({ plan }: PlanEvidence, regenerated: PlanEvidence["plan"]["files"], path: string) {
  const operation = (files: PlanEvidence["plan"]["files"]) => {
    const file = files.find((candidate) => candidate.path === path);
    return file === undefined ? ABSENT : file.from === undefined ? file.operation : `rename from ${file.from}`;
  };
  const expected = operation(plan.files);
  const got = operation(regenerated);
  const message =
    expected === ABSENT
      ? "The regenerated plan names a file that was not approved."
      : got === ABSENT
        ? "The regenerated plan leaves this file out."
        : "The regenerated plan does something else to this file.";
  return { code: "scope_drift", message, path, expected, got };
}
