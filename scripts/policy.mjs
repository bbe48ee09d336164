// Writes the policy's JSON Schema, for editors, and docs/policy.md from the one schema in src/governance/policy.ts.
// `--check` only compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { DECLARATIONS } from "../src/governance/declarations.ts";
import { policySchema } from "../src/governance/policy.ts";
import { PRESETS } from "../src/governance/risk.ts";

const cell = (text) => text.replace(/\s+/g, " ").replaceAll("|", "\\|");
const code = (text) => `\`${cell(text)}\``;

/** The documented JSON Schema; `policyExample` is for the documentation alone. */
const documented = z.toJSONSchema(policySchema, { io: "input", target: "draft-7" });

function renderSchema() {
  const strip = (key, value) => (key === "policyExample" ? undefined : value);
  const head = { title: "Policy of codex-plan-governance", description: "`.github/codex-governance.yml`" };
  return `${JSON.stringify({ ...head, ...documented }, strip, 2)}\n`;
}

/** What a schema says when the value is not null. */
const bare = (schema) => schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
const isNullable = ({ anyOf, type }) => (anyOf?.map((each) => each.type) ?? [type].flat()).includes("null");

function range({ minimum, maximum }) {
  return minimum === undefined ? "" : ` from ${minimum} to ${maximum}`;
}

function typeOf(schema) {
  const { type, enum: options, const: only, items } = bare(schema);
  const orNull = isNullable(schema) ? " or `null`" : "";
  if (only !== undefined) return `${code(String(only))}${orNull}`;
  if (options) return options.map(code).join(", ") + orNull;
  if (type === "object") return `lists of texts by name${orNull}`;
  if (type === "array") return `list of ${items.enum ? typeOf(items) : "texts"}${orNull}`;
  if ([type].flat().includes("string")) return `text${orNull}`;
  return `${type === "integer" ? "whole number" : type}${range(bare(schema))}${orNull}`;
}

/** A row for each key that has a value of its own, and for an object that may be null. */
function rowsOf(key, schema) {
  const object = bare(schema);
  const isObject = object.properties !== undefined;
  const nested = isObject
    ? Object.entries(object.properties).flatMap(([name, each]) => rowsOf(`${key}.${name}`, each))
    : [];
  if (isObject && !isNullable(schema)) return nested;
  const example = stringify(schema.policyExample, {
    collectionStyle: "flow",
    lineWidth: 0,
    flowCollectionPadding: true,
  });
  // One key is a line of the file; of several, the braces make one value.
  const isOne = Object.keys(schema.policyExample).length === 1;
  const unbraced = isOne ? example.trim().replace(/^\{ (.*) \}$/s, "$1") : example.trim();
  const cells = [
    code(key),
    typeOf(schema),
    code(JSON.stringify(schema.default)),
    cell(schema.description),
    code(unbraced),
  ];
  return [`| ${cells.join(" | ")} |`, ...nested];
}

const TABLE = ["| key | type | default | meaning | example |", "|---|---|---|---|---|"];

function renderDocument() {
  const entries = Object.entries(documented.properties);
  const isFlat = ([, schema]) => bare(schema).properties === undefined;
  const sections = entries
    .filter((entry) => !isFlat(entry))
    .flatMap(([key, schema]) => ["", `## \`${key}\``, "", schema.description, "", ...TABLE, ...rowsOf(key, schema)]);
  const presets = Object.entries(PRESETS).flatMap(([name, { riskClass, globs, names }]) => {
    const words = names.length === 0 ? [] : [`words: ${names.join(", ")}`];
    return ["", `${code(name)}, class ${riskClass}:`, "", "```text", ...globs, ...words, "```"];
  });
  const trailers = DECLARATIONS.map(
    ({ token, name, expected, description, example }) =>
      `| ${code(`${token}: ${example}`)} | ${name === "risk-class" ? "the plan's paths" : code(`declarations.${name}`)} | ${cell(description)} | ${cell(expected)} |`,
  );
  return [
    "# The policy file",
    "",
    "`.github/codex-governance.yml` on the base branch. Every key is optional, and an unknown key is an error. Made from",
    "`src/governance/policy.ts` by `npm run docs`; editors complete the file with",
    "[its JSON Schema](../schema/codex-governance.schema.json).",
    "",
    "## Top level",
    "",
    ...TABLE,
    ...entries.filter(isFlat).flatMap(([key, schema]) => rowsOf(key, schema)),
    ...sections,
    "",
    "## What the presets take for their own",
    "",
    "Globs are matched whatever the case; words are parts of camel-case names, such as `AuthController.java`. The class of a",
    "plan is the highest that one of its paths demands or that the comment declares.",
    ...presets,
    "",
    "Class medium without a preset, beside `risk.medium.paths`: `.github`, Dockerfiles, manifests and lock files of packages,",
    "and what is in a directory `terraform`, `helm`, `k8s` or `deploy` ([the list](../src/governance/risk.ts)).",
    "",
    "## Declarations in the comment",
    "",
    "The last paragraph of the command comment, when all of its lines are `Token: value`. What is not there comes from the policy.",
    "",
    "| trailer | else | meaning | value |",
    "|---|---|---|---|",
    ...trailers,
    "",
  ].join("\n");
}

const expected = { "schema/codex-governance.schema.json": renderSchema(), "docs/policy.md": renderDocument() };
for (const [file, text] of Object.entries(expected)) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) console.log(`${file} is up to date.`);
  else if (process.argv.includes("--check")) {
    console.error(`${file} is not what the sources say. Run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`${file} is updated.`);
  }
}
