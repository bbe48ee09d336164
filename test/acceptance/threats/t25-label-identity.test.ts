import { describe, expect, test } from "vitest";
import { LABEL, type Pull, REQUESTER, REVIEWER } from "../../world/pull.ts";
import { allowed, decisionOf, denied, skipped } from "../bed.ts";
import { approved, bringUnder, expectDenied, openScene, planned } from "../scene.ts";

const scene = openScene({ ready: ["planned", "approved"] });
const people = () => scene.world.github.people;
const administration = () => scene.world.github.administration;
const rename = (from: string, to: string) => administration().renameLabel(from, to);

const STRIP = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}";
const EVENT = "GET /repos/{owner}/{repo}/issues/events/{event_id}";
const EVENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/events";
const PERMISSION = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";

const revoked = { decision: "deny", reasonCode: "approval_withdrawn", stage: "revoked" };

/** Neither mode takes the label for an approval: the first says why and takes it away. */
async function expectNoApproval(pull: Pull, reasonCode: string): Promise<void> {
  await expectDenied(pull, reasonCode, () => pull.approve());
  expect(decisionOf(await pull.execute())).toMatchObject({ decision: "deny" });
}

async function expectApproved(pull: Pull): Promise<void> {
  expect(decisionOf(await pull.approve())).toEqual(allowed("plan_approved", "approved"));
  expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
}

describe("T25 a label is renamed around a withdrawal", () => {
  test("the withdrawn approval stays withdrawn when the requester's label gets the name", async () => {
    const pull = await approved(scene.world);
    rename(LABEL, "parked");
    await people().unlabel(REVIEWER, pull.number, "parked");
    expect(decisionOf(await pull.approve())).toMatchObject(revoked);
    await people().label(REQUESTER, pull.number, "wip");
    rename("wip", LABEL);
    await expectNoApproval(pull, "label_without_event");
  });

  test("it stays withdrawn when no run was there to see it", async () => {
    const pull = await approved(scene.world);
    rename(LABEL, "parked");
    await people().unlabel(REVIEWER, pull.number, "parked");
    await people().label(REQUESTER, pull.number, "wip");
    rename("wip", LABEL);
    await expectDenied(pull, "label_without_event", () => pull.execute());
  });

  test("a label that was away when a run said so does not approve when it is back; set anew, it does", async () => {
    const pull = await approved(scene.world);
    rename(LABEL, "parked");
    expect(decisionOf(await pull.approve())).toMatchObject(revoked);
    rename("parked", LABEL);
    await expectNoApproval(pull, "approval_ended");
    await people().label(REVIEWER, pull.number, LABEL);
    await expectApproved(pull);
  });

  test("nor does it when it comes back while an execution is under way", async () => {
    const { world } = scene;
    const pull = await approved(world);
    world.github.onRequest({
      match: ({ operation }) => operation === "POST /repos/{owner}/{repo}/check-runs",
      run: async () => {
        world.github.calm();
        rename(LABEL, "parked");
        expect(decisionOf(await pull.approve())).toMatchObject(revoked);
        rename("parked", LABEL);
      },
    });
    await expectDenied(pull, "approval_ended", () => pull.execute());
  });
});

describe("T25 an event that was refused for its author", () => {
  test("never counts, though the label could not be taken away and its author may approve by now", async () => {
    const { world } = scene;
    const pull = await planned(world);
    world.github.onRequest({ match: ({ operation }) => operation === STRIP, run: () => rename(LABEL, "parked") });
    expect(decisionOf(await pull.label("tess"))).toEqual(denied("approver_not_authorised"));
    world.github.calm();
    rename("parked", LABEL);
    administration().setRole("tess", "write");
    await expectNoApproval(pull, "approval_ended");
    await people().label("tess", pull.number, LABEL);
    await expectApproved(pull);
  });

  test("does not end the reviewer's, which a failure of GitHub kept from being judged", async () => {
    const { world } = scene;
    const pull = await planned(world);
    expect(decisionOf(await pull.label("tess"))).toEqual(denied("approver_not_authorised"));
    const fault = { kind: "status", status: 500 } as const;
    world.github.fault({ match: ({ operation }) => operation === PERMISSION, fault, times: 99 });
    expect(decisionOf(await pull.label())).toEqual(denied("github_unavailable"));
    world.github.calm();
    expect(pull.isLabelPresent).toBe(true);
    await expectApproved(pull);
  });
});

describe("T25 an event that was refused because the label was away in the end", () => {
  test("never counts when the label is back, though its run had judged it before", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const work = world.agent.change;
    world.agent.change = (request) => {
      if (pull.isLabelPresent) rename(LABEL, "parked");
      return work(request);
    };
    await expectDenied(pull, "label_missing", () => pull.label());
    world.agent.change = work;
    rename("parked", LABEL);
    await expectNoApproval(pull, "approval_ended");
    await people().label(REVIEWER, pull.number, LABEL);
    await expectApproved(pull);
  });
});

