// Writes the tables of inputs and outputs into README.md from action.yml. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

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

const action = parse(readFileSync("action.yml", "utf8"));
const readme = readFileSync("README.md", "utf8");
const expected = replaceSection(
  replaceSection(readme, "inputs", renderInputs(action.inputs)),
  "outputs",
  renderOutputs(action.outputs),
);

if (expected === readme) {
  console.log("README.md has the inputs and outputs of action.yml.");
} else if (process.argv.includes("--check")) {
  console.error("README.md does not have the inputs and outputs of action.yml. Run `npm run docs`.");
  process.exitCode = 1;
} else {
  writeFileSync("README.md", expected);
  console.log("README.md is updated.");
}
