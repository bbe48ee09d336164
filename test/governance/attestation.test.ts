import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attestedOf, PREDICATE_TYPE, type Predicate, predicateSchema } from "../../src/governance/attestation.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { STRATEGY } from "../../src/governance/evidence.ts";
import { GATE_NAMES, type GateResult, journalPassedGates, readPassedGates } from "../../src/governance/gates.ts";
import { journalSignOffs } from "../../src/governance/sign-off-verdict.ts";
import { bundleOf, COMMIT, PATCH, type Story } from "./audit-bundles.ts";
import { BASE, errorOf, HEAD } from "./builders.ts";

const ARTIFACT = { id: 1001, digest: digestOf("zip") };
const attested = (story?: Story) => attestedOf(bundleOf(story), ARTIFACT);
const predicateOf = (story?: Story) => attested(story)?.predicate;

type SignOffs = Parameters<typeof journalSignOffs>[0];
const decision = (commentId: number, verdict: "pass" | "fail", at: string): SignOffs[number] => ({
  kind: "decision",
  verdict,
  actorId: 40 + commentId,
  at,
  commentId,
});

/** An execution after an evaluation of the gates. */
function afterGates(passed: readonly string[], signOffs: SignOffs = []): Story {
  const results = GATE_NAMES.map((gate): GateResult => {
    return { gate, status: passed.includes(gate) ? "pass" : "not required", evidence: [] };
  });
  const subject = { ...journalPassedGates(results), ...journalSignOffs(signOffs) };
  return { before: { commit: { step: "gates", reasonCode: "gates_passed", subject } } };
}

describe("what is attested of an execution", () => {
  const bundle = bundleOf({ subjects: { commit: { [STRATEGY]: "replay" } } });
  const { subjects, predicate } = attestedOf(bundle, ARTIFACT) ?? { subjects: [], predicate: undefined };

  test("are the manifest and the plan, by the digests that they have on disk", () => {
    expect(subjects).toEqual([
      { name: "evidence.sha256", digest: digestOf(bundle.get("evidence.sha256") ?? "") },
      { name: "plan.json", digest: digestOf(bundle.get("plan.json") ?? "") },
    ]);
  });

  test("is who asked, who approved, what was bound, what was committed and where the evidence is", () => {
    const lines = new TextDecoder().decode(bundle.get("journal.jsonl")).trimEnd().split("\n");
    expect(predicate).toEqual({
      decision: "allow",
      reasonCode: "plan_executed",
      riskClass: "medium",
      pullRequest: 7,
      repository: { name: "acme/shop", id: 11 },
      plan: {
        digest: digestOf(bundle.get("plan.json") ?? ""),
        bindingDigest: digestOf(bundle.get("binding.json") ?? ""),
        promptDigest: digestOf(bundle.get("prompt.txt") ?? ""),
        policyDigest: `sha256:${"4".repeat(64)}`,
        instructionChainDigest: `sha256:${"5".repeat(64)}`,
        requester: { login: "rita", id: 21 },
      },
      approval: {
        approver: { login: "anna", id: 22 },
        approvedAt: "2026-11-10T12:00:00Z",
        expiresAt: "2026-11-17T12:00:00.000Z",
        isFourEyes: true,
        dryRunPatchDigest: digestOf(PATCH),
      },
      gates: null,
      execution: {
        strategy: "replay",
        codexVersion: "0.171.0",
        model: "gpt-5.5",
        effort: "medium",
        actionVersion: "0.1.0",
        runId: 3,
        runAttempt: 1,
      },
      commit: { sha: COMMIT, headBefore: HEAD, baseRef: "main", baseSha: BASE, patchDigest: digestOf(PATCH) },
      evidence: { journalHead: digestOf(lines.at(-1) ?? ""), artifactId: 1001, artifactDigest: ARTIFACT.digest },
    } satisfies Predicate);
  });

  test("has no strategy where the journal is of a version that did not write it", () => {
    expect(predicateOf()?.execution.strategy).toBeNull();
  });

  test("has a type with a version", () => {
    expect(PREDICATE_TYPE).toMatch(/^https:\/\/.+\/v1$/);
  });
});

describe("what is attested of the gates", () => {
  const GO = decision(9, "pass", "2026-11-10T12:04:00Z");

  test("are those that were required and passed, in their order, with the decision", () => {
    expect(predicateOf(afterGates(["final-decision", "security", "operations"], [GO]))?.gates).toEqual({
      passed: ["security", "operations", "final-decision"],
      decision: { verdict: "go", actorId: 49, commentId: 9, decidedAt: "2026-11-10T12:04:00Z" },
    });
  });

  test("is the later of two decisions, in whatever order the journal has them", () => {
    const noGo = decision(3, "fail", "2026-11-10T12:02:00Z");
    for (const decisions of [
      [noGo, GO],
      [GO, noGo],
    ]) {
      expect(predicateOf(afterGates(["final-decision"], decisions))?.gates?.decision).toMatchObject({ commentId: 9 });
    }
  });

  test("is the decision alone, whatever was signed or approved after it", () => {
    const at = "2026-11-10T12:04:30Z";
    const later: SignOffs = [
      { ...decision(10, "fail", at), kind: "gate", gate: "security" },
      { ...decision(11, "pass", at), kind: "approval" },
    ];
    expect(predicateOf(afterGates(["final-decision"], [GO, ...later]))?.gates?.decision).toMatchObject({
      actorId: 49,
      commentId: 9,
    });
  });

  test("has no decision where the class needs none, whatever people have posted", () => {
    const story = afterGates(["security"], [decision(3, "fail", "2026-11-10T12:02:00Z")]);
    expect(predicateOf(story)?.gates).toEqual({ passed: ["security"], decision: null });
  });

  test.each([
    ["a NO-GO", [decision(9, "fail", "2026-11-10T12:04:00Z")]],
    ["no decision at all", []],
  ])("cannot be a decision that passed with %s", (_, decisions) => {
    const error = errorOf(() => attested(afterGates(["final-decision"], decisions)));
    expect(error).toMatchObject({ code: "evidence_invalid", message: expect.stringContaining("`gates.decision") });
  });

  test("is read from the journal as it was written, for every set of gates", () => {
    fc.assert(
      fc.property(fc.subarray([...GATE_NAMES]), (passed) => {
        const results = GATE_NAMES.map((gate): GateResult => {
          return { gate, status: passed.includes(gate) ? "pass" : "pending", evidence: [] };
        });
        expect(readPassedGates({ head: 1, ...journalPassedGates(results) })).toEqual(passed);
      }),
    );
  });
});

