import { expect, test } from "vitest";
import { type GuardedRequest, InterruptedRun } from "../../src/governance/guarded-request.ts";
import { bytes } from "./builders.ts";

test("an interrupted run says why, and keeps what was done until then", () => {
  const cause = new Error("The key was refused.");
  const request: GuardedRequest = { kind: "escalation", method: "exec", detail: "curl", granted: false };
  const error = new InterruptedRun(cause, { log: bytes("{}"), requests: [request] });
  expect(error).toMatchObject({ name: "InterruptedRun", message: "The key was refused.", cause, requests: [request] });
  expect(error.log).toEqual(bytes("{}"));
});
