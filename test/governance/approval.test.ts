import { describe, expect, test } from "vitest";
import { type ApprovalFacts, evaluateApproval, isSameLabel, type LabelFact } from "../../src/governance/approval.ts";
import { approvalFacts, labelFact } from "./builders.ts";

const ANNA = { id: 22, login: "anna", type: "User" };

/** The verdict of facts that differ from a good approval in these. */
function judge(changes: Partial<ApprovalFacts>, event: Partial<LabelFact> = {}) {
  return evaluateApproval(approvalFacts({ latestEvent: labelFact(event), ...changes }));
}

const denied = (reasonCode: string, ...findings: readonly object[]) => ({ status: "denied", reasonCode, findings });
const found = (code: string, expected: string, got: string, who = "anna") => ({
  code,
  message: `Label applied by ${who}.`,
  expected,
  got,
});

describe("an approval by another person with write access, after the plan", () => {
  test("is approved, with who, when and until when", () => {
    expect(judge({})).toEqual({
      status: "approved",
      approval: {
        approver: "anna",
        approverId: 22,
        eventId: 501,
        approvedAt: "2026-11-10T12:00:00Z",
        expiresAt: "2026-11-17T12:00:00.000Z",
        isFourEyes: true,
      },
    });
  });

  test("is approved with admin permission too", () => {
    expect(judge({ actorPermission: { userId: 22, permission: "admin" } }).status).toBe("approved");
  });
});

const UNLABELED = { kind: "unlabeled" } as const;

describe("the label", () => {
  test("is missing when it is not on the pull request and never was", () => {
    expect(judge({ isLabelSet: false, presentLabels: ["bug"], latestEvent: undefined })).toEqual(
      denied("label_missing"),
    );
  });

  test("is missing when its last event says that it was set, but it is not there", () => {
    expect(judge({ isLabelSet: false, presentLabels: [] })).toEqual(denied("label_missing"));
  });

  test("is withdrawn when its last event says so", () => {
    expect(judge({ isLabelSet: false, presentLabels: [], latestEvent: UNLABELED })).toEqual(
      denied("approval_withdrawn"),
    );
  });

  test("does not matter when it is called alike: a look-alike is told", () => {
    const got = { isLabelSet: false, presentLabels: ["bug", "approved plan"] };
    const findings = [
      {
        code: "label_look_alike",
        message: "The label `approved plan` looks like `approved-plan` but is a different label.",
        expected: "approved-plan",
        got: "approved plan",
      },
    ];
    expect(judge(got)).toEqual(denied("label_missing", ...findings));
    expect(judge({ ...got, latestEvent: UNLABELED })).toEqual(denied("approval_withdrawn", ...findings));
  });

  test.each([
    ["Approved-Plan", "approved-plan"],
    ["approved-plan", "Approved-Plan"],
    ["APPROVED-plan", "approved-PLAN"],
  ])("was called %j when it was applied, and the policy writes it %j, as GitHub takes it", (then, label) => {
    expect(judge({ label }, { label: then })).toEqual(judge({}));
  });

  test("does not approve when no event says who set it (T3)", () => {
    expect(judge({ latestEvent: undefined })).toEqual(denied("label_without_event"));
  });

  test("does not approve when its last event removed it", () => {
    expect(judge({ latestEvent: UNLABELED })).toEqual(denied("label_without_event"));
  });

  test("does not approve when it was called something else when it was applied (T25)", () => {
    expect(judge({}, { label: "wip" })).toEqual(
      denied("label_without_event", found("label_without_event", "approved-plan", "wip, renamed since")),
    );
  });

  test("does not approve when GitHub does not show its last event, and the reason says so", () => {
    const unproven = "REST does not show the label event.";
    const findings = [{ code: "label_event_unproven", message: unproven }];
    expect(judge({ unproven })).toEqual(denied("label_event_unproven", ...findings));
    expect(judge({ unproven, latestEvent: undefined })).toEqual(denied("label_event_unproven", ...findings));
    expect(judge({ unproven, isLabelSet: false })).toEqual(denied("label_missing"));
  });

  test.each([
    [501, "501"],
    [502, "501"],
  ])("does not approve by an event that a run refused or revoked, nor by one before it (up to %i)", (endedUpTo, id) => {
    expect(judge({ endedUpTo })).toEqual(
      denied("approval_ended", found("approval_ended", `a label event after ${endedUpTo}`, `label event ${id}`)),
    );
  });

  test("approves by an event after one that a run refused", () => {
    expect(judge({ endedUpTo: 500 }).status).toBe("approved");
  });

  test("has what it was called told before what was refused, and nothing of its author then", () => {
    const verdict = judge({ endedUpTo: 501, requesterId: 22 }, { label: "wip" });
    expect(verdict).toMatchObject({ reasonCode: "label_without_event" });
    expect(verdict.status === "denied" && verdict.findings.map(({ code }) => code)).toEqual([
      "label_without_event",
      "approval_ended",
    ]);
  });
});

