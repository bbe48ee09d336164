import { isRequester } from "./binding.ts";
import { type CommitClaim, commitClaimOf } from "./commit-audit.ts";
import { type Comparison, firstDifference, wrong } from "./difference.ts";
import type { Digest } from "./digest.ts";
import { IntegrityError } from "./errors.ts";
import type { PlanEvidence } from "./evidence.ts";
import { Exhibit } from "./exhibit.ts";
import { type JournalRecord, journalHead } from "./journal.ts";
import type { Finding } from "./outcome.ts";
import { evaluateParity } from "./parity.ts";
import { readPatch } from "./patch.ts";

/** Clocks of two runners may differ by this much, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000;

/** What an auditor knows besides the bundle. */
export interface Anchors {
  /** Head of the journal's chain, as the check run shows it. */
  readonly journalHead?: Digest | undefined;
}

export interface AuditStep {
  readonly name: string;
  /** What is true when the step has passed. */
  readonly title: string;
  readonly status: "passed" | "failed" | "not applicable" | "not reached";
  /** Why it is not applicable. */
  readonly remark?: string;
}

/** What a sound bundle says. */
export interface AuditClaims {
  /** How far the plan came. */
  readonly stage: "refused" | "planned" | "approved" | "executed";
  /** Reason code of the last record. */
  readonly lastReason: string;
  readonly repository: string;
  readonly pullRequest: number | null;
  readonly journalHead: Digest;
  readonly planDigest: Digest | undefined;
  readonly requester: string | undefined;
  readonly approver: string | undefined;
  readonly commit: CommitClaim | undefined;
}

export interface Audit {
  readonly steps: readonly AuditStep[];
  /** The first thing that is wrong; undefined for a sound bundle. */
  readonly finding: Finding | undefined;
  /** Undefined when something is wrong: nothing that the bundle says is to be believed then. */
  readonly claims: AuditClaims | undefined;
}

type Verdict = Finding | { readonly remark: string } | undefined;

interface Check {
  readonly name: string;
  readonly title: string;
  readonly check: (exhibit: Exhibit, anchors: Anchors) => Verdict;
}

const NO_PLAN = { remark: "the request was refused before there was a plan" };
const NOT_PUBLISHED = { remark: "the plan was refused before it was published" };
const NOT_APPROVED = { remark: "the plan was not approved" };
const NOT_EXECUTED = { remark: "nothing was executed" };

/** In the order in which they are made; each may rely on those before it. Another rule is another entry. */
const CHECKS: readonly Check[] = [
  {
    name: "files",
    title: "every file is the one that was sealed; none is missing, none is new",
    check: (exhibit) => {
      exhibit.assertSealed();
      return undefined;
    },
  },
  { name: "journal-head", title: "the journal ends where the check run says", check: checkHead },
  { name: "subject", title: "every record is about the same plan of the same pull request", check: checkSubject },
  { name: "time", title: "no record is older than the one before it", check: checkTime },
  {
    name: "plan",
    title: "the plan, its text, the prompt and the binding belong together",
    check: ({ plan }) => (plan === undefined ? NO_PLAN : undefined),
  },
  { name: "origin", title: "the journal begins with the publication of this plan", check: checkOrigin },
  {
    name: "approval",
    title: "the approval is later than the plan, and the dry run is its own",
    check: checkApproval,
  },
  { name: "four-eyes", title: "who approved is not who asked", check: checkFourEyes },
  { name: "dry-run", title: "the dry run changed planned files only, as planned", check: checkDryRun },
  { name: "gates", title: "the gates had passed before the commit", check: checkGates },
  {
    name: "execution",
    title: "what was executed is what was approved, once, before it expired",
    check: checkExecution,
  },
  { name: "parity", title: "the committed patch changes planned files only, as planned", check: checkRun },
];

