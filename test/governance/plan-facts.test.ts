import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/governance/digest.ts";
import { type GateFactsRecord, renderGateFacts } from "../../src/governance/gate-facts.ts";
import type { JournalEntry } from "../../src/governance/journal.ts";
import { newestBundles, readPlanFacts } from "../../src/governance/plan-facts.ts";
import { bundleOf, PATCH, type Story } from "./audit-bundles.ts";
import {
  BASE,
  type Bundle,
  digestWith,
  errorOf,
  HEAD,
  journalled,
  planned,
  plannedBundle,
  planOf,
} from "./builders.ts";

/** A bundle of a request that was refused before there was a plan. */
function refused(changes: Partial<JournalEntry>): Bundle {
  return journalled(new Map([["journal.jsonl", new Uint8Array()]]), { decision: "deny", ...changes });
}

const deny = (reasonCode: JournalEntry["reasonCode"]): Partial<JournalEntry> => ({ decision: "deny", reasonCode });

describe("the facts of a plan", () => {
  test("are what its bundle says of an execution, without a person", () => {
    const subject = { workflow: ".github/workflows/codex.yml", requesterId: 21, headSha: HEAD, baseSha: BASE };
    const facts = readPlanFacts(bundleOf({ subjects: { plan: subject } }));
    expect(facts).toEqual({
      repository: "acme/shop",
      pullRequest: 7,
      workflow: ".github/workflows/codex.yml",
      baseRef: "main",
      baseSha: BASE,
      startedAt: "2026-11-10T11:00:00Z",
      planDigest: expect.stringMatching(/^sha256:/),
      instructionChainDigest: digestWith("5"),
      isApproved: true,
      isExecuted: true,
      denials: [],
      excess: undefined,
      files: 4,
      lines: 2,
      commands: 1,
      verification: "passed",
    });
    for (const person of ["rita", "anna", "21", "22"]) expect(Object.values(facts)).not.toContain(person);
  });

  test.each<[string, Story, object]>([
    ["only planned", { until: "plan" }, { isApproved: false, isExecuted: false, lines: undefined, commands: 1 }],
    ["approved", { until: "approve" }, { isApproved: true, isExecuted: false, lines: 2, verification: "not run" }],
  ])("of a plan that is %s", (_, story, facts) => {
    expect(readPlanFacts(bundleOf(story))).toMatchObject(facts);
  });

  test.each<[JournalEntry["reasonCode"], string]>([
    ["verification_failed", "failed"],
    ["verification_changed_tree", "failed"],
    ["parity_failed", "passed"],
  ])("tell that %s makes the verification one that %s", (reasonCode, verification) => {
    const facts = readPlanFacts(bundleOf({ before: { commit: deny(reasonCode) } }));
    expect(facts).toMatchObject({ denials: [reasonCode], verification });
  });

  test("of an execution of no plan have no verification", () => {
    const bundle = refused({ decision: "allow", step: "execute", reasonCode: "plan_executed" });
    expect(readPlanFacts(bundle)).toMatchObject({ isExecuted: true, commands: undefined, verification: "not run" });
  });

  test("have no verification where an executed plan has no command", () => {
    const bundle = plannedBundle({ plan: planOf([planned("modify", "a.ts")], { verification: [] }) });
    journalled(bundle, { step: "execute", reasonCode: "plan_executed" });
    expect(readPlanFacts(bundle)).toMatchObject({ isExecuted: true, commands: 0, verification: "not run" });
  });

  test.each([
    [0, false, "passed"],
    [1, false, "failed"],
    [0, true, "failed"],
  ])("take a dry run's command with exit code %d, timed out %j, for %s", (exitCode, timedOut, verification) => {
    expect(readPlanFacts(withGateFacts({ exitCode, timedOut }))).toMatchObject({ isExecuted: false, verification });
  });

  test("are none when gate-facts.json is about another patch", () => {
    const bundle = withGateFacts({ exitCode: 0, timedOut: false }, digestWith("9"));
    expect(errorOf(() => readPlanFacts(bundle))).toMatchObject({ code: "evidence_invalid" });
  });

  test.each([
    [
      [{ code: "plan_too_large", message: "…", expected: "at most 100", got: "250" }],
      "plan_too_large: 250, expected at most 100",
    ],
    [[], "plan_too_large: ?, expected ?"],
  ])("tell of a refusal because of the size: %j", (findings, excess) => {
    const subject = { baseRef: "next", baseSha: BASE, workflow: 7 };
    const facts = readPlanFacts(refused({ reasonCode: "plan_too_large", findings, subject }));
    expect(facts).toMatchObject({ excess, baseRef: "next", baseSha: BASE, denials: ["plan_too_large"] });
    expect([facts.planDigest, facts.files, facts.commands, facts.workflow]).toEqual(Array(4).fill(undefined));
  });

  test.each([
    ["--batch-check", undefined],
    [`${BASE}^{/|$(id)}`, undefined],
    [`x${BASE}`, undefined],
    [BASE.slice(1), undefined],
    [7, undefined],
    ["b".repeat(64), "b".repeat(64)],
  ])("take of a refused request only an id for its base commit: %j", (baseSha, expected) => {
    expect(readPlanFacts(refused({ subject: { baseSha } })).baseSha).toBe(expected);
  });

  test("tell of no size where another reason denied, or the size only delayed", () => {
    expect(readPlanFacts(refused({ reasonCode: "plan_invalid" })).excess).toBeUndefined();
    expect(
      readPlanFacts(bundleOf({ before: { commit: { reasonCode: "change_too_large", decision: "info" } } })).excess,
    ).toBeUndefined();
    expect(readPlanFacts(bundleOf({ before: { commit: deny("change_too_large") } })).excess).toBe(
      "change_too_large: ?, expected ?",
    );
  });
});

function withGateFacts(
  run: { readonly exitCode: number; readonly timedOut: boolean },
  patchDigest = digestOf(PATCH),
): Bundle {
  const facts: GateFactsRecord = {
    patchDigest,
    verification: [{ command: "npm test", output: "", ...run }],
    declinedRequests: [],
    rehearsal: undefined,
  };
  return bundleOf({ until: "approve", files: { "gate-facts.json": renderGateFacts(facts) } });
}

describe("the bundles of one plan", () => {
  const planOnly = bundleOf({ until: "plan" });
  const named = (name: string, files: Bundle) => ({
    name,
    journal: new TextDecoder().decode(files.get("journal.jsonl")),
  });

  test("count once, by the longest journal, and are ordered by name", () => {
    const other = refused({ at: "2026-11-11T11:00:00Z", reasonCode: "plan_too_large" });
    const bundles = [
      named("c", bundleOf()),
      named("a", planOnly),
      named("b", bundleOf({ until: "approve" })),
      named("0", other),
    ];
    expect(newestBundles(bundles).map(({ name }) => name)).toEqual(["0", "c"]);
    expect(newestBundles([...bundles].reverse()).map(({ name }) => name)).toEqual(["0", "c"]);
  });

  test("are told apart by name when they are the same", () => {
    expect(
      newestBundles([named("b", planOnly), named("a", planOnly), named("b", planOnly)]).map(({ name }) => name),
    ).toEqual(["a"]);
    expect(newestBundles([])).toEqual([]);
  });
});
