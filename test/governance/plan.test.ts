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

  test("is judged when it has as many texts as fit into a mebibyte (T24)", () => {
    expect(parse(rawPlan({ risks: Array.from({ length: 340_000 }, () => "") })).risks).toEqual([]);
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
