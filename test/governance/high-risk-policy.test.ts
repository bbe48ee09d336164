import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/governance/errors.ts";
import { parsePolicy } from "../../src/governance/policy-file.ts";
import { errorOf } from "./builders.ts";

const read = (text: string) => parsePolicy(text, "policy.yml");

function faultsOf(text: string): string[] {
  const error = errorOf(() => read(text));
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as Error).message.split("\n- ").slice(1);
}

test("a policy for high-risk work is read as it stands", () => {
  const text = `
risk:
  presets: [auth]
  medium: { paths: [web], declarations: true, approvals: 2, approvers: [ada], gates: [security], rehearsal: true }
  high: { paths: ["src/*.sol"], approvers: [CODEOWNERS, "@acme/core.team"], max-files: 5, max-lines: 100 }
  critical: { approvals: 3, gates: [operations], rehearsal: false }
declarations:
  go-no-go-owner: ada
  rollback-trigger: more than 1% of logins fail
  rollback-owner: grace
  escalation-channel: "#incidents"
  deadline-policy: 2 business days
gates:
  code-quality: { checks: [build, "lint / eslint"], sign-off: true, signers: [ada] }
  security: { sign-off: false }
escalation:
  rotation: [ada, grace]
  deadline: 1 business day
  calendar: { timezone: Europe/Berlin, days: [mon, sat], start: "08:30", end: "23:59", holidays: ["2026-12-25"] }
rehearsal:
  up: [npm run up]
  verify: [npm run smoke]
  down: [npm run down]
`;
  const bounds = { "max-files": null, "max-lines": null };
  const { risk, declarations, gates, escalation, rehearsal } = read(text);
  expect(risk).toEqual({
    presets: ["auth"],
    medium: {
      ...{ paths: ["web"], declarations: true, approvals: 2, approvers: ["ada"], gates: ["security"], rehearsal: true },
      ...bounds,
    },
    high: {
      ...{ paths: ["src/*.sol"], declarations: true, approvals: 1, approvers: ["CODEOWNERS", "@acme/core.team"] },
      gates: ["code-quality", "security", "operations", "communication"],
      ...{ rehearsal: true, "max-files": 5, "max-lines": 100 },
    },
    critical: {
      ...{ paths: [], declarations: true, approvals: 3, approvers: [], gates: ["operations"], rehearsal: false },
      ...bounds,
    },
  });
  expect(declarations).toEqual({
    "go-no-go-owner": "ada",
    "rollback-trigger": "more than 1% of logins fail",
    "rollback-owner": "grace",
    "escalation-channel": "#incidents",
    "deadline-policy": "2 business days",
  });
  expect(gates["code-quality"]).toEqual({ checks: ["build", "lint / eslint"], "sign-off": true, signers: ["ada"] });
  expect(gates.security).toEqual({ checks: [], "sign-off": false, signers: [] });
  expect(escalation).toEqual({
    rotation: ["ada", "grace"],
    deadline: "1 business day",
    calendar: {
      timezone: "Europe/Berlin",
      days: ["mon", "sat"],
      start: "08:30",
      end: "23:59",
      holidays: ["2026-12-25"],
    },
  });
  expect(rehearsal).toEqual({ up: ["npm run up"], verify: ["npm run smoke"], down: ["npm run down"] });
});

test("a gate may wait for checks whose names only remind of this action's own", () => {
  const checks = ["codex-plan-governance-2", "our/codex-plan-governance/request"];
  expect(read(`gates: { security: { checks: [${checks.join(", ")}] } }`).gates.security.checks).toEqual(checks);
});

test("a calendar of one key has working weeks from nine to five", () => {
  expect(read("escalation: { calendar: {} }").escalation.calendar).toEqual({
    timezone: "UTC",
    days: ["mon", "tue", "wed", "thu", "fri"],
    start: "09:00",
    end: "17:00",
    holidays: [],
  });
});

