import { z } from "zod";
import { IntegrityError } from "./errors.ts";
import { type GateName, SIGNED_GATE_NAMES } from "./gates.ts";
import type { JournalRecord } from "./journal.ts";
import type { Finding, ReasonCode } from "./outcome.ts";
import { parseSignOff, type SignOff } from "./sign-offs.ts";

/** A comment as GitHub has it now. */
export interface SignOffComment {
  readonly id: number;
  readonly author: { readonly id: number; readonly login: string; readonly type: string };
  /** Slug of the app that the comment was posted through. */
  readonly viaApp: string | undefined;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Whether somebody else wrote in it, which its times do not tell when it was in the second that it was posted in. */
  readonly isForeign?: boolean;
}

/** What an earlier run saw of a sign-off. */
export type JournalledSignOff = Pick<SignOff, "kind" | "gate" | "verdict" | "actorId" | "at" | "commentId">;

export interface SignOffFacts {
  readonly comments: readonly SignOffComment[];
  readonly journalled: readonly JournalledSignOff[];
  /** The policy's command word. */
  readonly command: string;
  /** ISO 8601: the later of the times that GitHub gives the plan's artifact and its comment. */
  readonly publishedAt: string;
  /** ISO 8601, GitHub's time: of a plan that replaced another one, when a sign-off begins to count. */
  readonly countsFrom?: string | undefined;
  /** Login of the only person whose decisions count; null when nobody is named. */
  readonly decisionOwner: string | null;
  /** When a gate was escalated last; what passed it before does not count any more. */
  readonly escalatedAt: ReadonlyMap<GateName, string>;
  /** Signers, approvers, write access and four eyes; `unknown` when that cannot be read. */
  readonly isAuthorised: (signOff: SignOff) => boolean | "unknown";
}

export interface SignOffVerdict {
  /** At most one per gate, one decision, and one approval per person. */
  readonly counting: readonly SignOff[];
  readonly findings: readonly Finding[];
  /** Why a comment does not count, by its id. What a later comment of its kind replaces is not here. */
  readonly refused: ReadonlyMap<number, ReasonCode>;
}

interface Candidate {
  readonly signOff: SignOff;
  readonly isEdited: boolean;
  readonly isPerson: boolean;
}

interface Rule {
  readonly code: string;
  readonly message: string;
  /**
   * `ignored`: as if it were not there. `void`: it takes what stood before it away, and puts nothing in its place; it
   * might have been a refusal.
   */
  readonly effect: "ignored" | "void";
  readonly isBroken: (candidate: Candidate, facts: SignOffFacts) => boolean;
}

/** In the order in which they are looked at; the first that is broken counts. */
const RULES: readonly Rule[] = [
  {
    code: "sign_off_early",
    message: "It was posted before the plan was published.",
    effect: "ignored",
    // Written so that an unreadable time (NaN) is early.
    isBroken: ({ signOff }, { publishedAt }) => !(Date.parse(signOff.at) > Date.parse(publishedAt)),
  },
  {
    code: "sign_off_not_a_person",
    message: "It was not posted by a person.",
    effect: "ignored",
    isBroken: ({ isPerson }) => !isPerson,
  },
  {
    code: "sign_off_not_the_owner",
    message: "Only the named owner decides.",
    effect: "ignored",
    isBroken: ({ signOff }, { decisionOwner }) =>
      signOff.kind === "decision" && signOff.actor.toLowerCase() !== decisionOwner?.toLowerCase(),
  },
  {
    code: "sign_off_not_authorised",
    message: "Its author may not sign this.",
    effect: "ignored",
    isBroken: ({ signOff }, { isAuthorised }) => isAuthorised(signOff) === false,
  },
  {
    // Whoever signs so soon may have read the plan that was there before. A refusal stands whatever it was about.
    code: "sign_off_too_soon",
    message: "It came less than a minute after a plan that replaced another one. Read this one, then post it anew.",
    effect: "ignored",
    isBroken: ({ signOff }, { countsFrom }) =>
      countsFrom !== undefined && signOff.verdict === "pass" && !(Date.parse(signOff.at) >= Date.parse(countsFrom)),
  },
  {
    code: "team_unreadable",
    message: "Whether its author may sign this cannot be read.",
    effect: "void",
    isBroken: ({ signOff }, { isAuthorised }) => isAuthorised(signOff) !== true,
  },
  {
    code: "sign_off_edited",
    message: "It was edited after it was posted.",
    effect: "void",
    isBroken: ({ isEdited }) => isEdited,
  },
  {
    code: "sign_off_before_escalation",
    message: "The gate was escalated after it; the gate has to be looked at again.",
    effect: "void",
    // A failure stays: time alone repairs nothing.
    isBroken: ({ signOff }, { escalatedAt }) => {
      const since = escalatedAt.get(gateOf(signOff));
      return (
        signOff.kind !== "approval" && signOff.verdict === "pass" && since !== undefined && !isAfter(signOff.at, since)
      );
    },
  },
];

/** One event in the life of a subject: something that counts, or something that takes away what stood before. */
interface Event {
  readonly at: string;
  readonly commentId: number;
  readonly signOff: SignOff | undefined;
}

/**
 * Decides which comments count. The latest of a subject (a gate, the decision, one person's approval) is the only one
 * that can: if it is void, nothing counts until somebody posts anew. What an earlier run saw and what is now gone,
 * another, or by somebody who may sign no more voids its subject in the same way, so that a refusal cannot be deleted.
 */
