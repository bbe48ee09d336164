import { z } from "zod";
import type { Trigger } from "./modes/mode.ts";

const user = z.object({ id: z.number(), login: z.string() });

const commentEvent = z.object({
  action: z.literal("created"),
  issue: z.object({ number: z.number(), pull_request: z.unknown().optional() }),
  comment: z.object({ id: z.number(), body: z.string(), user }),
  sender: user,
});

const pullRequestEvent = z.object({
  action: z.string(),
  number: z.number(),
  label: z.object({ name: z.string() }).optional(),
  before: z.string().optional(),
});

/** What inputs say where the event says nothing. */
interface Named {
  readonly pullRequest: number | undefined;
  readonly action: string | undefined;
}

/**
 * Takes a webhook payload for a trigger. `named` is the pull request that an input names; it is needed where the
 * event carries none. Undefined when the event is not one that we act on.
 */
export function parseTrigger(eventName: string, payload: unknown, named: Named): Trigger | undefined {
  if (eventName === "issue_comment") {
    const event = commentEvent.safeParse(payload);
    if (!event.success) return undefined;
    const { issue, comment, sender } = event.data;
    return {
      kind: "comment",
      pullRequest: issue.number,
      isPullRequest: issue.pull_request !== undefined && issue.pull_request !== null,
      commentId: comment.id,
      body: comment.body,
      authorId: comment.user.id,
      authorLogin: comment.user.login,
      senderId: sender.id,
    };
  }
  if (eventName === "pull_request" || eventName === "pull_request_target") {
    const event = pullRequestEvent.safeParse(payload);
    if (!event.success) return undefined;
    const { action, number, label, before } = event.data;
    return { kind: "pull_request", action, pullRequest: number, label: label?.name, before };
  }
  const { pullRequest, action } = named;
  return pullRequest === undefined ? undefined : { kind: "named", pullRequest, action };
}