describe("isSameLabel", () => {
  test.each<[string, string, boolean]>([
    ["approved-plan", "approved-plan", true],
    ["Approved-Plan", "approved-plan", true],
    ["aPPROVED-pLAN", "Approved-Plan", true],
    ["ÉTÉ ✅", "été ✅", true],
    ["", "", true],
    ["approved-plan", "approved_plan", false],
    ["approved-plan", "approved-plan ", false],
    ["approved-plan", " approved-plan", false],
    ["approved-plan", "approved-plan-2", false],
    ["approved-plan", "approved", false],
    ["approved-plan", "plan", false],
    ["approved-plan", "", false],
    // No more than case: neither another spelling nor another letter.
    ["straße", "STRASSE", false],
    ["caf\u{E9}", "cafe\u{301}", false],
    ["café", "cafe", false],
  ])("of %j and %j is, either way round, %j", (a, b, expected) => {
    expect(isSameLabel(a, b)).toBe(expected);
    expect(isSameLabel(b, a)).toBe(expected);
  });
});

describe("each rule alone denies", () => {
  test.each([
    ["a bot sets the label (T2)", { type: "Bot" }, "Bot"],
    ["an organization sets the label", { type: "Organization" }, "Organization"],
    ["a mannequin sets the label", { type: "Mannequin" }, "Mannequin"],
  ])("when %s", (_, actor, got) => {
    expect(judge({}, { actor: { ...ANNA, ...actor } })).toEqual(
      denied("approver_is_bot", found("approver_is_bot", "a user", got)),
    );
  });

  test("when an app sets the label in a user's name (T2)", () => {
    expect(judge({}, { viaApp: "auto-labeler" })).toEqual(
      denied("approver_is_bot", found("approver_is_bot", "a user", "the app auto-labeler")),
    );
  });

  test("when an agent suggested the label (T2)", () => {
    expect(judge({}, { hasAgentIntent: true })).toEqual(
      denied("approver_is_agent", found("approver_is_agent", "no agent intent", "an agent intent")),
    );
  });

  test.each(["read", "none", "triage", "maintain", "Write", ""])("when the permission is %j (T1)", (permission) => {
    expect(judge({ actorPermission: { userId: 22, permission } })).toEqual(
      denied("approver_not_authorised", found("approver_not_authorised", "write or admin", permission)),
    );
  });

  test("when GitHub does not know the actor's permission", () => {
    expect(judge({ actorPermission: undefined })).toEqual(
      denied("approver_not_authorised", found("approver_not_authorised", "write or admin", "another account")),
    );
  });

  test("when the login now belongs to another account", () => {
    expect(judge({ actorPermission: { userId: 99, permission: "admin" } })).toEqual(
      denied("approver_not_authorised", found("approver_not_authorised", "write or admin", "another account")),
    );
  });

  test("when the requester approves the own request", () => {
    expect(judge({ requesterId: 22 })).toEqual(
      denied("approver_is_requester", found("approver_is_requester", "another person", "anna")),
    );
  });

  test.each([
    ["before the plan (T4)", "2026-11-10T11:59:59Z"],
    ["in the same second as the plan", "2026-11-10T12:00:00Z"],
    ["at the same time in another notation", "2026-11-10T12:00:00.000Z"],
  ])("when the label was applied %s", (_, createdAt) => {
    expect(judge({ publishedAt: "2026-11-10T12:00:00Z" }, { createdAt })).toEqual(
      denied("approval_before_plan", found("approval_before_plan", "after 2026-11-10T12:00:00Z", createdAt)),
    );
  });

  test.each([
    ["before", "2026-11-10T12:00:01Z"],
    ["in the same second in which", "2026-11-10T12:00:00Z"],
  ])("when the label was applied %s the pull request was closed or reopened", (_, stateChangedAt) => {
    expect(judge({ stateChangedAt })).toEqual(
      denied(
        "pull_request_reopened",
        found("pull_request_reopened", `after ${stateChangedAt}`, "2026-11-10T12:00:00Z"),
      ),
    );
  });

  test.each(["2026-11-17T12:00:00Z", "2026-11-17T12:00:00.001Z", "2027-01-01T00:00:00Z"])(
    "when the approval of seven days has expired at %s",
    (now) => {
      expect(judge({ now })).toEqual(
        denied("approval_expired", found("approval_expired", "within 7 days of 2026-11-10T12:00:00Z", now)),
      );
    },
  );
});

describe("the neighbour of each boundary is approved", () => {
  test("one second after the plan", () => {
    expect(judge({ publishedAt: "2026-11-10T11:59:59Z" }).status).toBe("approved");
  });

  test("one second after the pull request was reopened", () => {
    expect(judge({ stateChangedAt: "2026-11-10T11:59:59Z" }).status).toBe("approved");
  });

  test("one millisecond before seven days are over", () => {
    expect(judge({ now: "2026-11-17T11:59:59.999Z" }).status).toBe("approved");
  });

  test("when the policy gives more days", () => {
    const verdict = judge({ now: "2026-11-17T12:00:00Z", expiresAfterDays: 8 });
    expect(verdict).toMatchObject({ status: "approved", approval: { expiresAt: "2026-11-18T12:00:00.000Z" } });
  });

  test("when the policy lets the requester approve; the approval says so", () => {
    expect(judge({ requesterId: 22, fourEyes: false })).toMatchObject({
      status: "approved",
      approval: { isFourEyes: false },
    });
    expect(judge({ fourEyes: false })).toMatchObject({ status: "approved", approval: { isFourEyes: true } });
  });
});

