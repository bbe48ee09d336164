import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { DECLARATIONS, parseTrailers } from "../../src/governance/declarations.ts";
import { defaultPolicy, policySchema } from "../../src/governance/policy.ts";
import { objectIn, parsePolicy } from "../../src/governance/policy-file.ts";

const text = readFileSync("docs/policy.md", "utf8");
const validate = new Ajv({ strict: false, formats: { date: true } }).compile(
  JSON.parse(readFileSync("schema/codex-governance.schema.json", "utf8")),
);

/** The rows of the tables of keys: key, default and example. */
const rows = [...text.matchAll(/^\| `([a-z.-]+)` \| .* \| `(.*?)` \| (.*) \| `(.*)` \|$/gm)].map(
  ([, key = "", value = "", meaning = "", example = ""]) => ({ key, value, meaning, example }),
);

const at = (value: unknown, key: string): unknown =>
  key.split(".").reduce<unknown>((object, name) => (object as Record<string, unknown> | undefined)?.[name], value);

/** An object of keys of its own; one without any is a map that the user fills. */
const isNested = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

/** Every key that has a value of its own. */
function keysOf(value: unknown, prefix = ""): string[] {
  if (!isNested(value)) return [prefix.slice(1)];
  return Object.entries(value).flatMap(([name, each]) => keysOf(each, `${prefix}.${name}`));
}

const defaults = defaultPolicy();
const withCalendar = parsePolicy("escalation: { calendar: {} }", "policy.yml");
const calendarKeys = keysOf(withCalendar).filter((key) => key.startsWith("escalation.calendar."));

describe("docs/policy.md", () => {
  test("is what the schema says, and so is the JSON Schema", () => {
    const check = spawnSync(process.execPath, ["scripts/policy.mjs", "--check"], { encoding: "utf8" });
    expect(check.stderr).toBe("");
    expect(check.status).toBe(0);
  });

  test("has every key once", () => {
    expect(rows.map(({ key }) => key).sort()).toEqual([...keysOf(defaults), ...calendarKeys].sort());
  });

  test.each(rows)(
    "has a meaning, the default and an example that is read: $key",
    ({ key, value, meaning, example }) => {
      expect(meaning).toMatch(/^[A-Z`].*\.$/);
      expect(JSON.parse(value)).toEqual(at(calendarKeys.includes(key) ? withCalendar : defaults, key));
      const policy = parsePolicy(example, "policy.yml");
      expect(at(parse(example), key)).toBeDefined();
      expect({ value: at(policy, key) }).toMatchObject({ value: at(parse(example), key) });
    },
  );

  test("has each trailer with an example that is read", () => {
    const trailers = [...text.matchAll(/^\| `([A-Z][A-Za-z-]+: .*?)` \|/gm)].map((match) => match[1]);
    expect(trailers).toHaveLength(DECLARATIONS.length);
    const { values, findings } = parseTrailers(`Do it.\n\n${trailers.join("\n")}`);
    expect(findings).toEqual([]);
    expect(Object.values(values)).toEqual(DECLARATIONS.map(({ example }) => example));
  });
});

describe("the JSON Schema for editors", () => {
  test.each(rows)("takes the example of $key", ({ example }) => {
    expect(validate(parse(example)), JSON.stringify(validate.errors)).toBe(true);
  });

  test("takes a policy with all defaults spelled out", () => {
    expect(validate(withCalendar)).toBe(true);
    expect(validate({})).toBe(true);
  });

  test.each([
    "lable: x",
    "risk: { hihg: {} }",
    "risk: { high: { declarations: false } }",
    "risk: { critical: { gates: [] } }",
    "gates: { final-decision: {} }",
    "escalation: { deadline: null }",
    "max-files: 0",
    "codex: { version: latest }",
  ])("refuses %s", (example) => {
    expect(validate(parse(example))).toBe(false);
  });
});

test("every key has a description, those of objects too", () => {
  const undescribed = (object: z.ZodObject, path: string): string[] =>
    Object.entries(object.shape).flatMap(([name, schema]) => {
      const key = `${path}${name}`;
      const missing = /^[A-Z`].*\.$/.test((schema as z.ZodType).description ?? "") ? [] : [key];
      return isNested(at(defaults, key))
        ? [...missing, ...undescribed(objectIn(schema as z.ZodType), `${key}.`)]
        : missing;
    });
  expect(undescribed(policySchema, "")).toEqual([]);
});
