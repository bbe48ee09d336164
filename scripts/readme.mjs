// Writes the tables of inputs and outputs into README.md from action.yml, and docs/reason-codes.md from the closed list.
// `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { REASONS, remedyOf } from "../src/governance/outcome.ts";

const cell = (text) => text.trim().replace(/\s+/g, " ").replaceAll("|", "\\|");
const code = (text) => (text === undefined || text === "" ? "" : `\`${cell(text)}\``);

function renderInputs(inputs) {
  const rows = Object.entries(inputs).map(([name, input]) => {
    const fallback = input.required ? "required" : code(input.default);
    return `| \`${name}\` | ${fallback} | ${cell(input.description)} |`;
  });
  return ["| input | default | what it is |", "|---|---|---|", ...rows].join("\n");
}

function renderOutputs(outputs) {
  const rows = Object.entries(outputs).map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`);
  return ["| output | what it is |", "|---|---|", ...rows].join("\n");
}

function replaceSection(readme, name, table) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from < 0 || to < from || readme.indexOf(start, from + 1) >= 0) {
    throw new Error(`README.md needs exactly one ${start} … ${end}, in this order.`);
  }
  return `${readme.slice(0, from + start.length)}\n${table}\n${readme.slice(to)}`;
}

function renderReasons() {
  const rows = Object.entries(REASONS).map(
    ([reasonCode, { decision, title }]) =>
      `| \`${reasonCode}\` | ${decision} | ${cell(title)} | ${cell(remedyOf(reasonCode, "/codex"))} |`,
  );
  const head =
    "# Reason codes\n\nEvery way a run can end: the output `reason-code`, the comment and the journal use these. `/codex` stands for the\npolicy's `command`.";
  return [head, "", "| code | decision | what happened | what to do |", "|---|---|---|---|", ...rows, ""].join("\n");
}

const readOrNothing = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
const action = parse(readFileSync("action.yml", "utf8"));
const readme = readFileSync("README.md", "utf8");
const tables = replaceSection(readme, "inputs", renderInputs(action.inputs));
const expected = {
  "README.md": replaceSection(tables, "outputs", renderOutputs(action.outputs)),
  "docs/reason-codes.md": renderReasons(),
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
