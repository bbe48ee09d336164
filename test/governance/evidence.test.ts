import { describe, expect, test } from "vitest";
import { renderBinding } from "../../src/governance/binding.ts";
import { digestOf } from "../../src/governance/digest.ts";
import { IntegrityError } from "../../src/governance/errors.ts";
import {
  type ApprovalRecord,
  assertSealed,
  EVIDENCE_NAMES,
  type EvidenceName,
  filesDigest,
  openEvidence,
  renderApproval,
  renderManifest,
  renderSeal,
} from "../../src/governance/evidence.ts";
import { renderPlanText } from "../../src/governance/plan.ts";
import { RISK_CLASSES } from "../../src/governance/risk.ts";
import { scopeDigest, scopeOf } from "../../src/governance/scope.ts";
import {
  approvalRecord,
  approvedBundle,
  type Bundle,
  bindingOf,
  bytes,
  digestWith,
  errorOf,
  journalled,
  plannedBundle,
  reseal,
  richPlan,
} from "./builders.ts";

const textOf = (bundle: Bundle, name: EvidenceName) => new TextDecoder().decode(bundle.get(name));

function expectBroken(bundle: ReadonlyMap<string, Uint8Array>, what: string, expected?: string, got?: string) {
  const error = errorOf(() => openEvidence(bundle));
  expect(error).toBeInstanceOf(IntegrityError);
  const { code, message } = error as IntegrityError;
  expect(code).toBe("evidence_invalid");
  expect(message).toMatch(/^The evidence bundle does not hold together at [\s\S]* Ask for a new plan\.$/);
  expect(message).toContain(` at ${what}: expected ${expected ?? ""}`);
  expect(message).toContain(`, got ${got ?? ""}`);
  return error as IntegrityError;
}

describe("a good bundle", () => {
  test.each(RISK_CLASSES)("is opened after planning, with the risk class %s out of its scope digest", (riskClass) => {
    const bundle = plannedBundle({ riskClass });
    expect(openEvidence(bundle)).toEqual({
      evidence: bundle,
      prompt: "do it",
      plan: richPlan,
      planDigest: digestOf(bundle.get("plan.json") ?? ""),
      planText: renderPlanText(richPlan),
      riskClass,
      binding: JSON.parse(textOf(bundle, "binding.json")),
      bindingDigest: digestOf(bundle.get("binding.json") ?? ""),
      journal: textOf(bundle, "journal.jsonl"),
      approval: undefined,
    });
  });

  test("is opened after the approval, with the approval", () => {
    const bundle = approvedBundle();
    expect(openEvidence(bundle).approval).toEqual(approvalRecord(bundle));
  });

  test("is opened with the suggestions of its plan", () => {
    const plan = { ...richPlan, suggestions: ["npm run lint", "make"] };
    const opened = openEvidence(plannedBundle({ plan }));
    expect(opened.plan).toStrictEqual(plan);
    expect(opened.planText).toBe(renderPlanText(plan));
    expect(opened.planText).toContain("\nSUGGESTED CHECKS (not run)\n  - npm run lint\n  - make\n");
    expect(opened.planDigest).not.toBe(openEvidence(plannedBundle()).planDigest);
    expect(opened.binding.scopeDigest).toBe(openEvidence(plannedBundle()).binding.scopeDigest);
  });

  test("may hold every known name", () => {
    const bundle = approvedBundle();
    for (const name of EVIDENCE_NAMES) if (!bundle.has(name)) bundle.set(name, bytes("x"));
    expect(openEvidence(bundle).evidence.size).toBe(15);
    expect(EVIDENCE_NAMES).toHaveLength(15);
  });

  test("keeps a byte order mark and odd letters of the prompt", () => {
    expect(openEvidence(plannedBundle({ prompt: "\u{FEFF}é🚀" })).prompt).toBe("\u{FEFF}é🚀");
  });
});

describe("the seal", () => {
  test("names the four sealed files with their digests, sorted", () => {
    const bundle = plannedBundle();
    const line = (name: EvidenceName) => `${digestOf(bundle.get(name) ?? "").slice(7)}  ${name}\n`;
    expect(renderSeal(bundle)).toBe(
      ["binding.json", "plan.json", "plan.txt", "prompt.txt"].map((name) => line(name as EvidenceName)).join(""),
    );
  });

  test("cannot be made of a bundle without one of them", () => {
    const bundle = plannedBundle();
    bundle.delete("prompt.txt");
    expect(() => renderSeal(bundle)).toThrow(
      "The evidence bundle does not hold together at prompt.txt: expected to be in the bundle, got nothing. Ask for a new plan.",
    );
  });
});

