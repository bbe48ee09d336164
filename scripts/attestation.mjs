// Writes the predicate's JSON Schema, and its table of fields into docs/attestation.md, from the one schema in
// src/governance/attestation.ts. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { PREDICATE_TYPE, predicateSchema } from "../src/governance/attestation.ts";

const DOCUMENT = "docs/attestation.md";
const documented = z.toJSONSchema(predicateSchema, { target: "draft-7" });

/** What a schema says when the value is not null. */
const bare = (schema) => schema.anyOf?.find(({ type }) => type !== "null") ?? schema;

/** A row for each field that is documented, by its path. */
function rowsOf(path, schema) {
  const { properties = {} } = bare(schema);
  const nested = Object.entries(properties).flatMap(([name, each]) => rowsOf([...path, name], each));
  return schema.description ? [`| \`${path.join(".")}\` | ${schema.description} |`, ...nested] : nested;
}

function fill(text) {
  const [start, end] = ["<!-- fields:start -->", "<!-- fields:end -->"];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} needs ${start} … ${end}, in this order.`);
  const table = ["| field | what it is |", "|---|---|", ...rowsOf([], documented)].join("\n");
  return `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`;
}

const head = { title: `Predicate ${PREDICATE_TYPE}`, description: `Defined in ${DOCUMENT}.` };
const expected = {
  "schema/decision-v1.schema.json": `${JSON.stringify({ ...head, ...documented }, undefined, 2)}\n`,
  [DOCUMENT]: fill(readFileSync(DOCUMENT, "utf8")),
};
const readOrNothing = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
for (const [path, text] of Object.entries(expected)) {
  if (readOrNothing(path) === text) console.log(`${path} is up to date.`);
  else if (process.argv.includes("--check")) {
    console.error(`${path} is not what the sources say. Run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`${path} is updated.`);
  }
}