describe("T25 another label gets the name", () => {
  test("also where the policy lets requesters approve: what they applied was another label", async () => {
    const pull = await bringUnder("four-eyes: false\n", "planned", scene.world);
    await people().label(REQUESTER, pull.number, "wip");
    rename("wip", LABEL);
    await expectNoApproval(pull, "label_without_event");
    await people().label(REQUESTER, pull.number, LABEL);
    await expectApproved(pull);
  });

  test("by swapping two names, with both labels there", async () => {
    const pull = await approved(scene.world);
    await people().label(REVIEWER, pull.number, "looked-at");
    rename(LABEL, "third");
    rename("looked-at", LABEL);
    rename("third", "looked-at");
    await expectNoApproval(pull, "label_without_event");
  });

  test("by deleting it and making it anew: the new label's own event is what counts", async () => {
    const pull = await approved(scene.world);
    administration().deleteLabel(LABEL);
    await people().label("tess", pull.number, LABEL);
    await expectNoApproval(pull, "approver_not_authorised");
    await people().label(REVIEWER, pull.number, LABEL);
    await expectApproved(pull);
  });
});

describe("T25 an honest team renames labels", () => {
  test("to another spelling of the same name: the approval stands", async () => {
    const pull = await planned(scene.world);
    await people().label(REVIEWER, pull.number, LABEL);
    rename(LABEL, "Approved-Plan");
    await expectApproved(pull);
  });

  test("away and back, with nobody told in between: the approval stands", async () => {
    const pull = await approved(scene.world);
    rename(LABEL, "parked");
    rename("parked", LABEL);
    expect(decisionOf(await pull.execute())).toEqual(allowed("plan_executed", "executed"));
  });

  test("once, before it is applied", async () => {
    const pull = await planned(scene.world);
    await people().label(REVIEWER, pull.number, "ok");
    await people().unlabel(REVIEWER, pull.number, "ok");
    rename("ok", LABEL);
    await people().label(REVIEWER, pull.number, LABEL);
    await expectApproved(pull);
  });
});

describe("T25 a label that only looks like it", () => {
  const TWIN = "\u{430}pproved-plan";
  const told = "The label `<U+0430>pproved-plan` looks like `approved-plan` but is a different label.";

  test("starts nothing, and the run says which label it is", async () => {
    const pull = await planned(scene.world);
    await people().label(REVIEWER, pull.number, TWIN);
    const result = await pull.approve();
    expect(decisionOf(result)).toEqual(skipped("nothing_to_do"));
    expect(result.outputs.result).toContain(told);
  });

  test("executes nothing, and the pull request says which label it is", async () => {
    const pull = await approved(scene.world);
    await people().unlabel(REVIEWER, pull.number, LABEL);
    await people().label(REVIEWER, pull.number, TWIN);
    await expectDenied(pull, "approval_withdrawn", () => pull.execute());
    expect(pull.comments.at(-1)?.body).toContain(told);
  });
});

describe("T25 GitHub's two accounts of a label event", () => {
  test("do not match: nothing is approved and nothing is lost", async () => {
    const { world } = scene;
    const pull = await planned(world);
    const [fault, match] = [{ kind: "status", status: 404 } as const, EVENT];
    world.github.fault({ match: ({ operation }) => operation === match, fault, times: 99 });
    const change = { kind: "change", change: ({ headers }: { headers: object }) => ({ body: [], headers }) } as never;
    world.github.fault({ match: ({ operation }) => operation === EVENTS, fault: change, times: 99 });
    expect(decisionOf(await pull.label())).toEqual(denied("label_event_unproven"));
    expect(pull.isLabelPresent).toBe(true);
    world.github.calm();
    await expectApproved(pull);
  });

  test("do not match right before the commit: the approval is not spent", async () => {
    const { world } = scene;
    const pull = await approved(world);
    const before = await pull.head;
    await people().label("tess", pull.number, "gone");
    world.github.onRequest({
      match: ({ operation }) => operation === "POST /repos/{owner}/{repo}/check-runs",
      run: () => {
        world.github.calm();
        administration().deleteLabel("gone");
      },
    });
    expect(decisionOf(await pull.execute())).toEqual(denied("label_event_unproven"));
    expect([await pull.head, pull.isLabelPresent]).toEqual([before, true]);
    await people().unlabel(REVIEWER, pull.number, LABEL);
    await people().label(REVIEWER, pull.number, LABEL);
    await expectApproved(pull);
  });
});
