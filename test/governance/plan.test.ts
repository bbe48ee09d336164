import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/governance/outcome.ts";
import { type Plan, parsePlan, planJsonSchema, type RawPlan } from "../../src/governance/plan.ts";
import { rawPlan } from "./builders.ts";

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

function faultsOf(answer: unknown): readonly Finding[] {
  const result = parsePlan(typeof answer === "string" ? answer : JSON.stringify(answer));
  return result.status === "invalid" ? result.findings : [];
}

/** Only the files of a plan, without the step that names the usual file. */
const withFiles = (...files: RawFile[]) => rawPlan({ files, steps: [] });

describe("the JSON Schema of a plan", () => {
  interface Schema {
    readonly type?: string;
    readonly properties?: Record<string, Schema>;
    readonly required?: readonly string[];
    readonly additionalProperties?: unknown;
    readonly items?: Schema;
    readonly description?: string;
  }
  const schema = planJsonSchema() as Schema;
  const objectsOf = (part: Schema): Schema[] => [
    ...(part.type === "object" ? [part] : []),
    ...Object.values(part.properties ?? {}).flatMap(objectsOf),
    ...(part.items ? objectsOf(part.items) : []),
  ];

  test("forbids other keys and requires all, at every level, as strict structured output wants it", () => {
    const objects = objectsOf(schema);
    expect(objects.map(({ required }) => required)).toEqual([
      ["summary", "steps", "files", "verification", "risks", "rollback"],
      ["title", "rationale", "files"],
      ["path", "operation", "from", "reason"],
    ]);
    for (const object of objects) {
      expect(object.additionalProperties).toBe(false);
      expect(object.required).toEqual(Object.keys(object.properties ?? {}));
      for (const property of Object.values(object.properties ?? {}))
        expect(property.description).toMatch(/^[A-Z`].*\.$/);
    }
  });

  test("is accepted by a validator of JSON Schema, which then judges as the parser does", () => {
    const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
    const answers = [
      rawPlan(),
      { ...rawPlan(), extra: 1 },
      { ...rawPlan(), risks: undefined },
      withFiles(rawFile("chmod" as "modify", "a")),
      withFiles(rawFile("rename", "a", "b")),
    ];
    const parsed = answers.map((answer) => faultsOf(answer).every(({ code }) => code !== "plan_schema"));
    expect(answers.map((answer) => isValid(JSON.parse(JSON.stringify(answer))))).toEqual(parsed);
    expect(parsed).toEqual([true, false, false, false, true]);
  });

  test("has no $schema key, which the model service does not take", () => {
    expect(schema).not.toHaveProperty("$schema");
    expect(schema.type).toBe("object");
  });

  test("knows the four operations and a nullable source", () => {
    expect(schema.properties?.files?.items?.properties).toMatchObject({
      operation: { enum: ["create", "modify", "delete", "rename"] },
      from: { type: ["string", "null"] },
    });
  });
});

describe("an answer that is no plan", () => {
  test.each(["", "Sure! {}", "{", "```json\n{}\n```"])("is refused when it is not JSON: %j", (answer) => {
    expect(faultsOf(answer)).toEqual([
      { code: "plan_not_json", message: expect.stringMatching(/^The answer is not JSON: ./) },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["no object", [], "`plan`: Invalid input: expected object, received array"],
    [
      "a missing key",
      { ...rawPlan(), rollback: undefined },
      "`rollback`: Invalid input: expected string, received undefined",
    ],
    ["an unknown key", { ...rawPlan(), extra: 1 }, '`plan`: Unrecognized key: "extra"'],
    [
      "an unknown key of a file",
      withFiles({ ...rawFile("modify", "a"), mode: 1 } as RawFile),
      '`files.0`: Unrecognized key: "mode"',
    ],
    [
      "an unknown key of a step",
      { ...rawPlan(), steps: [{ title: "", rationale: "", files: [], x: 1 }] },
      '`steps.0`: Unrecognized key: "x"',
    ],
    [
      "an unknown operation",
      withFiles(rawFile("chmod" as "modify", "a")),
      '`files.0.operation`: Invalid option: expected one of "create"|"modify"|"delete"|"rename"',
    ],
    [
      "a source that is a number",
      withFiles(rawFile("rename", "a", 1 as unknown as string)),
      "`files.0.from`: Invalid input",
    ],
  ])("is refused for %s", (_, raw, message) => {
    expect(faultsOf(raw)).toEqual([{ code: "plan_schema", message }]);
  });

  test("has at most twenty faults told", () => {
    expect(faultsOf({ ...rawPlan(), risks: Array.from({ length: 30 }, () => 1) })).toHaveLength(20);
  });

  test("is refused for suggestions: only the governance makes them", () => {
    expect(faultsOf({ ...rawPlan(), suggestions: ["npm test"] })).toEqual([
      { code: "plan_schema", message: '`plan`: Unrecognized key: "suggestions"' },
    ]);
  });

  test("is refused beyond a mebibyte, before it is parsed, and read at exactly that length", () => {
    const limit = 1_048_576;
    const padded = (length: number) => JSON.stringify(rawPlan()).padEnd(length, " ");
    expect(parsePlan(padded(limit)).status).toBe("valid");
    expect(faultsOf(padded(limit + 1))).toEqual([
      { code: "plan_text_too_long", message: "`plan` is too long.", expected: "at most 1048576", got: "1048577" },
    ]);
    expect(faultsOf("{".padEnd(limit + 1, " "))[0]?.code).toBe("plan_text_too_long");
  });
});

describe("a plan that contradicts itself", () => {
  const twice = (path: string) => ({ code: "plan_duplicate_path", message: "The plan names this path twice.", path });
  const source = (message: string, path = "a") => ({ code: "plan_rename_source", message, path });

  test.each<[string, RawPlan, Finding[]]>([
    ["it names no file", withFiles(), [{ code: "plan_empty", message: "The plan names no file." }]],
    [
      "it has no summary",
      rawPlan({ summary: " \n\t" }),
      [{ code: "plan_no_summary", message: "The plan has no summary." }],
    ],
    ["a rename has no source", withFiles(rawFile("rename", "a")), [source("A rename needs `from`.")]],
    ["a rename has an empty source", withFiles(rawFile("rename", "a", "")), [source("A rename needs `from`.")]],
    ["a modification has a source", withFiles(rawFile("modify", "a", "b")), [source("Only a rename has `from`.")]],
    ["a creation has a source", withFiles(rawFile("create", "a", "b")), [source("Only a rename has `from`.")]],
    ["it names a path twice", withFiles(rawFile("modify", "a"), rawFile("delete", "a")), [twice("a")]],
    ["a rename's source is named too", withFiles(rawFile("delete", "a"), rawFile("rename", "b", "a")), [twice("a")]],
    ["a rename goes nowhere", withFiles(rawFile("rename", "a", "a")), [twice("a")]],
    ["two renames have one source", withFiles(rawFile("rename", "b", "a"), rawFile("rename", "c", "a")), [twice("a")]],
    ["two renames have one target", withFiles(rawFile("rename", "c", "a"), rawFile("rename", "c", "b")), [twice("c")]],
    [
      "a step names a file that is not listed",
      rawPlan({ steps: [{ title: "T", rationale: "R", files: ["src/greet.ts", "x.ts"] }] }),
      [{ code: "plan_step_file", message: 'Step "T" has a file that `files` does not list.', path: "x.ts" }],
    ],
  ])("is refused because %s", (_, raw, findings) => {
    expect(faultsOf(raw)).toEqual(findings);
  });

  test("is fine when a source is empty instead of null, or a step names both ends of a rename", () => {
    expect(parse(withFiles(rawFile("modify", "a", ""))).files).toEqual([
      { path: "a", operation: "modify", reason: "r" },
    ]);
    const steps = [{ title: "T", rationale: "R", files: ["b", "a"] }];
    expect(parse({ ...withFiles(rawFile("rename", "b", "a")), steps }).steps[0]?.files).toEqual(["a", "b"]);
  });

  test.each<[string, (text: string) => RawPlan]>([
    ["summary", (summary) => rawPlan({ summary })],
    ["rollback", (rollback) => rawPlan({ rollback })],
    ["verification", (text) => rawPlan({ verification: ["x", text] })],
    ["risk", (text) => rawPlan({ risks: [text] })],
    ["reason", (reason) => withFiles({ ...rawFile("modify", "a"), reason })],
    ["title", (title) => rawPlan({ steps: [{ title, rationale: "", files: [] }] })],
    ["rationale", (rationale) => rawPlan({ steps: [{ title: "", rationale, files: [] }] })],
  ])("is refused because its %s is longer than a person reads", (_, build) => {
    expect(faultsOf(build("x".repeat(4_000)))).toEqual([]);
    expect(faultsOf(build("x".repeat(4_001)))).toEqual([
      { code: "plan_text_too_long", message: "`text` is too long.", expected: "at most 4000", got: "4001" },
    ]);
  });

  const rawStep = (title: string) => ({ title, rationale: "", files: [] });
  const many = <T>(length: number, one: T): T[] => Array.from({ length }, () => one);
  const longList = (name: string, got: number) => ({
    code: "plan_text_too_long",
    message: `\`${name}\` is too long.`,
    expected: "at most 100",
    got: String(got),
  });

  test.each<[string, (length: number) => Partial<RawPlan>]>([
    ["steps", (length) => ({ steps: many(length, rawStep("T")) })],
    ["verification", (length) => ({ verification: Array.from({ length }, (_, index) => `make ${index}`) })],
    ["risks", (length) => ({ risks: many(length, "r") })],
  ])("is refused because its list `%s` is longer than a person reads", (name, build) => {
    const plan = parse(rawPlan(build(100)));
    expect(plan[name as "steps" | "verification" | "risks"]).toHaveLength(100);
    expect(faultsOf(rawPlan(build(101)))).toEqual([longList(name, 101)]);
  });

  test("is refused because of what a list holds, even if little of it would be kept", () => {
    expect(faultsOf(rawPlan({ verification: many(101, "npm test") }))).toEqual([longList("verification", 101)]);
    expect(faultsOf(rawPlan({ risks: many(250, "") }))).toEqual([longList("risks", 250)]);
  });

  test("has only the first of its long lists told, and nothing besides", () => {
    const broken = { summary: "", files: [rawFile("rename", "a")] };
    const [steps, verification, risks] = [many(101, rawStep("T")), many(102, "v"), many(103, "r")];
    expect(faultsOf(rawPlan({ ...broken, steps, verification, risks }))).toEqual([longList("steps", 101)]);
    expect(faultsOf(rawPlan({ ...broken, verification, risks }))).toEqual([longList("verification", 102)]);
    expect(faultsOf(rawPlan({ ...broken, risks }))).toEqual([longList("risks", 103)]);
  });

  test("has a text that is too long told rather than a list", () => {
    expect(faultsOf(rawPlan({ risks: [...many(101, "r"), "x".repeat(4_001)] }))).toEqual([
      { code: "plan_text_too_long", message: "`text` is too long.", expected: "at most 4000", got: "4001" },
    ]);
  });

  test("may name more than a hundred files, also in one step: their number is the policy's to limit", () => {
    const files = Array.from({ length: 150 }, (_, index) => rawFile("modify", `f${index}`));
    const paths = files.map(({ path }) => path);
    const plan = parse(rawPlan({ files, steps: [{ ...rawStep("T"), files: paths }] }));
    expect(plan.files.map(({ path }) => path)).toEqual(paths.toSorted());
    expect(plan.steps[0]?.files).toEqual(paths.toSorted());
  });

  test("is not quoted with a text that is too long", () => {
    const steps = [{ title: "x".repeat(4_001), rationale: "", files: ["not-listed"] }];
    expect(faultsOf(rawPlan({ steps })).map(({ code }) => code)).toEqual(["plan_text_too_long"]);
  });

  test("has at most its first twenty contradictions told", () => {
    const files = Array.from({ length: 22 }, (_, index) => rawFile("rename", `f${index}`));
    expect(faultsOf(withFiles(...files)).map(({ path }) => path)).toEqual(
      files
        .slice(0, 10)
        .flatMap(({ path }, index) => (index === 0 ? [path] : [path, ""]))
        .concat("f10"),
    );
  });
});

describe("an answer of nearly a mebibyte is judged, and fast (T24)", () => {
  const step = (title: string, files: readonly string[]) => [{ title, rationale: "", files: [...files] }];

  /** What `parsePlan` says of an answer that takes up most of the room; fails when that takes it long. */
  function judge(raw: RawPlan) {
    const answer = JSON.stringify(raw);
    expect(answer.length).toBeGreaterThan(900_000);
    expect(answer.length).toBeLessThanOrEqual(1_048_576);
    const start = performance.now();
    const result = parsePlan(answer);
    expect(performance.now() - start).toBeLessThan(5_000);
    return result;
  }

  test("with one file named again and again by a step", () => {
    const steps = step("T", Array(260_000).fill("a"));
    expect(judge(rawPlan({ files: [rawFile("modify", "a")], steps }))).toMatchObject({
      status: "valid",
      plan: { files: [{ path: "a" }], steps: [{ files: ["a"] }] },
    });
  });

  test("with as many faults as fit, each with a long title to quote", () => {
    const title = "t".repeat(4_000);
    const fault = {
      code: "plan_step_file",
      message: `Step "${title}" has a file that \`files\` does not list.`,
      path: "",
    };
    expect(judge(rawPlan({ steps: step(title, Array(340_000).fill("")) }))).toEqual({
      status: "invalid",
      findings: Array(20).fill(fault),
    });
  });

  test("with as many files as fit, all of them named by a step", () => {
    const files = Array.from({ length: 14_000 }, (_, index) => ({
      ...rawFile("modify", `${index}`.padStart(5, "0")),
      reason: "",
    }));
    const paths = files.map(({ path }) => path);
    const result = judge(rawPlan({ files: files.toReversed(), steps: step("T", paths.toReversed()) }));
    expect(result).toEqual({
      status: "valid",
      plan: expect.objectContaining({
        files: paths.map((path) => ({ path, operation: "modify", reason: "" })),
        steps: [{ title: "T", rationale: "", files: paths }],
      }),
    });
  });

  test.each<["verification" | "risks"]>([["verification"], ["risks"]])("with as many %s as fit", (name) => {
    // The longest of all texts is looked for before the lists are counted.
    expect(judge(rawPlan({ [name]: Array(340_000).fill("") }))).toEqual({
      status: "invalid",
      findings: [
        {
          code: "plan_text_too_long",
          message: `\`${name}\` is too long.`,
          expected: "at most 100",
          got: "340000",
        },
      ],
    });
  });
});
