import { describe, expect, test } from "vitest";
import { parseTrigger } from "../../src/event.ts";

const NOBODY = { pullRequest: undefined, action: undefined };
const user = { id: 7, login: "ada" };
const comment = {
  action: "created",
  issue: { number: 3, pull_request: { url: "x" } },
  comment: { id: 9, body: "/codex x", user },
  sender: user,
};

describe("a trigger", () => {
  test("is taken from a comment on a pull request, and from one on an issue as such", () => {
    const trigger = {
      kind: "comment",
      pullRequest: 3,
      isPullRequest: true,
      commentId: 9,
      body: "/codex x",
      authorId: 7,
      authorLogin: "ada",
      senderId: 7,
    };
    expect(parseTrigger("issue_comment", comment, NOBODY)).toEqual(trigger);
    const onIssue = { ...comment, issue: { number: 3 } };
    expect(parseTrigger("issue_comment", onIssue, NOBODY)).toEqual({ ...trigger, isPullRequest: false });
  });

  test.each(["pull_request", "pull_request_target"])("is taken from %s, whatever an input names", (name) => {
    const payload = { action: "labeled", number: 3, label: { name: "approved-plan" } };
    expect(parseTrigger(name, payload, { pullRequest: 99, action: "reopened" })).toEqual({
      kind: "pull_request",
      action: "labeled",
      pullRequest: 3,
      label: "approved-plan",
      before: undefined,
    });
  });

  test("is taken from the inputs where the event names no pull request", () => {
    const named = { pullRequest: 5, action: "reopened" };
    expect(parseTrigger("workflow_dispatch", {}, named)).toEqual({ kind: "named", ...named });
  });

  test.each<[string, unknown]>([
    ["issue_comment", { ...comment, action: "edited" }],
    ["issue_comment", { ...comment, sender: undefined }],
    ["issue_comment", { ...comment, comment: { ...comment.comment, body: null } }],
    ["pull_request", { action: "labeled" }],
    ["push", {}],
    ["workflow_dispatch", null],
  ])("is not made of %s with %j", (name, payload) => {
    expect(parseTrigger(name, payload, NOBODY)).toBeUndefined();
  });
});