export function judgeSignOffs(facts: SignOffFacts): SignOffVerdict {
  const findings: Finding[] = [];
  const refused = new Map<number, ReasonCode>();
  const ignored = new Set<number>();
  const events = new Map<string, Event[]>();
  const note = (subject: string, event: Event) => events.set(subject, [...(events.get(subject) ?? []), event]);
  for (const comment of facts.comments) {
    const parsed = parseSignOff(comment.body, facts.command);
    if (parsed.status === "not_command") continue;
    if (parsed.status === "refused") {
      refused.set(comment.id, "sign_off_invalid");
      findings.push(...parsed.findings);
      continue;
    }
    const { id: commentId, author, createdAt: at } = comment;
    const signOff: SignOff = { ...parsed.signOff, actorId: author.id, actor: author.login, at, commentId };
    const candidate = {
      signOff,
      isEdited: isEdited(comment),
      isPerson: author.type === "User" && comment.viaApp === undefined,
    };
    const broken = RULES.find(({ isBroken }) => isBroken(candidate, facts));
    if (broken) {
      refused.set(commentId, broken.code === "team_unreadable" ? "team_unreadable" : "sign_off_refused");
      findings.push({ code: broken.code, message: `${describe(signOff)}: ${broken.message}` });
    }
    if (broken?.effect === "ignored") ignored.add(commentId);
    else note(subjectOf(signOff), { at, commentId, signOff: broken ? undefined : signOff });
  }
  for (const seen of facts.journalled) {
    const comment = facts.comments.find(({ id }) => id === seen.commentId);
    const isThere = comment !== undefined && isAsSeen(comment, seen, facts.command);
    // Whoever takes away a signer's rights must not take away their refusal with them.
    if (isThere && !ignored.has(seen.commentId)) continue;
    const changed = isThere ? "does not count any more" : "is not what it was when an earlier run read it";
    const what = comment === undefined ? "is gone" : changed;
    findings.push({ code: "sign_off_gone", message: `Comment ${seen.commentId} ${what}.` });
    note(subjectOf(seen), { at: seen.at, commentId: seen.commentId, signOff: undefined });
  }
  const counting = [...events.values()].flatMap((each) => latestOf(each).signOff ?? []);
  return { counting, findings, refused };
}

function isEdited({ updatedAt, createdAt, isForeign }: SignOffComment): boolean {
  return updatedAt !== createdAt || isForeign === true;
}

function isAsSeen(comment: SignOffComment, seen: JournalledSignOff, command: string): boolean {
  const parsed = parseSignOff(comment.body, command);
  return (
    !isEdited(comment) &&
    parsed.status === "signed" &&
    parsed.signOff.verdict === seen.verdict &&
    subjectOf({ ...parsed.signOff, actorId: comment.author.id }) === subjectOf(seen)
  );
}

/** The later one; of two that are the same comment, the one that is noted last, which is the one that voids. */
function latestOf(events: readonly Event[]): Event {
  return events.reduce((a, b) => {
    const [before, after] = [Date.parse(a.at), Date.parse(b.at)];
    return after > before || (after === before && b.commentId >= a.commentId) ? b : a;
  });
}

function subjectOf({ kind, gate, actorId }: Pick<SignOff, "kind" | "gate" | "actorId">): string {
  return kind === "gate" ? `gate ${gate}` : kind === "approval" ? `approval ${actorId}` : kind;
}

/** What is about no gate of people is about the final decision. */
function gateOf({ gate }: SignOff): GateName {
  return gate ?? "final-decision";
}

function describe({ kind, gate, actor, commentId }: SignOff): string {
  return `${kind === "gate" ? `Sign-off of ${gate}` : `The ${kind}`} by ${actor} (comment ${commentId})`;
}

function isAfter(at: string, since: string): boolean {
  return Date.parse(at) > Date.parse(since);
}

const PREFIX = "sign-off ";

const seenSchema = z.tuple([
  z.enum(["gate", "decision", "approval"]),
  z.enum(SIGNED_GATE_NAMES).nullable(),
  z.enum(["pass", "fail"]),
  z.number().int(),
  z.string(),
]);

/** What a journal record's `subject` says of the sign-offs that a run counted. */
export function journalSignOffs(signOffs: readonly JournalledSignOff[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    signOffs.map(({ kind, gate, verdict, actorId, at, commentId }) => [
      `${PREFIX}${commentId}`,
      JSON.stringify([kind, gate ?? null, verdict, actorId, at] satisfies z.infer<typeof seenSchema>),
    ]),
  );
}

/** The sign-offs that earlier runs counted, each once. Throws IntegrityError when a record is not ours. */
export function readJournalledSignOffs(
  records: readonly Pick<JournalRecord, "subject">[],
): readonly JournalledSignOff[] {
  const entries = records.flatMap(({ subject }) => Object.entries(subject).filter(([key]) => key.startsWith(PREFIX)));
  return [...new Map(entries)].map(([key, value]) => {
    try {
      const [kind, gate, verdict, actorId, at] = seenSchema.parse(JSON.parse(String(value)));
      return {
        kind,
        ...(gate === null ? {} : { gate }),
        verdict,
        actorId,
        at,
        commentId: Number(key.slice(PREFIX.length)),
      };
    } catch (cause) {
      throw new IntegrityError(
        "evidence_invalid",
        `The journal has a sign-off that cannot be read: ${key}. Ask for a new plan.`,
        { cause },
      );
    }
  });
}
