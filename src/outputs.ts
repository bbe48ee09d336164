import type { ModeResult } from "./modes/mode.ts";

/** The outputs of action.yml, in its order. A contract test keeps the two the same. */
export const OUTPUT_NAMES = [
  "decision",
  "reason-code",
  "stage",
  "result",
  "plan-digest",
  "binding-digest",
  "artifact-id",
  "artifact-digest",
  "comment-url",
  "check-run-id",
  "changed-files",
  "commit-sha",
  "evidence-directory",
  "risk-class",
  "ready",
  "impacted-tests",
  "export-uri",
  "attestation-url",
] as const;

export type OutputName = (typeof OUTPUT_NAMES)[number];

/** An environment value must stay below the kernel's limit on one string; findings are cut, never the rest. */
const MAX_FINDINGS = 50;

/** Whether mode execute may start now: the plan is approved, and nothing that its class needs is open. */
function isReady({ outcome, view }: ModeResult): boolean {
  const isApproved = outcome.decision === "allow" && outcome.stage === "approved";
  return isApproved && view !== undefined && (view.highRisk?.isReady ?? true);
}

/** The outputs of a step. Every name is there; what is not known is empty. */
export function renderOutputs(result: ModeResult, evidenceDirectory: string): Record<OutputName, string> {
  const { outcome, view } = result;
  const changedFiles = JSON.stringify(result.changedFiles);
  return {
    decision: outcome.decision,
    "reason-code": outcome.reasonCode,
    stage: outcome.stage,
    result: JSON.stringify({
      version: 1,
      decision: outcome.decision,
      reasonCode: outcome.reasonCode,
      stage: outcome.stage,
      findings: outcome.findings.slice(0, MAX_FINDINGS),
      findingsTotal: outcome.findings.length,
      pullRequest: view?.pullRequest ?? null,
      headSha: view?.headSha ?? null,
      planDigest: view?.planDigest ?? null,
      bindingDigest: view?.bindingDigest ?? null,
      riskClass: view?.riskClass ?? null,
      requester: view?.requester ?? null,
      coRequester: view?.coRequester ?? null,
      artifactId: result.artifact?.id ?? null,
      commitSha: view?.commit?.sha ?? null,
      labelPresent: view?.labelPresent ?? null,
    }),
    "plan-digest": view?.planDigest ?? "",
    "binding-digest": view?.bindingDigest ?? "",
    "artifact-id": result.artifact ? String(result.artifact.id) : "",
    "artifact-digest": result.artifact?.digest ?? "",
    "comment-url": result.commentUrl ?? "",
    "check-run-id": result.checkRunId ? String(result.checkRunId) : "",
    "changed-files": changedFiles,
    "commit-sha": view?.commit?.sha ?? "",
    "evidence-directory": evidenceDirectory,
    "risk-class": view?.riskClass ?? "",
    ready: String(isReady(result)),
    "impacted-tests": JSON.stringify(view?.handOff?.impactedTests ?? []),
    // A carrier fills it in, after everything else.
    "export-uri": "",
    // Written once more by what attests, which comes last of all.
    "attestation-url": "",
  };
}