describe("an unreadable time denies", () => {
  test("of the plan's publication", () => {
    expect(judge({ publishedAt: "" })).toEqual(
      denied("approval_before_plan", found("approval_before_plan", "after ", "2026-11-10T12:00:00Z")),
    );
  });

  test("of the last close or reopening", () => {
    expect(judge({ stateChangedAt: "" })).toEqual(
      denied("pull_request_reopened", found("pull_request_reopened", "after ", "2026-11-10T12:00:00Z")),
    );
  });

  test("of the label, for every rule that reads it", () => {
    expect(judge({ stateChangedAt: "2026-11-10T10:00:00Z" }, { createdAt: "yesterday" })).toEqual(
      denied(
        "approval_before_plan",
        found("approval_before_plan", "after 2026-11-10T11:00:00Z", "yesterday"),
        found("pull_request_reopened", "after 2026-11-10T10:00:00Z", "yesterday"),
        found("approval_expired", "within 7 days of yesterday", "2026-11-10T13:00:00Z"),
      ),
    );
  });

  test("of the runner", () => {
    expect(judge({ now: "soon" })).toMatchObject({ status: "denied", reasonCode: "approval_expired" });
  });

  test("of the expiry", () => {
    expect(judge({ expiresAfterDays: Number.NaN })).toMatchObject({ reasonCode: "approval_expired" });
  });
});

describe("an approval without an actor", () => {
  test("is nobody's, whatever permission is at hand", () => {
    expect(judge({}, { actor: undefined })).toEqual(
      denied(
        "approver_is_bot",
        found("approver_is_bot", "a user", "nobody", "nobody"),
        found("approver_not_authorised", "write or admin", "another account", "nobody"),
      ),
    );
  });

  test("does not match a permission that GitHub does not know either", () => {
    expect(judge({ actorPermission: undefined }, { actor: undefined })).toMatchObject({
      findings: [{ code: "approver_is_bot" }, { code: "approver_not_authorised", got: "another account" }],
    });
  });
});

test("an approval that breaks every rule has all of them told, the first one as the reason", () => {
  const verdict = judge(
    {
      actorPermission: { userId: 22, permission: "read" },
      requesterId: 22,
      publishedAt: "2026-11-10T12:00:00Z",
      stateChangedAt: "2026-11-10T12:00:00Z",
      now: "2026-12-10T12:00:00Z",
    },
    { actor: { ...ANNA, type: "Bot" }, viaApp: "x", hasAgentIntent: true },
  );
  expect(verdict).toMatchObject({ status: "denied", reasonCode: "approver_is_bot" });
  expect(verdict.status === "denied" && verdict.findings.map(({ code }) => code)).toEqual([
    "approver_is_bot",
    "approver_is_agent",
    "approver_not_authorised",
    "approver_is_requester",
    "approval_before_plan",
    "pull_request_reopened",
    "approval_expired",
  ]);
});

describe("who re-ran the request of somebody else", () => {
  const found22 = found("approver_is_requester", "another person", "anna");

  test("is a requester as well", () => {
    expect(judge({ triggeringActorId: 22 })).toEqual(denied("approver_is_requester", found22));
    expect(judge({ triggeringActorId: 23 }).status).toBe("approved");
  });

  test("takes nothing from its author", () => {
    expect(judge({ requesterId: 22, triggeringActorId: 23 })).toEqual(denied("approver_is_requester", found22));
  });

  test("may approve where requesters may, and the evidence says so", () => {
    const verdict = judge({ triggeringActorId: 22, fourEyes: false });
    expect(verdict).toMatchObject({ status: "approved", approval: { isFourEyes: false } });
  });
});

describe("a plan that replaced another one", () => {
  const countsFrom = "2026-11-10T12:00:00.000Z";

  test.each(["2026-11-10T12:00:00Z", "2026-11-10T12:00:01Z"])("is approved by a label of %s", (createdAt) => {
    expect(judge({ countsFrom }, { createdAt }).status).toBe("approved");
  });

  test("is not approved by a label of a second too early", () => {
    const createdAt = "2026-11-10T11:59:59Z";
    const finding = found("approval_too_soon", `at ${countsFrom} or later`, createdAt);
    expect(judge({ countsFrom }, { createdAt })).toEqual(denied("approval_too_soon", finding));
  });

  test("is not approved when nobody can read the time", () => {
    expect(judge({ countsFrom: "soon" })).toMatchObject({ reasonCode: "approval_too_soon" });
  });
});
