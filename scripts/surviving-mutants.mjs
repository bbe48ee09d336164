// Brings docs/surviving-mutants.md up to date with Stryker's report: the mutants that no test notices, each with the
// reason that the document gives for it. Fails when one has none: kill it by a test, or say why no test can.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const REPORT = "reports/mutation/mutation.json";
const DOCUMENT = "docs/surviving-mutants.md";
const OPEN = "**no reason yet**";

/** A piece of code as it stands in a table: one line, bounded, without what would end the cell. */
const cell = (text) => {
  const line = text.replace(/\s+/g, " ").trim();
  const short = line.length > 100 ? `${line.slice(0, 100)}…` : line;
  return `\`${short.replaceAll("`", "'").replaceAll("|", "¦")}\``;
};

/** The code that a mutant replaces. */
function replaced(source, { start, end }) {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join("\n");
}

/** Reasons by the row's first three cells; the same code may stand in a file twice, for the same reason. */
function readReasons() {
  const rows = existsSync(DOCUMENT)
    ? readFileSync(DOCUMENT, "utf8").matchAll(/^\| (\S+\.ts) \| (`.*?`) \| (`.*?`) \| (.*) \|$/gm)
    : [];
  return new Map([...rows].map(([, file, code, mutant, reason]) => [`${file} ${code} ${mutant}`, reason]));
}

if (!existsSync(REPORT)) {
  console.error(`There is no ${REPORT}: run \`npm run mutation\` first.`);
  process.exit(1);
}
const reasons = readReasons();
const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0, Ignored: 0 };
const rows = [];
for (const [path, { source, mutants }] of Object.entries(JSON.parse(readFileSync(REPORT, "utf8")).files).sort()) {
  const file = path.replace("src/governance/", "");
  for (const { status, location, replacement = "" } of mutants) {
    counts[status] += 1;
    if (status !== "Survived" && status !== "NoCoverage") continue;
    const [code, mutant] = [cell(replaced(source, location)), cell(replacement)];
    rows.push([file, code, mutant, reasons.get(`${file} ${code} ${mutant}`) ?? OPEN]);
  }
}
const number = (amount) => amount.toLocaleString("en-US");
const lived = counts.Survived + counts.NoCoverage;
const tried = counts.Killed + counts.Timeout + lived;
writeFileSync(
  DOCUMENT,
  `# Surviving mutants

\`npm run mutation\` changes \`src/governance\` in small ways: ${number(tried)} mutants, of which tests notice ${number(counts.Killed)},
${counts.Timeout} by never ending, and ${lived} survive: **${((100 * (tried - lived)) / tried).toFixed(1)} %**, at least 90 % is required. ${number(counts.Ignored)} more change what is evaluated
when a module is loaded (tables, schemas); they are not tried, as each would need all tests.

Made by \`scripts/surviving-mutants.mjs\`, which keeps the reasons and fails when a survivor has none.

| file | code | mutant | why no test notices |
|---|---|---|---|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`,
);
const open = rows.filter((row) => row[3] === OPEN);
for (const row of open) console.error(`No reason: ${row.slice(0, 3).join("  ")}`);
console.log(`${number(tried)} mutants, ${lived} survive, ${open.length} of them without a reason.`);
process.exitCode = open.length > 0 ? 1 : 0;