describe("a bundle is refused", () => {
  test.each(["prompt.txt", "plan.json", "plan.txt", "plan.sha256", "binding.json", "journal.jsonl"] as const)(
    "when %s is missing",
    (name) => {
      const bundle = plannedBundle();
      bundle.delete(name);
      expectBroken(bundle, name, "to be in the bundle", "nothing");
    },
  );

  test.each(["prompt.txt", "plan.json", "plan.txt", "binding.json", "plan.sha256"] as const)(
    "when any one bit of %s is changed",
    (name) => {
      const original = plannedBundle();
      const content = original.get(name) ?? new Uint8Array();
      for (let index = 0; index < content.length; index += 1) {
        const bundle = new Map(original).set(name, content.with(index, (content[index] ?? 0) ^ 1));
        expectBroken(bundle, "plan.sha256");
      }
    },
  );

  test.each(["../plan.json", "plan.json ", "PLAN.JSON", "notes.txt", ""])("with the foreign name %j", (name) => {
    const bundle = new Map<string, Uint8Array>(plannedBundle()).set(name, bytes("x"));
    expectBroken(bundle, "a file name", "one of the bundle's names", JSON.stringify(name));
  });

  test("when the prompt was replaced and sealed again", () => {
    const bundle = reseal(plannedBundle().set("prompt.txt", bytes("do more")));
    expectBroken(bundle, "prompt.txt", digestOf("do it"), digestOf("do more"));
  });

  test("when the plan was replaced and sealed again", () => {
    const bundle = plannedBundle();
    const text = textOf(bundle, "plan.json").replace("a.ts", "b.ts");
    expectBroken(reseal(bundle.set("plan.json", bytes(text))), "plan.json", "sha256:", digestOf(text));
  });

  test("when the readable plan is another one, and the message does not carry all of it", () => {
    const other = `${renderPlanText(richPlan)}  modify also-this.ts\n`;
    const error = expectBroken(reseal(plannedBundle().set("plan.txt", bytes(other))), "plan.txt", "SUMMARY", "SUMMARY");
    expect(error.message).toContain(`${other.slice(0, 200)}…`);
    expect(error.message).not.toContain(other.slice(0, 201));
  });

  test.each([
    ["leaves out the suggestions of the plan", ["make"], undefined],
    ["has other suggestions than the plan", ["make"], ["npm run lint"]],
    ["has suggestions that the plan has not", undefined, ["make"]],
  ])("when the readable plan %s", (_, stored, shown) => {
    const planWith = (suggestions: string[] | undefined) => ({ ...richPlan, ...(suggestions ? { suggestions } : {}) });
    const bundle = plannedBundle({ plan: planWith(stored) });
    const text = renderPlanText(planWith(shown));
    expectBroken(reseal(bundle.set("plan.txt", bytes(text))), "plan.txt", "SUMMARY", "SUMMARY");
  });

  test("when the scope digest fits no risk class", () => {
    const bundle = plannedBundle();
    const binding = { ...openEvidence(bundle).binding, scopeDigest: digestWith("f") };
    bundle.set("binding.json", bytes(renderBinding(binding)));
    expectBroken(reseal(bundle), "the scope digest", digestWith("f"), "no risk class gives it");
  });

  test("when plan.json is no plan, though everything is bound to it", () => {
    const bundle = plannedBundle();
    const binding = { ...openEvidence(bundle).binding, planDigest: digestOf("{}") };
    bundle.set("plan.json", bytes("{}")).set("binding.json", bytes(renderBinding(binding)));
    const error = expectBroken(reseal(bundle), "plan.json", "a plan of this version", "something else");
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("when binding.json is none", () => {
    const error = errorOf(() => openEvidence(reseal(plannedBundle().set("binding.json", bytes("{}")))));
    expect(error).toMatchObject({ code: "evidence_invalid", message: expect.stringMatching(/^binding\.json is not/) });
  });

  test("when the journal is broken", () => {
    const bundle = plannedBundle();
    const error = errorOf(() => openEvidence(bundle.set("journal.jsonl", bytes("{}\n"))));
    expect(error).toMatchObject({
      code: "evidence_invalid",
      message: expect.stringMatching(/^The journal does not hold/),
    });
  });

  test.each(["prompt.txt", "journal.jsonl"] as const)("when %s is not UTF-8", (name) => {
    const broken = new Uint8Array([0x61, 0xff]);
    const bundle = plannedBundle();
    const binding = bindingOf({
      promptDigest: name === "prompt.txt" ? digestOf(broken) : digestOf("do it"),
      planDigest: digestOf(bundle.get("plan.json") ?? ""),
      scopeDigest: scopeDigest(scopeOf(richPlan, "medium")),
    });
    bundle.set("binding.json", bytes(renderBinding(binding))).set(name, broken);
    const error = expectBroken(reseal(bundle), name, "UTF-8", "other bytes");
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});

describe("the manifest of a bundle", () => {
  const sealed = () => journalled(approvedBundle());
  const expectUnsealed = (bundle: Bundle, what: string) => {
    const error = errorOf(() => assertSealed(bundle));
    expect(error).toMatchObject({ code: "evidence_invalid", message: expect.stringContaining(` at ${what}: `) });
    return error as IntegrityError;
  };

  test("lists every other file, as sha256sum does, and the last record of the journal has one digest of them", () => {
    const bundle = sealed();
    expect(assertSealed(bundle)).toBe(bundle);
    const names = textOf(bundle, "evidence.sha256")
      .split("\n")
      .map((line) => line.slice(66));
    expect(names.slice(0, -1)).toEqual([...bundle.keys()].filter((name) => name !== "evidence.sha256").sort());
    expect(textOf(bundle, "journal.jsonl")).toContain(`"filesDigest":"${filesDigest(bundle)}"`);
  });

  test("names the file that is another one, with both digests", () => {
    const bundle = sealed();
    const expected = digestOf(bundle.get("dry-run.patch") ?? "");
    const error = expectUnsealed(bundle.set("dry-run.patch", bytes("x")), "dry-run.patch");
    expect(error).toMatchObject({ expected, got: digestOf("x") });
  });

  test("sees a file that is gone, one that is new, and one that was renamed", () => {
    const gone = sealed();
    gone.delete("approval.json");
    expectUnsealed(gone, "approval.json");
    expectUnsealed(sealed().set("run.patch", bytes("")), "evidence.sha256");
    const renamed = sealed();
    renamed.set("run.patch", renamed.get("dry-run.patch") ?? bytes("")).delete("dry-run.patch");
    expectUnsealed(renamed, "dry-run.patch");
  });

  test("is not enough by itself: the journal's last word must fit as well", () => {
    const forged = sealed().set("dry-run.patch", bytes("x"));
    forged.set("evidence.sha256", bytes(renderManifest(forged)));
    expectUnsealed(forged, "the journal's last word on the files");
  });

  test("and a text that no run writes are refused before their lines or keys fill the memory", () => {
    const manifest = sealed().set("evidence.sha256", bytes("\n".repeat(64 * 1024 + 1)));
    expect(expectUnsealed(manifest, "evidence.sha256")).toMatchObject({
      expected: "at most 65536 bytes",
      got: "65537",
    });
    // One byte less is still read: what is wrong with it then is that it lists nothing.
    const longest = sealed().set("evidence.sha256", bytes("\n".repeat(64 * 1024)));
    expect(expectUnsealed(longest, "evidence.sha256")).toMatchObject({ got: `${"\n".repeat(200)}…` });
    const most = 16 * 1024 ** 2;
    const journal = sealed().set("journal.jsonl", new Uint8Array(most + 1).fill(0x0a));
    journal.set("evidence.sha256", bytes(renderManifest(journal)));
    expect(expectUnsealed(journal, "journal.jsonl")).toMatchObject({ expected: `at most ${most} bytes` });
  });

  test("is missing from no bundle", () => {
    const bundle = sealed();
    bundle.delete("evidence.sha256");
    expectUnsealed(bundle, "evidence.sha256");
    const empty = sealed().set("journal.jsonl", bytes(""));
    empty.set("evidence.sha256", bytes(renderManifest(empty)));
    expectUnsealed(empty, "the journal's last word on the files");
  });
});

describe("the approval of a bundle", () => {
  const withApproval = (changes: object): Bundle => {
    const bundle = approvedBundle();
    return bundle.set("approval.json", bytes(JSON.stringify({ ...approvalRecord(bundle), ...changes })));
  };
  const dryRun = approvalRecord(approvedBundle()).dryRun;

  test("is indented by two and ends with a line feed", () => {
    const text = renderApproval(approvalRecord(approvedBundle()));
    expect(text).toMatch(/^\{\n {2}"version": 1,\n {2}"approver": "anna",\n[\s\S]*\n\}\n$/);
  });

  test("is refused for another plan", () => {
    const bundle = withApproval({ planDigest: digestWith("9") });
    expectBroken(bundle, "approval.json's plan", digestOf(bundle.get("plan.json") ?? ""), digestWith("9"));
  });

  test("is refused for another binding", () => {
    const bundle = withApproval({ bindingDigest: digestWith("9") });
    expectBroken(bundle, "approval.json's binding", digestOf(bundle.get("binding.json") ?? ""), digestWith("9"));
  });

  test("is refused when the dry run's patch is another one", () => {
    const bundle = approvedBundle().set("dry-run.patch", bytes("other"));
    expectBroken(bundle, "dry-run.patch", dryRun.patchDigest, digestOf("other"));
  });

  test("is refused when the dry run's patch is missing", () => {
    const bundle = approvedBundle();
    bundle.delete("dry-run.patch");
    expectBroken(bundle, "dry-run.patch", "to be in the bundle", "nothing");
  });

  test("is refused when it is not UTF-8", () => {
    expectBroken(
      approvedBundle().set("approval.json", new Uint8Array([0xff])),
      "approval.json",
      "UTF-8",
      "other bytes",
    );
  });

  test.each<[string, object]>([
    ["no version", { version: undefined }],
    ["another version", { version: 2 }],
    ["no approver", { approver: undefined }],
    ["an approver that is no text", { approver: 1 }],
    ["a fraction for the approver's id", { approverId: 1.5 }],
    ["a fraction for the event", { eventId: 1.5 }],
    ["no time", { approvedAt: undefined }],
    ["no expiry", { expiresAt: undefined }],
    ["four eyes as a text", { isFourEyes: "true" }],
    ["bare hex for the plan", { planDigest: "9".repeat(64) }],
    ["a number for the plan", { planDigest: 9 }],
    ["a list for the plan", { planDigest: [digestWith("9")] }],
    ["bare hex for the binding", { bindingDigest: "9".repeat(64) }],
    ["a number for the binding", { bindingDigest: 9 }],
    ["a list for the binding", { bindingDigest: [digestWith("9")] }],
    ["an unknown key", { extra: 1 }],
    ["no dry run", { dryRun: undefined }],
    ["a dry run that was outside", { dryRun: { ...dryRun, result: "outside" } }],
    ["bare hex for the patch", { dryRun: { ...dryRun, patchDigest: "9".repeat(64) } }],
    ["a number for the patch", { dryRun: { ...dryRun, patchDigest: 9 } }],
    ["a list for the patch", { dryRun: { ...dryRun, patchDigest: [dryRun.patchDigest] } }],
    ["a fraction of escalations", { dryRun: { ...dryRun, escalationsDeclined: 0.5 } }],
    ["an unknown key of the dry run", { dryRun: { ...dryRun, extra: 1 } }],
    ["a file without operation", { dryRun: { ...dryRun, files: [{ path: "a" }] } }],
    ["an unknown key of a file", { dryRun: { ...dryRun, files: [{ path: "a", operation: "modify", extra: 1 }] } }],
  ])("is refused with %s, and not rendered either", (_, changes) => {
    const error = expectBroken(withApproval(changes), "approval.json", "an approval of version 1", "something else");
    expect(error.cause).toBeInstanceOf(Error);
    expect(() => renderApproval({ ...approvalRecord(approvedBundle()), ...changes } as ApprovalRecord)).toThrow();
  });

  test("is refused when it is no JSON", () => {
    const bundle = approvedBundle().set("approval.json", bytes("approved"));
    expectBroken(bundle, "approval.json", "an approval of version 1", "something else");
  });
});

test("a message quotes exactly two hundred characters without an ellipsis", () => {
  const bundle = plannedBundle();
  const name = "x".repeat(198);
  expect(expectBroken(new Map<string, Uint8Array>(bundle).set(name, bytes("")), "a file name").message).not.toContain(
    "…",
  );
  const longer = new Map<string, Uint8Array>(bundle).set(`${name}x`, bytes(""));
  expect(expectBroken(longer, "a file name").message).toContain(`${name}x…`);
});