describe("what must not be, is refused with the reason", () => {
  const OWNERS = "must be true: high-risk work needs a named owner for the decision and for the rollback";
  const GATES = "must name a gate: that the tests pass is no decision to deploy";
  const NO_DEADLINE =
    "must be a time such as `8h`, `2d` or `2 business days`, at most 90 days; no escalation without a deadline";

  test.each([
    ["high work without a named owner", "risk: { high: { declarations: false } }", "`risk.high.declarations`", OWNERS],
    [
      "critical work without a named owner",
      "risk: { critical: { declarations: false } }",
      "`risk.critical.declarations`",
      OWNERS,
    ],
    ["high work without gates", "risk: { high: { gates: [] } }", "`risk.high.gates`", GATES],
    ["critical work without gates", "risk: { critical: { gates: [] } }", "`risk.critical.gates`", GATES],
    [
      "medium work with gates but without an owner",
      "risk: { medium: { gates: [security] } }",
      "`risk.medium.declarations`",
      "must be true where gates are required: somebody has to be named who decides",
    ],
    ["an escalation with an empty deadline", "escalation: { deadline: '' }", "`escalation.deadline`", NO_DEADLINE],
    ["an escalation some time later", "escalation: { deadline: soon }", "`escalation.deadline`", NO_DEADLINE],
    ["an escalation at once", "escalation: { deadline: 0h }", "`escalation.deadline`", NO_DEADLINE],
    [
      "an escalation without a deadline",
      "escalation: { deadline: null }",
      "`escalation.deadline`",
      "Invalid input: expected string, received null",
    ],
    [
      "business days without a calendar",
      "escalation: { deadline: 2 business days }",
      "`escalation.deadline`",
      "business days need `escalation.calendar`",
    ],
    [
      "declared business days without a calendar",
      "declarations: { deadline-policy: 1 business day }",
      "`declarations.deadline-policy`",
      "business days need `escalation.calendar`",
    ],
    [
      "an owner who is nobody",
      "declarations: { go-no-go-owner: nobody }",
      "`declarations.go-no-go-owner`",
      "must be the login of a person",
    ],
    [
      "an owner with an at sign",
      "declarations: { rollback-owner: '@ada' }",
      "`declarations.rollback-owner`",
      "must be the login of a person",
    ],
    [
      "a trigger to be written later",
      "declarations: { rollback-trigger: TBD }",
      "`declarations.rollback-trigger`",
      "must be one line of at most 500 visible characters that says it",
    ],
    [
      "a gate that waits for this action's own check",
      "gates: { security: { checks: [codex-plan-governance/request] } }",
      "`gates.security.checks.0`",
      "is this action's own check run, which waits for the gates",
    ],
    [
      "a gate that waits for all of this action's checks",
      "gates: { security: { checks: [codex-plan-governance] } }",
      "`gates.security.checks.0`",
      "is this action's own check run, which waits for the gates",
    ],
    [
      "a check that cannot be read",
      "gates: { security: { checks: ['a  b'] } }",
      "`gates.security.checks.0`",
      "must be one line without repeated blanks or hidden characters",
    ],
    [
      "a signer with an at sign",
      "gates: { security: { signers: ['@ada'] } }",
      "`gates.security.signers.0`",
      "must be a login without `@`, `@organisation/team` or `CODEOWNERS`",
    ],
    [
      "a team in the rotation",
      "escalation: { rotation: ['@acme/core'] }",
      "`escalation.rotation.0`",
      "must be a login without `@`",
    ],
    [
      "hours that end before they start",
      "escalation: { calendar: { start: '17:00', end: '09:00' } }",
      "`escalation.calendar.end`",
      "must be later than `start`, on the same day",
    ],
    [
      "hours that end when they start",
      "escalation: { calendar: { start: '09:00', end: '09:00' } }",
      "`escalation.calendar.end`",
      "must be later than `start`, on the same day",
    ],
    [
      "a time zone that does not exist",
      "escalation: { calendar: { timezone: Europe/Nowhere } }",
      "`escalation.calendar.timezone`",
      "must be an IANA time zone such as Europe/Berlin",
    ],
    [
      "a time that does not exist",
      "escalation: { calendar: { end: '24:00' } }",
      "`escalation.calendar.end`",
      "must be a time such as 09:00",
    ],
    [
      "a day that does not exist",
      "escalation: { calendar: { holidays: ['2026-02-30'] } }",
      "`escalation.calendar.holidays.0`",
      "Invalid ISO date",
    ],
    [
      "a gate that only the owner passes",
      "risk: { high: { gates: [final-decision] } }",
      "`risk.high.gates.0`",
      'Invalid option: expected one of "code-quality"|"security"|"operations"|"communication"',
    ],
    [
      "no approval at all",
      "risk: { medium: { approvals: 0 } }",
      "`risk.medium.approvals`",
      "Too small: expected number to be >=1",
    ],
  ])("%s", (_, text, key, message) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^line 1, column \d+: /);
    expect(faults[0]?.replace(/^[^`]*/, "")).toBe(`${key}: ${message}`);
  });
});
