import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findGates, findSections, showPage, showSaying } from "./show.ts";

const GOLDEN = fileURLToPath(new URL("../report/golden", import.meta.url));
const read = (name: string) => readFileSync(join(GOLDEN, name), "utf8");

describe("a page in the terminal", () => {
  test.each(readdirSync(GOLDEN).filter((name) => name.endsWith(".md")))("fits 80 columns with %s", (name) => {
    // Two columns are left for emoji, which are wider than they count.
    expect(showPage(name, read(name)).filter((line) => [...line].length > 78)).toEqual([]);
  });

  test("folds what is folded, and keeps commands with their angle brackets", () => {
    const page = showPage("comment", read("comment-half-signed.md")).join("\n");
    expect(page).toContain("│ ▸ Declarations: all 6 given");
    expect(page).not.toContain("Rollback-Trigger");
    expect(page.replace(/\n│ +/g, " ")).toContain("/codex-gate communication pass <evidence>");
  });

  test("has all nine fields of a decision record", () => {
    const page = showPage("decision-record.md", read("decision-record-go.md")).join("\n");
    expect(page.match(/^│ \d\. .+$/gm)).toHaveLength(9);
    expect(page).toContain("│ GO at 2026-11-20 10:20 UTC by `ada`: All is well.");
    expect(page).toContain("│ #incidents");
  });

  test("has one row for each gate, with who signed it", () => {
    expect(showPage("gates", findGates(read("comment-half-signed.md")))).toEqual([
      "┌─ gates",
      "│ Gate                    Status     Who",
      "│ Code quality            ✅ pass     –",
      "│ Security and behaviour  ✅ pass     `hedy`",
      "│ Operations readiness    ✅ pass     `ken`",
      "│ Communication           ⏳ pending  –",
      "│ Final decision          ⏳ pending  –",
      "└─",
    ]);
  });

  test("shows an unescaped bar, and a wide row without its empty cells", () => {
    const row = `| \`a \\| b\` | – | ${"word ".repeat(20).trim()} |`;
    const [, first, second] = showPage("table", `| One | Two | Three |\n| --- | --- | --- |\n${row}`).slice(1);
    expect(first).toMatch(/^│ `a \| b` · word/);
    expect(second).toMatch(/^│ {3}word/);
  });
});

test("sections are found by how their titles start, folded or not", () => {
  const found = findSections(read("comment-rehearsal-failed.md"), ["Rollback rehearsal", "Declarations"]);
  expect(found).toContain("Rollback-Trigger");
  expect(found).toContain('column "tax_number" does not exist');
  expect(found).not.toContain("The plan, in Codex's words");
});

test("what people say is indented, without blanks at the end of a line", () => {
  expect(showSaying("/codex Do it.\n\nDeadline-Policy: 8h")).toEqual(["  /codex Do it.", "", "  Deadline-Policy: 8h"]);
});
