import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  governVerification,
  type Plan,
  parsePlan,
  type RawPlan,
  readPlanJson,
  renderPlanJson,
  renderPlanText,
} from "../../src/governance/plan.ts";
import { scopeDigest, scopeOf } from "../../src/governance/scope.ts";
import { findInvisible } from "../../src/governance/visible.ts";
import { EMOJI, planned, planOf, rawPlan, rawPlans, richPlan } from "./builders.ts";

type RawFile = RawPlan["files"][number];
const rawFile = (operation: RawFile["operation"], path: string, from: string | null = null): RawFile => ({
  path,
  operation,
  from,
  reason: "r",
});

function parse(raw: unknown): Plan {
  const result = parsePlan(JSON.stringify(raw));
  if (result.status === "invalid") throw new Error(JSON.stringify(result.findings));
  return result.plan;
}

/** Only the files of a plan, without the step that names the usual file. */
const withFiles = (...files: RawFile[]) => rawPlan({ files, steps: [] });

describe("the canonical plan", () => {
  test("orders files by path, folds white space, drops empty and repeated commands", () => {
    const plan = parse({
      summary: "  Add\n\na   greeting ",
      steps: [
        { title: " Second ", rationale: "a\tb", files: ["b", "a", "b"] },
        { title: "First", rationale: "", files: [] },
      ],
      files: [rawFile("rename", "b", "c"), rawFile("modify", "a"), rawFile("create", "B")],
      verification: ["npm  test", " ", "npm test", "a"],
      risks: ["", "z", "y ", "z"],
      rollback: "\n",
    });
    expect(plan).toEqual({
      summary: "Add a greeting",
      steps: [
        { title: "Second", rationale: "a b", files: ["a", "b"] },
        { title: "First", rationale: "", files: [] },
      ],
      files: [
        { path: "B", operation: "create", reason: "r" },
        { path: "a", operation: "modify", reason: "r" },
        { path: "b", operation: "rename", from: "c", reason: "r" },
      ],
      verification: ["npm test", "a"],
      risks: ["z", "y", "z"],
      rollback: "",
    });
  });

  test("composes text, spells out what is hidden and keeps emoji", () => {
    const plan = parse(rawPlan({ summary: `cafe\u{301} \u{202E}x ${EMOJI.family}`, verification: ["a\u{200B}b"] }));
    expect(plan.summary).toBe(`caf\u{E9} <U+202E>x ${EMOJI.family}`);
    expect(plan.verification).toEqual(["a<U+200B>b"]);
  });

  test("keeps a path exactly as it was written, so that the rules of paths see it", () => {
    expect(parse(withFiles(rawFile("modify", " a\u{200B}e\u{301} "))).files[0]?.path).toBe(" a\u{200B}e\u{301} ");
  });

  test("does not depend on the order of files or keys, nor on white space between them", () => {
    const shuffledKeys = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffledKeys);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, part]) => [key, shuffledKeys(part)]),
      );
    };
    const pairs = rawPlans.chain((raw) =>
      fc.record({
        raw: fc.constant(raw),
        files: fc.shuffledSubarray(raw.files, { minLength: raw.files.length }),
        verification: fc.shuffledSubarray(raw.verification, { minLength: raw.verification.length }),
        indent: fc.constantFrom("", "  ", "\t"),
      }),
    );
    fc.assert(
      fc.property(pairs, ({ raw, files, verification, indent }) => {
        const plan = parse(raw);
        const noisy = (changes: Partial<RawPlan>): Plan => {
          const result = parsePlan(JSON.stringify(shuffledKeys({ ...raw, ...changes }), undefined, indent));
          if (result.status === "invalid") throw new Error(JSON.stringify(result.findings));
          return result.plan;
        };
        expect(renderPlanJson(noisy({ files }))).toBe(renderPlanJson(plan));
        const digest = scopeDigest(scopeOf(plan, "high"));
        expect(scopeDigest(scopeOf(noisy({ files, verification }), "high"))).toBe(digest);
      }),
      { numRuns: 200 },
    );
  });

  test("is read back from its bytes exactly, and shows nothing invisible", () => {
    fc.assert(
      fc.property(rawPlans, (raw) => {
        const plan = parse(raw);
        const text = renderPlanJson(plan);
        expect(readPlanJson(text)).toStrictEqual(plan);
        expect(findInvisible(text + renderPlanText(plan))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("stays the same when it is taken for an answer again", () => {
    fc.assert(
      fc.property(rawPlans, (raw) => {
        const plan = parse(raw);
        const again = { ...plan, files: plan.files.map((file) => ({ from: null, ...file })) };
        expect(renderPlanJson(parse(again))).toBe(renderPlanJson(plan));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the plan with the policy's commands", () => {
  const proposed = (...verification: string[]) => ({ ...richPlan, verification });

  test.each<[string, string[], string[], string[], string[] | undefined]>([
    ["nothing is proposed or demanded", [], [], [], undefined],
    ["nothing is demanded", ["npm test", "make"], [], [], ["npm test", "make"]],
    ["nothing is proposed", [], ["npm test"], ["npm test"], undefined],
    ["both are the same", ["npm test"], ["npm test"], ["npm test"], undefined],
    ["all that is proposed is demanded", ["b"], ["c", "b", "a"], ["c", "b", "a"], undefined],
    ["more is proposed", ["b", "npm test", "a"], ["npm test"], ["npm test"], ["b", "a"]],
    ["something else is proposed", ["npm run test"], ["npm test"], ["npm test"], ["npm run test"]],
    ["a command is demanded twice", ["a"], ["npm test", "npm test", "a"], ["npm test", "a"], undefined],
    ["case differs", ["NPM test"], ["npm test"], ["npm test"], ["NPM test"]],
    ["one is part of the other", ["npm"], ["npm test"], ["npm test"], ["npm"]],
  ])("has these as governed and the rest as suggestions when %s", (_, own, commands, verification, suggestions) => {
    expect(governVerification(proposed(...own), commands)).toStrictEqual({
      ...richPlan,
      verification,
      ...(suggestions === undefined ? {} : { suggestions }),
    });
  });

  test("leaves the given plan and commands as they are", () => {
    const plan = proposed("a", "b");
    const commands = ["b", " b "];
    governVerification(plan, commands);
    expect(plan).toStrictEqual({ ...richPlan, verification: ["a", "b"] });
    expect(commands).toEqual(["b", " b "]);
  });

  test("has one scope, whatever Codex proposes", () => {
    const scope = (...own: string[]) => scopeOf(governVerification(proposed(...own), ["npm test"]), "standard");
    expect(scope("make", "npm test").verification).toEqual(["npm test"]);
    expect(scopeDigest(scope("make"))).toBe(scopeDigest(scope()));
  });

  test("is read back from its bytes exactly", () => {
    fc.assert(
      fc.property(rawPlans, fc.subarray(["wadd", "w<b>", "npm  test"]), (raw, commands) => {
        const plan = governVerification(parse(raw), commands);
        expect(readPlanJson(renderPlanJson(plan))).toStrictEqual(plan);
        expect(findInvisible(renderPlanText(plan))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("plan.json", () => {
  test("is indented by two and ends with a line feed", () => {
    expect(renderPlanJson(planOf([planned("rename", "b", "a")], { verification: [] }))).toBe(`{
  "summary": "Add a greeting",
  "steps": [],
  "files": [
    {
      "path": "b",
      "operation": "rename",
      "from": "a",
      "reason": "Because of b"
    }
  ],
  "verification": [],
  "risks": [],
  "rollback": "Revert the commit"
}
`);
  });

  test("holds suggestions only when there are any, after everything else", () => {
    const plan = planOf([planned("create", "a")], { verification: ["npm run lint", "npm test"] });
    expect(renderPlanJson(governVerification(plan, ["npm test"]))).toBe(`{
  "summary": "Add a greeting",
  "steps": [],
  "files": [
    {
      "path": "a",
      "operation": "create",
      "reason": "Because of a"
    }
  ],
  "verification": [
    "npm test"
  ],
  "risks": [],
  "rollback": "Revert the commit",
  "suggestions": [
    "npm run lint"
  ]
}
`);
    expect(renderPlanJson(governVerification(plan, plan.verification))).toBe(renderPlanJson(plan));
  });

  test.each<[string, Plan]>([
    ["no suggestions", richPlan],
    ["suggestions", { ...richPlan, suggestions: ["npm run lint", "make"] }],
    ["an empty list of suggestions", { ...richPlan, suggestions: [] }],
  ])("is read back with %s", (_, plan) => {
    const read = readPlanJson(renderPlanJson(plan));
    expect(read).toStrictEqual(plan);
    expect("suggestions" in read).toBe("suggestions" in plan);
  });

  test.each<[string, string]>([
    ["no JSON", "{"],
    ["suggestions that are no list", JSON.stringify({ ...richPlan, suggestions: "make" })],
    ["a suggestion that is no text", JSON.stringify({ ...richPlan, suggestions: ["make", 1] })],
    ["suggestions that are null", JSON.stringify({ ...richPlan, suggestions: null })],
    ["an unknown key", JSON.stringify({ ...richPlan, extra: 1 })],
    ["an unknown key of a file", JSON.stringify({ ...richPlan, files: [{ ...planned("modify", "a"), x: 1 }] })],
    [
      "an unknown key of a step",
      JSON.stringify({ ...richPlan, steps: [{ title: "", rationale: "", files: [], x: 1 }] }),
    ],
    [
      "an unknown operation",
      JSON.stringify({ ...richPlan, files: [{ ...planned("modify", "a"), operation: "copy" }] }),
    ],
    ["a source that is null", JSON.stringify({ ...richPlan, files: [{ ...planned("modify", "a"), from: null }] })],
    ["a missing key", JSON.stringify({ ...richPlan, risks: undefined })],
  ])("is refused with %s", (_, text) => {
    expect(() => readPlanJson(text)).toThrow();
  });

  test.each(["create", "modify", "delete", "rename"] as const)("may hold the operation %s", (operation) => {
    const plan = planOf([planned(operation, "a")]);
    expect(readPlanJson(renderPlanJson(plan))).toStrictEqual(plan);
  });
});

describe("plan.txt", () => {
  test("has one fact a line", () => {
    expect(renderPlanText(richPlan)).toBe(`SUMMARY
  Add a greeting

FILES
  modify a.ts
         Because of a.ts
  delete b.ts
         Because of b.ts
  rename c.ts (from old.ts)
         Because of c.ts
  create d.ts
         Because of d.ts

STEPS
  1. First
     Why
     Files: a.ts, b.ts
  2. Then
     Because

VERIFICATION
  - npm test

RISKS
  - It may break

ROLLBACK
  Revert the commit
`);
  });

  test("has the suggestions after the commands that are run, and says that nobody runs them", () => {
    const plan = { ...richPlan, suggestions: ["npm run lint", "make"] };
    const section = "SUGGESTED CHECKS (not run)\n  - npm run lint\n  - make\n\n";
    expect(renderPlanText(plan)).toBe(renderPlanText(richPlan).replace("RISKS\n", `${section}RISKS\n`));
    expect(renderPlanText(plan)).toContain(`VERIFICATION
  - npm test

SUGGESTED CHECKS (not run)
  - npm run lint
  - make

RISKS
  - It may break
`);
    expect(renderPlanText(richPlan)).not.toContain("SUGGESTED");
    expect(renderPlanText({ ...richPlan, suggestions: [] })).toContain(
      "\n\nSUGGESTED CHECKS (not run)\n  (none)\n\nRISKS",
    );
  });

  test("says so where there is nothing", () => {
    expect(renderPlanText(planOf([], { summary: "S", verification: [], rollback: "" }))).toBe(`SUMMARY
  S

FILES

STEPS
  (none)

VERIFICATION
  (none)

RISKS
  (none)

ROLLBACK
  (none)
`);
  });
});