describe("nothing is attested", () => {
  test.each(["plan", "approve", "commit"] as const)("of a bundle that ends with the step %s", (until) => {
    expect(attested({ until })).toBeUndefined();
  });

  test("of a bundle that is not sound, and what is wrong is named", () => {
    const broken = bundleOf();
    broken.set("run.patch", new Uint8Array([1]));
    expect(errorOf(() => attestedOf(broken, ARTIFACT))).toMatchObject({
      code: "evidence_invalid",
      message: expect.stringMatching(/^Nothing is attested: .*run\.patch/),
    });
  });

  test.each<[string, Story, string]>([
    [
      "a login that is a sentence",
      { approval: { approver: "anna approves" }, entries: { approve: { actor: "anna approves" } } },
      "approval.approver.login",
    ],
    ["a time that is none", { approval: { expiresAt: "9999-01-01 00:00" } }, "approval.expiresAt"],
    ["a strategy that nobody knows", { subjects: { commit: { [STRATEGY]: "both" } } }, "execution.strategy"],
  ])("with %s", (_, story, field) => {
    const error = errorOf(() => attested(story));
    expect(error).toMatchObject({ code: "evidence_invalid", message: expect.stringContaining(`\`${field}\``) });
  });
});

test("every value that does not fit is named", () => {
  const approver = "anna approves";
  const story = { approval: { approver, expiresAt: "9999-01-01 00:00" }, entries: { approve: { actor: approver } } };
  expect(errorOf(() => attested(story))).toMatchObject({
    message: expect.stringMatching(
      /^Nothing is attested; the evidence has values that do not fit: `approval\.approver\.login`: [^;]+; `approval\.expiresAt`: [^;]+\.$/,
    ),
  });
});

describe("the predicate's schema", () => {
  const predicate = predicateOf() as Predicate;

  /** Every text of a predicate with its path, but the two that can only be one word. */
  const texts: (readonly string[])[] = [];
  const collect = (value: object, path: readonly string[] = []): void => {
    for (const [key, each] of Object.entries(value)) {
      if (typeof each === "string") texts.push([...path, key]);
      else if (typeof each === "object" && each !== null) collect(each, [...path, key]);
    }
  };
  collect(predicate);

  const put = (path: readonly string[], value: unknown): unknown => {
    const copy = structuredClone(predicate);
    // JSON has no type here: what is put may be of every shape.
    const parent = path.slice(0, -1).reduce((object, key) => object[key], copy as ReturnType<typeof JSON.parse>);
    parent[path.at(-1) ?? ""] = value;
    return copy;
  };

  test("is bounded to a few kilobytes: no text may be longer than 255 characters", () => {
    const tooLong = ["a".repeat(256), "1".repeat(256), `acme/${"a".repeat(251)}`, `sha256:${"a".repeat(249)}`];
    for (const path of texts)
      for (const text of tooLong) expect(predicateSchema.safeParse(put(path, text)).success).toBe(false);
    expect(texts.length * 255).toBeLessThan(8_192);
  });

  test("has room for no sentence, no markup and nothing invisible, in any of its texts", () => {
    expect(texts).toContainEqual(["commit", "baseRef"]);
    const hostile = [
      "two words",
      "line\nbreak",
      "<b>x</b> ",
      "::error:: x",
      "a\u{200B}b",
      "a\u{202E}b",
      "x".repeat(300),
      "",
    ];
    const accepted = texts.flatMap((path) =>
      hostile.filter((text) => predicateSchema.safeParse(put(path, text)).success),
    );
    expect(accepted).toEqual([]);
  });

  test("knows no field that is not documented", () => {
    expect(predicateSchema.safeParse({ ...predicate, note: "x" }).success).toBe(false);
    expect(predicateSchema.safeParse(put(["commit", "note"], "x")).success).toBe(false);
    expect(predicateSchema.safeParse(predicate).success).toBe(true);
  });

  test.each(["feature/x", "release-1.0", "über/straße", "a".repeat(255)])("takes the branch %s", (baseRef) => {
    expect(predicateSchema.safeParse(put(["commit", "baseRef"], baseRef)).success).toBe(true);
  });

  test.each(["octocat", "github-actions[bot]", "mona_corp", "a-b-c"])("takes the login %s", (login) => {
    expect(predicateSchema.safeParse(put(["approval", "approver", "login"], login)).success).toBe(true);
  });
});