/** Proves a bundle, offline. The first check that fails ends it. */
export function auditBundle(files: ReadonlyMap<string, Uint8Array>, anchors: Anchors = {}): Audit {
  const exhibit = new Exhibit(files);
  const steps: AuditStep[] = [];
  let finding: Finding | undefined;
  for (const { name, title, check } of CHECKS) {
    if (finding) {
      steps.push({ name, title, status: "not reached" });
      continue;
    }
    const verdict = attempt(() => check(exhibit, anchors));
    if (verdict !== undefined && "remark" in verdict) steps.push({ name, title, status: "not applicable", ...verdict });
    else {
      finding = verdict;
      steps.push({ name, title, status: verdict === undefined ? "passed" : "failed" });
    }
  }
  return { steps, finding, claims: finding ? undefined : claimsOf(exhibit) };
}

/** Evidence that does not hold together is a finding here, not a failure. */
function attempt(check: () => Verdict): Verdict {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    const { code, expected, got } = error;
    // What a run of the action would ask for helps nobody who looks at old evidence.
    const full = error.message.replace(/ Ask for a new plan\.$/, "");
    const message = got === undefined ? full : `${full.slice(0, full.indexOf(": expected"))}.`;
    return { code, message, ...(expected === undefined ? {} : { expected }), ...(got === undefined ? {} : { got }) };
  }
}

function checkHead({ journal }: Exhibit, { journalHead: expected }: Anchors): Verdict {
  if (expected === undefined) return { remark: "no journal head was given" };
  return firstDifference([["The head of the journal", expected, journalHead(journal)]]);
}

function checkSubject({ records, plan }: Exhibit): Verdict {
  const [first] = records;
  const comparisons = records.flatMap(({ sequence, repository, pullRequest, subject }): Comparison[] => [
    [`The repository of record ${sequence}`, first?.repository, repository],
    [`The pull request of record ${sequence}`, plan?.binding.pullRequest ?? first?.pullRequest, pullRequest],
    [`The plan digest of record ${sequence}`, plan?.planDigest, subject.planDigest],
    [`The binding digest of record ${sequence}`, plan?.bindingDigest, subject.bindingDigest],
  ]);
  return firstDifference(comparisons);
}

function checkTime({ records }: Exhibit): Verdict {
  const late = records.find((record, index) => {
    const before = records[index - 1];
    if (before === undefined) return false;
    const isSameRun = before.runId === record.runId && before.runAttempt === record.runAttempt;
    return Date.parse(record.at) < Date.parse(before.at) - (isSameRun ? 0 : CLOCK_SKEW);
  });
  if (late === undefined) return undefined;
  return wrong(`Record ${late.sequence} is older than the one before.`, records[late.sequence - 1]?.at, late.at);
}

/** The head moved while the plan was made, or the like: the refusal is all that there ever is. */
function isUnpublished(records: readonly JournalRecord[]): boolean {
  return records.length === 1 && records[0]?.step === "plan" && records[0].decision === "deny";
}

function checkOrigin({ records, plan }: Exhibit): Verdict {
  if (plan === undefined) return NO_PLAN;
  if (isUnpublished(records)) return NOT_PUBLISHED;
  const published = records.filter(({ reasonCode }) => reasonCode === "plan_published");
  return firstDifference([
    ["The reason of the first record", "plan_published", records[0]?.reasonCode],
    ["The number of publications", 1, published.length],
    ["The requester's id", plan.binding.requesterId, published[0]?.subject.requesterId],
    ["The id of who re-ran the request", plan.binding.triggeringActorId, published[0]?.subject.triggeringActorId],
    ["The head", plan.binding.headSha, published[0]?.subject.headSha],
  ]);
}

function checkApproval({ records, plan, approved }: Exhibit): Verdict {
  if (plan?.approval === undefined) {
    return approved !== undefined || records.some(isApproval) ? missing("approval.json") : NOT_APPROVED;
  }
  const { approver, approverId, eventId, approvedAt, dryRun } = plan.approval;
  // GitHub's own time, as the first run that loaded the plan read it.
  const storedAt = String(records.find(({ subject }) => subject.evidenceStoredAt)?.subject.evidenceStoredAt);
  if (!(Date.parse(approvedAt) > Date.parse(storedAt))) {
    return wrong("The approval is not later than the plan.", `after ${storedAt}`, approvedAt);
  }
  return firstDifference([
    ["The approver in the journal", approver, approved?.actor],
    ["The approver's id in the journal", approverId, approved?.subject.approverId],
    ["The label event in the journal", eventId, approved?.subject.eventId],
    ["The dry run's patch in the journal", dryRun.patchDigest, approved?.subject.dryRunDigest],
  ]);
}

