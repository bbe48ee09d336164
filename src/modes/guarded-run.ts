import type { PlanEvidence } from "../governance/evidence.ts";
import { type GuardAnswer, type GuardedRequest, InterruptedRun } from "../governance/guarded-request.ts";
import { type Finding, type Outcome, outcome } from "../governance/outcome.ts";
import { allowancesOf, evaluateParity, findOutsidePlan, type Parity } from "../governance/parity.ts";
import type { Plan } from "../governance/plan.ts";
import type { RequestedChange, TreeChange } from "../governance/tree.ts";
import type { ScratchTree } from "../ports.ts";
import type { FileResult } from "../report/view.ts";
import { changePrompt } from "./agent-prompt.ts";
import { codexSettings } from "./codex-settings.ts";
import { outcomeOf } from "./failure.ts";
import { escalationsOf, type RunRecord } from "./run-record.ts";

/** The per-file guard: grants a request only when every change of it is in the plan. */
export function guardFor(plan: Plan): (changes: readonly RequestedChange[]) => GuardAnswer {
  const allowances = allowancesOf(plan);
  return (changes) => {
    const outside = changes.flatMap((change) => findOutsidePlan(allowances, change) ?? []);
    if (changes.length > 0 && outside.length === 0) return { grant: true };
    return {
      grant: false,
      finding: outside.map(({ path, message }) => `${path}: ${message}`).join(" ") || "No change is named.",
    };
  };
}

/** Lets Codex do the approved work in a scratch tree, guarded per file, and compares the tree afterwards. */
export async function runGuarded(
  record: RunRecord,
  tree: ScratchTree,
  evidence: PlanEvidence,
  step: string,
): Promise<readonly TreeChange[] | Outcome> {
  const { codex } = record.ports;
  const change = codex.change({
    directory: tree.directory,
    settings: codexSettings(record),
    prompt: changePrompt(evidence.plan, evidence.planText, evidence.prompt),
    guard: guardFor(evidence.plan),
  });
  try {
    const run = await record.keepRun(step, change);
    return judgeTree(record, tree, evidence.plan, run.requests);
  } catch (error) {
    if (error instanceof InterruptedRun) return judgeInterrupted(record, evidence.plan, error);
    throw error;
  }
}

/** Who asked for more than the plan has failed, also when the turn broke off before its end. */
function judgeInterrupted(record: RunRecord, plan: Plan, { cause, requests }: InterruptedRun): Outcome {
  const declined = declinedChanges(plan, requests);
  if (declined.length === 0) throw cause;
  record.facts.files = declinedFiles(declined);
  const { findings } = outcomeOf(cause, "denied");
  return outcome("parity_failed", "denied", [...declined.map(({ finding }) => finding), ...findings]);
}

/** Parity of what was asked and of what is in the tree; the patch is kept whatever the verdict. */
export async function judgeTree(
  record: RunRecord,
  tree: ScratchTree,
  plan: Plan,
  requests: readonly GuardedRequest[],
): Promise<readonly TreeChange[] | Outcome> {
  const { changes } = await tree.compare();
  const parity = evaluateParity(plan, changes);
  const declined = declinedChanges(plan, requests);
  record.facts.files = fileResults(parity, declined);
  record.facts.escalations = escalationsOf(requests);
  const findings = [...declined.map(({ finding }) => finding), ...parity.findings];
  if (findings.length > 0) return outcome("parity_failed", "denied", findings);
  if (parity.isEmpty) return outcome("no_change", "denied");
  return changes;
}

interface DeclinedChange {
  readonly change: RequestedChange;
  readonly finding: Finding;
}

/** What was asked and declined. A request that was granted names nothing outside the plan. */
function declinedChanges(plan: Plan, requests: readonly GuardedRequest[]): readonly DeclinedChange[] {
  const allowances = allowancesOf(plan);
  return requests.flatMap((request) => {
    if (request.kind !== "file_change" || request.granted) return [];
    const outside = request.changes.flatMap((change) => {
      const finding = findOutsidePlan(allowances, change);
      return finding ? [{ change, finding }] : [];
    });
    if (outside.length > 0) return outside;
    // Declined by the adapter itself: a path it could not place, or a request it could not match.
    const message = request.finding ?? "The request was declined.";
    const unnamed: RequestedChange = { path: "(unnamed)", operation: "modify" };
    return (request.changes.length > 0 ? request.changes : [unnamed]).map((change) => ({
      change,
      finding: { code: "request_declined", message, path: change.path, got: change.operation },
    }));
  });
}

function fileResults(parity: Parity, declined: readonly DeclinedChange[]): readonly FileResult[] {
  const inTree = parity.files.map(
    ({ path, approved, found, isInside }): FileResult => ({
      path,
      approved,
      asked: found,
      verdict: found === undefined ? "unchanged" : isInside ? "granted" : "unplanned change",
    }),
  );
  return [...declinedFiles(declined), ...inTree];
}

function declinedFiles(declined: readonly DeclinedChange[]): readonly FileResult[] {
  return declined.map(
    ({ change, finding }): FileResult => ({
      path: change.path,
      approved: toOperation(finding.expected),
      asked: change.operation,
      verdict: "declined",
      ...(change.from === undefined ? {} : { from: change.from }),
    }),
  );
}

function toOperation(expected: string | undefined): FileResult["approved"] {
  const word = expected?.split(" ")[0];
  return word === "create" || word === "modify" || word === "delete" || word === "rename" ? word : undefined;
}
