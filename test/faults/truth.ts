import { selectPointer, shownDigest } from "../../src/governance/pointer.ts";
import { parseMarker } from "../../src/report/marker.ts";
import type { StepResult } from "../world/runner.ts";
import type { Job, Lane, Step } from "./scenario.ts";

/** What stood before the disturbed run. */
export interface Before {
  readonly head: string;
  readonly artifacts: readonly number[];
  readonly plans: readonly number[];
}

export async function look({ world }: Lane, { pull }: Job): Promise<Before> {
  return {
    head: (await pull.head) ?? "",
    artifacts: [...world.github.state.runs.keys()].flatMap((run) => world.artifacts.listByRun(run).map(({ id }) => id)),
    plans: pull.comments.filter(({ body }) => parseMarker(body)?.planHex !== undefined).map(({ id }) => id),
  };
}

const EXPECTED_FILE = 'export const greeting = "hallo";\n';

/** What is untrue after a run, however it ended; an empty list is what must be. */
export async function findLies(lane: Lane, job: Job, before: Before, result: StepResult): Promise<readonly string[]> {
  const { world } = lane;
  const { pull, step } = job;
  const lies: string[] = [];
  const must = (holds: boolean, lie: string) => {
    if (!holds) lies.push(lie);
  };
  const head = (await pull.head) ?? "";
  const isMoved = head !== before.head;
  const isAllowed = result.exitCode === 0 && result.outputs.decision === "allow";
  const stage = stageOf(job, before.head)?.stage;

  must(world.github.violations.length === 0, `GitHub's API was misused: ${world.github.violations[0]}`);
  must(!isMoved || step === "execute", "a step that must not write has moved the branch");
  if (isMoved) {
    const depth = (await world.repository.log(pull.branch, 10)).findIndex(({ sha }) => sha === before.head);
    must(depth === 1, `the branch has ${depth} commits on top of the approved head`);
    const file = await world.repository.readFile(head, "src/greeting.js");
    must(String(file) === EXPECTED_FILE, "the commit does not have the approved content");
    must(stage === "executed" || stage === "committing", `there is a commit, but the plan is said to be ${stage}`);
  }

  const kept = new Set((await look(lane, job)).artifacts);
  must(
    before.artifacts.every((id) => kept.has(id)),
    "an artifact is gone",
  );
  const shown = new Map(pull.comments.map(({ id, body }) => [id, body]));
  must(
    before.plans.every((id) => parseMarker(shown.get(id) ?? "")?.planHex !== undefined),
    "a plan's comment lost its plan",
  );

  for (const sha of new Set([before.head, head])) {
    for (const { conclusion } of pull.checks(sha)) {
      must(conclusion !== "success" || isMoved, "a check run says success, but nothing was executed");
    }
  }
  const pointer = stageOf(job, before.head);
  if (pointer) must(kept.has(pointer.artifactId), "the check run points at evidence that is not there");
  if (stage === "approved" && !pull.isLabelPresent)
    must(isSafeHalf(job, result), "said to be approved, without a label");
  if (step === "revoke") must(!pull.isLabelPresent, "a label that a person took away is back");
  if (result.outputs.decision === "deny" && step === "approve") {
    must(stage !== "approved", "the run denied, but the plan is said to be approved");
  }
  // A sign-off that counts is recorded, also when GitHub knows nothing of the rights of somebody else: that stays open.
  const isSeen = step === "sign" ? isShown(job, before, { ...ENDS.sign, says: "" }) : isDone(job, before);
  if (isAllowed) must(isSeen, "the run allowed, but not all of it can be seen");
  if (result.exitCode === null) must(result.outputs.decision !== "allow" || isDone(job, before), "allowed too early");
  return lies;
}

/**
 * Label and check run cannot change at once, and the label goes first. A person took it away before a revocation; who
 * dies in between, or may not post the check run, leaves what a re-run makes whole; and who does not die says so.
 */
function isSafeHalf({ step, pull }: Job, { exitCode, outputs }: StepResult): boolean {
  if (step === "revoke") return true;
  if (!isEnding(step)) return false;
  const reason = outputs["reason-code"] ?? "none";
  return exitCode === null || (!outputs["check-run-id"] && pull.comments.some(({ body }) => body.includes(reason)));
}

function stageOf({ pull }: Job, head: string) {
  const pointer = selectPointer(
    pull.checks(head).map(({ id, externalId }) => ({ id, externalId })),
    pull.number,
  );
  return pointer;
}

/** What a comment says once the GO has come, the plan's own and one beside it. */
const DECIDED = "Plan approved, nothing is open";

interface End {
  readonly stage: string;
  readonly conclusion: string;
  readonly hasLabel: boolean;
  /** What the comment must say, beside what the check run vouches for. */
  readonly says: string;
}

/** What the head of the plan shows after a step that nothing disturbed. */
export const ENDS: Readonly<Record<Step, End>> = {
  plan: { stage: "planned", conclusion: "action_required", hasLabel: false, says: "" },
  approve: { stage: "approved", conclusion: "action_required", hasLabel: true, says: "" },
  // The plan was approved before: what signing adds is evidence of its own, and what the comment says.
  sign: { stage: "approved", conclusion: "action_required", hasLabel: true, says: DECIDED },
  revoke: { stage: "revoked", conclusion: "action_required", hasLabel: false, says: "approval_withdrawn" },
  drift: { stage: "drifted", conclusion: "failure", hasLabel: false, says: "plan_drifted" },
  execute: { stage: "executed", conclusion: "action_required", hasLabel: false, says: "" },
};

const DENIED: End = { stage: "denied", conclusion: "failure", hasLabel: false, says: "Denied: " };

/** Whether a step's work is to end an approval: its run denies when all went well. */
export const isEnding = (step: Step): boolean => step === "revoke" || step === "drift";

/** Whether the step's work is done and shown everywhere: pointer, check run, label, comment. */
export function isDone(job: Job, before: Before): boolean {
  // Evidence that could not be read ends an approval as well; without the plan it is told beside the plan's comment.
  const isDenied = job.step === "revoke" && stageOf(job, before.head)?.stage === "denied";
  return isShown(job, before, isDenied ? DENIED : ENDS[job.step]);
}

function isShown(job: Job, before: Before, end: End): boolean {
  const { pull, step } = job;
  const pointer = stageOf(job, before.head);
  if (pointer?.stage !== end.stage || pull.isLabelPresent !== end.hasLabel) return false;
  const comment = pull.comments.find(({ id }) => id === pointer.commentId);
  if (comment === undefined) return false;
  // Where GitHub says that the comment is gone, another one tells how it went.
  const beside = pull.comments.findLast(({ id }) => id > comment.id);
  const isOurs = shownDigest(comment.body) === pointer.shownDigest;
  const told = isOurs && comment.body.includes(end.says) ? comment : beside;
  if (told?.body.includes(end.says) !== true) return false;
  if (step === "sign" && before.artifacts.includes(pointer.artifactId)) return false;
  if (step === "execute" && pull.checks(pointer.commitSha).at(-1)?.conclusion !== "success") return false;
  return pull.checks(before.head).at(-1)?.conclusion === end.conclusion;
}