function isApproval({ decision, reasonCode }: JournalRecord): boolean {
  return decision === "allow" && reasonCode === "plan_approved";
}

function missing(name: string): Finding {
  return wrong(`The journal tells of ${name}, which is not there.`, name, "nothing");
}

function checkFourEyes({ plan }: Exhibit): Verdict {
  if (plan?.approval === undefined) return NOT_APPROVED;
  const isOther = !isRequester(plan.binding, plan.approval.approverId);
  if (!isOther && !plan.approval.isFourEyes) return { remark: "the policy allowed an own request" };
  return firstDifference([["Whether two people were involved", plan.approval.isFourEyes, isOther]]);
}

function checkDryRun(exhibit: Exhibit): Verdict {
  const { plan } = exhibit;
  if (plan?.approval === undefined) return NOT_APPROVED;
  return judgePatch(exhibit, plan, "dry-run.patch");
}

function checkRun(exhibit: Exhibit): Verdict {
  const { plan, executed } = exhibit;
  if (plan === undefined || executed === undefined) return NOT_EXECUTED;
  return exhibit.has("run.patch") ? judgePatch(exhibit, plan, "run.patch") : missing("run.patch");
}

function judgePatch(exhibit: Exhibit, { plan }: PlanEvidence, name: "dry-run.patch" | "run.patch"): Verdict {
  const changes = readPatch(new TextDecoder().decode(exhibit.bytes(name)));
  if (changes === undefined) return wrong(`${name} cannot be read.`, "a patch of git", "something else");
  if (changes.length === 0) return wrong(`${name} changes nothing.`, "at least one planned file", "none");
  return evaluateParity(plan, changes).findings[0];
}

function checkGates({ gates, executed }: Exhibit): Verdict {
  if (executed === undefined) return NOT_EXECUTED;
  if (gates === undefined) return { remark: "the plan's class needed none" };
  return firstDifference([["The last evaluation of the gates", "gates_passed", gates.reasonCode]]);
}

function checkExecution({ records, plan, committed, executed }: Exhibit): Verdict {
  if (executed === undefined) return NOT_EXECUTED;
  if (plan?.approval === undefined) return missing("an approval");
  if (committed === undefined) return missing("a record of step `commit`");
  const { eventId, expiresAt } = plan.approval;
  if (!(Date.parse(committed.at) < Date.parse(expiresAt) + CLOCK_SKEW)) {
    return wrong("The approval had expired.", `before ${expiresAt}`, committed.at);
  }
  const executions = records.filter(
    ({ reasonCode, decision }) => reasonCode === "plan_executed" && decision === "allow",
  );
  return firstDifference([
    ["The label event of the commit", eventId, committed.subject.eventId],
    [
      "The number of commits that executions tell of",
      1,
      new Set(executions.map(({ subject }) => subject.commitSha)).size,
    ],
    ["The commit's id", true, /^[0-9a-f]{40,64}$/.test(String(executed.subject.commitSha))],
  ]);
}

function claimsOf(exhibit: Exhibit): AuditClaims {
  const { records, plan, executed, journal } = exhibit;
  const isPublished = plan !== undefined && !isUnpublished(records);
  const stage = executed ? "executed" : plan?.approval ? "approved" : isPublished ? "planned" : "refused";
  // A bundle without a record was found out before.
  const last = records.at(-1) as JournalRecord;
  return {
    stage,
    lastReason: last.reasonCode,
    repository: last.repository,
    pullRequest: last.pullRequest,
    journalHead: journalHead(journal),
    planDigest: plan?.planDigest,
    requester: plan?.binding.requester,
    approver: plan?.approval?.approver,
    commit: plan && commitClaimOf(exhibit, plan),
  };
}
