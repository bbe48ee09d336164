import { digestOf } from "../governance/digest.ts";
import { type Outcome, outcome } from "../governance/outcome.ts";
import { type FrozenPrompt, freezePrompt, isCommand } from "../governance/prompt.ts";
import { signOffCommands } from "../governance/sign-offs.ts";
import type { Comment, Permission } from "../ports.ts";
import type { Trigger } from "./mode.ts";
import { fetchPermissionOf, WRITING } from "./permission.ts";
import { isOutcome, type RunRecord } from "./run-record.ts";

export type CommentTrigger = Extract<Trigger, { kind: "comment" }>;

/**
 * Whether the commenter may ask. One API call, before anything else is read, and a refusal makes no other: it is told
 * in the run alone. An answer on the pull request, or a look whether it was given, would let whoever may comment spend
 * the calls that the repository has for its plans.
 */
export async function authoriseRequester(record: RunRecord, trigger: CommentTrigger): Promise<Outcome | undefined> {
  // By the default words, until the policy says others; a failure before that is told in the right place.
  const isSigning = isSignOff(record, trigger);
  if (isSigning) beginSignOff(record, trigger);
  record.actor = trigger.authorLogin;
  record.facts.requester = trigger.authorLogin;
  Object.assign(record.subject, { commentId: trigger.commentId, requesterId: trigger.authorId });
  if (trigger.senderId !== trigger.authorId) {
    return outcome("sender_mismatch", "refused", [
      { code: "sender_mismatch", message: "", expected: String(trigger.authorId), got: String(trigger.senderId) },
    ]);
  }
  const known = await fetchPermissionOf(record, trigger.authorLogin);
  const { id, type } = known?.user ?? {};
  if (known && id === trigger.authorId && type === "User" && WRITING.has(known.permission)) return undefined;
  // Another tool's slash command by somebody who may not use ours is none of our business.
  if (!isSigning && !isCommand(trigger.body, record.policy.command)) return outcome("not_for_us", "skipped");
  const reasonCode = isSigning ? "sign_off_refused" : "requester_not_authorised";
  return outcome(reasonCode, "refused", [
    {
      code: reasonCode,
      message: `Permission of ${trigger.authorLogin} on this repository.`,
      expected: "a person with write or admin",
      got: nameStanding(known, trigger.authorId),
    },
  ]);
}

/**
 * Who caused this attempt. Whoever re-runs the request of somebody else asks for the plan as well: it is made for the
 * head as it is now. By the account's id, since a login can change its owner.
 */
export async function identifyTriggeringActor(
  record: RunRecord,
  trigger: CommentTrigger,
): Promise<Outcome | undefined> {
  const { runAttempt, triggeringActor: login } = record.context;
  // The author's login was just found to be the author's.
  if (login?.toLowerCase() === trigger.authorLogin.toLowerCase()) return undefined;
  if (login === undefined && runAttempt === 1) return undefined;
  const known = login === undefined ? undefined : await fetchPermissionOf(record, login);
  const refuse = (reasonCode: "rerun_not_attributable" | "requester_not_authorised", got: string) =>
    outcome(reasonCode, "refused", [
      {
        code: reasonCode,
        message: `Who caused attempt ${runAttempt} of this run: ${login ?? "the runner does not say"}.`,
        expected: "a person with write or admin",
        got,
      },
    ]);
  if (known === undefined) return refuse("rerun_not_attributable", "no person that GitHub knows");
  const { user, permission } = known;
  if (user.type !== "User") return refuse("rerun_not_attributable", user.type);
  if (user.id === trigger.authorId) return undefined;
  if (!WRITING.has(permission)) return refuse("requester_not_authorised", permission);
  record.facts.coRequester = user.login;
  record.subject.triggeringActorId = user.id;
  return undefined;
}

/** Why the author of the comment may not ask. */
function nameStanding(known: Permission | undefined, authorId: number): string {
  if (known === undefined) return "no person that GitHub knows";
  if (known.user.id !== authorId) return "another account";
  return known.user.type === "User" ? known.permission : known.user.type;
}

/** Whether the comment starts with one of the words that sign. */
export function isSignOff({ policy }: RunRecord, { body }: CommentTrigger): boolean {
  return signOffCommands(policy.command).some((word) => isCommand(body, word));
}

/** The job of mode plan turns out to answer a comment that signs. */
export function beginSignOff(record: RunRecord, { commentId }: CommentTrigger): void {
  record.mode = "sign";
  record.subject.signOffId = commentId;
}

/** The comment as it is now, which must be the comment as it was posted. */
export async function fetchUnedited(record: RunRecord, trigger: CommentTrigger): Promise<Comment | Outcome> {
  const comment = await record.ports.github.fetchComment(trigger.commentId);
  if (comment === undefined) return outcome("comment_deleted", "refused");
  const edited = findEdit(comment, trigger.authorId);
  if (edited) return edited;
  if (digestOf(comment.body) !== digestOf(trigger.body)) return outcome("comment_edited", "refused");
  // An edit in the second of the posting makes no other time, and the event may have been written after it.
  const [editor] = await record.ports.github.fetchForeignEditors(comment.nodeId);
  if (editor === undefined) return comment;
  return outcome("comment_edited", "refused", [
    { code: "comment_edited", message: "Who wrote in it, at once.", expected: "its author alone", got: editor.login },
  ]);
}

/** Freezes the prompt of the comment as it is now, which must be the comment as it was posted. */
export async function freezeRequest(record: RunRecord, trigger: CommentTrigger): Promise<FrozenPrompt | Outcome> {
  const comment = await fetchUnedited(record, trigger);
  if (isOutcome(comment)) return comment;
  const frozen = freezePrompt(comment.body, record.policy.command);
  if (frozen.status === "not_command") return outcome("not_for_us", "skipped");
  if (frozen.status === "refused") return outcome(frozen.reasonCode, "refused", frozen.findings);
  return frozen.prompt;
}

/** The frozen prompt of a plan's command comment, live; used to prove it again before every later step. */
export async function refreezePrompt(
  record: RunRecord,
  commentId: number,
  requesterId: number,
): Promise<FrozenPrompt | Outcome> {
  const comment = await record.ports.github.fetchComment(commentId);
  if (comment === undefined) return outcome("comment_deleted", "denied");
  const edited = findEdit(comment, requesterId);
  if (edited) return { ...edited, stage: "denied" };
  const frozen = freezePrompt(comment.body, record.policy.command);
  return frozen.status === "frozen" ? frozen.prompt : outcome("prompt_changed", "denied");
}

function findEdit(comment: Comment, authorId: number): Outcome | undefined {
  if (comment.author.id !== authorId) {
    return outcome("sender_mismatch", "refused", [
      { code: "sender_mismatch", message: "", expected: String(authorId), got: String(comment.author.id) },
    ]);
  }
  if (comment.isEdited) {
    return outcome("comment_edited", "refused", [
      { code: "comment_edited", message: "", expected: comment.createdAt, got: comment.updatedAt },
    ]);
  }
  return undefined;
}
