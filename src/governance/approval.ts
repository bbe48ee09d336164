import { isRequester } from "./binding.ts";
import { findLookAlikes } from "./look-alike.ts";
import type { Finding, ReasonCode } from "./outcome.ts";

/** What the approval is judged by; all of it read live from GitHub, never from a comment or a cache. */
export interface ApprovalFacts {
  readonly label: string;
  /** Whether the repository's label of that name is on the pull request now. */
  readonly isLabelSet: boolean;
  /** Names of the labels that are on the pull request now. */
  readonly presentLabels: readonly string[];
  /** The latest event of that very label, known by its id and not by its name, if there is any. */
  readonly latestEvent: LabelFact | { readonly kind: "unlabeled" } | undefined;
  /** Why the latest event cannot be known; undefined when it is. */
  readonly unproven: string | undefined;
  /** Id of the latest label event that a run refused or revoked; 0 when there is none. */
  readonly endedUpTo: number;
  /** What GitHub says of the actor's permission now; undefined when it does not know the actor. */
  readonly actorPermission: { readonly userId: number; readonly permission: string } | undefined;
  readonly requesterId: number;
  /** Who re-ran the request of somebody else, and so is a requester as well. */
  readonly triggeringActorId?: number | undefined;
  /** ISO 8601: the later of the times that GitHub gives the plan's artifact and its comment. */
  readonly publishedAt: string;
  /** ISO 8601, GitHub's time: of a plan that replaced another one, when a label begins to count. */
  readonly countsFrom?: string | undefined;
  /** ISO 8601, GitHub's time: when the pull request was last closed or reopened, if it ever was. */
  readonly stateChangedAt: string | undefined;
  /** ISO 8601, GitHub's time. */
  readonly now: string;
  readonly expiresAfterDays: number;
  readonly fourEyes: boolean;
}

/** GitHub takes two spellings of a label that differ by case for the same label. */
export function isSameLabel(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export interface LabelFact {
  readonly id: number;
  readonly kind: "labeled";
  /** The label's name at that time. */
  readonly label: string;
  readonly actor: { readonly id: number; readonly login: string; readonly type: string } | undefined;
  /** ISO 8601, GitHub's time. */
  readonly createdAt: string;
  readonly viaApp: string | undefined;
  readonly hasAgentIntent: boolean;
}

export interface Approval {
  readonly approver: string;
  readonly approverId: number;
  readonly eventId: number;
  readonly approvedAt: string;
  readonly expiresAt: string;
  /** False when the policy let the requester approve. The evidence says so. */
  readonly isFourEyes: boolean;
}

export type ApprovalVerdict =
  | { readonly status: "approved"; readonly approval: Approval }
  | { readonly status: "denied"; readonly reasonCode: ReasonCode; readonly findings: readonly Finding[] };

/** Permissions that may approve. Triage maps to `read`, maintain to `write`. */
const APPROVING = new Set(["write", "admin"]);

const DAY_MS = 86_400_000;

interface ApprovalRule {
  readonly reasonCode: ReasonCode;
  /** Undefined when the rule holds; otherwise what was found. */
  readonly find: (facts: ApprovalFacts, event: LabelFact) => Partial<Finding> | undefined;
}

/** What a label event must be before anything is asked about who made it. */
const STANDING: readonly ApprovalRule[] = [
  {
    // A rename makes no event: who applied the label applied another one.
    reasonCode: "label_without_event",
    find: ({ label }, event) =>
      isSameLabel(event.label, label) ? undefined : { expected: label, got: `${event.label}, renamed since` },
  },
  {
    // A run may have said so while the label was renamed or could not be removed.
    reasonCode: "approval_ended",
    find: ({ endedUpTo }, { id }) =>
      id > endedUpTo ? undefined : { expected: `a label event after ${endedUpTo}`, got: `label event ${id}` },
  },
];

/** In the order in which they are told: the first broken rule gives the reason, all are listed. */
const RULES: readonly ApprovalRule[] = [
  {
    reasonCode: "approver_is_bot",
    find: (_, { actor, viaApp }) => {
      if (actor?.type === "User" && viaApp === undefined) return undefined;
      return { expected: "a user", got: viaApp === undefined ? (actor?.type ?? "nobody") : `the app ${viaApp}` };
    },
  },
  {
    reasonCode: "approver_is_agent",
    find: (_, { hasAgentIntent }) =>
      hasAgentIntent ? { expected: "no agent intent", got: "an agent intent" } : undefined,
  },
  {
    reasonCode: "approver_not_authorised",
    find: ({ actorPermission }, { actor }) => {
      // Logins can be taken over after a rename; the id cannot.
      const isSame = actorPermission !== undefined && actorPermission.userId === actor?.id;
      if (isSame && APPROVING.has(actorPermission.permission)) return undefined;
      return { expected: "write or admin", got: isSame ? actorPermission.permission : "another account" };
    },
  },
  {
    reasonCode: "approver_is_requester",
    find: (facts, { actor }) =>
      facts.fourEyes && actor && isRequester(facts, actor.id)
        ? { expected: "another person", got: actor.login }
        : undefined,
  },
  {
    reasonCode: "approval_before_plan",
    find: ({ publishedAt }, { createdAt }) =>
      // Written so that an unreadable time (NaN) is a denial.
      Date.parse(createdAt) > Date.parse(publishedAt)
        ? undefined
        : { expected: `after ${publishedAt}`, got: createdAt },
  },
  {
    // Whoever set it so soon may have read the plan that was there before.
    reasonCode: "approval_too_soon",
    find: ({ countsFrom }, { createdAt }) =>
      countsFrom === undefined || Date.parse(createdAt) >= Date.parse(countsFrom)
        ? undefined
        : { expected: `at ${countsFrom} or later`, got: createdAt },
  },
  {
    // What was approved before the pull request was closed was approved in another situation. The run for the event
    // strips the label; it may be lost or cancelled, so the events themselves are what counts.
    reasonCode: "pull_request_reopened",
    find: ({ stateChangedAt }, { createdAt }) =>
      stateChangedAt === undefined || Date.parse(createdAt) > Date.parse(stateChangedAt)
        ? undefined
        : { expected: `after ${stateChangedAt}`, got: createdAt },
  },
  {
    reasonCode: "approval_expired",
    find: (facts, event) =>
      Date.parse(facts.now) < expiryOf(facts, event)
        ? undefined
        : { expected: `within ${facts.expiresAfterDays} days of ${event.createdAt}`, got: facts.now },
  },
];

function expiryOf(facts: ApprovalFacts, event: LabelFact): number {
  return Date.parse(event.createdAt) + facts.expiresAfterDays * DAY_MS;
}

/**
 * Judges an approval. The label is state, the event is proof: without an event that says who set this very label, under
 * this name, the approval is denied, however the label came to be there.
 */
export function evaluateApproval(facts: ApprovalFacts): ApprovalVerdict {
  const event = facts.latestEvent;
  if (!facts.isLabelSet) {
    const reasonCode = event?.kind === "unlabeled" ? "approval_withdrawn" : "label_missing";
    return denied(reasonCode, findLookAlikes(facts.label, facts.presentLabels));
  }
  if (facts.unproven !== undefined) {
    return denied("label_event_unproven", [{ code: "label_event_unproven", message: facts.unproven }]);
  }
  if (event?.kind !== "labeled") return denied("label_without_event");
  const isStanding = STANDING.every(({ find }) => find(facts, event) === undefined);
  const broken = (isStanding ? RULES : STANDING).flatMap(({ reasonCode, find }) => {
    const found = find(facts, event);
    const who = event.actor?.login ?? "nobody";
    return found ? [{ reasonCode, finding: { code: reasonCode, message: `Label applied by ${who}.`, ...found } }] : [];
  });
  const first = broken[0];
  if (first) {
    return { status: "denied", reasonCode: first.reasonCode, findings: broken.map(({ finding }) => finding) };
  }
  // The rules above hold, so there is an actor.
  const actor = event.actor as NonNullable<LabelFact["actor"]>;
  return {
    status: "approved",
    approval: {
      approver: actor.login,
      approverId: actor.id,
      eventId: event.id,
      approvedAt: event.createdAt,
      expiresAt: new Date(expiryOf(facts, event)).toISOString(),
      isFourEyes: !isRequester(facts, actor.id),
    },
  };
}

function denied(reasonCode: ReasonCode, findings: readonly Finding[] = []): ApprovalVerdict {
  return { status: "denied", reasonCode, findings };
}
